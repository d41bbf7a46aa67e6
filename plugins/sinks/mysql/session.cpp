#include "connection.hpp"

#include <algorithm>

#include "quote.hpp"

namespace sluice::mysql {
namespace {

constexpr unsigned kWrongValueForVariable = 1231;
constexpr unsigned kUnknownVariable = 1193;

/// The text between the last two quotes: "...can't be set to the value of 'NO_SUCH_MODE'".
std::string refused_value(const std::string& text) {
  const size_t end = text.rfind('\'');
  if (end == std::string::npos || end == 0) return {};
  const size_t begin = text.rfind('\'', end - 1);
  return begin == std::string::npos ? std::string() : text.substr(begin + 1, end - begin - 1);
}

/// `modes` without `mode`.
std::string without(const std::string& modes, const std::string& mode) {
  std::string out;
  size_t from = 0;
  while (from <= modes.size()) {
    const size_t end = std::min(modes.find(',', from), modes.size());
    const std::string one = modes.substr(from, end - from);
    if (!one.empty() && one != mode) out += (out.empty() ? "" : ",") + one;
    from = end + 1;
  }
  return out;
}

}  // namespace

std::string session_sql_mode(const Settings& settings, bool strict) {
  if (!settings.sql_mode.empty()) return settings.sql_mode;
  // Values that the source holds must be stored as they are: zero dates, invalid dates, 0 in AUTO_INCREMENT columns.
  const std::string modes = "IGNORE_SPACE,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES";
  return strict ? modes + ",STRICT_TRANS_TABLES,STRICT_ALL_TABLES" : modes;
}

std::string set_sql_mode(Connection& connection, std::string modes) {
  while (true) {
    const unsigned error =
        connection.try_execute("SET SESSION sql_mode=" + quoted_string(modes, connection.backslash_escapes()));
    if (error == 0) return modes;
    const std::string less =
        error == kWrongValueForVariable ? without(modes, refused_value(connection.last_error())) : modes;
    if (less == modes) throw server_failure(error, connection.last_error(), "set sql_mode at the target");
    modes = less;
  }
}

void prepare_session(Connection& connection, const Settings& settings) {
  connection.execute("SET NAMES utf8mb4", "prepare the session");
  connection.execute(std::string("SET SESSION time_zone='+00:00',foreign_key_checks=") +
                         (settings.foreign_key_checks ? "1" : "0") + ",autocommit=1",
                     "prepare the session");
  // Fewer gap locks, hence fewer deadlocks between writers. Not where the target's binlog is in statement format,
  // which InnoDB refuses below REPEATABLE READ.
  const auto format = connection.is_tidb()
                          ? std::vector<Row>{}
                          : connection.query("SELECT @@log_bin,@@binlog_format", "prepare the session");
  const bool statement_log = !format.empty() && format[0][0] == "1" && format[0][1] == "STATEMENT";
  if (!connection.is_tidb() && !statement_log) {
    connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", "prepare the session");
  }
  if (connection.is_tidb()) {
    const unsigned error = connection.try_execute("SET SESSION tidb_txn_mode='optimistic'");
    if (error != 0 && error != kUnknownVariable) {
      throw server_failure(error, connection.last_error(), "prepare the session");
    }
  }
  for (const auto& [name, literal] : settings.session) {
    connection.execute("SET SESSION `" + name + "`=" + literal, "set the session variable " + name);
  }
  set_sql_mode(connection, session_sql_mode(settings, true));
}

}  // namespace sluice::mysql
