#include "core/ctl/invocation.hpp"

#include <Poco/NumberParser.h>
#include <Poco/URI.h>
#include <Poco/Util/Option.h>
#include <Poco/Util/OptionException.h>
#include <Poco/Util/OptionProcessor.h>
#include <Poco/Util/OptionSet.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include "core/ctl/failure.hpp"

namespace sluice::ctl {
namespace {

using model::Json;
using Poco::Util::OptionSet;

int seconds(const std::string& option, const std::string& value) {
  int out = 0;
  if (!Poco::NumberParser::tryParse(value, out) || out < 1 || out > 86400) {
    throw usage_error("--" + option + " takes seconds between 1 and 86400, not " + value);
  }
  return out;
}

/// "host", "host:port" or a URL, to a URL without a slash at its end.
std::string url_of(std::string text) {
  if (text.find("://") == std::string::npos) text.insert(0, "http://");
  try {
    Poco::URI uri(text);
    if (uri.getScheme() != "http" && uri.getScheme() != "https") {
      throw usage_error("the URL begins with http:// or https://, not " + uri.getScheme() + "://");
    }
    if (uri.getHost().empty()) throw usage_error("there is no host in the URL " + text);
    if (!uri.getUserInfo().empty()) throw usage_error("the URL must hold no user and no password");
    // Without a port the API's own, not that of HTTP: the scheme is a convention of transport here.
    const size_t authority = text.find("://") + 3;
    const std::string rest = text.substr(authority, text.find('/', authority) - authority);
    if (rest.find(':', rest.rfind(']') == std::string::npos ? 0 : rest.rfind(']')) == std::string::npos)
      uri.setPort(8261);
    std::string path = uri.getPath();
    while (!path.empty() && path.back() == '/') path.pop_back();
    return uri.getScheme() + "://" +
           (uri.getHost().find(':') == std::string::npos ? uri.getHost() : "[" + uri.getHost() + "]") + ":" +
           std::to_string(uri.getPort()) + path;
  } catch (const Poco::SyntaxException&) {
    throw usage_error(text + " is no URL such as http://127.0.0.1:8261");
  }
}

OptionSet option_set(const Command* command, bool raw = false) {
  OptionSet set;
  const auto add = [&](const OptionHelp& option, bool repeatable, bool optional_argument) {
    Poco::Util::Option out(option.name, option.letter, option.help, false);
    out.repeatable(repeatable);
    if (!option.argument.empty()) out.argument(option.argument, !optional_argument);
    set.addOption(out);
  };
  for (const OptionHelp& option : global_options()) add(option, false, false);
  if (raw) {
    for (const OptionHelp& option : options_of_raw()) add(option, false, false);
  }
  if (!command) return set;
  for (const OptionHelp& option : options_of(*command)) {
    const auto own = std::find_if(command->options.begin(), command->options.end(),
                                  [&](const CommandOption& o) { return o.name == option.name; });
    const bool is_own = own != command->options.end();
    add(option, is_own && own->type == CommandOption::Type::List, is_own && own->type == CommandOption::Type::Flag);
  }
  return set;
}

class Parser {
 public:
  explicit Parser(const std::string& url) {
    if (!url.empty()) out_.settings.url = url_of(url);
  }

  Invocation parse(const std::vector<std::string>& words) {
    // What follows is not for us: the words of somebody else's command line.
    if (!words.empty() && words[0] == "__complete") {
      out_.what = Invocation::What::Complete;
      out_.arguments.assign(words.begin() + 1, words.end());
      return std::move(out_);
    }
    try {
      read(words);
    } catch (const Poco::Util::OptionException& failure) {
      throw usage_error(failure.displayText());
    }
    finish();
    return std::move(out_);
  }

 private:
  /// Options may stand anywhere; which of them exist is known as soon as the command's two words are.
  void read(const std::vector<std::string>& words) {
    OptionSet set = option_set(nullptr);
    auto processor = std::make_unique<Poco::Util::OptionProcessor>(set);
    for (const std::string& word : words) {
      std::string name, value;
      if (processor->process(word, name, value)) {
        if (!name.empty()) take(name, value);
        continue;
      }
      positional_.push_back(word);
      const bool raw = positional_.size() == 1 && is_raw();
      if (raw) {
        set = option_set(nullptr, true);
        processor = std::make_unique<Poco::Util::OptionProcessor>(set);
      }
      if (positional_.size() != 2) continue;
      out_.command = find_command(positional_[0], positional_[1]);
      if (!out_.command) continue;
      set = option_set(out_.command);
      processor = std::make_unique<Poco::Util::OptionProcessor>(set);
    }
    processor->checkRequired();
  }

  bool is_raw() const { return !positional_.empty() && positional_[0] == "call"; }

  void take(const std::string& name, const std::string& value) {
    if (take_global(name, value) || take_body(name, value) || !out_.command) return;
    for (const CommandOption& option : out_.command->options) {
      if (option.name == name) return take_own(option, value);
    }
  }

  bool take_global(const std::string& name, const std::string& value) {
    Settings& settings = out_.settings;
    if (name == "url" || name == "host") {
      settings.url = url_of(value);
    } else if (name == "output") {
      if (value != "json" && value != "table") throw usage_error("--output is table or json, not " + value);
      settings.output = value == "json" ? Settings::Output::Json : Settings::Output::Table;
    } else if (name == "ca") {
      settings.ca = value;
    } else if (name == "cert") {
      settings.cert = value;
    } else if (name == "key") {
      settings.key = value;
    } else if (name == "timeout") {
      settings.timeout_seconds = seconds(name, value);
    } else if (name == "idempotency-key") {
      if (value.empty()) throw usage_error("--idempotency-key must not be empty");
      settings.idempotency_key = value;
    } else if (name == "help") {
      help_ = true;
    } else if (name == "version") {
      version_ = true;
    } else {
      return false;
    }
    return true;
  }

  bool take_body(const std::string& name, const std::string& value) {
    if (name == "file") {
      out_.file = value;
    } else if (name == "body") {
      out_.body = value;
    } else if (name == "password-file") {
      out_.password_file = value;
    } else if (name == "ask-password") {
      out_.ask_password = true;
    } else if (name == "watch") {
      out_.watch = true;
    } else if (name == "interval") {
      out_.interval_seconds = seconds(name, value);
    } else {
      return false;
    }
    return true;
  }

  void take_own(const CommandOption& option, const std::string& value) {
    if (option.type == CommandOption::Type::Flag && !value.empty() && value != "true" && value != "false") {
      throw usage_error("--" + option.name + " is true or false, not " + value);
    }
    const bool flag = value != "false";
    if (option.place == CommandOption::Place::Query) {
      const bool is_flag = option.type == CommandOption::Type::Flag;
      out_.query.emplace_back(option.member, is_flag ? (flag ? "true" : "false") : value);
      return;
    }
    switch (option.type) {
      case CommandOption::Type::Flag: out_.members.set(option.member, flag); break;
      case CommandOption::Type::Text: out_.members.set(option.member, value); break;
      case CommandOption::Type::Integer: {
        Poco::Int64 number = 0;
        if (!Poco::NumberParser::tryParse64(value, number)) {
          throw usage_error("--" + option.name + " is a whole number, not " + value);
        }
        out_.members.set(option.member, static_cast<int64_t>(number));
        break;
      }
      case CommandOption::Type::List: {
        Json* list = out_.members.find(option.member);
        if (list) {
          list->push(value);
        } else {
          out_.members.set(option.member, Json::Array{Json(value)});
        }
        break;
      }
    }
  }

  void finish() {
    if (version_) {
      out_.what = Invocation::What::Version;
    } else if (help_ || positional_.empty() || positional_[0] == "help") {
      finish_help();
    } else if (positional_[0] == "completion") {
      if (positional_.size() != 2) throw usage_error("completion takes the name of a shell: bash, zsh or fish");
      out_.what = Invocation::What::Completion;
      out_.arguments = {positional_[1]};
    } else if (is_raw()) {
      finish_raw();
    } else {
      finish_call();
    }
  }

  void finish_help() {
    if (!positional_.empty() && positional_[0] == "help") {
      positional_.erase(positional_.begin());
      out_.command = positional_.size() < 2 ? nullptr : find_command(positional_[0], positional_[1]);
    }
    out_.what = Invocation::What::Help;
    if (positional_.empty() || out_.command) return;
    if (positional_.size() > 1 || !is_group(positional_[0])) throw unknown();
    out_.group = positional_[0];
  }

  Failure unknown() const {
    const std::string& group = positional_[0];
    if (!is_group(group)) return usage_error("there is no command " + group);
    if (positional_.size() == 1) return usage_error(group + " needs one more word:\n" + group_help_text(group));
    return usage_error("there is no command " + group + " " + positional_[1] + ", there are:\n" +
                       group_help_text(group));
  }

  void finish_call() {
    if (!out_.command) throw unknown();
    const Command& command = *out_.command;
    out_.arguments.assign(positional_.begin() + 2, positional_.end());
    if (out_.arguments.size() < command.arguments.size()) {
      throw usage_error(command.name() + " needs " + Command::placeholder(command.arguments[out_.arguments.size()]));
    }
    if (out_.arguments.size() > command.arguments.size()) {
      throw usage_error(command.name() + " does not take " + out_.arguments[command.arguments.size()]);
    }
    for (size_t i = 0; i < out_.arguments.size(); ++i) {
      if (out_.arguments[i].empty())
        throw usage_error(Command::placeholder(command.arguments[i]) + " must not be empty");
    }
    check_settings();
    const bool has_body = out_.file || out_.body || !out_.members.as_object()->empty();
    if (command.body == Command::Body::Required && !has_body) {
      throw usage_error(command.name() + " needs a body: --file FILE (- reads standard input) or --body JSON");
    }
    if (out_.ask_password && !out_.password_file.empty()) {
      throw usage_error("--ask-password and --password-file exclude each other");
    }
  }

  void check_settings() const {
    if (out_.file && out_.body) throw usage_error("--file and --body exclude each other");
    if (out_.settings.cert.empty() != out_.settings.key.empty()) {
      throw usage_error("--cert and --key belong together");
    }
  }

  void finish_raw() {
    if (positional_.size() != 3) throw usage_error("call takes a method and a path, such as: call GET /plugins");
    std::string method = positional_[1];
    for (char& c : method) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (method != "GET" && method != "POST" && method != "PUT" && method != "DELETE") {
      throw usage_error("the method is GET, POST, PUT or DELETE, not " + positional_[1]);
    }
    const std::string& path = positional_[2];
    const bool plain = std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 0x7F; });
    if (!path.starts_with('/') || !plain) {
      throw usage_error("the path begins with / and is percent-encoded, unlike " + path);
    }
    check_settings();
    out_.what = Invocation::What::Raw;
    out_.arguments = {method, path};
  }

  Invocation out_;
  std::vector<std::string> positional_;
  bool help_ = false;
  bool version_ = false;
};

}  // namespace

Invocation parse(const std::vector<std::string>& words, const std::string& url) { return Parser(url).parse(words); }

}  // namespace sluice::ctl
