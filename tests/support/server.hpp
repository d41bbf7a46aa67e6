// Real servers for tests: MariaDB, MySQL 5.6 and etcd, each in a temp folder, on loopback, on a free port.
// A server ends with its object, and with the test program whatever happens to that.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/process.hpp"
#include "tests/support/secrets.hpp"
#include "tests/support/sql.hpp"

namespace sluice::test {

struct ServerOptions {
  std::uint32_t server_id = 0;        // 0 = derived from the port
  std::string binlog_format = "ROW";  // "" = no binlog at all
  bool gtid = true;                   // MySQL 5.6: gtid-mode; MariaDB always has GTIDs
  std::vector<std::string> extra;     // more mysqld arguments, e.g. "--log-bin-compress=ON"; the last one wins
};

// What MariaDbServer and MySql56Server have in common. Not thread-safe.
class DatabaseServer {
 public:
  virtual ~DatabaseServer();
  DatabaseServer(const DatabaseServer&) = delete;
  DatabaseServer& operator=(const DatabaseServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string host() const { return "127.0.0.1"; }
  // The user has all privileges, with GRANT OPTION, from 127.0.0.1.
  [[nodiscard]] std::string user() const { return "sluice"; }
  [[nodiscard]] std::string password() const { return secret("server"); }
  [[nodiscard]] Endpoint endpoint() const { return {host(), port_, user(), password(), {}}; }
  [[nodiscard]] pid_t pid() const { return process_.pid(); }
  [[nodiscard]] std::uint32_t server_id() const { return options_.server_id; }
  [[nodiscard]] std::filesystem::path datadir() const { return folder_.path() / "data"; }
  [[nodiscard]] std::string log() const { return read_file(log_file()); }

  [[nodiscard]] Sql connect(const std::string& schema = "") const { return Sql(endpoint(), schema); }

  void kill9() { process_.kill9(); }
  void terminate() { process_.terminate(60s); }
  // Ends it (gently) if it runs and starts it again: same data, same port. Returns when it accepts connections.
  void restart();
  // Arguments for the next start, in place of ServerOptions::extra.
  void set_extra(std::vector<std::string> extra) { options_.extra = std::move(extra); }
  void freeze();
  void thaw();

 protected:
  explicit DatabaseServer(ServerOptions options);
  // Program and arguments apart from the common ones; environment.
  [[nodiscard]] virtual Process::Options command() const = 0;
  // The user over which the wait for readiness connects, and which makes user().
  void start();
  void make_user();

  [[nodiscard]] std::filesystem::path socket() const { return folder_.path() / "s"; }
  [[nodiscard]] std::filesystem::path log_file() const { return folder_.path() / "log"; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  [[nodiscard]] const ServerOptions& options() const { return options_; }

 private:
  TempDir folder_;
  std::uint16_t port_;
  ServerOptions options_;
  Process process_;
};

class MariaDbServer final : public DatabaseServer {
 public:
  // Empty when it can be started here, else the reason why not.
  [[nodiscard]] static std::string missing();
  explicit MariaDbServer(ServerOptions options = {});

 private:
  [[nodiscard]] Process::Options command() const override;
};

// The real MySQL 5.6.24 (with GTIDs) of the npm package that scripts/setup unpacks.
class MySql56Server final : public DatabaseServer {
 public:
  [[nodiscard]] static std::string missing();
  explicit MySql56Server(ServerOptions options = {});

 private:
  [[nodiscard]] Process::Options command() const override;
};

// One etcd node, or several that form a cluster on this machine. Not thread-safe.
class EtcdServer {
 public:
  [[nodiscard]] static std::string missing();
  // `extra`: more arguments of etcd. With --cert-file among them its clients speak TLS.
  explicit EtcdServer(std::size_t nodes = 1, std::vector<std::string> extra = {});
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] std::string url(std::size_t node = 0) const;
  [[nodiscard]] std::string urls() const;  // all of them, separated by commas
  [[nodiscard]] std::uint16_t port(std::size_t node = 0) const { return nodes_.at(node).client_port; }
  [[nodiscard]] pid_t pid(std::size_t node = 0) const { return nodes_.at(node).process.pid(); }
  void kill9(std::size_t node = 0) { nodes_.at(node).process.kill9(); }
  // Starts the node again on its data and waits until it is healthy.
  void restart(std::size_t node = 0);
  void freeze(std::size_t node = 0);
  void thaw(std::size_t node = 0);

 private:
  struct Node {
    std::uint16_t client_port = 0;
    std::uint16_t peer_port = 0;
    std::uint16_t health_port = 0;  // without TLS in any case
    Process process;
  };
  void start(std::size_t node);
  void wait_healthy(std::size_t node);

  TempDir folder_;
  std::vector<std::string> extra_;
  bool tls_ = false;
  std::string cluster_;
  std::vector<Node> nodes_;
};

}  // namespace sluice::test
