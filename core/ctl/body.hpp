#pragma once

#include <functional>
#include <string>

#include "core/ctl/invocation.hpp"

namespace sluice::ctl {

/// What making a body needs of the world outside.
struct BodySources {
  std::function<std::string(const std::string& file)> read;  ///< "-" = standard input; throws Failure(Usage)
  std::function<std::string()> ask_password;
  /// One of DM's task files to the task of the API; throws Failure.
  std::function<model::Json(const std::string& yaml)> convert_task;
};

/// The body of a call as JSON text, "" = none: file or text, then the options that stand for its members, then the
/// password. Task files and source files in DM's YAML become what the API takes. Throws Failure.
std::string make_body(const Invocation& invocation, const BodySources& sources);

/// Reads a file whole, "-" = standard input. Throws Failure(Usage).
std::string read_input(const std::string& file);
/// Asks on the terminal, without echo. Throws Failure(Usage) when there is none.
std::string ask_password();

}  // namespace sluice::ctl
