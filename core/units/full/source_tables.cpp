#include "core/units/full/source_tables.hpp"

#include <algorithm>
#include <cstdlib>

#include "core/rules/pattern.hpp"
#include "core/sql/quote.hpp"

namespace sluice::units::full {
namespace {

// Behind "CREATE TABLE `name`": the rest of SHOW CREATE TABLE's text. npos when it does not look like that.
size_t body_of(const std::string& create_sql) {
  constexpr std::string_view kHead = "CREATE TABLE `";
  if (create_sql.compare(0, kHead.size(), kHead) != 0) return std::string::npos;
  for (size_t i = kHead.size(); i < create_sql.size(); ++i) {
    if (create_sql[i] != '`') continue;
    if (i + 1 < create_sql.size() && create_sql[i + 1] == '`') {
      ++i;
      continue;
    }
    return i + 1;
  }
  return std::string::npos;
}

bool may_be(const std::string& target, const std::string& pattern, const std::string& name) {
  if (!target.empty()) return target == name;
  if (pattern.empty()) return true;
  const auto compiled = rules::Pattern::compile(pattern, false);
  return !compiled || compiled->matches(name);
}

}  // namespace

Result<TableRules> TableRules::build(const model::Task& task, const model::Source& source) {
  auto selection = rules::Selection::build(task, source.name, source.case_sensitive);
  if (!selection) return selection.status();
  auto router = rules::Router::build(task.table_migrate_rule, source.name, source.case_sensitive);
  if (!router) return router.status();
  return TableRules{std::move(*selection), std::move(*router)};
}

Result<std::vector<upstream::TableName>> selected_tables(upstream::Connection& connection, const TableRules& rules) {
  auto all = upstream::list_all_tables(connection);
  if (!all) return all;
  std::erase_if(*all, [&](const upstream::TableName& name) { return !rules.selection.table(name.schema, name.table); });
  std::sort(all->begin(), all->end());
  return all;
}

Result<std::vector<upstream::TableName>> selected_tables(Snapshot& snapshot, const TableRules& rules) {
  if (snapshot.tables) return *snapshot.tables;
  return selected_tables(snapshot.sessions.front(), rules);
}

Status read_defaults(upstream::Connection& connection, SourceTable& table) {
  auto rows = connection.query(
      "SELECT DEFAULT_CHARACTER_SET_NAME AS c, DEFAULT_COLLATION_NAME AS o FROM information_schema.SCHEMATA WHERE "
      "SCHEMA_NAME = " +
      upstream::quote_text(table.schema));
  if (!rows) return rows.status();
  table.charset = rows->get(0, "c");
  table.collation = rows->get(0, "o");
  auto utf8 = connection.query(
      "SELECT COLLATION_NAME AS o FROM information_schema.COLLATIONS WHERE CHARACTER_SET_NAME = 'utf8mb4' AND "
      "IS_DEFAULT = 'Yes'");
  if (utf8) table.utf8mb4_collation = utf8->get(0, "o");
  return {};
}

namespace {

// What goes with a structure that is known already.
Result<SourceTable> describe(upstream::Connection& connection, const upstream::ServerInfo& server,
                             const upstream::TableName& name, std::string create_sql) {
  SourceTable out;
  out.schema = name.schema;
  out.table = name.table;
  out.mariadb = server.mariadb();
  out.create_sql = std::move(create_sql);
  if (Status status = read_defaults(connection, out); !status) return status;
  auto size = connection.query(
      "SELECT TABLE_ROWS AS r, DATA_LENGTH AS d FROM information_schema.TABLES WHERE "
      "TABLE_SCHEMA = " +
      upstream::quote_text(name.schema) + " AND TABLE_NAME = " + upstream::quote_text(name.table));
  if (!size) return size.status();
  if (!size->empty()) {  // else it was dropped since
    out.rows = std::strtoull(size->get(0, "r").c_str(), nullptr, 10);
    out.bytes = std::strtoull(size->get(0, "d").c_str(), nullptr, 10);
  }
  auto info = parse_structure(out);
  if (!info) return info.status();
  out.info = std::move(*info);
  return out;
}

// Touches the table in the snapshot: fails with 1412 when its structure is newer than the snapshot (if a table had to
// be rebuilt for it), so that plan and position belong together. The savepoint gives the structure's lock back.
Status check_in_snapshot(upstream::Connection& session, const upstream::TableName& name) {
  (void)session.exec("SAVEPOINT sluice_plan");
  Status status = session.exec("SELECT 1 FROM " + sql::quote_table(name.schema, name.table) + " LIMIT 1");
  (void)session.exec("ROLLBACK TO SAVEPOINT sluice_plan");
  return status;
}

}  // namespace

Result<SourceTable> describe_table(upstream::Connection& connection, const upstream::ServerInfo& server,
                                   const upstream::TableName& name) {
  auto create = upstream::show_create_table(connection, name.schema, name.table);
  if (!create) return create.status();
  return describe(connection, server, name, std::move(*create));
}

Result<SourceTable> describe_table(Snapshot& snapshot, const upstream::TableName& name) {
  upstream::Connection& session = snapshot.sessions.front();
  const auto known = snapshot.structures.find(name);
  auto out = known != snapshot.structures.end() ? describe(session, snapshot.server, name, known->second)
                                                : describe_table(session, snapshot.server, name);
  if (!out) return out;
  if (Status status = check_in_snapshot(session, name); !status) return status;
  return out;
}

Result<schema::TablePtr> parse_structure(const SourceTable& table) {
  sql::ParseOptions options;
  options.default_schema = table.schema;
  options.dialect = table.mariadb ? sql::Dialect::MariaDb : sql::Dialect::MySql;
  options.default_charset = table.charset;
  options.default_collation = table.collation;
  options.utf8mb4_collation = table.utf8mb4_collation;
  auto info = schema::parse_create_table(table.create_sql, options);
  if (!info) return std::move(info.status()).with("structure of " + table.schema + "." + table.table);
  info->schema = table.schema;
  return std::make_shared<const schema::TableInfo>(std::move(*info));
}

Result<std::string> routed_create(const std::string& create_sql, const std::string& schema, const std::string& table) {
  const size_t body = body_of(create_sql);
  if (body == std::string::npos) {
    return make_error(32001, "SHOW CREATE TABLE of the source gives no plain CREATE TABLE", create_sql.substr(0, 200));
  }
  return "CREATE TABLE IF NOT EXISTS " + sql::quote_table(schema, table) + create_sql.substr(body);
}

bool others_may_write(const model::Task& task, const std::string& source, const std::string& target_schema,
                      const std::string& target_table) {
  for (const model::SourceConf& other : task.source_conf) {
    if (other.source_name == source) continue;
    bool has_rule = false;
    for (const model::TableMigrateRule& rule : task.table_migrate_rule) {
      if (rule.source_name != other.source_name) continue;
      has_rule = true;
      if (may_be(rule.target_schema, rule.schema, target_schema) &&
          may_be(rule.target_table, rule.table, target_table)) {
        return true;
      }
    }
    if (task.has_list(other.source_name)) {
      // What the list selects and no rule renames goes to the table of its own name.
      const auto selected = rules::Selection::build(task, other.source_name, false);
      if (!selected || selected->table(target_schema, target_table)) return true;
    } else if (!has_rule) {
      return true;  // everything under its own name
    }
  }
  return false;
}

}  // namespace sluice::units::full
