#include <errmsg.h>
#include <mysqld_error.h>

#include <algorithm>
#include <array>

#include "connection.hpp"

namespace sluice::mysql {
namespace {

/// Errors after which the same transaction may well succeed. Numbers: MySQL's and MariaDB's mysqld_error.h, TiDB's
/// errno package (8xxx: SQL layer, 9xxx: storage).
constexpr std::array<unsigned, 24> kRetryable = {ER_LOCK_DEADLOCK,
                                                 ER_LOCK_WAIT_TIMEOUT,
                                                 ER_CON_COUNT_ERROR,
                                                 ER_SERVER_SHUTDOWN,
                                                 ER_ABORTING_CONNECTION,
                                                 ER_QUERY_INTERRUPTED,
                                                 ER_TOO_MANY_USER_CONNECTIONS,
                                                 ER_OPTION_PREVENTS_STATEMENT,
                                                 1180 /* error during COMMIT: TiDB's wrapped conflicts */,
                                                 1205,
                                                 8002,
                                                 8005,
                                                 8022,
                                                 8027,
                                                 8028,
                                                 9001,
                                                 9002,
                                                 9003,
                                                 9004,
                                                 9005,
                                                 9007,
                                                 9008,
                                                 9010,
                                                 1836 /* running in read-only mode */};

bool is_retryable(unsigned number) {
  return std::find(kRetryable.begin(), kRetryable.end(), number) != kRetryable.end() || is_connection_error(number);
}

}  // namespace

bool is_connection_error(unsigned number) {
  switch (number) {
    case CR_SERVER_GONE_ERROR:
    case CR_SERVER_LOST:
    case CR_CONNECTION_ERROR:
    case CR_CONN_HOST_ERROR:
    case CR_COMMANDS_OUT_OF_SYNC:
    case CR_IPSOCK_ERROR:
    case CR_MALFORMED_PACKET:
    case 5014:  // Connector/C: server closed the connection
    case ER_SERVER_SHUTDOWN:
    case ER_ABORTING_CONNECTION:
    case ER_CONNECTION_KILLED:
    case ER_CON_COUNT_ERROR: return true;
    default: return false;
  }
}

plugin::Failure server_failure(unsigned number, std::string_view text, std::string_view what) {
  const bool lost = is_connection_error(number);
  std::string message(what);
  message += ": " + std::string(text.empty() ? "unknown error" : text) + " (error " + std::to_string(number) + ")";
  plugin::Failure failure(lost || number == ER_ACCESS_DENIED_ERROR ? 10001 : 10006, "database", "downstream", "high",
                          std::move(message));
  return std::move(failure).native(static_cast<int32_t>(number)).retryable(is_retryable(number)).reconnect(lost);
}

}  // namespace sluice::mysql
