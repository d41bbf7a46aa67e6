#include "core/ctl/invocation.hpp"

#include <catch2/catch.hpp>

#include "core/ctl/client.hpp"
#include "core/ctl/failure.hpp"

using namespace sluice;
using ctl::Invocation;

namespace {

Invocation parse(const std::vector<std::string>& words, const std::string& url = {}) { return ctl::parse(words, url); }

std::string refusal(const std::vector<std::string>& words) {
  try {
    parse(words);
  } catch (const ctl::Failure& failure) {
    CHECK(failure.code() == ctl::Exit::Usage);
    return failure.what();
  }
  FAIL("not refused");
  return {};
}

}  // namespace

TEST_CASE("ctl: call takes a method and a path of the API", "[unit][ctl]") {
  const Invocation call = parse({"call", "-o", "json", "put", "/plugins/a%2Fb/x?y=1", "--body", "{}"});
  CHECK(call.what == Invocation::What::Raw);
  CHECK(call.arguments == std::vector<std::string>{"PUT", "/plugins/a%2Fb/x?y=1"});
  CHECK(call.body == "{}");
  CHECK(ctl::full_path("/plugins") == "/api/v1/plugins");
  CHECK(ctl::full_path("//health") == "/health");
  CHECK(refusal({"call", "GET"}).find("method and a path") != std::string::npos);
  CHECK(refusal({"call", "HEAD", "/x"}).find("not HEAD") != std::string::npos);
  CHECK(refusal({"call", "GET", "x"}).find("begins with /") != std::string::npos);
  CHECK(refusal({"call", "GET", "/a b"}).find("percent-encoded") != std::string::npos);
  CHECK(refusal({"call", "PUT", "/x", "--body", "{}", "-f", "-"}).find("exclude") != std::string::npos);
}

TEST_CASE("ctl: options may stand anywhere, and become query and body", "[unit][ctl]") {
  const Invocation remove = parse({"-o", "json", "task", "delete", "--force", "shop", "--keep-meta=false"});
  CHECK(remove.what == Invocation::What::Call);
  CHECK(remove.command->is("deleteTask"));
  CHECK(remove.arguments == std::vector<std::string>{"shop"});
  CHECK(remove.settings.output == ctl::Settings::Output::Json);
  CHECK(remove.query == std::vector<std::pair<std::string, std::string>>{{"force", "true"}, {"keep_meta", "false"}});
  const Invocation start = parse({"task", "start", "shop", "--remove-meta", "--source-name-list", "a",
                                  "--source-name-list", "b", "--safe-mode-time-duration=10s"});
  CHECK(model::to_text(start.members) ==
        R"({"remove_meta":true,"source_name_list":["a","b"],"safe_mode_time_duration":"10s"})");
  const Invocation file = parse({"source", "create", "-f", "-", "--password-file", "p"});
  CHECK(file.file == "-");
  CHECK(file.password_file == "p");
  // Behind -- nothing is an option.
  CHECK(parse({"task", "show", "--", "--odd"}).arguments == std::vector<std::string>{"--odd"});
}

TEST_CASE("ctl: the API's address comes from the option, the environment, or is the usual one", "[unit][ctl]") {
  CHECK(parse({"task", "list"}).settings.url == "http://127.0.0.1:8261");
  CHECK(parse({"task", "list"}, "https://dm:443/").settings.url == "https://dm:443");
  CHECK(parse({"task", "list", "--host", "dm:9000"}, "https://dm").settings.url == "http://dm:9000");
  CHECK(parse({"task", "list", "--url", "https://dm"}).settings.url == "https://dm:8261");
  CHECK(parse({"task", "list", "--url", "http://[::1]:1/x/"}).settings.url == "http://[::1]:1/x");
  CHECK(refusal({"task", "list", "--url", "ftp://dm"}).find("ftp") != std::string::npos);
  CHECK(refusal({"task", "list", "--url", "http://u:p@dm"}).find("password") != std::string::npos);
}

TEST_CASE("ctl: a wrong command line says what is wrong", "[unit][ctl]") {
  CHECK(refusal({"tasks", "list"}) == "there is no command tasks");
  CHECK(refusal({"task", "dance"}).starts_with("there is no command task dance, there are:\n  task create"));
  CHECK(refusal({"task", "start"}) == "task start needs TASK");
  CHECK(refusal({"task", "start", "a", "b"}) == "task start does not take b");
  CHECK(refusal({"task", "start", ""}) == "TASK must not be empty");
  CHECK(refusal({"task", "list", "--nope"}).find("nope") != std::string::npos);
  CHECK(refusal({"task", "delete", "a", "--force=maybe"}) == "--force is true or false, not maybe");
  CHECK(refusal({"source", "create"}).find("--file") != std::string::npos);
  CHECK(refusal({"source", "create", "-f", "a", "--body", "{}"}).find("exclude") != std::string::npos);
  CHECK(refusal({"task", "list", "--cert", "c"}) == "--cert and --key belong together");
  CHECK(refusal({"task", "list", "-o", "xml"}).find("xml") != std::string::npos);
  CHECK(refusal({"task", "status", "a", "--interval", "0"}).find("--interval") != std::string::npos);
}

TEST_CASE("ctl: help of everything, of a group and of a command", "[unit][ctl]") {
  CHECK(parse({}).what == Invocation::What::Help);
  CHECK(parse({"--help"}).command == nullptr);
  CHECK(parse({"help", "task"}).group == "task");
  CHECK(parse({"task", "start", "--help"}).command->is("startTask"));
  CHECK(parse({"help", "task", "start"}).command->is("startTask"));
  CHECK(refusal({"help", "nothing"}) == "there is no command nothing");
  CHECK(parse({"--version"}).what == Invocation::What::Version);
}

TEST_CASE("ctl: names are encoded into the path, values into the query", "[unit][ctl]") {
  const auto& show = *ctl::find_command("task", "show")->operation;
  CHECK(ctl::request_target(show, {"a b/c?%{}é"}, {{"with_status", "true"}}) ==
        "/api/v1/tasks/a%20b%2Fc%3F%25%7B%7D%C3%A9?with_status=true");
  const auto& tables = *ctl::find_command("task", "tables")->operation;
  CHECK(ctl::request_target(tables, {"{source-name}", "s", "t"}, {}) ==
        "/api/v1/tasks/%7Bsource-name%7D/sources/s/schemas/t");
  const auto& health = *ctl::find_command("node", "health")->operation;
  CHECK(ctl::request_target(health, {}, {{"a", "b&c"}, {"d", "e+f"}}) == "/health?a=b%26c&d=e%2Bf");
}
