#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <sstream>
#include <string>
#include <system_error>

#include "check.hpp"
#include "library.hpp"

namespace sluice::testkit {

namespace {

constexpr const char* kUsage =
    "usage: sluice-plugin-check FILE.so [--config JSON] [--kind KIND --id ID] [--check NAME] [--list]\n"
    "  Checks a plugin library against the contract of the Sluice SDK, each check in a process of its own.\n"
    "  --config JSON  settings of the instances; {tmp} in it becomes a fresh folder for each check\n"
    "  --kind, --id   check only this one of what the library offers\n"
    "  --check NAME   run only this check (may be repeated)\n"
    "  --list         list the checks (and, with FILE.so, what the library offers) and end\n"
    "ends with 0 when nothing failed or crashed, 1 otherwise, 2 for wrong usage\n";

struct Options {
  std::string file, config, kind, id;
  std::vector<std::string> checks;
  bool list = false;
};

bool parse(int argc, char** argv, Options& o) {
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    const auto value = [&](std::string& to) {
      if (i + 1 >= argc) return false;
      to = argv[++i];
      return true;
    };
    std::string check;
    if (arg == "--list")
      o.list = true;
    else if (arg == "--config") {
      if (!value(o.config)) return false;
    } else if (arg == "--kind") {
      if (!value(o.kind)) return false;
    } else if (arg == "--id") {
      if (!value(o.id)) return false;
    } else if (arg == "--check") {
      if (!value(check)) return false;
      o.checks.push_back(check);
    } else if (arg.rfind("--", 0) == 0 || !o.file.empty())
      return false;
    else
      o.file = arg;
  }
  return o.list || !o.file.empty();
}

std::vector<Check> all_checks() {
  std::vector<Check> all;
  for (const auto* group : {&library_checks(), &instance_checks(), &filter_checks(), &sink_checks(), &store_checks(),
                            &transport_checks(), &operations_checks()}) {
    all.insert(all.end(), group->begin(), group->end());
  }
  return all;
}

/// A folder for one check, removed at the end of it (also when the check crashed: the parent owns it).
class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-check-XXXXXX").string();
    if (::mkdtemp(pattern.data())) path_ = pattern;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string with_folder(std::string config, const std::string& folder, bool& used) {
  used = false;
  for (size_t at; (at = config.find("{tmp}")) != std::string::npos; used = true) config.replace(at, 5, folder);
  return config;
}

/// What the library offers, found in a child: a library that cannot be loaded does not take us along.
std::vector<std::pair<std::string, std::string>> offered(const std::string& file, Result& result) {
  result = run_in_child(
      [&] {
        const Library library(file);
        std::string out;
        for (size_t i = 0; i < library.entry().count(); ++i) {
          const sluice_descriptor d = copy_sized(library.entry().descriptor(i));
          if (d.kind && d.id) out += std::string(d.kind) + "\t" + d.id + "\n";
        }
        return out;
      },
      30);
  std::vector<std::pair<std::string, std::string>> all;
  if (result.outcome != Outcome::kPassed) return all;
  std::istringstream lines(result.why);
  for (std::string line; std::getline(lines, line);) {
    const size_t tab = line.find('\t');
    all.emplace_back(line.substr(0, tab), line.substr(tab + 1));
  }
  return all;
}

class Report {
 public:
  void add(const Check& check, const Subject& subject, const Result& result) {
    static constexpr const char* kWords[] = {"passed", "failed", "crashed", "skipped", "warned"};
    ++counts_[static_cast<size_t>(result.outcome)];
    std::string what = check.name;
    if (!subject.id.empty()) what += " [" + subject.kind + "/" + subject.id + "]";
    std::printf("%-8s %s%s%s\n", kWords[static_cast<size_t>(result.outcome)], what.c_str(),
                result.why.empty() ? "" : ": ", result.why.c_str());
    std::fflush(stdout);
  }
  int finish() const {
    std::printf("%d passed, %d failed, %d crashed, %d skipped, %d warned\n", counts_[0], counts_[1], counts_[2],
                counts_[3], counts_[4]);
    return counts_[1] + counts_[2] > 0 ? 1 : 0;
  }

 private:
  int counts_[5] = {};
};

bool wanted(const Options& o, const Check& check) {
  if (o.checks.empty()) return true;
  for (const std::string& name : o.checks) {
    if (name == check.name) return true;
  }
  return false;
}

Outcome run_one(const Options& o, const Check& check, const std::string& kind, const std::string& id, Report& report) {
  const TempFolder folder;
  Subject subject{o.file, kind, id, "", false};
  subject.config = with_folder(o.config, folder.path(), subject.has_folder);
  const Result result = run_in_child(
      [&] {
        check.run(subject);
        return std::string();
      },
      check.deadline_s);
  report.add(check, subject, result);
  return result.outcome;
}

int list(const Options& o) {
  for (const Check& c : all_checks())
    std::printf("%-22s %-10s %s\n", c.name, c.kind[0] ? c.kind : "library", c.description);
  if (o.file.empty()) return 0;
  Result result{};
  const auto things = offered(o.file, result);
  std::printf("\n%s offers:\n", o.file.c_str());
  for (const auto& [kind, id] : things) std::printf("  %s %s\n", kind.c_str(), id.c_str());
  if (result.outcome == Outcome::kPassed) return 0;
  std::printf("  nothing: %s\n", result.why.c_str());
  return 1;
}

int run(const Options& o) {
  const auto checks = all_checks();
  for (const std::string& name : o.checks) {
    bool known = false;
    for (const Check& c : checks) known = known || name == c.name;
    if (!known) return std::fprintf(stderr, "no check is named `%s`; see --list\n", name.c_str()), 2;
  }
  Report report;
  bool usable = true;
  for (const Check& c : checks) {
    if (c.kind[0] != '\0' || !wanted(o, c)) continue;
    if (!usable) {
      report.add(c, {o.file, "", "", "", false}, {Outcome::kSkipped, "the entry cannot be used"});
      continue;
    }
    const Outcome outcome = run_one(o, c, "", "", report);
    if (std::string(c.name) == "entry") usable = outcome == Outcome::kPassed;
  }
  Result loaded{};
  int subjects = 0;
  for (const auto& [kind, id] : offered(o.file, loaded)) {
    if ((!o.kind.empty() && o.kind != kind) || (!o.id.empty() && o.id != id)) continue;
    ++subjects;
    for (const Check& c : checks) {
      if (c.kind[0] != '\0' && (c.kind[0] == '*' || kind == c.kind) && wanted(o, c)) run_one(o, c, kind, id, report);
    }
  }
  if (loaded.outcome != Outcome::kPassed)
    std::printf("the library cannot be used: %s\n", loaded.why.c_str());
  else if (subjects == 0)
    std::printf("the library offers nothing that was asked for\n");
  const int code = report.finish();
  return code != 0 || (loaded.outcome == Outcome::kPassed && subjects > 0) ? code : 1;
}

}  // namespace

}  // namespace sluice::testkit

int main(int argc, char** argv) {
  sluice::testkit::Options options;
  if (!sluice::testkit::parse(argc, argv, options)) {
    std::fputs(sluice::testkit::kUsage, stderr);
    return 2;
  }
  return options.list ? sluice::testkit::list(options) : sluice::testkit::run(options);
}
