#include <cstdlib>

#include "core/upstream/flavor.hpp"
#include "core/upstream/server_info.hpp"

namespace sluice::upstream {
namespace {

// MySQL breaks long GTID sets into lines.
std::string without_blanks(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') out += c;
  }
  return out;
}

Result<std::string> variable(Connection& connection, const std::string& name) {
  Result<Rows> rows = connection.query("SELECT @@global." + name + " AS v");
  if (!rows) return rows.status();
  return without_blanks(rows->get(0, "v"));
}

}  // namespace

Result<BinlogStatus> binlog_status(Connection& connection) {
  const Flavor flavor = parse_version(connection.server_version());
  const bool new_words = flavor.name == "mysql" && flavor.version >= 80200;
  Result<Rows> rows = connection.query(new_words ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS");
  if (!rows) return rows.status();
  BinlogStatus out;
  if (rows->empty()) return out;
  out.file = rows->get(0, "File");
  out.pos = std::strtoull(rows->get(0, "Position").c_str(), nullptr, 10);
  out.binlog_do_db = rows->get(0, "Binlog_Do_DB");
  out.binlog_ignore_db = rows->get(0, "Binlog_Ignore_DB");
  out.executed_gtid_set = without_blanks(rows->get(0, "Executed_Gtid_Set"));
  if (flavor.name != "mariadb") return out;
  Result<std::string> gtid = variable(connection, "gtid_binlog_pos");
  if (!gtid) return gtid.status();
  out.executed_gtid_set = *gtid;
  return out;
}

Result<std::vector<BinlogFile>> binlog_files(Connection& connection) {
  Result<Rows> rows = connection.query("SHOW BINARY LOGS");
  if (!rows) return rows.status();
  std::vector<BinlogFile> out;
  for (size_t i = 0; i < rows->rows.size(); ++i) {
    out.push_back({rows->get(i, "Log_name"), std::strtoull(rows->get(i, "File_size").c_str(), nullptr, 10)});
  }
  return out;
}

Result<std::string> purged_gtid_set(Connection& connection) {
  const Flavor flavor = parse_version(connection.server_version());
  if (flavor.name != "mysql" || flavor.version < 50605) return std::string();
  return variable(connection, "gtid_purged");
}

}  // namespace sluice::upstream
