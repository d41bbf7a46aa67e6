// Child processes, temp folders, free ports and waiting, for tests. Everything here throws std::runtime_error with a
// sentence when it fails, so that a test ends with the reason.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace sluice::test {

using namespace std::chrono_literals;

// Calls `condition` until it is true (every 20 ms at most). Throws with `what` when `limit` has passed.
void wait_until(const std::function<bool()>& condition, std::chrono::milliseconds limit, const std::string& what);
// The same without the throw: false when `limit` has passed.
[[nodiscard]] bool wait_for(const std::function<bool()>& condition, std::chrono::milliseconds limit);

// A loopback TCP port that nobody listens on, outside the range of ephemeral ports. No two calls in the processes that
// run now get the same one.
[[nodiscard]] std::uint16_t free_port();

// True when a program of that name is on PATH or in a system folder of servers; `full` gets its path.
[[nodiscard]] bool find_program(const std::string& name, std::filesystem::path* full = nullptr);

// A folder with a short name (sockets in it stay below the limit of 108 bytes), removed with everything in it.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// One child process, ended (SIGKILL) and reaped by the destructor. The kernel kills it as well when the thread that
// started it ends, so that a crashed test leaves nothing behind: start long-lived children from a long-lived thread.
// Not thread-safe.
class Process {
 public:
  struct Options {
    std::vector<std::string> argv;           // argv[0] is looked up on PATH
    std::map<std::string, std::string> env;  // added to the own environment
    std::filesystem::path output;            // receives stdout and stderr, appended; empty = /dev/null
    std::filesystem::path folder;            // working folder; empty = the own one
  };

  Process() = default;
  explicit Process(const Options& options);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  [[nodiscard]] pid_t pid() const { return pid_; }
  // False as soon as it has ended (and is reaped then).
  [[nodiscard]] bool running();
  // Sends a signal; nothing when it has ended.
  void signal(int number);
  // Waits for the end. The exit status, or 128 + signal. Throws when it is still there after `limit`.
  int wait(std::chrono::milliseconds limit = 30s);
  // SIGKILL and reap.
  void kill9();
  // SIGTERM, wait up to `limit`, then SIGKILL. Returns the exit status as wait does.
  int terminate(std::chrono::milliseconds limit = 30s);

 private:
  pid_t pid_ = -1;
  int status_ = 0;
};

// Runs a program to its end and returns its exit status; its output lands in *output (if given). The output
// must show no secret (secrets.hpp).
int run(const std::vector<std::string>& argv, std::string* output = nullptr, std::chrono::milliseconds limit = 60s);

// The last `lines` lines of a text file, for error messages.
[[nodiscard]] std::string tail(const std::filesystem::path& file, std::size_t lines = 20);

[[nodiscard]] std::string read_file(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, const std::string& content);

}  // namespace sluice::test
