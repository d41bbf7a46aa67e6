// The etcd store against real members that die, hang, are compacted or protected, and against something that is no
// etcd.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <thread>

#include "open_store.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/http.hpp"
#include "tests/support/page.hpp"
#include "tests/support/proxy.hpp"
#include "tests/support/server.hpp"
#include "tests/support/skip.hpp"

using namespace sluice;
using namespace sluice::test;
using Catch::Contains;

namespace {

host::Store open(const std::vector<std::string>& endpoints, const std::string& more = "") {
  std::string list;
  for (const std::string& one : endpoints) list += (list.empty() ? "\"" : ",\"") + one + "\"";
  return open_store(SLUICE_PLUGIN_DIR, "etcd", R"({"name":"s","timeout":"1s","endpoints":[)" + list + "]" + more + "}");
}

std::string at_port(std::uint16_t port) { return "http://127.0.0.1:" + std::to_string(port); }

class Seen final : public host::WatchReceiver {
 public:
  void on_events(std::span<const sluice_watch_event> events) noexcept override { count += events.size(); }
  void on_lost(const sluice_error& error) noexcept override {
    const std::lock_guard lock(mutex_);
    why_ = message_of(error);
    retryable = (error.flags & SLUICE_ERROR_RETRYABLE) != 0;
    lost = true;
  }
  std::string why() {
    const std::lock_guard lock(mutex_);
    return why_;
  }
  std::atomic<size_t> count{0};
  std::atomic<bool> lost{false}, retryable{false};

 private:
  std::mutex mutex_;
  std::string why_;
};

/// The failure of reading one key; empty when it could be read.
sluice_error read_error(const host::Store& store) {
  auto error = make_sized<sluice_error>();
  int64_t revision = 0;
  (void)store.range(
      "k", true, revision, [](const sluice_kv&) {}, error);
  return error;
}

sluice_error txn_error(const host::Store& store, const std::vector<sluice_store_op>& ops) {
  auto txn = make_sized<sluice_txn>();
  txn.then_ops = ops.data();
  txn.then_count = ops.size();
  bool succeeded = false;
  int64_t revision = 0;
  auto error = make_sized<sluice_error>();
  (void)store.txn(txn, succeeded, revision, error);
  return error;
}

/// Answers every request with the same bytes, then closes.
class Parrot {
 public:
  explicit Parrot(std::string answer) : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 16) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~Parrot() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::uint16_t port() const { return port_; }

 private:
  void run() {
    for (int client = 0; (client = ::accept(listener_, nullptr, nullptr)) >= 0;) {
      char buffer[65536];
      (void)::recv(client, buffer, sizeof buffer, 0);
      (void)::send(client, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      ::shutdown(client, SHUT_WR);
      while (::recv(client, buffer, sizeof buffer, 0) > 0) {
      }
      ::close(client);
    }
  }
  const std::string answer_;
  int listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

std::string ok_reply(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("etcd: a member that dies is passed over, its watches are lost and say so", "[integration][store][etcd]") {
  SLUICE_SKIP_IF(EtcdServer::missing());
  EtcdServer etcd(3);
  const host::Store store = open({etcd.url(0), etcd.url(1), etcd.url(2)});
  REQUIRE(commit(store, {put("k", "1")}).ok);
  Seen seen;
  host::StoreWatch watch;
  auto error = make_sized<sluice_error>();
  REQUIRE(store.watch("", 0, seen, watch, error) == SLUICE_OK);
  commit(store, {put("k", "2")});
  REQUIRE(wait_for([&] { return seen.count == 1; }, 10s));
  etcd.kill9(0);
  CHECK(wait_for([&] { return seen.lost.load(); }, 10s));
  CHECK(seen.retryable);
  CHECK_THAT(seen.why(), Contains(etcd.url(0)));
  // While the others elect, a change may be refused; it is never lost.
  CHECK(wait_for([&] { return commit(store, {put("k", "3")}).ok; }, 20s));
  CHECK(get(store, "k")->value == "3");
  REQUIRE(store.watch("", 0, seen, watch, error) == SLUICE_OK);
  etcd.restart(0);
  etcd.kill9(1);
  CHECK(wait_for([&] { return commit(store, {put("k", "4")}).ok; }, 20s));
  auto lost = make_sized<sluice_error>();
  int64_t lease = 0;
  REQUIRE(wait_for([&] { return store.lease_grant(60000, lease, error) == SLUICE_OK; }, 20s));
  etcd.kill9(2);
  // Without a majority a keep-alive fails, which is not the end of the lease.
  int failures = 0;
  CHECK(wait_for(
      [&] {
        if (store.lease_keep_alive(lease, lost) == SLUICE_OK) return false;
        INFO(message_of(lost));
        CHECK((lost.flags & SLUICE_ERROR_RETRYABLE) != 0);
        return ++failures == 5;
      },
      60s));
  etcd.kill9(0);
  const sluice_error dead = read_error(store);
  CHECK_THAT(message_of(dead), Contains("no member of etcd answers"));
  CHECK((dead.flags & SLUICE_ERROR_RETRYABLE) != 0);
  CHECK_THAT(std::string(field_text(dead.workaround)), Contains("endpoints"));
}

TEST_CASE("etcd: a member that hangs costs its timeout once, then the next is asked first",
          "[integration][store][etcd]") {
  SLUICE_SKIP_IF(EtcdServer::missing());
  EtcdServer etcd;
  TcpProxy first(etcd.port());
  const host::Store store = open({at_port(first.port()), etcd.url()});
  REQUIRE(commit(store, {put("k", "1")}).ok);
  const auto before = first.accepted();
  first.freeze(true);
  CHECK(get(store, "k")->value == "1");
  for (int i = 0; i < 20; ++i) CHECK(get(store, "k")->value == "1");
  CHECK(first.accepted() <= before + 1);
  first.freeze(false);
}

TEST_CASE("etcd: when the answer to a change is lost the failure says that its outcome is not known",
          "[integration][store][etcd]") {
  SLUICE_SKIP_IF(EtcdServer::missing());
  EtcdServer etcd;
  TcpProxy proxy(etcd.port());
  const host::Store store = open({at_port(proxy.port()), etcd.url()});
  REQUIRE(commit(store, {put("k", "1")}).ok);
  proxy.cut_after(0, 1);
  const sluice_error lost = txn_error(store, {put("k", "2")});
  CHECK((lost.flags & SLUICE_ERROR_OUTCOME_UNKNOWN) != 0);
  CHECK((lost.flags & SLUICE_ERROR_RETRYABLE) != 0);
  CHECK_THAT(message_of(lost), Contains("not known whether"));
  CHECK(get(store, "k")->value == "2");  // it was made
  // What was not sent at all is sent to the next member instead.
  const host::Store nowhere = open({at_port(free_port()), etcd.url()});
  CHECK(commit(nowhere, {put("k", "3")}).ok);
}

TEST_CASE("etcd: a connection that the member has closed meanwhile is not used for a change",
          "[integration][store][etcd]") {
  SLUICE_SKIP_IF(EtcdServer::missing());
  EtcdServer etcd;
  const host::Store store = open({etcd.url()});
  for (int i = 0; i < 3; ++i) {
    REQUIRE(commit(store, {put("k", std::to_string(i))}).ok);
    etcd.restart();
    const auto made = commit(store, {put("k", "after")});
    INFO(made.message);
    CHECK(made.ok);
  }
}

TEST_CASE("etcd: a range of many keys comes in pages and is of one revision", "[integration][store][etcd]") {
  SLUICE_SKIP_IF(EtcdServer::missing());
  EtcdServer etcd;
  const host::Store store = open({etcd.url()}, R"(,"prefix":"/mine")");
  std::vector<std::string> keys;
  for (int i = 0; i < 2500; ++i) keys.push_back("/many/" + std::to_string(100000 + i));
  for (size_t i = 0; i < keys.size(); i += 100) {
    std::vector<sluice_store_op> ops;
    for (size_t k = i; k < i + 100; ++k) ops.push_back(put(keys[k], "v"));
    REQUIRE(commit(store, ops).ok);
  }
  std::atomic<bool> stop{false};
  std::thread writer([&] {  // the last key is always as new as the first
    for (int i = 0; !stop; ++i) {
      const std::string value = std::to_string(i);
      (void)commit(store, {put(keys.front(), value), put(keys.back(), value)});
    }
  });
  for (int i = 0; i < 20; ++i) {
    const auto all = range(store, "/many/");
    CHECK(all.size() == keys.size());
    CHECK(all.front().value == all.back().value);
  }
  stop = true;
  writer.join();
  CHECK(all_of(keys.begin(), keys.end(), [&, found = range(store, "/many/"), i = size_t{0}](const auto& key) mutable {
    return found[i++].key == key;
  }));
  const host::Store other = open({etcd.url()});
  CHECK(range(other, "/many/").empty());
  CHECK(range(other, "/mine/many/").size() == keys.size());
  const auto refused = [&](std::vector<sluice_store_op> ops) { return txn_error(store, ops); };
  std::vector<sluice_store_op> most;
  for (size_t k = 0; k < 200; ++k) most.push_back(put(keys[k], "v"));
  CHECK_THAT(std::string(field_text(refused(most).workaround)), Contains("--max-txn-ops"));
  const std::string large(2 << 20, 'L');
  const sluice_error too_large = refused({put("/large", large)});
  CHECK_THAT(message_of(too_large), Contains("too large") || Contains("larger than max"));
}

TEST_CASE("etcd: old revisions are forgotten, so that etcd does not fill up", "[integration][store][etcd]") {
  SLUICE_SKIP_IF(EtcdServer::missing());
  EtcdServer etcd;
  const host::Store store = open({etcd.url()}, R"(,"compact_every":"100ms")");
  const int64_t old = commit(store, {put("k", "1")}).revision;
  commit(store, {put("k", "2")});
  const HttpClient raw(etcd.port());
  const std::string read = R"({"key":"aw==","revision":")" + std::to_string(old) + "\"}";
  CHECK(wait_for([&] { return raw.post("/v3/kv/range", read).text("error").find("compacted") != std::string::npos; },
                 10s));
  CHECK(get(store, "k")->value == "2");
}

TEST_CASE("etcd: TLS with a client certificate, strangers on either side are refused", "[integration][store][etcd]") {
  SLUICE_SKIP_IF(EtcdServer::missing());
  SLUICE_SKIP_IF(Certificates::missing());
  Certificates certificates;
  certificates.sign("127.0.0.1");
  certificates.sign("client");
  Certificates strangers;
  strangers.sign("client");
  EtcdServer etcd(
      1, {"--cert-file=" + certificates.file("127.0.0.1.pem"), "--key-file=" + certificates.file("127.0.0.1.key"),
          "--client-cert-auth", "--trusted-ca-file=" + certificates.file("ca.pem")});
  const auto tls = [](const std::string& ca, const Certificates* client) {
    std::string out = R"(,"ssl_ca":")" + ca + "\"";
    if (client) {
      out += R"(,"ssl_cert":")" + client->file("client.pem") + R"(","ssl_key":")" + client->file("client.key") + "\"";
    }
    return out;
  };
  const host::Store store = open({etcd.url()}, tls(certificates.file("ca.pem"), &certificates));
  const auto made = commit(store, {put("k", "1")});
  INFO(made.message);
  REQUIRE(made.ok);
  CHECK(get(store, "k")->value == "1");
  Seen seen;
  host::StoreWatch watch;
  auto error = make_sized<sluice_error>();
  REQUIRE(store.watch("", 0, seen, watch, error) == SLUICE_OK);
  commit(store, {put("k", "2")});
  CHECK(wait_for([&] { return seen.count == 1; }, 10s));
  watch.stop();
  CHECK_FALSE(seen.lost);
  const host::Store wrong_ca = open({etcd.url()}, tls(strangers.file("ca.pem"), &certificates));
  CHECK_THAT(message_of(read_error(wrong_ca)), Contains("SSL"));
  const host::Store stranger = open({etcd.url()}, tls(certificates.file("ca.pem"), &strangers));
  CHECK(message_of(read_error(stranger)) != "");
  const host::Store nobody = open({etcd.url()}, tls(certificates.file("ca.pem"), nullptr));
  CHECK(message_of(read_error(nobody)) != "");
  const std::string port = std::to_string(etcd.port());
  const host::Store other_name = open({"https://localhost:" + port}, tls(certificates.file("ca.pem"), &certificates));
  CHECK(message_of(read_error(other_name)) != "");
  CHECK_THROWS_WITH(open({etcd.url()}, R"(,"ssl_ca":"/nowhere/ca.pem")"), Contains("ssl_ca"));
  CHECK_THROWS_WITH(open({"http://127.0.0.1:1"}, R"(,"ssl_ca":"x")"), Contains("https://"));
}

TEST_CASE("etcd: a user and a password, also when the log-in has run out, wrong ones are told apart",
          "[integration][store][etcd]") {
  SLUICE_SKIP_IF(EtcdServer::missing());
  EtcdServer etcd;
  const HttpClient raw(etcd.port());
  const std::string password = secret("etcd");
  const auto ask = [&](const std::string& path, const std::string& body) {
    const HttpReply reply = raw.post("/v3/auth/" + path, body);
    INFO(path << " " << reply.body);
    REQUIRE(reply.status == 200);
  };
  ask("user/add", R"({"name":"root","password":")" + password + "\"}");
  ask("role/add", R"({"name":"root"})");
  ask("user/grant", R"({"user":"root","role":"root"})");
  ask("user/add", R"({"name":"weak","password":")" + password + "\"}");
  ask("enable", "{}");
  const auto as = [&](const std::string& user, const std::string& word) {
    return open({etcd.url()}, R"(,"user":")" + user + R"(","password":")" + word + "\"");
  };
  const host::Store store = as("root", password);
  const auto made = commit(store, {put("k", "1")});
  INFO(made.message);
  REQUIRE(made.ok);
  Seen seen;
  host::StoreWatch watch;
  auto error = make_sized<sluice_error>();
  REQUIRE(store.watch("", 0, seen, watch, error) == SLUICE_OK);
  etcd.restart();  // simple tokens are forgotten
  CHECK(get(store, "k")->value == "1");
  CHECK(commit(store, {put("k", "2")}).ok);
  const sluice_error none = read_error(open({etcd.url()}));
  CHECK_THAT(message_of(none), Contains("user name is empty"));
  CHECK_THAT(std::string(field_text(none.workaround)), Contains("user and password"));
  const sluice_error wrong = read_error(as("root", "not it"));
  CHECK_THAT(message_of(wrong), Contains("authentication failed"));
  CHECK_THAT(message_of(wrong), !Contains("not it"));
  const sluice_error weak = read_error(as("weak", password));
  CHECK_THAT(message_of(weak), Contains("permission denied"));
  CHECK_THAT(std::string(field_text(weak.workaround)), Contains("prefix"));
  CHECK_THROWS_WITH(open({etcd.url()}, R"(,"password":"x")"), Contains("`user`"));
}

TEST_CASE("etcd: the rights that docs/cluster.md gives a user are enough", "[integration][store][etcd]") {
  SLUICE_SKIP_IF(EtcdServer::missing());
  SLUICE_SKIP_IF(find_program("etcdctl") ? "" : "etcdctl is not installed (scripts/setup installs it)");
  EtcdServer etcd;
  const std::string password = secret("etcd");
  const auto etcdctl = [&](const std::string& command) {
    std::string output;
    const int code = run({"bash", "-ec", "ETCDCTL_API=3 ETCDCTL_ENDPOINTS=" + etcd.url() + " " + command}, &output);
    INFO(command << "\n" << output);
    REQUIRE(code == 0);
  };
  const HttpClient raw(etcd.port());
  for (const char* user : {"root", "sluice"}) {
    const std::string body = R"({"name":")" + std::string(user) + R"(","password":")" + password + "\"}";
    REQUIRE(raw.post("/v3/auth/user/add", body).status == 200);
  }
  etcdctl("etcdctl role add root");
  etcdctl("etcdctl user grant-role root root");
  const Page page = read_page(SLUICE_SOURCE_DIR, "cluster.md");
  for (const std::string& command : page.consoles.back()) etcdctl(command);
  REQUIRE(raw.post("/v3/auth/enable", "{}").status == 200);
  const host::Store store =
      open({etcd.url()}, R"(,"compact_every":"100ms","user":"sluice","password":")" + password + "\"");
  auto error = make_sized<sluice_error>();
  int64_t lease = 0;
  REQUIRE(store.lease_grant(10000, lease, error) == SLUICE_OK);
  Seen seen;
  host::StoreWatch watch;
  REQUIRE(store.watch("/sluice/v1/state/", 0, seen, watch, error) == SLUICE_OK);
  const auto made = commit(store, {put("/sluice/v1/state/k", "1", lease)}, {version_is("/sluice/v1/state/k", 0)});
  INFO(made.message);
  CHECK(made.succeeded);
  CHECK(range(store, "/sluice/v1/").size() == 1);
  CHECK(store.lease_keep_alive(lease, error) == SLUICE_OK);
  CHECK(store.lease_revoke(lease, error) == SLUICE_OK);
  CHECK(wait_for([&] { return seen.count == 2; }, 10s));
  CHECK_FALSE(commit(store, {put("/other", "1")}).ok);
  CHECK(wait_for(
      [&] {
        // Another's token is needed to see that the old revision is gone.
        const std::string token =
            raw.post("/v3/auth/authenticate", R"({"name":"root","password":")" + password + "\"}").text("token");
        return raw.request("POST", "/v3/kv/range", R"({"key":"aw==","revision":"1"})", "application/json",
                           {{"Authorization", token}})
                   .text("error")
                   .find("compacted") != std::string::npos;
      },
      10s));
}

TEST_CASE("etcd: what is no etcd is refused with what it said, and nothing breaks", "[integration][store][etcd]") {
  const std::vector<std::pair<std::string, std::string>> answers{
      {"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope", "nope"},
      {"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "HTTP 500"},
      {"garbage\r\n\r\n", "etcd at"},
      {"", "etcd at"},
      {ok_reply("{"), "no JSON"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"header\":", "no JSON"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{", "etcd at"},
      {ok_reply("[]"), "header"},
      {ok_reply("{}"), "header"},
      {ok_reply(R"({"header":{}})"), "revision"},
      {ok_reply(R"({"header":{"revision":"5"},"more":true,"kvs":[{"key":"cGs="}]})"), "same keys"},
      {ok_reply(R"({"header":{"revision":"x"}})"), "no number"},
      {ok_reply(R"({"header":{"revision":"99999999999999999999"}})"), "no number"},
      {ok_reply(R"({"header":{"revision":"5"},"kvs":[{"key":"a"}]})"), "base64"},
      {ok_reply(R"({"header":{"revision":"5"},"kvs":[{"key":"===="}]})"), "base64"},
      {ok_reply(R"({"header":{"revision":"5"},"kvs":[{"key":"!!!!"}]})"), "base64"},
      {ok_reply(R"({"header":{"revision":"5"},"kvs":[{"key":"YQ=="}]})"), "not asked for"},
      {ok_reply(std::string(100000, '[')), "etcd at"},
  };
  for (const auto& [answer, words] : answers) {
    INFO(answer.substr(0, 200));
    const Parrot parrot(answer);
    const host::Store store = open({at_port(parrot.port())}, R"(,"prefix":"p")");
    CHECK_THAT(message_of(read_error(store)), Contains(words));
    (void)txn_error(store, {put("k", "v")});  // some of these are answers to a transaction
    auto error = make_sized<sluice_error>();
    int64_t lease = 0;
    CHECK(store.lease_grant(5000, lease, error) != SLUICE_OK);
    CHECK(store.lease_keep_alive(1, error) != SLUICE_OK);
    Seen seen;
    host::StoreWatch watch;
    if (store.watch("", 0, seen, watch, error) == SLUICE_OK) CHECK(wait_for([&] { return seen.lost.load(); }, 10s));
  }
}

TEST_CASE("etcd: settings that cannot be are refused by name", "[integration][store][etcd]") {
  CHECK_THROWS_WITH(open({}), Contains("`endpoints`"));
  for (const char* endpoint : {"ftp://x:1", "http://", "http://x:1/path", "http://u:p@x:1", "http://x:99999", ":::"}) {
    INFO(endpoint);
    CHECK_THROWS_WITH(open({endpoint}), Contains("`endpoints`"));
  }
  CHECK_THROWS_WITH(open({"http://a:1", "https://b:1"}), Contains("all http or all https"));
  CHECK_THROWS_WITH(open({"a:1"}, R"(,"connect_timeout":"0s")"), Contains("`connect_timeout`"));
  CHECK_THROWS_WITH(open({"https://a:1"}, R"(,"ssl_cert":"x")"), Contains("`ssl_key`"));
}
