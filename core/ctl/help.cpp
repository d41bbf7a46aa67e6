#include <algorithm>
#include <string_view>

#include "core/ctl/invocation.hpp"

namespace sluice::ctl {
namespace {

constexpr const char* kOverview =
    "usage: sluicectl [OPTIONS] GROUP VERB [ARGUMENTS] [OPTIONS]\n"
    "\n"
    "Operates Sluice through its API. sluicectl help GROUP VERB explains one command.\n";

std::string usage_of(const Command& command) {
  std::string out = command.name();
  for (const std::string& argument : command.arguments) out += " " + Command::placeholder(argument);
  return out;
}

std::string padded(std::string text, size_t width) {
  text.resize(std::max(text.size() + 2, width), ' ');
  return text;
}

std::string option_lines(const std::vector<OptionHelp>& options) {
  std::string out;
  for (const OptionHelp& option : options) {
    const std::string letter = option.letter.empty() ? "    " : "-" + option.letter + ", ";
    // The value of a flag, if there is one, stands behind an equals sign: "--force" alone means true.
    const std::string argument = option.argument.empty()     ? ""
                                 : option.argument == "BOOL" ? "[=BOOL]"
                                                             : " " + option.argument;
    out += padded("  " + letter + "--" + option.name + argument, 32) + option.help + "\n";
  }
  return out;
}

std::string command_lines(std::string_view group) {
  std::string out;
  for (const Command& command : commands()) {
    if (!group.empty() && command.group != group) continue;
    out += padded("  " + usage_of(command), 48) + command.operation->summary + "\n";
  }
  return out;
}

}  // namespace

bool takes_password(const Command& command) {
  const std::string_view request = command.operation->request;
  return request == "CreateSourceRequest" || request == "UpdateSourceRequest" || request == "CreateTaskRequest" ||
         request == "Task";
}

std::vector<OptionHelp> global_options() {
  return {{"url", "u", "URL", "the API (or SLUICECTL_URL), default http://127.0.0.1:8261"},
          {"host", "H", "HOST:PORT", "the same, without TLS"},
          {"ca", "", "FILE", "certificates that the server's must be signed by (https)"},
          {"cert", "", "FILE", "certificate that shows who we are (https)"},
          {"key", "", "FILE", "its key"},
          {"output", "o", "FORMAT", "table (the default) or json"},
          {"timeout", "", "SECONDS", "how long a reply may take, default 300"},
          {"idempotency-key", "", "TEXT", "of a write: a repetition of the call with it gets the reply of the first"},
          {"help", "h", "", "print this text, or that of the command"},
          {"version", "V", "", "print the version"}};
}

std::vector<OptionHelp> options_of_raw() {
  return {{"file", "f", "FILE", "the body: a file, or - for standard input"},
          {"body", "", "JSON", "the body itself (no passwords: the process list shows it)"}};
}

std::vector<OptionHelp> options_of(const Command& command) {
  std::vector<OptionHelp> out;
  for (const CommandOption& option : command.options) {
    const char* argument = option.type == CommandOption::Type::Flag      ? "BOOL"
                           : option.type == CommandOption::Type::Integer ? "NUMBER"
                                                                         : "TEXT";
    std::string help = option.help;
    if (help.empty())
      help = option.member + (option.place == CommandOption::Place::Query ? " of the query" : " of the body");
    if (option.type == CommandOption::Type::List) help += " (may be repeated)";
    out.push_back({option.name, "", argument, help});
  }
  if (command.body != Command::Body::None) {
    for (OptionHelp& option : options_of_raw()) out.push_back(std::move(option));
  }
  if (takes_password(command)) {
    out.push_back({"password-file", "", "FILE", "the password of the database is the first line of this file"});
    out.push_back({"ask-password", "", "", "ask for the password of the database"});
  }
  if (command.is("getTaskStatus")) {
    out.push_back({"watch", "w", "", "show the progress until all subtasks have finished or stopped"});
    out.push_back({"interval", "", "SECONDS", "how often --watch asks, default 2"});
  }
  return out;
}

std::string help_text() {
  return std::string(kOverview) + "\nCommands:\n" + command_lines({}) +
         "\nWhat plugins contribute (plugin list -o json names it), or any path of the API:\n"
         "  call METHOD PATH [-f FILE | --body JSON]\n"
         "\nWithout the API:\n  help [GROUP [VERB]]\n  completion bash|zsh|fish\n\nOptions:\n" +
         option_lines(global_options()) +
         "\nExit codes: 0 done, 1 the API refused, 2 wrong usage, 3 the API cannot be reached.\n";
}

std::string group_help_text(const std::string& group) { return command_lines(group); }

std::string command_help_text(const Command& command) {
  std::string out = "usage: sluicectl " + usage_of(command) + " [OPTIONS]\n\n" + command.operation->summary + ".\n" +
                    command.operation->method + " " + command.operation->path + "\n";
  if (const auto own = options_of(command); !own.empty()) out += "\nOptions:\n" + option_lines(own);
  return out + "\nEverywhere:\n" + option_lines(global_options());
}

}  // namespace sluice::ctl
