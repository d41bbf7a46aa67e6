#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/model/error.hpp"
#include "core/schema/table_info.hpp"
#include "core/sql/events.hpp"
#include "core/sql/statement.hpp"

namespace sluice::schema {

/// The structures of a source's tables as of the current location (behaviour.md 16). Not thread-safe.
class Tracker {
 public:
  /// `case_sensitive`: lower_case_table_names = 0 on the source.
  explicit Tracker(bool case_sensitive = true) : case_sensitive_(case_sensitive) {}

  /// Null when the table is not known: the caller loads it and calls set().
  TablePtr get(const std::string& schema, const std::string& table) const;
  /// Stores a structure under its own names.
  TablePtr set(TableInfo table);
  void set(TablePtr table);
  void forget(const std::string& schema, const std::string& table);
  void clear();

  /// Tables that apply() must know beforehand and does not: load them (the structure before the statement), set() them,
  /// then apply(). Only tables that `statement` changes or copies.
  std::vector<std::pair<std::string, std::string>> missing(const sql::Statement& statement) const;

  /// Follows a statement. Clauses on tables that are not known pass without effect (they will be loaded when met), as
  /// do foreign keys and partitions. 44006 when a known structure does not fit the statement.
  Status apply(const sql::Statement& statement);

  /// For event_names(): columns of tracked tables.
  sql::ColumnLookup lookup() const;

  /// Default character set of a schema, for tables created without one. CREATE/ALTER DATABASE keeps it current.
  void set_schema_charset(const std::string& schema, std::string charset, std::string collation);
  /// {charset, collation}; empty texts when unknown. Goes into sql::ParseOptions.
  std::pair<std::string, std::string> schema_charset(const std::string& schema) const;

  std::vector<std::string> schemas() const;
  std::vector<std::string> tables(const std::string& schema) const;

 private:
  using Key = std::pair<std::string, std::string>;
  Key key(const std::string& schema, const std::string& table) const;
  Status apply_alter(const std::vector<const sql::Clause*>& clauses);
  Status apply_create(const sql::Clause& clause);
  void apply_rename(const std::vector<const sql::Clause*>& clauses);
  void apply_database(const sql::Clause& clause);

  bool case_sensitive_;
  std::map<Key, TablePtr> tables_;
  std::map<std::string, std::pair<std::string, std::string>> charsets_;
};

}  // namespace sluice::schema
