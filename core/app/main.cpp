// sluiced: reads the configuration, runs a node until it is told to stop. Exit codes: 0 done, 64 wrong command line,
// 69 could not start, 70 internal error, 75 stopped by force, 78 wrong configuration.
#include <Poco/Util/HelpFormatter.h>
#include <Poco/Util/Option.h>
#include <Poco/Util/OptionException.h>
#include <Poco/Util/OptionSet.h>
#include <Poco/Util/ServerApplication.h>
#include <unistd.h>
#include <csignal>

#include <atomic>
#include <chrono>
#include <iostream>
#include <thread>

#include "core/app/config.hpp"
#include "core/app/daemon.hpp"
#include "core/plugin/log.hpp"
#include "core/plugin/registry.hpp"

extern char** environ;

namespace sluice::app {
namespace {

constexpr int kExitForced = 75;

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGQUIT, SIGHUP}) sigaddset(&set, number);
  return set;
}

const char* signal_name(int number) {
  return number == SIGTERM ? "SIGTERM" : number == SIGINT ? "SIGINT" : number == SIGHUP ? "SIGHUP" : "SIGQUIT";
}

[[noreturn]] void end_by_force(const char* why) {
  log::error("Stopped by force: what was not at a checkpoint is done again after the next start", {{"reason", why}});
  log::flush();
  _exit(kExitForced);
}

/// Watches signals beside a start or a stop that may hang: too many signals, or the end of the bound, end the process.
class Watch {
 public:
  using Clock = std::chrono::steady_clock;
  Watch(int tolerated, Clock::time_point deadline)
      : thread_([this, tolerated, deadline](const std::stop_token& stop) { run(stop, tolerated, deadline); }) {}
  /// Ends the watch; the signal that was tolerated, or 0.
  int finish() {
    thread_.request_stop();
    thread_.join();
    return seen_;
  }

 private:
  void run(const std::stop_token& stop, int tolerated, Clock::time_point deadline) {
    sigset_t set = watched_signals();
    sigdelset(&set, SIGHUP);  // stays pending for the loop that reads the log section again
    while (!stop.stop_requested()) {
      const timespec slice{0, 50'000'000};
      const int number = sigtimedwait(&set, nullptr, &slice);
      if (number > 0) {
        if (tolerated-- <= 0) end_by_force("a second signal");
        seen_ = number;
      }
      if (Clock::now() >= deadline) end_by_force("shutdown_timeout is over");
    }
  }

  std::atomic<int> seen_{0};
  std::jthread thread_;
};

class SluicedApplication final : public Poco::Util::ServerApplication {
 public:
  SluicedApplication() { setUnixOptions(true); }

  int execute(int argc, char** argv) {
    try {
      init(argc, argv);
    } catch (const Poco::Util::OptionException& failure) {
      std::cerr << failure.displayText() << "; see sluiced --help\n";
      return EXIT_USAGE;
    }
    return run();
  }

 protected:
  void defineOptions(Poco::Util::OptionSet& options) override {
    using Poco::Util::Option;
    // Past ServerApplication, without --daemon and --pidfile: that is the work of a supervisor.
    Application::defineOptions(options);  // NOLINT(bugprone-parent-virtual-call)
    const auto add = [&](const char* name, const char* letter, const char* help, const char* argument, bool repeat) {
      Option option(name, letter, help, false);
      option.repeatable(repeat);
      if (argument) option.argument(argument);
      options.addOption(option);
    };
    add("config", "c", "configuration file (TOML)", "FILE", false);
    add("check-config", "", "say what is wrong with the configuration, without starting", nullptr, false);
    add("list-plugins", "", "list the plugins that are found and their settings", nullptr, false);
    add("set", "s", "override one key, e.g. --set=log.file=x.log or --set=transport.0.listen=:8261", "KEY=VALUE", true);
    add("log-level", "L", "override log.level", "LEVEL", false);
    add("version", "V", "print the version", nullptr, false);
    add("help", "h", "print this text", nullptr, false);
  }

  void handleOption(const std::string& name, const std::string& value) override {
    if (name == "config") config_file_ = value;
    if (name == "log-level") overrides_.push_back({"--log-level", "log.level", value});
    if (name == "set") add_override(value);
    if (name == "check-config" || name == "list-plugins" || name == "version" || name == "help") mode_ = name;
    if (name == "help" || name == "version") stopOptionsProcessing();
    ServerApplication::handleOption(name, value);
  }

  int main(const std::vector<std::string>& arguments) override {
    if (mode_ == "help") return print_help();
    if (mode_ == "version") {
      std::cout << "sluiced " << version() << "\n";
      return EXIT_OK;
    }
    if (!arguments.empty() || !usage_mistake_.empty()) {
      std::cerr << (usage_mistake_.empty() ? "unknown argument `" + arguments[0] + "`" : usage_mistake_)
                << "; see sluiced --help\n";
      return EXIT_USAGE;
    }
    // Before any thread is made: all inherit the mask, and only this program's own loop takes the signals.
    const sigset_t set = watched_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    signal(SIGPIPE, SIG_IGN);
    return run_mode();
  }

 private:
  void add_override(const std::string& text) {
    const size_t equal = text.find('=');
    if (equal == std::string::npos || equal == 0) {
      usage_mistake_ = "--set needs KEY=VALUE, found `" + text + "`";
      return;
    }
    const std::string key = text.substr(0, equal);
    overrides_.push_back({"--set " + key, key, text.substr(equal + 1)});
  }

  int print_help() {
    Poco::Util::HelpFormatter formatter(options());
    formatter.setUnixStyle(true);
    formatter.setCommand("sluiced");
    formatter.setUsage("--config=FILE [OPTIONS]");
    formatter.setHeader(
        "Migrates and replicates MySQL-family databases. Single keys of the configuration can be set "
        "with --set and with SLUICE_ variables (SLUICE_LOG_LEVEL); see docs/configuration.md.");
    formatter.format(std::cout);
    return EXIT_OK;
  }

  std::pair<Config, std::vector<Mistake>> read_config() const {
    auto overrides = overrides_from_environment(environ);
    overrides.insert(overrides.end(), overrides_.begin(), overrides_.end());
    return load_config(config_file_, overrides);
  }

  static int report(const std::vector<Mistake>& mistakes) {
    for (const Mistake& mistake : mistakes) std::cerr << mistake.text() << "\n";
    return EXIT_CONFIG;
  }

  int run_mode() {
    auto [config, mistakes] = read_config();
    if (!mistakes.empty()) return report(mistakes);
    if (Status status = log::setup(config.log); !status) {
      return report(
          {{config_file_.empty() ? "log.file" : config_file_, status.error().message, status.error().workaround}});
    }
    const auto bound = config.shutdown_timeout;
    Daemon daemon(std::move(config));
    mistakes = daemon.load_plugins();
    if (mode_ == "list-plugins") return list_plugins(daemon.plugins());
    if (!mistakes.empty()) return report(mistakes);
    if (mode_ == "check-config") {
      std::cout << "the configuration is fine\n";
      return EXIT_OK;
    }
    return run_node(daemon, bound);
  }

  static int list_plugins(const plugin::Registry& registry) {
    for (const plugin::PluginInfo& info : registry.list()) {
      std::cout << info.kind << " " << info.id << " " << info.version << " (ABI " << info.abi_major << "."
                << info.abi_minor << ") " << info.file << "\n    " << info.summary << "\n";
      for (const plugin::SettingInfo& setting : info.settings) {
        std::cout << "    " << setting.name << " (" << setting.type_name() << (setting.required() ? ", required" : "")
                  << (setting.secret() ? ", secret" : "")
                  << (setting.default_value.empty() ? "" : ", default " + setting.default_value)
                  << "): " << setting.help << "\n";
      }
    }
    return EXIT_OK;
  }

  int run_node(Daemon& daemon, std::chrono::milliseconds bound) {
    Watch starting(1, Watch::Clock::time_point::max());
    const Status status = daemon.start();
    const int early = starting.finish();
    if (!status) {
      log::error("The node could not start", {{"error", status.error().one_line()}});
      log::flush();
      return EXIT_UNAVAILABLE;
    }
    wait_for_end(early);
    Watch stopping(0, Watch::Clock::now() + bound);
    daemon.stop();
    stopping.finish();
    log::info("The node has stopped");
    log::flush();
    return EXIT_OK;
  }

  /// SIGHUP reads the log section again (level, and a file that was moved away); any other signal ends the wait.
  /// `number` is a signal that came during the start, or 0.
  void wait_for_end(int number) const {
    const sigset_t set = watched_signals();
    while (number == 0 && (sigwait(&set, &number) != 0 || number == SIGHUP)) {
      number = 0;
      auto [config, mistakes] = read_config();
      Status status = mistakes.empty() ? log::setup(config.log) : Status();
      for (const Mistake& mistake : mistakes)
        log::error("The configuration was not read again", {{"reason", mistake.text()}});
      if (!status) log::error("The log stays as it was", {{"error", status.error().one_line()}});
      if (mistakes.empty() && status) log::info("The log section was read again", {{"level", log::level()}});
    }
    log::info("Stopping", {{"signal", signal_name(number)}});
  }

  std::string config_file_;
  std::string mode_;
  std::string usage_mistake_;
  std::vector<Override> overrides_;
};

}  // namespace
}  // namespace sluice::app

int main(int argc, char** argv) {
  try {
    sluice::app::SluicedApplication application;
    return application.execute(argc, argv);
  } catch (const Poco::Exception& failure) {
    std::cerr << "sluiced: " << failure.displayText() << "\n";
  } catch (const std::exception& failure) {
    std::cerr << "sluiced: " << failure.what() << "\n";
  }
  return Poco::Util::Application::EXIT_SOFTWARE;
}
