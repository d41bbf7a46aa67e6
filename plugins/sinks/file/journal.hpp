#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "files.hpp"

namespace sluice::file_sink {

/// task, source, scope, key
using MarkKey = std::array<std::string, 4>;
/// task, source, schema, table
using CheckpointKey = std::array<std::string, 4>;

struct Checkpoint {
  bool is_global = false;
  std::string binlog_name, binlog_gtid, exit_safe_name, exit_safe_gtid, table_info;
  uint64_t binlog_pos = 0, exit_safe_pos = 0;
};

/// All that the journal says: how long each data file is, and the metadata.
struct State {
  std::map<std::string, uint64_t> files;
  std::map<MarkKey, std::string> marks;
  std::map<CheckpointKey, Checkpoint> checkpoints;
};

/// One change of the state, written as one line. Removals come first. A removal names the first elements of the keys
/// that go: {task}, {task, source}, {task, source, scope} or {task, source, schema, table}.
struct Change {
  std::vector<std::vector<std::string>> remove_marks;
  std::vector<std::vector<std::string>> remove_checkpoints;
  State set;
};

void apply_change(State& state, const Change& change);

/// The journal of a directory: an append-only file of checksummed lines, `journal`. A line that was torn by a crash
/// counts as never written; a damaged line with others behind it is refused. Not thread-safe. Errors are Failures.
class Journal {
 public:
  /// Reads `folder`/journal, makes it when it is not there, cuts a torn tail.
  Journal(std::string folder, bool sync);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  const State& state() const { return state_; }
  /// True when the file had to be made.
  bool is_new() const { return is_new_; }
  /// After return the change is in the file (on the disk with `sync`), and in state().
  void write(const Change& change);
  void flush();

 private:
  void read();
  void append(const std::string& line);
  void compact();

  std::string folder_;
  bool sync_;
  bool is_new_ = false;
  File file_;
  uint64_t size_ = 0;
  uint64_t compact_at_ = 0;
  State state_;
};

}  // namespace sluice::file_sink
