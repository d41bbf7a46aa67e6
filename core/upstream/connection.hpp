#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/error.hpp"
#include "core/model/source.hpp"

namespace sluice::upstream {

struct ConnectionOptions {
  std::chrono::seconds connect_timeout{10};
  std::chrono::seconds read_timeout{60};  ///< silence of the server for this long ends the connection
  std::chrono::seconds write_timeout{60};
  std::string program = "sluiced";  ///< connection attribute program_name, seen in performance_schema
  std::string role;                 ///< connection attribute sluice_role: "dump", "sync", ...; "" = none
};

/// The whole of a small result.
struct Rows {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;

  bool empty() const { return rows.empty(); }
  /// Index of a column, any letter case; nullopt when there is none.
  std::optional<size_t> column(std::string_view name) const;
  /// The value of a column in a row; "" for NULL and for a column that does not exist.
  std::string get(size_t row, std::string_view name) const;
};

/// Ends what connections do, from any thread, also while they are being opened: all those that were opened with it.
/// Copies are one; they stay valid after the connections are gone.
class Canceller {
 public:
  Canceller();
  /// Shuts the sockets down: the calls in progress and all later ones fail within a second, and so does opening
  /// another one. [any thread]
  void cancel() const;
  bool cancelled() const;

  struct State;
  const std::shared_ptr<State>& state() const { return state_; }

 private:
  std::shared_ptr<State> state_;
};

class Connection;

/// Rows of a query as they come from the network. Use one at a time per connection, and nothing else on the
/// connection meanwhile. Destruction reads and drops what is left (cancel the connection first to avoid that).
class RowStream {
 public:
  RowStream(RowStream&& other) noexcept;
  RowStream& operator=(RowStream&& other) noexcept;
  ~RowStream();

  size_t column_count() const { return columns_; }
  /// True when there is a row, which values() and lengths() show until the following call.
  Result<bool> next();
  /// One pointer per column, null for NULL; not text that ends with NUL: see lengths().
  const char* const* values() const { return values_; }
  const unsigned long* lengths() const { return lengths_; }

 private:
  friend class Connection;
  struct Impl;
  explicit RowStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
  size_t columns_ = 0;
  const char* const* values_ = nullptr;
  const unsigned long* lengths_ = nullptr;
};

/// A session on the source server. Move-only; one thread at a time, except for the canceller.
/// Errors: E10001 when it cannot be opened, E10005 when a statement fails; with the server's number, the endpoint, and
/// `retryable` set when the same may succeed later. Never the password.
class Connection {
 public:
  /// Blocks for at most connect_timeout (per step of the handshake); `canceller` cuts that short. Session character
  /// set is utf8mb4, autocommit is on.
  static Result<Connection> open(const model::Endpoint& endpoint, const ConnectionOptions& options = {},
                                 const Canceller& canceller = {});
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  /// Runs a statement and drops its result, if any.
  Status exec(const std::string& sql);
  /// Runs a query and keeps the whole result in memory.
  Result<Rows> query(const std::string& sql);
  /// Runs a query whose rows are read one by one.
  Result<RowStream> stream(const std::string& sql);

  Canceller canceller() const;
  /// The server's version text, e.g. "10.11.6-MariaDB-log".
  std::string server_version() const;
  uint64_t thread_id() const;
  /// "host:port", for texts.
  const std::string& address() const;
  /// True after an error that left the session unusable.
  bool broken() const;

  struct Impl;
  /// For the other files of this folder.
  Impl& impl() { return *impl_; }

 private:
  explicit Connection(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

/// `name` as an identifier: `na``me`.
std::string quote_name(std::string_view name);
/// `text` as a literal with quotes, valid under every sql_mode when sent as utf8mb4: a hex literal when it holds a
/// quote, a backslash or a control character.
std::string quote_text(std::string_view text);

}  // namespace sluice::upstream
