#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/sql/statement.hpp"

namespace sql_test {

using namespace sluice::sql;
using Texts = std::vector<std::string>;

inline ParseOptions options(Dialect dialect = Dialect::MySql, uint64_t mode = 0) {
  ParseOptions o;
  o.default_schema = "db";
  o.dialect = dialect;
  o.sql_mode = mode;
  return o;
}

inline Statement parsed(const std::string& sql, const ParseOptions& o = options()) {
  auto result = parse_ddl(sql, o);
  if (!result.ok()) FAIL(sql << "\n" << result.error().message);
  return std::move(*result);
}

inline Texts pieces(const std::string& sql, const ParseOptions& o = options(), const NameMap& names = same_name) {
  Texts out;
  const Statement statement = parsed(sql, o);
  for (const Clause& clause : statement.clauses) out.push_back(render(clause, names));
  return out;
}

/// The statement put together again.
inline std::string whole(const std::string& sql, const ParseOptions& o = options(), const NameMap& names = same_name) {
  const Statement statement = parsed(sql, o);
  std::vector<const Clause*> clauses;
  for (const Clause& clause : statement.clauses) clauses.push_back(&clause);
  return render(clauses, names);
}

inline TableDef table(const std::string& sql, const ParseOptions& o = options()) {
  const Statement statement = parsed(sql, o);
  REQUIRE(statement.clauses.front().definition);
  return *statement.clauses.front().definition;
}

}  // namespace sql_test
