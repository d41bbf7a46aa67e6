#include "connection.hpp"

#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "tls.hpp"

namespace sluice::mysql {
namespace {

using plugin::Failure;

constexpr unsigned long kClientFlags = CLIENT_FOUND_ROWS | CLIENT_MULTI_STATEMENTS | CLIENT_MULTI_RESULTS;
/// How often a connection attempt looks whether it has been cancelled.
constexpr int kPollMs = 100;

void start_library() {
  static std::once_flag once;
  std::call_once(once, [] { mysql_library_init(0, nullptr, nullptr); });
}

/// A result that frees itself.
class Result {
 public:
  explicit Result(MYSQL_RES* raw) : raw_(raw) {}
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;
  ~Result() {
    if (raw_) mysql_free_result(raw_);
  }
  MYSQL_RES* get() const { return raw_; }

 private:
  MYSQL_RES* raw_;
};

/// The stream behind LOAD DATA LOCAL. Connector/C calls back with these; nothing but our own stream is ever read,
/// whatever file name the server asks for.
using Reader = std::function<int(char*, unsigned)>;
int infile_init(void** stream, const char*, void* self) {
  *stream = self;
  return self ? 0 : 1;
}
int infile_read(void* stream, char* buffer, unsigned size) {
  return (*static_cast<const Reader*>(stream))(buffer, size);
}
void infile_end(void*) {}
int infile_error(void*, char* text, unsigned size) {
  if (size > 0) {
    std::strncpy(text, "the rows to load could not be read", size - 1);
    text[size - 1] = '\0';
  }
  return CR_UNKNOWN_ERROR;
}

uint32_t parse_version(std::string_view text) {
  uint32_t number = 0;
  uint32_t part = 0;
  int parts = 0;
  for (const char c : std::string(text) + ".") {
    if (c >= '0' && c <= '9') {
      part = part * 10 + static_cast<uint32_t>(c - '0');
    } else {
      number = number * 100 + part;
      part = 0;
      if (++parts == 3 || c != '.') break;
    }
  }
  for (; parts < 3; ++parts) number *= 100;
  return number;
}

}  // namespace

Connection::Connection(const Settings& settings, const std::atomic<bool>& cancelled) : mysql_(nullptr) {
  start_library();
  mysql_ = mysql_init(nullptr);
  if (!mysql_) throw std::bad_alloc();
  try {
    connect(settings, cancelled);
    identify();
  } catch (...) {
    mysql_close(mysql_);
    throw;
  }
}

Connection::~Connection() {
  {
    const std::lock_guard lock(socket_mutex_);
    socket_ = -1;
  }
  mysql_close(mysql_);
}

void Connection::connect(const Settings& settings, const std::atomic<bool>& cancelled) {
  const auto seconds = static_cast<unsigned>(settings.connect_timeout.count());
  const auto read_seconds = static_cast<unsigned>(settings.read_timeout.count());
  const unsigned infile = 1;
  const unsigned long packet = 1UL << 30;
  mysql_options(mysql_, MYSQL_OPT_NONBLOCK, nullptr);
  mysql_options(mysql_, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
  mysql_options(mysql_, MYSQL_OPT_READ_TIMEOUT, &read_seconds);
  mysql_options(mysql_, MYSQL_OPT_WRITE_TIMEOUT, &read_seconds);
  mysql_options(mysql_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_options(mysql_, MYSQL_OPT_LOCAL_INFILE, &infile);
  mysql_options(mysql_, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
  mysql_optionsv(mysql_, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "sluice");
  mysql_set_local_infile_handler(mysql_, infile_init, infile_read, infile_end, infile_error, nullptr);
  TlsFiles tls;
  tls.apply(mysql_, settings.security);
  wait_connected(settings, cancelled);
  check_tls(mysql_, settings.security);
  const std::lock_guard lock(socket_mutex_);
  socket_ = static_cast<int>(mysql_get_socket(mysql_));
}

/// Connects without blocking, so that `cancelled` is seen while a server does not answer.
void Connection::wait_connected(const Settings& settings, const std::atomic<bool>& cancelled) {
  const char* socket = settings.socket.empty() ? nullptr : settings.socket.c_str();
  const char* host = socket ? "localhost" : settings.host.c_str();
  const std::string where = socket ? settings.socket : settings.host + ":" + std::to_string(settings.port);
  const auto deadline = std::chrono::steady_clock::now() + settings.connect_timeout;
  MYSQL* connected = nullptr;
  int waits = mysql_real_connect_start(&connected, mysql_, host, settings.user.c_str(), settings.password.c_str(),
                                       nullptr, settings.port, socket, kClientFlags);
  while (waits != 0) {
    if (cancelled) throw Failure::cancelled();
    pollfd fd{static_cast<int>(mysql_get_socket(mysql_)), 0, 0};
    if (waits & MYSQL_WAIT_READ) fd.events |= POLLIN;
    if (waits & MYSQL_WAIT_WRITE) fd.events |= POLLOUT;
    if (waits & MYSQL_WAIT_EXCEPT) fd.events |= POLLPRI;
    const int ready = ::poll(&fd, 1, kPollMs);
    int happened = 0;
    if (ready > 0) {
      if (fd.revents & (POLLIN | POLLHUP | POLLERR)) happened |= waits & MYSQL_WAIT_READ;
      if (fd.revents & (POLLOUT | POLLHUP | POLLERR)) happened |= waits & MYSQL_WAIT_WRITE;
      if (fd.revents & POLLPRI) happened |= waits & MYSQL_WAIT_EXCEPT;
    }
    if (std::chrono::steady_clock::now() >= deadline && happened == 0) happened = MYSQL_WAIT_TIMEOUT;
    if (happened != 0) waits = mysql_real_connect_cont(&connected, mysql_, happened);
  }
  if (!connected) fail("connect to the target " + where + " as " + settings.user);
}

void Connection::identify() {
  version_ = mysql_get_server_info(mysql_) ? mysql_get_server_info(mysql_) : "";
  // TiDB says 8.0.11-TiDB-v7.5.0; MariaDB may say 5.5.5-10.11.6-MariaDB.
  flavor_ = version_.find("TiDB") != std::string::npos      ? "tidb"
            : version_.find("MariaDB") != std::string::npos ? "mariadb"
                                                            : "mysql";
  std::string_view digits = version_;
  if (flavor_ == "mariadb" && digits.substr(0, 6) == "5.5.5-") digits.remove_prefix(6);
  version_number_ = parse_version(digits);
  const auto rows = query("SELECT @@max_allowed_packet", "read the target's settings");
  max_packet_ = rows.empty() || !rows[0][0] ? 1024 * 1024 : std::strtoull(rows[0][0]->c_str(), nullptr, 10);
}

void Connection::interrupt() {
  const std::lock_guard lock(socket_mutex_);
  if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

void Connection::fail(std::string_view what) const { throw server_failure(last_errno(), last_error(), what); }

/// Reads away what is left of a multi-statement's results.
void Connection::drain() {
  do {
    const Result result(mysql_store_result(mysql_));
  } while (mysql_next_result(mysql_) == 0);
}

unsigned Connection::try_execute(std::string_view sql) {
  bytes_sent_ += sql.size();
  if (mysql_real_query(mysql_, sql.data(), sql.size()) != 0) return last_errno();
  const uint64_t affected = mysql_affected_rows(mysql_);
  if (mysql_field_count(mysql_) > 0) {
    const Result result(mysql_store_result(mysql_));
    if (!result.get()) return last_errno();
  }
  mysql_->affected_rows = affected;
  if (mysql_more_results(mysql_)) {
    const int next = mysql_next_result(mysql_);
    if (next > 0) return last_errno();
    if (next == 0) drain();
  }
  return last_errno();
}

uint64_t Connection::execute(std::string_view sql, std::string_view what) {
  if (try_execute(sql) != 0) fail(what);
  return mysql_affected_rows(mysql_);
}

std::vector<Row> Connection::query(std::string_view sql, std::string_view what) {
  bytes_sent_ += sql.size();
  if (mysql_real_query(mysql_, sql.data(), sql.size()) != 0) fail(what);
  const Result result(mysql_store_result(mysql_));
  std::vector<Row> rows;
  if (!result.get()) {
    if (mysql_field_count(mysql_) > 0) fail(what);
    return rows;
  }
  const unsigned columns = mysql_num_fields(result.get());
  while (MYSQL_ROW raw = mysql_fetch_row(result.get())) {
    const unsigned long* lengths = mysql_fetch_lengths(result.get());
    Row& row = rows.emplace_back();
    for (unsigned i = 0; i < columns; ++i) {
      if (raw[i])
        row.emplace_back(std::string(raw[i], lengths[i]));
      else
        row.emplace_back();
    }
  }
  return rows;
}

void Connection::execute_many(std::string_view sql, const std::function<void(size_t, uint64_t)>& each,
                              const std::function<std::string(size_t)>& describe) {
  bytes_sent_ += sql.size();
  if (mysql_real_query(mysql_, sql.data(), sql.size()) != 0) fail(describe(0));
  for (size_t i = 0;; ++i) {
    if (mysql_field_count(mysql_) > 0) {
      const Result result(mysql_store_result(mysql_));
      if (!result.get()) fail(describe(i));
    } else {
      try {
        each(i, mysql_affected_rows(mysql_));
      } catch (...) {
        if (mysql_next_result(mysql_) == 0) drain();  // the answers that follow must not be taken for later ones
        throw;
      }
    }
    const int next = mysql_next_result(mysql_);
    if (next < 0) return;
    if (next > 0) fail(describe(i + 1));
  }
}

unsigned Connection::load_data(std::string_view sql, const std::function<int(char*, unsigned)>& read) {
  mysql_set_local_infile_handler(mysql_, infile_init, infile_read, infile_end, infile_error,
                                 const_cast<Reader*>(&read));
  const int failed = mysql_real_query(mysql_, sql.data(), sql.size());
  const unsigned number = failed ? last_errno() : 0;
  mysql_set_local_infile_handler(mysql_, infile_init, infile_read, infile_end, infile_error, nullptr);
  return number;
}

unsigned Connection::last_errno() const { return mysql_errno(mysql_); }
std::string Connection::last_error() const { return mysql_error(mysql_); }
std::string Connection::info() const {
  const char* text = mysql_info(mysql_);
  return text ? text : "";
}
uint64_t Connection::affected() const { return mysql_affected_rows(mysql_); }
bool Connection::backslash_escapes() const { return (mysql_->server_status & SERVER_STATUS_NO_BACKSLASH_ESCAPES) == 0; }

}  // namespace sluice::mysql
