#include "tests/support/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>

#include "tests/support/secrets.hpp"

namespace sluice::test {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

bool can_bind(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool ok = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return ok;
}

// Takes a port for the rest of this process's life, against itself and the test programs that run beside it: the name
// is that of an abstract Unix socket, which the kernel frees with the process and which leaves no file.
bool reserve(std::uint16_t port) {
  const std::string name = "sluice-test-port-" + std::to_string(port);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0) return true;
  ::close(fd);
  return false;
}

// Runs in the child between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(char* const* argv, char* const* env, const char* output, const char* folder, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // the parent died before the line above
  ::setpgid(0, 0);                          // Ctrl-C at the test runner must not race with our own clean-up
  const int in = ::open("/dev/null", O_RDONLY);
  const int out = ::open(output, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (in < 0 || out < 0) ::_exit(126);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(out, 2);
  for (int fd = 3; fd < 256; ++fd) ::close(fd);
  if (folder[0] != '\0' && ::chdir(folder) != 0) ::_exit(126);
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::execve(argv[0], argv, env);
  ::_exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> environment(const std::map<std::string, std::string>& extra) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (extra.count(text.substr(0, text.find('='))) == 0) out.push_back(text);
  }
  for (const auto& [name, value] : extra) out.push_back(name + "=" + value);
  return out;
}

int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

bool wait_for(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  auto pause = 1ms;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(pause);
    pause = std::min<std::chrono::milliseconds>(pause * 2, 20ms);
  }
  return true;
}

void wait_until(const std::function<bool()>& condition, std::chrono::milliseconds limit, const std::string& what) {
  if (!wait_for(condition, limit)) {
    fail("waited " + std::to_string(limit.count()) + " ms in vain: " + what);
  }
}

std::uint16_t free_port() {
  static std::mt19937 random{std::random_device{}()};
  std::uniform_int_distribution<int> pick(20000, 32000);  // Linux takes ephemeral ports from 32768 up
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const auto port = static_cast<std::uint16_t>(pick(random));
    if (reserve(port) && can_bind(port)) return port;
  }
  fail("no free TCP port between 20000 and 32000");
}

bool find_program(const std::string& name, fs::path* full) {
  const char* path = std::getenv("PATH");
  std::string folders = path != nullptr ? path : "";
  folders += ":/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/sbin:/bin";
  std::size_t begin = 0;
  while (begin <= folders.size()) {
    const std::size_t end = std::min(folders.find(':', begin), folders.size());
    const fs::path candidate = fs::path(folders.substr(begin, end - begin)) / name;
    if (candidate.is_absolute() && ::access(candidate.c_str(), X_OK) == 0 && fs::is_regular_file(candidate)) {
      if (full != nullptr) *full = candidate;
      return true;
    }
    begin = end + 1;
  }
  return false;
}

TempDir::TempDir() {
  std::string name = "/tmp/sluice.XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) fail(std::string("cannot make a temp folder: ") + std::strerror(errno));
  path_ = name;
}

TempDir::~TempDir() {
  if (std::getenv("SLUICE_TEST_KEEP") != nullptr) return;  // for a look at the logs of a failed test
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Process::Process(const Options& options) {
  std::vector<std::string> argv = options.argv;
  if (argv.empty()) fail("a process needs a program");
  if (argv[0].find('/') == std::string::npos) {
    fs::path full;
    if (!find_program(argv[0], &full)) fail("program not found: " + argv[0] + " (scripts/setup installs it)");
    argv[0] = full.string();
  }
  std::vector<std::string> env = environment(options.env);
  const std::vector<char*> argv_pointers = pointers(argv);
  const std::vector<char*> env_pointers = pointers(env);
  const std::string output = options.output.empty() ? "/dev/null" : options.output.string();
  const std::string folder = options.folder.string();
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) fail(std::string("fork: ") + std::strerror(errno));
  if (pid_ == 0) become(argv_pointers.data(), env_pointers.data(), output.c_str(), folder.c_str(), parent);
}

Process::~Process() { kill9(); }

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), status_(std::exchange(other.status_, 0)) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    kill9();
    pid_ = std::exchange(other.pid_, -1);
    status_ = std::exchange(other.status_, 0);
  }
  return *this;
}

bool Process::running() {
  if (pid_ < 0) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
  status_ = status;
  pid_ = -1;
  return false;
}

void Process::signal(int number) {
  if (running()) ::kill(pid_, number);
}

int Process::wait(std::chrono::milliseconds limit) {
  const pid_t pid = pid_;
  wait_until([this] { return !running(); }, limit, "end of process " + std::to_string(pid));
  return exit_code(status_);
}

void Process::kill9() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

int Process::terminate(std::chrono::milliseconds limit) {
  signal(SIGTERM);
  if (!wait_for([this] { return !running(); }, limit)) kill9();
  return exit_code(status_);
}

int run(const std::vector<std::string>& argv, std::string* output, std::chrono::milliseconds limit) {
  const TempDir folder;
  const fs::path file = folder.path() / "out";
  Process process({argv, {}, file, {}});
  const int code = process.wait(limit);
  std::string text = read_file(file);
  let_out("output of " + argv.at(0), text);
  if (output != nullptr) *output = std::move(text);
  return code;
}

std::string tail(const fs::path& file, std::size_t lines) {
  std::ifstream in(file);
  std::deque<std::string> kept;
  for (std::string line; std::getline(in, line);) {
    kept.push_back(line);
    if (kept.size() > lines) kept.pop_front();
  }
  std::string out;
  for (const auto& line : kept) out += line + "\n";
  return out;
}

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_file(const fs::path& file, const std::string& content) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << content;
  out.close();
  if (!out) fail("cannot write " + file.string());
}

}  // namespace sluice::test
