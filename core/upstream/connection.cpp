#include "core/upstream/connection.hpp"

#include <mariadb/errmsg.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>

#include <cerrno>

#include "core/upstream/connection_impl.hpp"
#include "core/upstream/tls_options.hpp"

namespace sluice::upstream {
namespace {

// Whose connection this thread is opening. The client library's wait hook has no user pointer.
thread_local const Canceller::State* opening = nullptr;

// Called by the client library instead of poll(). While a connection is being opened there is no socket yet that
// cancel() could shut down, so the wait goes in slices; afterwards the shutdown wakes it up.
int wait_hook(my_socket socket, my_bool is_read, int timeout_ms) {
  constexpr int kSliceMs = 100;
  pollfd item{socket, static_cast<short>(is_read ? POLLIN : POLLOUT), 0};
  int left = timeout_ms;
  for (;;) {
    if (opening && opening->cancelled) {
      errno = ECANCELED;
      return -1;
    }
    const int slice = opening && (left < 0 || left > kSliceMs) ? kSliceMs : left;
    const int ready = ::poll(&item, 1, slice);
    if (ready > 0) return ready;
    if (ready < 0 && errno != EINTR) return ready;
    if (ready < 0 || left < 0) continue;
    left -= slice;
    if (left > 0) continue;
    errno = ETIMEDOUT;
    return 0;
  }
}

class OpeningScope {
 public:
  explicit OpeningScope(const Canceller& canceller) { opening = canceller.state().get(); }
  OpeningScope(const OpeningScope&) = delete;
  OpeningScope& operator=(const OpeningScope&) = delete;
  ~OpeningScope() { opening = nullptr; }
};

void set_options(MYSQL* mysql, const ConnectionOptions& options) {
  const auto seconds = [](std::chrono::seconds s) { return static_cast<unsigned>(s.count() > 0 ? s.count() : 1); };
  const unsigned connect = seconds(options.connect_timeout);
  const unsigned read = seconds(options.read_timeout);
  const unsigned write = seconds(options.write_timeout);
  mysql_optionsv(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
  mysql_optionsv(mysql, MYSQL_OPT_READ_TIMEOUT, &read);
  mysql_optionsv(mysql, MYSQL_OPT_WRITE_TIMEOUT, &write);
  mysql_optionsv(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  // A "localhost" must not turn into a Unix socket.
  const unsigned protocol = MYSQL_PROTOCOL_TCP;
  mysql_optionsv(mysql, MYSQL_OPT_PROTOCOL, &protocol);
  const unsigned long packet = 1UL << 30;  // the largest that a server can be told to send
  mysql_optionsv(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
  const unsigned local_infile = 0;
  mysql_optionsv(mysql, MYSQL_OPT_LOCAL_INFILE, &local_infile);
  mysql_optionsv(mysql, MARIADB_OPT_IO_WAIT, reinterpret_cast<void*>(&wait_hook));
  mysql_optionsv(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", options.program.c_str());
  if (!options.role.empty()) mysql_optionsv(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "sluice_role", options.role.c_str());
}

Error connect_error(MYSQL* mysql, const std::string& address, const std::string& user, bool cancelled) {
  const unsigned number = mysql_errno(mysql);
  Error error = make_error(
      10001,
      cancelled ? "connecting to " + address + " was cancelled" : "cannot connect to " + address + " as user " + user,
      "Error " + std::to_string(number) + ": " + mysql_error(mysql), workaround_for(number));
  error.native = static_cast<int32_t>(number);
  error.scope = "upstream";
  error.retryable = cancelled || retryable_errno(number);
  return error;
}

}  // namespace

Canceller::Canceller() : state_(std::make_shared<State>()) {}

void Canceller::cancel() const {
  const std::lock_guard lock(state_->mutex);
  state_->cancelled = true;
  for (const int socket : state_->sockets) ::shutdown(socket, SHUT_RDWR);
}

bool Canceller::cancelled() const { return state_->cancelled; }

std::optional<size_t> Rows::column(std::string_view name) const {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].size() == name.size() && ::strncasecmp(columns[i].data(), name.data(), name.size()) == 0) return i;
  }
  return std::nullopt;
}

std::string Rows::get(size_t row, std::string_view name) const {
  const auto index = column(name);
  if (!index || row >= rows.size() || *index >= rows[row].size()) return "";
  return rows[row][*index].value_or("");
}

Connection::Impl::~Impl() {
  {
    const std::lock_guard lock(canceller.state()->mutex);
    canceller.state()->sockets.erase(socket);  // the number may belong to somebody else soon
  }
  if (mysql) mysql_close(mysql);
}

Connection::Connection(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::open(const model::Endpoint& endpoint, const ConnectionOptions& options,
                                    const Canceller& canceller) {
  static const int library = mysql_library_init(0, nullptr, nullptr);
  (void)library;
  auto impl = std::make_shared<Impl>();
  impl->canceller = canceller;
  impl->address = endpoint.host + ":" + std::to_string(endpoint.port);
  impl->mysql = mysql_init(nullptr);
  if (!impl->mysql) return make_error(10001, "no memory for a connection to " + impl->address);
  set_options(impl->mysql, options);
  TlsOptions tls;
  if (Status status = tls.apply(impl->mysql, endpoint); !status) return status;
  {
    const OpeningScope scope(canceller);
    if (!mysql_real_connect(impl->mysql, endpoint.host.c_str(), endpoint.user.c_str(), endpoint.password.c_str(),
                            nullptr, static_cast<unsigned>(endpoint.port), nullptr, CLIENT_MULTI_RESULTS)) {
      return connect_error(impl->mysql, impl->address, endpoint.user, canceller.cancelled());
    }
  }
  if (Status secure = check_tls(impl->mysql, endpoint); !secure) {
    secure.error().scope = "upstream";
    return std::move(secure).with("connect to " + impl->address);
  }
  const std::lock_guard lock(canceller.state()->mutex);
  if (canceller.state()->cancelled) return connect_error(impl->mysql, impl->address, endpoint.user, true);
  impl->socket = static_cast<int>(mysql_get_socket(impl->mysql));
  canceller.state()->sockets.insert(impl->socket);
  return Connection(std::move(impl));
}

Status Connection::exec(const std::string& sql) {
  if (mysql_real_query(impl_->mysql, sql.data(), sql.size()) != 0) return impl_->last_error(sql);
  for (;;) {
    if (MYSQL_RES* result = mysql_store_result(impl_->mysql)) {
      mysql_free_result(result);
    } else if (mysql_errno(impl_->mysql) != 0) {
      return impl_->last_error(sql);
    }
    const int more = mysql_next_result(impl_->mysql);
    if (more < 0) return {};
    if (more > 0) return impl_->last_error(sql);
  }
}

Canceller Connection::canceller() const { return impl_->canceller; }
std::string Connection::server_version() const { return mysql_get_server_info(impl_->mysql); }
uint64_t Connection::thread_id() const { return mysql_thread_id(impl_->mysql); }
const std::string& Connection::address() const { return impl_->address; }
bool Connection::broken() const { return impl_->broken || impl_->canceller.cancelled(); }

std::string quote_name(std::string_view name) {
  std::string out = "`";
  for (char c : name) {
    if (c == '`') out += '`';
    out += c;
  }
  return out + "`";
}

std::string quote_text(std::string_view text) {
  bool plain = true;
  for (char c : text) plain = plain && c != '\'' && c != '\\' && static_cast<unsigned char>(c) >= 0x20;
  if (plain) return "'" + std::string(text) + "'";
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "_utf8mb4 x'";
  for (char c : text) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out + "'";
}

}  // namespace sluice::upstream
