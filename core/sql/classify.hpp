#pragma once

#include <string>
#include <string_view>

#include "core/sql/lexer.hpp"

namespace sluice::sql {

enum class QueryClass {
  Ddl,    ///< hand it to parse_ddl
  Skip,   ///< behaviour.md 7: never executed; `what` names it
  Begin,  ///< BEGIN, START TRANSACTION
  Commit,
  Rollback,   ///< ROLLBACK without TO SAVEPOINT
  Savepoint,  ///< SAVEPOINT, ROLLBACK TO, RELEASE SAVEPOINT
  Xa,         ///< XA START/END/PREPARE/COMMIT/ROLLBACK: `what` is the second word in upper case
  Dml,    ///< INSERT, UPDATE, DELETE, REPLACE, LOAD DATA, SELECT f() …: statement-format binlog; `what` is the verb
  Other,  ///< neither: SET, USE, unknown words. `what` is the first word
};

struct Query {
  QueryClass kind = QueryClass::Other;
  std::string what;
  /// Table of an INSERT/UPDATE/DELETE/REPLACE/LOAD when it stands at its usual place and alone; "" when it does not.
  std::string schema;
  std::string table;
};

/// What the text of a query event is, by its first words; comments and version comments are looked through.
/// Text that cannot be split into tokens is `Other` with what "".
Query classify_query(std::string_view sql, uint64_t sql_mode = 0, Dialect dialect = Dialect::MySql);

/// The reason when the statement belongs to the built-in skips of behaviour.md 7 ("create trigger", "grant"); else "".
std::string builtin_skip(std::string_view sql, uint64_t sql_mode = 0, Dialect dialect = Dialect::MySql);

}  // namespace sluice::sql
