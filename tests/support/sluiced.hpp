// The sluiced of this build as a child process with a generated configuration.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/http.hpp"
#include "tests/support/process.hpp"

namespace sluice::test {

struct SluicedOptions {
  std::string name = "node1";
  std::string dialect = "docs";
  // The [store] section without its header; "" = sqlite in the node's own folder.
  std::string store;
  std::string extra;  // appended to the configuration
  std::vector<std::string> arguments;
  std::vector<std::filesystem::path> plugin_paths;  // searched behind that of this build
  // The folder with the configuration, the store and the logs; empty = a temp folder of the object.
  std::filesystem::path folder;
};

// Not thread-safe; api() may be used from any thread.
class SluicedProcess {
 public:
  // Empty when bin/sluiced and the plugins of this build are there, else the reason.
  [[nodiscard]] static std::string missing();
  explicit SluicedProcess(SluicedOptions options = {});
  // Ends it with SIGKILL if it runs. Its files, its log among them, must show no secret (secrets.hpp).
  ~SluicedProcess();
  SluicedProcess(const SluicedProcess&) = delete;
  SluicedProcess& operator=(const SluicedProcess&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] pid_t pid() const { return process_.pid(); }
  [[nodiscard]] const HttpClient& api() const { return client_; }  // paths begin with /api/v1
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::string log() const { return read_file(folder_ / "log"); }
  [[nodiscard]] bool running() { return process_.running(); }

  void kill9() { process_.kill9(); }
  int terminate() { return process_.terminate(60s); }
  // Ends it if it runs (gently), then starts it on the same folder and port; returns when the API answers.
  void restart();
  void freeze();
  void thaw();

 private:
  void start();
  void show_process() const;
  void show_files() const;

  SluicedOptions options_;
  TempDir own_folder_;
  std::filesystem::path folder_;
  std::uint16_t port_;
  HttpClient client_;
  Process process_;
};

}  // namespace sluice::test
