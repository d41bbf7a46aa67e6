#include "metadata.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

#include "quote.hpp"

namespace sluice::mysql {
namespace {

constexpr int kNoSuchTable = 1146;
constexpr int kNoSuchSchema = 1049;

/// What a task may own in the meta schema: DM's tables and our own.
constexpr std::array<std::string_view, 10> kTaskTables = {"_syncer_checkpoint",
                                                          "_syncer_sharding_meta",
                                                          "_onlineddl",
                                                          "_lightning_checkpoint_list",
                                                          "_loader_checkpoint",
                                                          "_validator_checkpoint",
                                                          "_validator_pending_change",
                                                          "_validator_error_change",
                                                          "_validator_table_status",
                                                          "_sluice_marks"};

std::string_view as_view(const std::optional<std::string>& cell) { return cell ? std::string_view(*cell) : ""; }
uint64_t as_number(const std::optional<std::string>& cell) {
  return cell ? std::strtoull(cell->c_str(), nullptr, 10) : 0;
}

bool has_json_type(const Connection& connection) {
  if (connection.is_tidb()) return true;
  return connection.version_number() >= (connection.is_mariadb() ? 100207u : 50708u);
}

/// Rows of a metadata query; none when the table or the schema is not there.
std::vector<Row> query_if_there(Connection& connection, const std::string& sql, std::string_view what) {
  try {
    return connection.query(sql, what);
  } catch (const plugin::Failure& failure) {
    if (failure.native() == kNoSuchTable || failure.native() == kNoSuchSchema) return {};
    throw;
  }
}

/// One statement may check and store them: all are expected to be something else than what they become.
bool can_share(std::span<const sluice_mark> marks) {
  std::set<std::string_view> keys;
  return marks.size() > 1 && std::all_of(marks.begin(), marks.end(), [&](const sluice_mark& mark) {
           return mark.expect.data != nullptr && view(mark.expect) != view(mark.value) &&
                  view(mark.scope) == view(marks[0].scope) && keys.insert(view(mark.key)).second;
         });
}

void execute_if_there(Connection& connection, const std::string& sql, std::string_view what) {
  const auto error = static_cast<int>(connection.try_execute(sql));
  if (error == 0 || error == kNoSuchTable || error == kNoSuchSchema) return;
  throw server_failure(connection.last_errno(), connection.last_error(), what);
}

}  // namespace

Metadata::Metadata(const Settings& settings)
    : settings_(settings),
      schema_(quoted_name(settings.meta_schema)),
      marks_(quoted_name(settings.meta_schema, settings.task + "_sluice_marks")),
      checkpoint_(quoted_name(settings.meta_schema, settings.task + "_syncer_checkpoint")) {}

void Metadata::create_schema(Connection& connection) const {
  // Asked first: a user without the right to create schemas may use one that is there.
  const auto found = connection.query("SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME=" +
                                          quoted_string(settings_.meta_schema, connection.backslash_escapes()),
                                      "look for the meta schema");
  if (found.empty()) connection.execute("CREATE DATABASE IF NOT EXISTS " + schema_, "create the meta schema");
}

void Metadata::create_marks(Connection& connection) const {
  create_schema(connection);
  connection.execute("CREATE TABLE IF NOT EXISTS " + marks_ +
                         " (id VARCHAR(32) NOT NULL, scope VARCHAR(32) NOT NULL, mark_key VARCHAR(191) NOT NULL,"
                         " mark_value LONGBLOB NOT NULL, PRIMARY KEY (id, scope, mark_key))"
                         " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
                     "create the table of marks");
}

void Metadata::create_checkpoint(Connection& connection) const {
  create_schema(connection);
  // Columns, types and their order are DM's, so that its tools read the table.
  connection.execute("CREATE TABLE IF NOT EXISTS " + checkpoint_ +
                         " (id VARCHAR(32) NOT NULL, cp_schema VARCHAR(128) NOT NULL, cp_table VARCHAR(128) NOT NULL,"
                         " binlog_name VARCHAR(128), binlog_pos INT UNSIGNED, binlog_gtid TEXT,"
                         " exit_safe_binlog_name VARCHAR(128) DEFAULT '', exit_safe_binlog_pos INT UNSIGNED DEFAULT 0,"
                         " exit_safe_binlog_gtid TEXT, table_info " +
                         (has_json_type(connection) ? "JSON" : "LONGTEXT") +
                         " NOT NULL, is_global BOOLEAN, create_time TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,"
                         " update_time TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,"
                         " UNIQUE KEY uk_id_schema_table (id, cp_schema, cp_table))"
                         " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
                     "create the table of checkpoints");
}

std::string Metadata::where_source(bool backslash) const { return "id=" + quoted_string(settings_.source, backslash); }

/// The marks of one transaction by one statement; the server's work for a statement costs more than that for a mark.
/// An update counts as two rows, a mark that is not what was expected, or was not there, as one: found by primary key
/// only, so that no other writer's mark is touched or waited for.
void Metadata::append_shared(Pipeline& pipeline, std::span<const sluice_mark> marks, bool backslash) const {
  const std::string head =
      quoted_string(settings_.source, backslash) + "," + quoted_string(view(marks[0].scope), backslash);
  const std::string insert = "INSERT INTO " + marks_ + " (id,scope,mark_key,mark_value) VALUES ";
  std::string fresh;
  std::string values;
  std::string expected;
  for (const sluice_mark& mark : marks) {
    const std::string key = quoted_string(view(mark.key), backslash);
    const std::string row = "(" + head + "," + key + ",";
    if (mark.expect.len == 0) fresh += (fresh.empty() ? "" : ",") + row + "'')";
    values += (values.empty() ? "" : ",") + row + "_binary" + quoted_string(view(mark.value), backslash) + ")";
    expected += " WHEN " + key + " THEN _binary" + quoted_string(view(mark.expect), backslash);
  }
  if (!fresh.empty())
    pipeline.statement({StepKind::kMark}, insert + fresh + " ON DUPLICATE KEY UPDATE mark_value=mark_value");
  pipeline.statement({StepKind::kMark, true, static_cast<uint32_t>(2 * marks.size())},
                     insert + values + " ON DUPLICATE KEY UPDATE mark_value=IF(mark_value=CASE mark_key" + expected +
                         " END,VALUES(mark_value),mark_value)");
}

void Metadata::append_marks(Pipeline& pipeline, std::span<const sluice_mark> marks, bool backslash) const {
  if (can_share(marks)) return append_shared(pipeline, marks, backslash);
  for (const sluice_mark& mark : marks) {
    const std::string scope = quoted_string(view(mark.scope), backslash);
    const std::string key = quoted_string(view(mark.key), backslash);
    const std::string value = "_binary" + quoted_string(view(mark.value), backslash);
    const bool expects = mark.expect.data != nullptr;
    const auto insert = [&](const std::string& fresh, const std::string& otherwise) {
      pipeline.statement({StepKind::kMark}, "INSERT INTO " + marks_ + " (id,scope,mark_key,mark_value) VALUES (" +
                                                quoted_string(settings_.source, backslash) + "," + scope + "," + key +
                                                "," + fresh + ") ON DUPLICATE KEY UPDATE mark_value=" + otherwise);
    };
    if (!expects) {
      insert(value, "VALUES(mark_value)");
      continue;
    }
    // An absent mark equals the empty text; the no-op update takes the lock where the row is there already.
    if (mark.expect.len == 0) insert("''", "mark_value");
    pipeline.statement({StepKind::kMark, true}, "UPDATE " + marks_ + " SET mark_value=" + value + " WHERE " +
                                                    where_source(backslash) + " AND scope=" + scope +
                                                    " AND mark_key=" + key + " AND mark_value=_binary" +
                                                    quoted_string(view(mark.expect), backslash));
  }
}

void Metadata::read_marks(Connection& connection, std::string_view scope,
                          const plugin::SinkWriter::EachMark& each) const {
  const bool backslash = connection.backslash_escapes();
  std::string sql = "SELECT scope,mark_key,mark_value FROM " + marks_ + " WHERE " + where_source(backslash);
  if (!scope.empty()) sql += " AND scope=" + quoted_string(scope, backslash);
  for (const Row& row : connection.query(sql + " ORDER BY scope,mark_key", "read the marks")) {
    const sluice_mark mark{to_str(as_view(row[0])), to_str(as_view(row[1])), {nullptr, 0}, to_str(as_view(row[2]))};
    each(mark);
  }
}

void Metadata::clear_marks(Connection& connection, std::string_view scope) const {
  const bool backslash = connection.backslash_escapes();
  std::string sql = "DELETE FROM " + marks_ + " WHERE " + where_source(backslash);
  if (!scope.empty()) sql += " AND scope=" + quoted_string(scope, backslash);
  execute_if_there(connection, sql, "clear the marks");
}

void Metadata::append_checkpoint(Pipeline& pipeline, const sluice_checkpoint& row, bool backslash) const {
  const auto text = [backslash](sluice_str s) { return quoted_string(view(s), backslash); };
  const std::string info = row.table_info.len == 0 ? "'null'" : text(row.table_info);
  pipeline.statement(
      {StepKind::kControl},
      "INSERT INTO " + checkpoint_ +
          " (id,cp_schema,cp_table,binlog_name,binlog_pos,binlog_gtid,exit_safe_binlog_name,exit_safe_binlog_pos,"
          "exit_safe_binlog_gtid,table_info,is_global) VALUES (" +
          quoted_string(settings_.source, backslash) + "," + text(row.schema) + "," + text(row.table) + "," +
          text(row.binlog_name) + "," + std::to_string(row.binlog_pos) + "," + text(row.binlog_gtid) + "," +
          text(row.exit_safe_binlog_name) + "," + std::to_string(row.exit_safe_binlog_pos) + "," +
          text(row.exit_safe_binlog_gtid) + "," + info + "," + (row.is_global ? "1" : "0") +
          ") ON DUPLICATE KEY UPDATE binlog_name=VALUES(binlog_name),binlog_pos=VALUES(binlog_pos),"
          "binlog_gtid=VALUES(binlog_gtid),exit_safe_binlog_name=VALUES(exit_safe_binlog_name),"
          "exit_safe_binlog_pos=VALUES(exit_safe_binlog_pos),exit_safe_binlog_gtid=VALUES(exit_safe_binlog_gtid),"
          "table_info=VALUES(table_info),is_global=VALUES(is_global)");
}

void Metadata::read_checkpoint(Connection& connection, const plugin::SinkWriter::EachCheckpoint& each) const {
  const auto rows = query_if_there(
      connection,
      "SELECT cp_schema,cp_table,binlog_name,binlog_pos,binlog_gtid,exit_safe_binlog_name,exit_safe_binlog_pos,"
      "exit_safe_binlog_gtid,table_info,is_global FROM " +
          checkpoint_ + " WHERE " + where_source(connection.backslash_escapes()) + " ORDER BY cp_schema,cp_table",
      "read the checkpoint");
  for (const Row& cells : rows) {
    auto row = make_sized<sluice_checkpoint>();
    const auto text = [&cells](size_t i) { return to_str(as_view(cells[i])); };
    row.source = to_str(settings_.source);
    row.schema = text(0);
    row.table = text(1);
    row.binlog_name = text(2);
    row.binlog_pos = as_number(cells[3]);
    row.binlog_gtid = text(4);
    row.exit_safe_binlog_name = text(5);
    row.exit_safe_binlog_pos = as_number(cells[6]);
    row.exit_safe_binlog_gtid = text(7);
    row.table_info = text(8);
    row.is_global = as_number(cells[9]) != 0 ? 1 : 0;
    each(row);
  }
}

void Metadata::remove_checkpoint(Connection& connection, std::string_view schema, std::string_view table) const {
  const bool backslash = connection.backslash_escapes();
  std::string sql = "DELETE FROM " + checkpoint_ + " WHERE " + where_source(backslash);
  if (!schema.empty() || !table.empty()) {
    sql += " AND cp_schema=" + quoted_string(schema, backslash) + " AND cp_table=" + quoted_string(table, backslash);
  }
  execute_if_there(connection, sql, "remove from the checkpoint");
}

void Metadata::drop_all(Connection& connection) const {
  for (const std::string_view suffix : kTaskTables) {
    const std::string table = quoted_name(settings_.meta_schema, settings_.task + std::string(suffix));
    execute_if_there(connection, "DROP TABLE IF EXISTS " + table, "drop the metadata table " + table);
  }
}

}  // namespace sluice::mysql
