// What clients get wrong, for every operation, and how many they are: a 4xx that names the member or a closed
// connection, never a 5xx, a crash, a secret in a reply or the log, or a wait for others.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <iostream>

#include "core/api/handlers.hpp"
#include "core/model/json.hpp"
#include "tests/support/secrets.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/sluiced.hpp"

using namespace sluice;
using namespace sluice::test;
using model::Json;

namespace {

const std::string kSecret = secret("bad-input");

std::string address(const api::Operation& operation) {
  std::string out = std::string(operation.path).starts_with("//") ? "" : "/api/v1";
  bool inside = false;
  for (const char c : std::string(operation.path).substr(out.empty() ? 1 : 0)) {
    if (c == '{') out += 'x';
    inside = c == '{' || (inside && c != '}');
    if (!inside && c != '}') out += c;
  }
  return out;
}

/// The example of the operation's body, with a password that must not come back.
Json example_of(const Json& document, const api::Operation& operation) {
  std::string method = operation.method;
  for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
  const Json* item = document.find("paths")->find(std::string("/api/v1") + operation.path)->find(method);
  std::string text = to_text(*item->find("requestBody")->find("content")->find("application/json")->find("example"));
  for (size_t at = text.find("123456"); at != std::string::npos; at = text.find("123456", at)) {
    text.replace(at, 6, kSecret);
  }
  return *model::parse_json(text);
}

Json wrong_for(const Json& value) {
  if (value.is_string()) return 7;
  if (value.is_array()) return Json::object();
  if (value.is_object()) return Json::array();
  return "wrong";
}

struct Mutation {
  std::string member;
  Json body;
};

/// Every member of the body in turn with a value of a wrong type. A member of a free name is its rule's.
void mutate(const Json& value, const std::string& name, const std::function<Json(Json)>& rebuild,
            std::vector<Mutation>& out) {
  if (!value.is_null() && !name.empty()) out.push_back({name, rebuild(wrong_for(value))});
  if (value.is_object()) {
    for (const auto& member : *value.as_object()) {
      mutate(
          member.value, member.name,
          [&](Json inner) {
            Json copy = value;
            copy.set(member.name, std::move(inner));
            return rebuild(std::move(copy));
          },
          out);
    }
  }
  if (value.is_array() && !value.as_array()->empty()) {
    mutate(
        value.as_array()->front(), name, [&](Json inner) { return rebuild(Json::Array{std::move(inner)}); }, out);
  }
}

class Judge {
 public:
  explicit Judge(SluicedProcess& sluiced) : sluiced_(sluiced) {}
  void refused(const api::Operation& operation, const HttpReply& reply, const std::string& what,
               const std::string& naming = "") {
    ++count_;
    INFO(operation.id << ", " << what << ": " << reply.status << " " << reply.error << "\n" << reply.body);
    CHECK(reply.status >= 400);
    CHECK(reply.status < 500);
    CHECK(reply.text("error_msg").find(naming) != std::string::npos);
    CHECK(reply.body.find(kSecret) == std::string::npos);
    REQUIRE(sluiced_.running());
  }
  size_t count() const { return count_; }

 private:
  SluicedProcess& sluiced_;
  size_t count_ = 0;
};

/// Sockets of ours as far as the limit allows, with some left for everything else.
size_t possible_connections(size_t wanted) {
  rlimit files{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  files.rlim_cur = files.rlim_max;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
  return std::min<size_t>(wanted, files.rlim_cur > 300 ? files.rlim_cur - 200 : 100);
}

int open_connection(std::uint16_t port) {
  const int out = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (out >= 0 && ::connect(out, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    ::close(out);
    return -1;
  }
  return out;
}

void say(int socket, const std::string& text) { (void)::send(socket, text.data(), text.size(), MSG_NOSIGNAL); }

}  // namespace

TEST_CASE("bad input: every operation answers it with a 4xx that says what is wrong", "[integration][contract]") {
  SLUICE_SKIP_IF(SluicedProcess::missing());
  for (const char* dialect : {"docs", "spec"}) {
    SluicedOptions options;
    options.dialect = dialect;
    SluicedProcess sluiced(options);
    const HttpClient& http = sluiced.api();
    const Json document = *model::parse_json(http.get("/api/v1/dm.json").body);
    Judge judge(sluiced);
    for (const auto& operation : api::operations()) {
      if (!api::handler_of(operation)) continue;
      const std::string path = address(operation);
      const auto send = [&](const std::string& body, const char* type = "application/json") {
        return http.request(operation.method, path, body, type);
      };
      judge.refused(operation, http.request("PATCH", path, "{}"), "a method that is not there");
      judge.refused(operation, http.request(operation.method, path + "%ff"), "a path that is no UTF-8");
      // The listener stops reading: whether the reply or the reset is seen first is the client's luck.
      const HttpReply large = send(std::string(5U << 20, ' '));
      if (large.status != 0) judge.refused(operation, large, "a body of 5 MB");
      judge.refused(operation, send("<a/>", "text/xml"), "a body of another type");
      if (!*operation.request) continue;
      judge.refused(operation, send("{\"name\":\"" + kSecret), "half an object");
      judge.refused(operation, send("[]"), "a list");
      judge.refused(operation, send("\"" + kSecret + "\""), "a text");
      judge.refused(operation, send("{\"name\":\"a\",\"name\":\"b\"}"), "a member twice", "name");
      judge.refused(operation, send("{\"name\":\"\xff\"}"), "bytes that are no UTF-8");
      judge.refused(operation, send("{\"a\":" + std::string(100000, '[')), "deep nesting");
      std::vector<Mutation> mutations;
      mutate(
          example_of(document, operation), "", [](Json body) { return body; }, mutations);
      CHECK_FALSE(mutations.empty());
      for (const auto& mutation : mutations) {
        judge.refused(operation, send(to_text(mutation.body)), "a wrong type of " + mutation.member, mutation.member);
      }
    }
    CHECK(sluiced.log().find(kSecret) == std::string::npos);
    CHECK(http.get("/api/v1/sources").number("total") == 0);
    CHECK(http.get("/api/v1/tasks").number("total") == 0);
    CHECK(http.get("/health").status == 200);
    std::cout << "bad input: " << judge.count() << " requests refused in the dialect " << dialect << "\n";
  }
}

TEST_CASE("bad input: ten thousand silent and unfinished connections keep nobody else waiting",
          "[integration][contract]") {
  SLUICE_SKIP_IF(SluicedProcess::missing());
  SluicedOptions options;
  options.extra = "max_connections = 20000\n";
  SluicedProcess sluiced(options);
  const size_t wanted = 10000;
  const size_t possible = possible_connections(wanted);
  if (possible < wanted) {
    std::cout << "bad input: only " << possible << " connections, the limit of open files allows no more\n";
  }
  std::vector<int> sockets;
  for (size_t i = 0; i < possible; ++i) {
    sockets.push_back(open_connection(sluiced.port()));
    REQUIRE(sockets.back() >= 0);
    if (i % 3 == 1) say(sockets.back(), "GET /api/v1/sour");
    if (i % 3 == 2) say(sockets.back(), "POST /api/v1/sources HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{");
    if (i % 1000 == 999) CHECK(sluiced.api().get("/api/v1/sources").status == 200);
  }
  for (int i = 0; i < 20; ++i) CHECK(sluiced.api().get("/api/v1/cluster/masters").status == 200);
  CHECK(sluiced.running());
  for (const int socket : sockets) ::close(socket);
  CHECK(sluiced.api().get("/api/v1/sources").status == 200);
}
