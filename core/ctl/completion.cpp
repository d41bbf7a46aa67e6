#include "core/ctl/completion.hpp"

#include <algorithm>

#include "core/ctl/failure.hpp"
#include "core/ctl/invocation.hpp"

namespace sluice::ctl {
namespace {

constexpr const char* kBash = R"(# sluicectl completion for bash: source <(sluicectl completion bash)
_sluicectl() {
  local IFS=$'\n'
  local words=("${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=($("${COMP_WORDS[0]}" __complete "${words[@]}" 2>/dev/null))
  [[ ${#COMPREPLY[@]} -eq 0 ]] && compopt -o default
}
complete -F _sluicectl sluicectl
)";

constexpr const char* kZsh = R"(#compdef sluicectl
# sluicectl completion for zsh: sluicectl completion zsh > "${fpath[1]}/_sluicectl"
_sluicectl() {
  local -a candidates
  candidates=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "${candidates[*]}" ]]; then
    compadd -- "${candidates[@]}"
  else
    _files
  fi
}
compdef _sluicectl sluicectl
)";

constexpr const char* kFish =
    R"(# sluicectl completion for fish: sluicectl completion fish > ~/.config/fish/completions/sluicectl.fish
function __sluicectl_complete
  set -l words (commandline -opc) (commandline -ct)
  sluicectl __complete $words[2..-1] 2>/dev/null
end
complete -c sluicectl -a '(__sluicectl_complete)'
)";

bool wants_file(const std::string& option) {
  return option == "--file" || option == "-f" || option == "--password-file" || option == "--ca" ||
         option == "--cert" || option == "--key";
}

std::vector<std::string> starting_with(const std::vector<std::string>& all, const std::string& begun) {
  std::vector<std::string> out;
  for (const std::string& word : all) {
    if (word.starts_with(begun) && std::find(out.begin(), out.end(), word) == out.end()) out.push_back(word);
  }
  return out;
}

/// True when `word` is an option whose value is the next word.
bool takes_next(const std::string& word, const std::vector<OptionHelp>& options) {
  for (const OptionHelp& option : options) {
    // A BOOL stands behind an equals sign only.
    if (option.argument.empty() || option.argument == "BOOL") continue;
    if (word == "--" + option.name || (!option.letter.empty() && word == "-" + option.letter)) return true;
  }
  return false;
}

struct Seen {
  std::vector<std::string> positional;
  const Command* command = nullptr;
  std::vector<OptionHelp> options = global_options();
  std::string open_option;  // the last word before the cursor, when its value is being typed
};

Seen look_at(const std::vector<std::string>& before) {
  Seen seen;
  for (const std::string& word : before) {
    if (!seen.open_option.empty()) {
      seen.open_option.clear();
    } else if (takes_next(word, seen.options)) {
      seen.open_option = word;
    } else if (!word.starts_with("-")) {
      seen.positional.push_back(word);
      if (seen.positional.size() != 2) continue;
      seen.command = find_command(seen.positional[0], seen.positional[1]);
      if (!seen.command) continue;
      const auto own = options_of(*seen.command);
      seen.options.insert(seen.options.end(), own.begin(), own.end());
    }
  }
  return seen;
}

std::vector<std::string> words_at(const Seen& seen, const Names& names) {
  std::vector<std::string> out;
  const auto& positional = seen.positional;
  if (positional.empty()) {
    for (const Command& command : commands()) out.push_back(command.group);
    out.insert(out.end(), {"call", "completion", "help"});
  } else if (positional.size() == 1) {
    for (const Command& command : commands()) {
      if (command.group == positional[0]) out.push_back(command.verb);
    }
    if (positional[0] == "completion") out = {"bash", "zsh", "fish"};
  } else if (seen.command && positional.size() - 2 < seen.command->arguments.size()) {
    out = names(seen.command->arguments[positional.size() - 2]);
  }
  return out;
}

}  // namespace

std::string completion_script(const std::string& shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  throw usage_error("there is completion for bash, zsh and fish, not for " + shell);
}

std::vector<std::string> complete(const std::vector<std::string>& words, const Names& names) {
  const std::string begun = words.empty() ? "" : words.back();
  const Seen seen = look_at({words.begin(), words.empty() ? words.end() : words.end() - 1});
  if (seen.open_option == "--output" || seen.open_option == "-o") return starting_with({"table", "json"}, begun);
  // The shell completes file names by itself.
  if (!seen.open_option.empty() || wants_file(begun)) return {};
  if (!begun.starts_with("-")) return starting_with(words_at(seen, names), begun);
  std::vector<std::string> out;
  for (const OptionHelp& option : seen.options) out.push_back("--" + option.name);
  return starting_with(out, begun);
}

}  // namespace sluice::ctl
