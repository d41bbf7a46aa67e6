#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/api/operations.hpp"

namespace sluice::ctl {

/// An option that stands for a query parameter or for a member of the body.
struct CommandOption {
  enum class Type { Flag, Text, Integer, List };
  enum class Place { Query, Body };
  std::string name;    ///< "with-status"
  std::string member;  ///< "with_status", as the API calls it
  Type type = Type::Text;
  Place place = Place::Query;
  std::string help;
};

/// One operation of the API as a command.
struct Command {
  enum class Body { None, Optional, Required };
  const api::Operation* operation = nullptr;
  std::string group;
  std::string verb;
  std::vector<std::string> arguments;  ///< the parameters of the path, in order: "task-name"
  std::vector<CommandOption> options;
  Body body = Body::None;

  std::string name() const { return group + " " + verb; }
  bool is(std::string_view id) const { return id == operation->id; }
  /// "task-name" as help shows it: "TASK"
  static std::string placeholder(const std::string& argument);
};

/// The commands of the operation table, in its order; there is no other list of them.
const std::vector<Command>& commands();
/// Null when there is none.
const Command* find_command(std::string_view group, std::string_view verb);
bool is_group(std::string_view group);

}  // namespace sluice::ctl
