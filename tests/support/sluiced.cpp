#include "tests/support/sluiced.hpp"

#include <csignal>
#include <stdexcept>

#include "tests/support/secrets.hpp"

namespace sluice::test {
namespace {

namespace fs = std::filesystem;

fs::path binary() { return fs::path(SLUICE_BINARY_DIR) / "bin/sluiced"; }

std::string first_line(const fs::path& file) {
  const std::string text = read_file(file);
  return text.substr(0, text.find('\n'));
}

}  // namespace

std::string SluicedProcess::missing() {
  return fs::exists(binary()) ? std::string() : "no " + binary().string() + ": build the target sluiced";
}

SluicedProcess::SluicedProcess(SluicedOptions options)
    : options_(std::move(options)),
      folder_(options_.folder.empty() ? own_folder_.path() : options_.folder),
      port_(free_port()),
      client_(port_) {
  if (const std::string why = missing(); !why.empty()) throw std::runtime_error(why);
  fs::create_directories(folder_);
  const std::string store = options_.store.empty()
                                ? "plugin = \"sqlite\"\nfile = \"" + (folder_ / "sluice.db").string() + "\"\n"
                                : options_.store;
  std::string paths = "\"" + (fs::path(SLUICE_BINARY_DIR) / "plugins").string() + "\"";
  for (const fs::path& more : options_.plugin_paths) paths += ", \"" + more.string() + "\"";
  write_file(folder_ / "sluiced.toml",
             "name = \"" + options_.name +
                 "\"\nroles = [\"master\", \"worker\"]\nopenapi = true\n\n[plugins]\npath = [" + paths +
                 "]\n\n[store]\n" + store + "\n[[transport]]\nplugin = \"http\"\nlisten = \"127.0.0.1:" +
                 std::to_string(port_) + "\"\ndialect = \"" + options_.dialect + "\"\n" + options_.extra);
  start();
}

void SluicedProcess::start() {
  std::vector<std::string> argv{binary().string(), "--config=" + (folder_ / "sluiced.toml").string()};
  argv.insert(argv.end(), options_.arguments.begin(), options_.arguments.end());
  process_ = Process({argv, {}, folder_ / "log", folder_});
  const bool ready = wait_for([&] { return !process_.running() || client_.get("/api/v1/sources").status == 200; }, 60s);
  if (!ready || !process_.running()) {
    show_files();
    throw std::runtime_error("sluiced did not start:\n" + tail(folder_ / "log", 40));
  }
  show_process();
}

// What everybody on the machine may see of it; from now on nobody may see its key.
void SluicedProcess::show_process() const {
  guard(first_line(folder_ / "data/secret.key"));
  const fs::path proc = "/proc/" + std::to_string(pid());
  for (const char* name : {"cmdline", "environ", "comm"}) {
    let_out(std::string(name) + " of sluiced", read_file(proc / name));
  }
}

void SluicedProcess::show_files() const { let_out_files(folder_, {"sluiced.toml", "secret.key"}); }

SluicedProcess::~SluicedProcess() {
  kill9();
  show_files();
}

void SluicedProcess::restart() {
  terminate();
  start();
}

void SluicedProcess::freeze() { process_.signal(SIGSTOP); }
void SluicedProcess::thaw() { process_.signal(SIGCONT); }

}  // namespace sluice::test
