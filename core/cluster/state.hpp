#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/cluster/state_store.hpp"
#include "core/model/error.hpp"
#include "core/model/source.hpp"
#include "core/model/status.hpp"
#include "core/model/task.hpp"

namespace sluice::plugin {
class SecretBox;
}

namespace sluice::cluster {

/// The desired stage of one subtask.
struct StageRecord {
  bool run = false;
  bool started = false;   ///< has ever been asked to run
  int64_t request = 0;    ///< rises with every start and stop, so that a worker sees a repeated one
  int64_t bound_ms = -1;  ///< of the last stop; -1 = the default
  model::StartArguments arguments;
};

struct ObservedRecord {
  int64_t at_ms = 0;     ///< wall clock of the report
  int64_t request = -1;  ///< StageRecord::request that the subtask had obeyed; -1 = not said
  model::SubtaskStatus status;
};

/// A deleted task whose metadata is still to be removed from the target.
struct RemovalRecord {
  model::Task task;
  std::vector<model::Source> sources;
};

/// A transfer in progress: what it paused, so that a crash does not leave it so.
struct TransferRecord {
  std::string owner;                                   ///< master that carries it out
  std::vector<std::pair<std::string, int64_t>> tasks;  ///< with the request by which each was paused
};

template <typename T>
struct Stored {
  T value;
  int64_t revision = 0;
};

using SubtaskName = std::pair<std::string, std::string>;  ///< task, source

/// Everything in the store as of one revision.
struct State {
  std::map<std::string, Stored<model::Source>> sources;
  std::map<std::string, Stored<model::Task>> tasks;
  std::map<SubtaskName, Stored<StageRecord>> stages;
  std::map<SubtaskName, Stored<ObservedRecord>> observed;
  std::map<std::string, Stored<std::string>> bindings;    ///< source → worker
  std::map<std::string, Stored<std::string>> bound;       ///< worker → source
  std::map<std::string, Stored<std::string>> last_bound;  ///< source → worker
  std::map<std::string, Stored<std::string>> workers;     ///< name → address
  std::map<std::string, Stored<std::string>> masters;
  std::map<std::string, Stored<std::string>> alive_workers;
  std::map<std::string, Stored<std::string>> alive_masters;
  std::optional<Stored<std::string>> leader;
  std::map<std::string, Stored<RemovalRecord>> removals;
  std::map<std::string, Stored<TransferRecord>> transfers;  ///< by source
  std::map<std::string, Stored<std::string>> cluster;       ///< "id", "topology"
  std::map<std::string, int64_t> revisions;                 ///< of every key, for guards

  /// The revision of a key, 0 when it does not exist.
  int64_t revision_of(const std::string& key) const;
  /// The bound worker, "" = none.
  std::string worker_of(const std::string& source) const;
  /// Names of the tasks that use a source, sorted.
  std::vector<std::string> tasks_of(const std::string& source) const;
};

/// Reads and decodes. A record that cannot be read is E42502 and names its key: nothing is guessed, nothing dropped.
Result<State> read_state(const StateStore& store, const plugin::SecretBox* secrets);

/// The state as of now, decoded only when the store's revision has moved since the last look. Thread-safe.
class StateCache {
 public:
  StateCache(const StateStore& store, const plugin::SecretBox* secrets) : store_(store), secrets_(secrets) {}
  Result<State> read();

 private:
  const StateStore& store_;
  const plugin::SecretBox* secrets_;
  std::mutex mutex_;
  int64_t revision_ = 0;
  std::shared_ptr<const State> last_;
};

// Values as stored: JSON with a `version`, secrets sealed.
Result<std::string> encode_source(const model::Source& source, const plugin::SecretBox* secrets);
Result<std::string> encode_task(const model::Task& task, const plugin::SecretBox* secrets);
Result<std::string> encode_removal(const RemovalRecord& removal, const plugin::SecretBox* secrets);
std::string encode_transfer(const TransferRecord& transfer);
std::string encode_stage(const StageRecord& stage);
std::string encode_observed(const ObservedRecord& observed);
/// A value that is one text: {"version":1,"<member>":text}.
std::string encode_text(const std::string& text);

/// A change to be made of a state: guards and writes. Every write is guarded by the revision its key had in the
/// state, unless told otherwise.
class Change {
 public:
  explicit Change(const State& state) : state_(state) {}
  Change& put(const std::string& key, std::string value);
  Change& remove(const std::string& key);
  /// The key must still be what it was (or absent, if it was).
  Change& keep(const std::string& key);
  /// Writes the binding of a source in all its places.
  Change& bind(const std::string& source, const std::string& worker);
  Change& unbind(const std::string& source);
  const std::vector<Guard>& guards() const { return guards_; }
  const std::vector<Write>& writes() const { return writes_; }

 private:
  const State& state_;
  std::vector<Guard> guards_;
  std::vector<Write> writes_;
};

}  // namespace sluice::cluster
