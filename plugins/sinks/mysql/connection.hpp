#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "settings.hpp"
#include "sluice/plugin/failure.hpp"

struct st_mysql;

namespace sluice::mysql {

/// One row of a result, as text; null where SQL has NULL.
using Row = std::vector<std::optional<std::string>>;

/// Turns an error of the server or of Connector/C into what the host sees: number 10006 (10001 when the connection
/// is gone), the flags that say whether to try again, and the server's text. `what` says what was being done.
plugin::Failure server_failure(unsigned number, std::string_view text, std::string_view what);
/// The connection is unusable after this error.
bool is_connection_error(unsigned number);

/// One session on the target. Connects in the constructor. One call at a time, except `interrupt`, which any thread
/// may call at any time. Errors are Failures; after an error with RECONNECT the object is of no more use.
class Connection {
 public:
  /// `cancelled` ends the attempt to connect.
  Connection(const Settings& settings, const std::atomic<bool>& cancelled);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Runs one statement; results are read and dropped. Returns the rows matched or changed.
  uint64_t execute(std::string_view sql, std::string_view what);
  /// The same without a Failure: 0, or the server's error number.
  unsigned try_execute(std::string_view sql);
  std::vector<Row> query(std::string_view sql, std::string_view what);
  /// Sends statements separated by `;` as one packet and calls `each` with the rows that each of them matched.
  /// The server runs nothing after the first statement that fails; `failed` is told its index before the throw.
  void execute_many(std::string_view sql, const std::function<void(size_t, uint64_t)>& each,
                    const std::function<std::string(size_t)>& describe);

  /// LOAD DATA LOCAL: `read` fills the buffer and returns the bytes (0 = end, negative = give up). Returns the
  /// server's error number, 0 when fine.
  unsigned load_data(std::string_view sql, const std::function<int(char*, unsigned)>& read);

  unsigned last_errno() const;
  std::string last_error() const;
  /// "Records: 3  Deleted: 0  Skipped: 1  Warnings: 1" of the last statement.
  std::string info() const;
  uint64_t affected() const;
  bool backslash_escapes() const;
  uint64_t bytes_sent() const { return bytes_sent_; }
  void count_bytes(uint64_t bytes) { bytes_sent_ += bytes; }

  const std::string& server_version() const { return version_; }
  uint64_t max_packet() const { return max_packet_; }
  bool is_mariadb() const { return flavor_ == "mariadb"; }
  bool is_tidb() const { return flavor_ == "tidb"; }
  const std::string& flavor() const { return flavor_; }
  /// e.g. 50624 or 101105
  uint32_t version_number() const { return version_number_; }

  /// For prepared statements.
  st_mysql* handle() { return mysql_; }

  /// Shuts the socket down: the call in progress fails at once. [any]
  void interrupt();

 private:
  void connect(const Settings& settings, const std::atomic<bool>& cancelled);
  void wait_connected(const Settings& settings, const std::atomic<bool>& cancelled);
  void identify();
  [[noreturn]] void fail(std::string_view what) const;
  void drain();

  st_mysql* mysql_;
  std::mutex socket_mutex_;
  int socket_ = -1;
  std::string flavor_;
  std::string version_;
  uint32_t version_number_ = 0;
  uint64_t max_packet_ = 0;
  uint64_t bytes_sent_ = 0;
};

/// Sets the session's sql_mode; modes that the target does not know are left out. Returns what was set.
std::string set_sql_mode(Connection& connection, std::string modes);
/// What every session of this sink runs with: character set, time zone, modes, foreign key checks, the user's own.
void prepare_session(Connection& connection, const Settings& settings);
/// The sql_mode of prepare_session is the strict one: a value that the target's column cannot hold as it is ends the
/// batch instead of becoming another value.
std::string session_sql_mode(const Settings& settings, bool strict);

}  // namespace sluice::mysql
