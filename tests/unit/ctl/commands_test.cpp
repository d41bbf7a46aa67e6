// sluicectl is derived from the operation table: nothing is missing, nothing is more.
#include "core/ctl/commands.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <sstream>
#include <string>

#include "core/ctl/invocation.hpp"

using namespace sluice;

namespace {

/// The first two words of each line between "Commands:" and the next empty line.
std::multiset<std::string> listed(const std::string& help) {
  std::multiset<std::string> out;
  std::istringstream lines(help.substr(help.find("\nCommands:\n") + 11));
  for (std::string line; std::getline(lines, line) && !line.empty();) {
    std::istringstream words(line);
    std::string group, verb;
    words >> group >> verb;
    out.insert(group + " " + verb);
  }
  return out;
}

const ctl::Command& command(const std::string& group, const std::string& verb) {
  const ctl::Command* found = ctl::find_command(group, verb);
  REQUIRE(found);
  return *found;
}

const ctl::CommandOption& option(const ctl::Command& of, const std::string& name) {
  const auto found =
      std::find_if(of.options.begin(), of.options.end(), [&](const ctl::CommandOption& o) { return o.name == name; });
  REQUIRE(found != of.options.end());
  return *found;
}

}  // namespace

TEST_CASE("ctl: --help lists exactly the operations of the table", "[unit][ctl]") {
  std::multiset<std::string> expected;
  for (const auto& operation : api::operations()) expected.insert(operation.command);
  CHECK(listed(ctl::help_text()) == expected);
  CHECK(ctl::commands().size() == api::operations().size());
}

TEST_CASE("ctl: arguments are the parameters of the path, options those of query and body", "[unit][ctl]") {
  const auto& tables = command("task", "tables");
  CHECK(tables.arguments == std::vector<std::string>{"task-name", "source-name", "schema-name"});
  CHECK(ctl::command_help_text(tables).find("task tables TASK SOURCE SCHEMA") != std::string::npos);
  const auto& remove = command("task", "delete");
  CHECK(remove.body == ctl::Command::Body::None);
  CHECK(option(remove, "keep-meta").place == ctl::CommandOption::Place::Query);
  CHECK(option(remove, "keep-meta").type == ctl::CommandOption::Type::Flag);
  const auto& start = command("task", "start");
  CHECK(start.body == ctl::Command::Body::Optional);
  CHECK(option(start, "remove-meta").place == ctl::CommandOption::Place::Body);
  CHECK(option(start, "remove-meta").member == "remove_meta");
  CHECK(option(start, "source-name-list").type == ctl::CommandOption::Type::List);
  CHECK(command("source", "create").body == ctl::Command::Body::Required);
  CHECK(command("source", "create").options.size() == 1);  // dry-run
}

TEST_CASE("ctl: no option is called like one of sluicectl's own, and none takes a password", "[unit][ctl]") {
  std::set<std::string> global;
  for (const auto& option : ctl::global_options()) CHECK(global.insert(option.name).second);
  for (const auto& command : ctl::commands()) {
    std::set<std::string> names = global;
    INFO(command.name());
    for (const auto& option : ctl::options_of(command)) {
      INFO(option.name);
      CHECK(names.insert(option.name).second);
    }
    for (const auto& option : command.options) CHECK(option.name.find("password") == std::string::npos);
  }
}
