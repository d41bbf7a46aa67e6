// A sluiced with its sources, targets and tasks, seen and operated through the API alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/support/server.hpp"
#include "tests/support/sluiced.hpp"

namespace sluice::test {

// True when SLUICE_E2E_LONG=1 asks for the acceptance figures instead of a few minutes in all.
[[nodiscard]] bool long_run();
template <typename T>
[[nodiscard]] T by_length(T brief, T full) {
  return long_run() ? full : brief;
}

// Request bodies. `members` are further members of the object, each with a comma in front: `,"enable_gtid":true`.
[[nodiscard]] std::string source_json(const DatabaseServer& server, const std::string& name = "mysql-01",
                                      const std::string& members = "");
[[nodiscard]] std::string target_json(const DatabaseServer& server);

struct TaskText {
  std::string name = "t1";
  std::string mode = "all";
  std::string target;  // the target_config object
  std::vector<std::string> sources{"mysql-01"};
  std::string rules = R"([{"source":{"source_name":"mysql-01","schema":"shop","table":"*"}}])";
  std::string members;            // as above
  std::string full_migrate_conf;  // the object, "" = none
};
[[nodiscard]] std::string task_json(const TaskText& task);

// One subtask as GET /tasks/{name}/status shows it.
struct SubtaskView {
  std::string stage;
  std::string unit;
  std::string error_msg;
  int code = 0;  // of the first error
  bool has_counters = false;
  std::uint64_t read = 0;
  std::uint64_t applied = 0;
  std::uint64_t pending = 0;
  std::map<std::string, std::uint64_t> filtered;  // by rule
  std::string file;                               // the checkpoint
  std::uint64_t position = 0;
  std::string body;

  [[nodiscard]] bool books_balance() const;
};

// Every function throws with the reply when the API refuses.
class Deployment {
 public:
  explicit Deployment(SluicedOptions options = {}) : sluiced(std::move(options)) {}

  void add_source(const DatabaseServer& server, const std::string& name = "mysql-01", const std::string& members = "");
  void create_task(const TaskText& task);
  void start(const std::string& task = "t1");

  // All zero and empty while the API does not answer.
  [[nodiscard]] SubtaskView status(const std::string& source = "mysql-01", const std::string& task = "t1") const;
  void wait_unit(const std::string& unit, std::chrono::milliseconds limit) const;
  // Until the checkpoint has reached the end of the server's binlog as it is now, and the subtask runs.
  void wait_synced(const DatabaseServer& server, std::chrono::milliseconds limit,
                   const std::string& source = "mysql-01", const std::string& task = "t1") const;

  SluicedProcess sluiced;
};

// Waits for more statements of a load, so that something happens between two faults.
template <typename Load>
void wait_statements(const Load& load, std::uint64_t more) {
  const std::uint64_t until = load.statements() + more;
  wait_until([&] { return load.statements() >= until; }, 120s, std::to_string(more) + " more statements of the load");
}

}  // namespace sluice::test
