#include "core/units/target_tables.hpp"

#include <chrono>
#include <thread>

#include "core/sql/quote.hpp"
#include "sluice/host/sink.hpp"

namespace sluice::units {
namespace {

sluice_str str(const std::string& text) { return {text.data(), text.size()}; }

// "CREATE DATABASE `old` /*!40100 ... */" -> the part behind the name.
std::string database_options(const std::string& create_sql) {
  const size_t comment = create_sql.find("` /*!40100");
  return comment == std::string::npos ? "" : create_sql.substr(comment + 1);
}

}  // namespace

int32_t duplicate_mode(const model::Task& task) {
  std::string how = task.on_duplicate;
  if (task.full_migrate_conf && !task.full_migrate_conf->on_duplicate_logical.empty()) {
    how = task.full_migrate_conf->on_duplicate_logical;
  }
  if (how == "error") return SLUICE_DUPLICATE_ERROR;
  return how == "ignore" ? SLUICE_DUPLICATE_IGNORE : SLUICE_DUPLICATE_REPLACE;
}

TargetTables::TargetTables(std::shared_ptr<host::Sink> sink) : sink_(sink), session_(std::move(sink)) {}

Result<TargetState> TargetTables::state(const std::string& schema, const std::string& table) {
  if (!sink_->has_structure()) return TargetState::HasRows;
  auto create = session_.create_table(schema, table);
  if (!create) return create.status();
  if (!*create) return TargetState::Absent;
  auto rows = session_.has_rows(schema, table);
  if (!rows) return rows.status();
  return *rows ? TargetState::HasRows : TargetState::Empty;
}

Status TargetTables::execute(const std::string& sql, const std::string& schema, const std::string& table) {
  sluice_statement statement{};
  statement.struct_size = sizeof statement;
  statement.flags = SLUICE_STATEMENT_NO_FK_CHECKS | SLUICE_STATEMENT_TOLERATE_DONE | SLUICE_STATEMENT_HAS_SQL_MODE;
  statement.sql = str(sql);
  statement.schema = str(schema);
  statement.table = str(table);
  // All of these may be repeated.
  constexpr int kAttempts = 5;
  for (int attempt = 1;; ++attempt) {
    Status status = session_.execute(statement);
    if (status.ok() || !status.error().retryable || attempt == kAttempts) return status;
    std::this_thread::sleep_for(std::chrono::milliseconds(200 * attempt));
  }
}

Status TargetTables::create_schema(const std::string& schema, const std::string& create_sql) {
  return execute("CREATE DATABASE IF NOT EXISTS " + sql::quote_identifier(schema) + database_options(create_sql), "",
                 "");
}

Status TargetTables::create_table(const std::string& schema, const std::string& table, const std::string& create_sql) {
  return execute(create_sql, schema, table).with("create " + schema + "." + table);
}

Status TargetTables::truncate(const std::string& schema, const std::string& table) {
  Status status = execute("TRUNCATE TABLE " + sql::quote_table(schema, table), schema, table);
  // An end between the plan and the creation of its tables: there is nothing to empty.
  constexpr int32_t kNoSuchDatabase = 1049;
  constexpr int32_t kNoSuchTable = 1146;
  const bool absent =
      !status.ok() && (status.error().native == kNoSuchTable || status.error().native == kNoSuchDatabase);
  return absent ? Status() : status;
}

Status TargetTables::drop(const std::string& schema, const std::string& table) {
  return execute("DROP TABLE IF EXISTS " + sql::quote_table(schema, table), schema, table);
}

}  // namespace sluice::units
