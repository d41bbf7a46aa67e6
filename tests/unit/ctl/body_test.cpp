#include "core/ctl/body.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "core/ctl/failure.hpp"
#include "core/ctl/source_file.hpp"

using namespace sluice;

namespace {

const std::map<std::string, std::string> kFiles{
    {"source.json", R"({"source_name": "s", "host": "h", "port": 1, "user": "u",})"},
    {"wrapped.json", R"({"source": {"source_name": "s"}, "worker_name": "w"})"},
    {"task.json", R"({"task": {"name": "t", "target_config": {"host": "h"}}})"},
    {"task.yaml", "name: t\n"},
    {"source.yaml", "source-id: s\nfrom:\n  host: h\n"},
    {"broken.json", "{\"a\": }"},
    {"blank", " \n"},
    {"password", "geheim\nsecond line\n"},
};

std::string body_of(std::vector<std::string> words) {
  const ctl::Invocation invocation = ctl::parse(words);
  return ctl::make_body(invocation,
                        {[](const std::string& file) { return kFiles.at(file); }, [] { return std::string("asked"); },
                         [](const std::string& yaml) { return model::Json::object().set("of", yaml); }});
}

std::string refusal(const std::vector<std::string>& words) {
  try {
    body_of(words);
  } catch (const ctl::Failure& failure) {
    CHECK(failure.code() == ctl::Exit::Usage);
    return failure.what();
  }
  FAIL("not refused");
  return {};
}

std::string source_of(const std::string& yaml) {
  return model::to_text(ctl::source_from_yaml(yaml, [](const std::string& file) { return "<" + file + ">"; }));
}

std::string source_refusal(const std::string& yaml) {
  try {
    source_of(yaml);
  } catch (const ctl::Failure& failure) {
    return failure.what();
  }
  FAIL("not refused");
  return {};
}

}  // namespace

TEST_CASE("ctl: bodies come from files, texts and options", "[unit][ctl]") {
  CHECK(body_of({"task", "list"}).empty());
  CHECK(body_of({"task", "stop", "t"}).empty());
  CHECK(body_of({"task", "stop", "t", "--timeout-duration", "1s"}) == R"({"timeout_duration":"1s"})");
  CHECK(body_of({"task", "stop", "t", "--body", "{}", "--timeout-duration", "1s"}) == R"({"timeout_duration":"1s"})");
  CHECK(body_of({"source", "create", "-f", "source.json"}) == R"({"source_name":"s","host":"h","port":1,"user":"u"})");
  CHECK(body_of({"task", "create", "-f", "task.yaml"}) == R"({"of":"name: t\n"})");
  CHECK(body_of({"task", "convert", "-f", "task.yaml"}) == R"({"task_config_file":"name: t\n"})");
  CHECK(body_of({"task", "convert", "-f", "source.json"}).starts_with(R"({"task":{"source_name")"));
  CHECK(body_of({"source", "create", "-f", "source.yaml"}) == R"({"source_name":"s","host":"h"})");
  CHECK(refusal({"source", "create", "-f", "broken.json"}).starts_with("broken.json: "));
  CHECK(refusal({"source", "create", "-f", "blank"}) == "blank is empty");
  CHECK(refusal({"task", "stop", "t", "-f", "task.yaml"}) == "task.yaml: the body must be a JSON object");
  CHECK(refusal({"source", "create", "--body", "[]"}).find("object") != std::string::npos);
}

TEST_CASE("ctl: passwords come from a file or the terminal, never from the command line", "[unit][ctl]") {
  CHECK(body_of({"source", "create", "-f", "source.yaml", "--password-file", "password"}) ==
        R"({"source_name":"s","host":"h","password":"geheim"})");
  CHECK(body_of({"source", "create", "-f", "wrapped.json", "--ask-password"}) ==
        R"({"source":{"source_name":"s","password":"asked"},"worker_name":"w"})");
  CHECK(body_of({"task", "create", "-f", "task.json", "--password-file", "password"}) ==
        R"({"task":{"name":"t","target_config":{"host":"h","password":"geheim"}}})");
  CHECK(refusal({"source", "create", "--body", R"({"source":{"password":"x"}})"}).find("password") !=
        std::string::npos);
  CHECK(refusal({"task", "create", "--body", R"({"target_config":{"security":{"ssl_key_content":"x"}}})"})
            .find("ssl_key_content") != std::string::npos);
  CHECK(body_of({"source", "create", "--body", R"({"password":""})"}) == R"({"password":""})");
}

TEST_CASE("ctl: a source file of DM becomes a source", "[unit][ctl]") {
  CHECK(
      source_of("source-id: mysql-01\nenable: true\nenable-gtid: true\nflavor: mariadb\nenable-relay: false\n"
                "relay-binlog-name: ''\n"
                "from:\n  host: 10.0.0.1\n  port: 3306\n  user: root\n  password: \"12\"\n"
                "  security:\n    ssl-ca: /ca.pem\n    cert-allowed-cn: [a, b]\n"
                "purge: {interval: 3600, expires: 0, remain-space: 15}\n") ==
      R"({"source_name":"mysql-01","enable":true,"enable_gtid":true,"flavor":"mariadb","host":"10.0.0.1",)"
      R"("port":3306,"user":"root","password":"12","security":{"ssl_ca_content":"</ca.pem>","cert_allowed_cn":["a","b"]},)"
      R"("purge":{"interval":3600,"expires":0,"remain_space":15},)"
      R"("relay_config":{"enable_relay":false,"relay_binlog_name":""}})");
  CHECK(source_of("source-id: s\nfrom:\npurge:\n") == R"({"source_name":"s"})");
}

TEST_CASE("ctl: what a source file says and the API cannot is refused with its line", "[unit][ctl]") {
  CHECK(source_refusal("source-id: s\nchecker:\n  check-enable: true\n") ==
        "line 2: checker cannot be expressed in the API");
  CHECK(source_refusal("source-id: s\nfrom:\n  session: {}\n") ==
        "line 3: from.session cannot be expressed in the API");
  CHECK(source_refusal("source-id: s\nfrom:\n  port: many\n") == "line 3: from.port must be a whole number");
  CHECK(source_refusal("source-id: s\nenable-gtid: [1]\n") == "line 2: enable-gtid must be true or false");
  CHECK(source_refusal("source-id: s\nfrom: text\n") == "line 2: from must hold keys and values");
  CHECK(source_refusal("from: {}\n").find("source-id") != std::string::npos);
  CHECK(source_refusal("a: [\n").find("no YAML") != std::string::npos);
  CHECK(source_refusal("just text").find("source-id") != std::string::npos);
}
