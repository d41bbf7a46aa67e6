// Tables of all column types and writers that change them at random: what the end-to-end tests replicate.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/sql.hpp"

namespace sluice::test {

struct WorkloadOptions {
  std::string schema = "shop";
  int tables = 20;
  int rows = 200;  // per table, before the writers begin
  int writers = 4;
  bool mysql56 = false;  // leaves out what MySQL 5.6 does not know
  bool ddl = true;
  std::uint64_t seed = 1;
};

// Creates schema and tables with rows. The tables cycle through: all types with an integer key; unique secondary keys;
// a string key with a case-insensitive collation; a composite key; no key at all (duplicates included);
// latin1/gbk/binary text.
void create_workload(Sql& sql, const WorkloadOptions& options);

// Writers on connections of their own until stop(). Errors that such a load meets by nature (duplicate key, deadlock,
// lost connection while `tolerate_disconnects`) are passed over; others are kept for stop() to throw.
class Workload {
 public:
  Workload(std::function<Sql()> connect, WorkloadOptions options, bool tolerate_disconnects = false);
  ~Workload();
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;
  // Ends the writers and throws the first unexpected error.
  void stop();
  [[nodiscard]] std::uint64_t statements() const { return statements_; }

 private:
  void write(int number);
  void alter(int number);

  std::function<Sql()> connect_;
  WorkloadOptions options_;
  bool tolerate_disconnects_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> statements_{0};
  std::mutex mutex_;
  std::string error_;
  std::vector<std::thread> threads_;
};

}  // namespace sluice::test
