#include "tests/support/server.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "tests/support/http.hpp"

namespace sluice::test {
namespace {

namespace fs = std::filesystem;

constexpr auto kStartLimit = 90s;  // two cores under a sanitizer build are slow

// A fresh data folder, made once per user and machine and then copied: initialising takes longer than copying.
// Built beside its final name and renamed, so that programs which start together cannot see half of one.
fs::path mariadb_template() {
  fs::path final_path = "/tmp/sluice-mariadb-template-" + std::to_string(::getuid()) + "-1";
  if (fs::exists(final_path / "mysql")) return final_path;
  std::string scratch = final_path.string() + ".XXXXXX";
  if (::mkdtemp(scratch.data()) == nullptr) throw std::runtime_error("cannot make " + scratch);
  std::string output;
  const int code = run({"mariadb-install-db", "--no-defaults", "--datadir=" + scratch, "--skip-test-db", "--force",
                        "--auth-root-authentication-method=normal", "--innodb-log-file-size=16M", "--user=root"},
                       &output, kStartLimit);
  if (code != 0) throw std::runtime_error("mariadb-install-db failed:\n" + output);
  if (::rename(scratch.c_str(), final_path.c_str()) != 0) fs::remove_all(scratch);  // somebody else was faster
  return final_path;
}

void copy_folder(const fs::path& from, const fs::path& to) {
  std::string output;
  if (run({"cp", "-r", "--sparse=auto", from.string(), to.string()}, &output) != 0) {
    throw std::runtime_error("cannot copy " + from.string() + ": " + output);
  }
}

fs::path mysql56_home() {
  if (const char* home = std::getenv("SLUICE_MYSQL56")) return home;
  if (const char* cache = std::getenv("XDG_CACHE_HOME")) return fs::path(cache) / "sluice/mysql-5.6";
  const char* home = std::getenv("HOME");
  return fs::path(home != nullptr ? home : "/root") / ".cache/sluice/mysql-5.6";
}

}  // namespace

DatabaseServer::DatabaseServer(ServerOptions options) : port_(free_port()), options_(std::move(options)) {
  if (options_.server_id == 0) options_.server_id = port_;
}

DatabaseServer::~DatabaseServer() = default;

void DatabaseServer::start() {
  Process::Options all = command();
  for (const std::string& argument :
       {"--datadir=" + datadir().string(), "--socket=" + socket().string(), "--port=" + std::to_string(port_),
        "--tmpdir=" + folder().string(), "--pid-file=" + (folder() / "pid").string(),
        std::string("--bind-address=127.0.0.1"), std::string("--skip-name-resolve"), std::string("--user=root"),
        "--server-id=" + std::to_string(options_.server_id), std::string("--innodb-buffer-pool-size=64M"),
        // The log is written at each commit and not synced: safe against kill -9, not against power loss.
        std::string("--innodb-flush-log-at-trx-commit=2"), std::string("--max-connections=500")}) {
    all.argv.push_back(argument);
  }
  if (!options_.binlog_format.empty()) {
    all.argv.insert(all.argv.end(),
                    {"--log-bin=mysql-bin", "--binlog-format=" + options_.binlog_format, "--log-slave-updates"});
  }
  all.argv.insert(all.argv.end(), options_.extra.begin(), options_.extra.end());
  all.output = log_file();
  process_ = Process(all);
  std::string last;
  const bool ready = wait_for(
      [&] {
        if (!process_.running()) return true;
        try {
          const Sql probe(Endpoint{{}, 0, "root", "", socket().string()});
          return true;
        } catch (const SqlError& error) {
          last = error.what();
          return false;
        }
      },
      kStartLimit);
  if (!ready || !process_.running()) {
    throw std::runtime_error(all.argv[0] + " did not start: " + last + "\n" + tail(log_file()));
  }
}

void DatabaseServer::make_user() {
  Sql root(Endpoint{{}, 0, "root", "", socket().string()});
  root.exec("GRANT ALL PRIVILEGES ON *.* TO '" + user() + "'@'127.0.0.1' IDENTIFIED BY '" + password() +
            "' WITH GRANT OPTION");
  if (!options_.binlog_format.empty()) root.exec("RESET MASTER");  // tests begin with an empty binlog
}

void DatabaseServer::restart() {
  terminate();
  start();
}

void DatabaseServer::freeze() { process_.signal(SIGSTOP); }
void DatabaseServer::thaw() { process_.signal(SIGCONT); }

std::string MariaDbServer::missing() {
  if (find_program("mariadbd") && find_program("mariadb-install-db")) return {};
  return "mariadbd is not installed (scripts/setup installs it)";
}

MariaDbServer::MariaDbServer(ServerOptions options) : DatabaseServer(std::move(options)) {
  if (const std::string why = missing(); !why.empty()) throw std::runtime_error(why);
  copy_folder(mariadb_template(), datadir());
  start();
  make_user();
}

Process::Options MariaDbServer::command() const {
  return {{"mariadbd", "--no-defaults", "--innodb-log-file-size=16M"}, {}, {}, {}};
}

std::string MySql56Server::missing() {
  const fs::path home = mysql56_home();
  if (fs::exists(home / "mysqld") && fs::exists(home / "data/mysql")) return {};
  return "no MySQL 5.6 in " + home.string() + " (scripts/setup fetches it)";
}

MySql56Server::MySql56Server(ServerOptions options) : DatabaseServer(std::move(options)) {
  if (const std::string why = missing(); !why.empty()) throw std::runtime_error(why);
  copy_folder(mysql56_home() / "data/mysql", datadir());
  fs::remove(datadir() / "auto.cnf");  // every copy gets a server UUID of its own
  start();
  make_user();
}

Process::Options MySql56Server::command() const {
  const fs::path home = mysql56_home();
  Process::Options out{{(home / "mysqld").string(), "--no-defaults", "--basedir=" + home.string(),
                        "--lc-messages-dir=" + (home / "share").string(), "--performance-schema=OFF",
                        "--table-definition-cache=400", "--explicit-defaults-for-timestamp"},
                       {{"LD_LIBRARY_PATH", home.string()}},
                       {},
                       {}};
  if (options().gtid && !options().binlog_format.empty()) {
    out.argv.insert(out.argv.end(), {"--gtid-mode=ON", "--enforce-gtid-consistency"});
  }
  return out;
}

std::string EtcdServer::missing() {
  return find_program("etcd") ? std::string() : "etcd is not installed (scripts/setup installs it)";
}

EtcdServer::EtcdServer(std::size_t nodes, std::vector<std::string> extra) : extra_(std::move(extra)) {
  for (const std::string& argument : extra_) tls_ = tls_ || argument.starts_with("--cert-file");
  if (const std::string why = missing(); !why.empty()) throw std::runtime_error(why);
  for (std::size_t i = 0; i < nodes; ++i) {
    Node& node = nodes_.emplace_back();
    node.client_port = free_port();
    node.peer_port = free_port();
    node.health_port = free_port();
    cluster_ += (i == 0 ? "n" : ",n") + std::to_string(i) + "=http://127.0.0.1:" + std::to_string(node.peer_port);
  }
  for (std::size_t i = 0; i < nodes; ++i) start(i);
  for (std::size_t i = 0; i < nodes; ++i) wait_healthy(i);
}

std::string EtcdServer::url(std::size_t node) const {
  return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port(node));
}

std::string EtcdServer::urls() const {
  std::string out;
  for (std::size_t i = 0; i < nodes_.size(); ++i) out += (i == 0 ? "" : ",") + url(i);
  return out;
}

void EtcdServer::start(std::size_t node) {
  const std::string name = "n" + std::to_string(node);
  const std::string peer = "http://127.0.0.1:" + std::to_string(nodes_[node].peer_port);
  Process::Options options{
      {"etcd", "--name=" + name, "--data-dir=" + (folder_.path() / name).string(), "--listen-client-urls=" + url(node),
       "--advertise-client-urls=" + url(node), "--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
       "--listen-metrics-urls=http://127.0.0.1:" + std::to_string(nodes_[node].health_port),
       "--initial-cluster=" + cluster_, "--heartbeat-interval=50", "--election-timeout=500", "--unsafe-no-fsync"},
      {},
      folder_.path() / (name + ".log"),
      {}};
  options.argv.insert(options.argv.end(), extra_.begin(), extra_.end());
  nodes_[node].process = Process(options);
}

void EtcdServer::wait_healthy(std::size_t node) {
  HttpClient client(nodes_[node].health_port);
  const bool ready = wait_for(
      [&] { return !nodes_[node].process.running() || client.get("/health").text("health") == "true"; }, kStartLimit);
  if (!ready || !nodes_[node].process.running()) {
    throw std::runtime_error("etcd did not start:\n" + tail(folder_.path() / ("n" + std::to_string(node) + ".log")));
  }
}

void EtcdServer::restart(std::size_t node) {
  nodes_.at(node).process.terminate(20s);
  start(node);
  wait_healthy(node);
}

void EtcdServer::freeze(std::size_t node) { nodes_.at(node).process.signal(SIGSTOP); }
void EtcdServer::thaw(std::size_t node) { nodes_.at(node).process.signal(SIGCONT); }

}  // namespace sluice::test
