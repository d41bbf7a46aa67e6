#include <mariadb/errmsg.h>

#include "core/upstream/connection_impl.hpp"

namespace sluice::upstream {

bool retryable_errno(unsigned number) {
  switch (number) {
    case 1040:  // too many connections
    case 1053:  // server shutdown in progress
    case 1077:  // normal shutdown
    case 1079:
    case 1080:
    case 1158:  // network errors seen by the server
    case 1159:
    case 1160:
    case 1161:
    case 1203:  // user's connections used up
    case 1205:  // lock wait timeout
    case 1213:  // deadlock
    case 1226:  // user's resources used up
    case 1317:  // query interrupted
    case 1412:  // table changed since the snapshot: a new one sees it
    case 1927:  // MariaDB: connection killed
    case 1969:  // MariaDB: max_statement_time
    case 3024:  // MySQL: max_execution_time
    case 3168:  // MySQL: server is in offline mode or being started
    case 4031:  // MySQL: closed for inactivity
    case CR_CONNECTION_ERROR:
    case CR_CONN_HOST_ERROR:
    case CR_UNKNOWN_HOST:
    case CR_SERVER_GONE_ERROR:
    case CR_SERVER_HANDSHAKE_ERR:
    case CR_SERVER_LOST:
    case CR_SERVER_LOST_EXTENDED:
    case CR_TCP_CONNECTION: return true;
    default: return false;
  }
}

std::string workaround_for(unsigned number) {
  switch (number) {
    case 1040:
    case 1203: return "Raise max_connections (or the user's limit) on the server, or lower export_threads.";
    case 1044:
    case 1142:
    case 1143: return "Grant the user the missing privilege on the schema or table.";
    case 1045: return "Check user and password, and that the server lets this user in from this host.";
    case 1129: return "The server blocks this host after failed attempts: run FLUSH HOSTS there.";
    case 1130: return "Let the user in from this host (CREATE USER 'user'@'host').";
    case 1227: return "Grant the user the privilege named in the message.";
    case 1236: return "Choose a position that the server still has, or start the task anew with a full dump.";
    case CR_CONNECTION_ERROR:
    case CR_CONN_HOST_ERROR:
    case CR_SERVER_LOST: return "Check host and port, that the server runs, and that no firewall is in between.";
    case CR_UNKNOWN_HOST: return "Check the host name and the name service.";
    case CR_SSL_CONNECTION_ERROR:
      return "Check the `security` contents against the server's TLS settings; remove them for a server without TLS.";
    case CR_AUTH_PLUGIN_CANNOT_LOAD:
      return "Give the user an authentication plugin that MariaDB Connector/C has (mysql_native_password, "
             "caching_sha2_password, ed25519).";
    default: return "";
  }
}

Error Connection::Impl::last_error(const std::string& statement) {
  const unsigned number = mysql_errno(mysql);
  std::string cause = mysql_error(mysql);
  if (number == CR_SERVER_GONE_ERROR || number == CR_SERVER_LOST || number == CR_COMMANDS_OUT_OF_SYNC ||
      number == CR_SERVER_LOST_EXTENDED || number == 1927 || number == 1053) {
    broken = true;
  }
  const bool cancelled = canceller.cancelled();
  Error error = make_error(10005, cancelled ? "query on " + address + " was cancelled" : "query failed on " + address,
                           "Error " + std::to_string(number) + ": " + cause, workaround_for(number));
  error.native = static_cast<int32_t>(number);
  error.scope = "upstream";
  error.retryable = cancelled || retryable_errno(number);
  constexpr size_t kStatementMost = 2048;
  error.statement = statement.size() <= kStatementMost ? statement : statement.substr(0, kStatementMost) + "...";
  return error;
}

}  // namespace sluice::upstream
