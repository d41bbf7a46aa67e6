#pragma once

#include <string>

#include "sluice/abi/row.h"
#include "table_plan.hpp"

/// The SQL of single values and rows. Pure text; throws Failure for a value that cannot be written.
namespace sluice::mysql {

/// What the session's server wants to see.
struct Dialect {
  bool backslash = true;  ///< false with NO_BACKSLASH_ESCAPES
  bool mariadb = false;
};

/// The value as a literal that the column stores without a change.
void append_literal(std::string& out, const ColumnPlan& column, const sluice_value& value, Dialect dialect);

/// "(1,'a')" of the written columns.
void append_tuple(std::string& out, const TablePlan& plan, const sluice_value* row, Dialect dialect);

/// True when every written column has a value.
bool is_complete(const TablePlan& plan, const sluice_value* row);

/// INSERT (or REPLACE) of a row that lacks some columns.
void append_partial_insert(std::string& out, const TablePlan& plan, const sluice_value* row, bool replace,
                           Dialect dialect);

/// The key by which this row is found: the first of the target's keys whose columns all have values; null = none.
const KeyPlan* identify(const TablePlan& plan, const sluice_value* row);

/// "`a`=1 AND `b`=2", or all columns and " LIMIT 1" when `key` is null.
void append_where(std::string& out, const TablePlan& plan, const KeyPlan* key, const sluice_value* row,
                  Dialect dialect);

/// UPDATE ... SET ... WHERE ...
void append_update(std::string& out, const TablePlan& plan, const sluice_value* before, const sluice_value* after,
                   Dialect dialect);

/// The values of the key as bytes; rows of one table have equal texts exactly when the keys' bytes are equal.
void append_key_bytes(std::string& out, const KeyPlan& key, const sluice_value* row);

/// Equal in kind and bytes.
bool same_value(const sluice_value& a, const sluice_value& b);

}  // namespace sluice::mysql
