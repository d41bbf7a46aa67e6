#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>

#include "check.hpp"

namespace sluice::testkit {

namespace {

void send(int fd, char tag, const std::string& why) {
  const std::string message = tag + why;
  size_t at = 0;
  while (at < message.size()) {
    const ssize_t n = ::write(fd, message.data() + at, message.size() - at);
    if (n <= 0) return;
    at += static_cast<size_t>(n);
  }
}

/// Runs in the child. Nothing may outlive it, so it leaves by _exit.
[[noreturn]] void child(int fd, const std::function<std::string()>& body) {
  try {
    send(fd, 'P', body());
  } catch (const Failed& f) {
    send(fd, 'F', f.why);
  } catch (const Skipped& s) {
    send(fd, 'S', s.why);
  } catch (const Warned& w) {
    send(fd, 'W', w.why);
  } catch (const std::exception& e) {
    send(fd, 'F', std::string("the check itself failed: ") + e.what());
  }
  std::fflush(nullptr);
  ::_exit(0);
}

/// Reads until the child closes its end. False when the deadline passed first.
bool collect(int fd, std::chrono::steady_clock::time_point deadline, std::string& out) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd p{fd, POLLIN, 0};
    if (::poll(&p, 1, static_cast<int>(left.count())) <= 0) continue;
    char buffer[4096];
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n <= 0) return true;
    out.append(buffer, static_cast<size_t>(n));
  }
}

Result verdict(const std::string& said, int status) {
  if (!said.empty() && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    const std::string why = said.substr(1);
    switch (said[0]) {
      case 'P': return {Outcome::kPassed, why};
      case 'S': return {Outcome::kSkipped, why};
      case 'W': return {Outcome::kWarned, why};
      default: return {Outcome::kFailed, why};
    }
  }
  if (WIFSIGNALED(status)) {
    return {Outcome::kCrashed, std::string("ended by signal: ") + ::strsignal(WTERMSIG(status))};
  }
  return {Outcome::kCrashed, "the process ended with code " + std::to_string(WEXITSTATUS(status))};
}

}  // namespace

Result run_in_child(const std::function<std::string()>& body, int deadline_s) {
  int pipe_fds[2];
  if (::pipe(pipe_fds) != 0) return {Outcome::kFailed, "pipe: " + std::string(std::strerror(errno))};
  std::fflush(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) return {Outcome::kFailed, "fork: " + std::string(std::strerror(errno))};
  if (pid == 0) {
    ::close(pipe_fds[0]);
    child(pipe_fds[1], body);
  }
  ::close(pipe_fds[1]);
  std::string said;
  const bool ended = collect(pipe_fds[0], std::chrono::steady_clock::now() + std::chrono::seconds(deadline_s), said);
  if (!ended) ::kill(pid, SIGKILL);
  ::close(pipe_fds[0]);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) return {Outcome::kFailed, "did not end within " + std::to_string(deadline_s) + " s"};
  return verdict(said, status);
}

}  // namespace sluice::testkit
