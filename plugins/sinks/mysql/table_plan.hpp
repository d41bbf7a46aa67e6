#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quote.hpp"
#include "sluice/abi/row.h"

namespace sluice::mysql {

/// A column of the target's own table.
struct TargetColumn {
  std::string name;
  std::string type;     ///< lower case, e.g. "bigint(20) unsigned"
  std::string charset;  ///< "" for non-character types
  bool nullable = true;
  bool generated = false;
};

/// A unique key of the target's own table.
struct TargetKey {
  std::string name;
  std::vector<std::string> columns;
  bool primary = false;
  bool prefix = false;      ///< a part covers only the beginning of its column
  bool expression = false;  ///< a part is an expression; `columns` lists the plain ones
};

/// What the target says about a table.
struct TargetTable {
  std::vector<TargetColumn> columns;
  std::vector<TargetKey> keys;  ///< unique ones, primary key first
  const TargetColumn* find(std::string_view name) const;
};

struct ColumnPlan {
  std::string name;            ///< quoted
  std::string intro;           ///< charset introducer, "_latin1"
  std::string charset;         ///< of the values
  std::string target_charset;  ///< of the target's column, "" when none or unknown
  TextForm form = TextForm::kPlain;
  int32_t type = 0;
  bool written = true;        ///< false for generated columns
  bool float_target = false;  ///< the target's column is a FLOAT: it compares equal to the widened value only
  bool json_target = false;   ///< the target's column has the native JSON type
};

struct KeyPlan {
  std::vector<uint32_t> columns;
  bool not_null = false;
};

/// All that is derived from a table once, so that rows are written without looking anything up.
struct TablePlan {
  std::string name;  ///< quoted, with the schema
  std::vector<ColumnPlan> columns;
  std::vector<uint32_t> written;  ///< columns that are written
  std::string column_list;        ///< "(`a`,`b`)" of the written columns
  std::string insert_prefix;      ///< "INSERT INTO ... VALUES "
  std::string replace_prefix;
  std::vector<uint32_t> enums;  ///< columns that may hold 0, which stands for no member
  /// The target has a column of its own that must not be NULL: strict sessions refuse rows without it.
  bool implies_values = false;
  std::vector<KeyPlan> keys;  ///< unique keys that can tell rows apart, in the order in which they are tried
  /// The table has exactly one unique key, all of its values equal exactly when their bytes are: changes of
  /// different keys commute, changes of one key can be merged.
  bool exact_key = false;
};

/// Throws Failure when the table makes no sense (no columns, a key out of range, a bad charset name).
TablePlan make_plan(const sluice_table& table, const TargetTable& target);

}  // namespace sluice::mysql
