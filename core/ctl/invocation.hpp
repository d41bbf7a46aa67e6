#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/ctl/commands.hpp"
#include "core/model/json.hpp"

namespace sluice::ctl {

/// How to reach the API and how to speak to the user.
struct Settings {
  enum class Output { Table, Json };
  std::string url = "http://127.0.0.1:8261";
  std::string ca;    ///< file with the CA of the server; "" = the system's
  std::string cert;  ///< files of the client's certificate
  std::string key;
  Output output = Output::Table;
  int timeout_seconds = 300;
  std::string idempotency_key;  ///< of a write; "" = none
};

/// A command line, understood.
struct Invocation {
  enum class What { Call, Raw, Help, Version, Completion, Complete };
  What what = What::Call;
  Settings settings;
  const Command* command = nullptr;  ///< of Call; of Help, or null there for the whole list
  std::string group;                 ///< of Help: the commands of one group; else ""
  std::vector<std::string>
      arguments;  ///< of the command; of Raw: method and path; of Completion: the shell; of Complete: the words so far
  std::vector<std::pair<std::string, std::string>> query;
  model::Json members = model::Json::object();  ///< what options said of the body
  std::optional<std::string> file;              ///< "-" = standard input
  std::optional<std::string> body;              ///< the text itself
  std::string password_file;
  bool ask_password = false;
  bool watch = false;
  int interval_seconds = 2;
};

/// Reads a command line without the program's name. `url` is that of the environment, "" = none.
/// Throws Failure(Usage).
Invocation parse(const std::vector<std::string>& words, const std::string& url = {});

/// True when the body of the command holds a password that --password-file and --ask-password can fill in.
bool takes_password(const Command& command);

/// Help texts. Of everything: one line for each command of the table, "  group verb ARGUMENTS  summary".
std::string help_text();
std::string group_help_text(const std::string& group);
std::string command_help_text(const Command& command);

/// An option as help and completion show it.
struct OptionHelp {
  std::string name;      ///< "output"
  std::string letter;    ///< "o" or ""
  std::string argument;  ///< "FORMAT" or "" for a flag
  std::string help;
};
std::vector<OptionHelp> global_options();
std::vector<OptionHelp> options_of(const Command& command);
/// Those of `call METHOD PATH`.
std::vector<OptionHelp> options_of_raw();

}  // namespace sluice::ctl
