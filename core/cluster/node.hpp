#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/cluster/views.hpp"
#include "core/model/error.hpp"
#include "core/model/source.hpp"
#include "core/model/status.hpp"
#include "core/model/task.hpp"
#include "core/task/subtask.hpp"

namespace sluice::plugin {
class SecretBox;
}

namespace sluice::cluster {

class KeyedRequests;

struct NodeConfig {
  std::string name = "sluice-1";
  bool master = true;
  bool worker = true;
  std::string master_address = "127.0.0.1:8261";  ///< host:port at which clients reach this node
  std::string worker_address = "127.0.0.1:8262";  ///< identifies the first worker; a name belongs to one address
  int workers = 1;                                ///< worker roles of this process, when `worker` is set
  std::filesystem::path work_dir = "data/work";   ///< one folder per subtask is made below it
  uint64_t memory_limit = 256ULL << 20;           ///< bytes in flight, of all subtasks together
  std::chrono::milliseconds lease_ttl{60000};     ///< a silent node is taken for dead after this time
  std::chrono::milliseconds reread_interval{5000};
  std::chrono::milliseconds stop_bound{10000};      ///< how long a unit may take to reach a safe point
  std::chrono::milliseconds transfer_bound{55000};  ///< how long a transfer waits for subtasks to pause
  std::chrono::milliseconds rpc_timeout{30000};     ///< how long a master waits for a worker's answer
};

/// Most worker roles of one process.
inline constexpr int kMostWorkers = 256;

/// A worker of this process as the cluster knows it.
struct WorkerIdentity {
  std::string name;
  std::string address;
};
/// "node" at worker_address, then "node-2", "node-3", … at the following ports; empty without the role.
std::vector<WorkerIdentity> worker_identities(const NodeConfig& config);

/// What the worker needs of a subtask; task::Subtask unless a test says otherwise.
class SubtaskHandle {
 public:
  SubtaskHandle() = default;
  SubtaskHandle(const SubtaskHandle&) = delete;
  SubtaskHandle& operator=(const SubtaskHandle&) = delete;
  virtual ~SubtaskHandle() = default;
  virtual void start(model::StartArguments arguments) = 0;
  virtual void pause(std::chrono::milliseconds bound, const std::string& reason) = 0;
  virtual void close(std::chrono::milliseconds bound, const std::string& reason) = 0;
  virtual void restore(model::SubtaskStatus former) = 0;
  virtual Result<model::Json> execute(const task::Command& command) = 0;
  virtual model::SubtaskStatus status() const = 0;
  virtual void on_change(std::function<void()> callback) = 0;
};

/// The objects outlive the node.
struct NodeServices {
  std::shared_ptr<host::Store> store;
  plugin::Registry* plugins = nullptr;
  const plugin::SecretBox* secrets = nullptr;
  /// Empty = task::Subtask, task::remove_metadata and task::has_checkpoint.
  std::function<std::unique_ptr<SubtaskHandle>(task::SubtaskConfig)> make_subtask;
  std::function<Status(const task::SubtaskConfig&, const std::stop_token&)> remove_metadata;
  std::function<Result<bool>(const task::SubtaskConfig&, const std::stop_token&)> has_checkpoint;
};

/// One process of the system: master (owns definitions, answers questions), workers (each runs the subtasks of the
/// source bound to it) or both. The store is the only channel between nodes; every write is compare-and-swap, so any
/// master may answer any request. All functions may be called from any thread; they block on the store, never on a
/// worker longer than the bound they name. Errors carry the numbers of api.md, section 7.
class Node {
 public:
  Node(NodeConfig config, NodeServices services);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  /// Stops.
  ~Node();

  /// Registers under a lease (a registration that an earlier process of the same name and address left is taken over),
  /// then begins the loops. What ran before runs again.
  Status start();
  /// Requests that wait for a worker or for targets give up, now and later: for the moment before stop().
  void cut_off_requests();
  /// Closes the subtasks (their desired stages stay), gives leases back, ends the loops.
  void stop();

  const NodeConfig& config() const;
  plugin::Registry* plugins() const;
  std::shared_ptr<host::Store> store() const;

  // ---- Sources ----
  /// Stores the source and binds it: to `worker` when named (E46004, E46033), else to a free one if there is one.
  /// E46007 when the name exists.
  Status create_source(const model::Source& source, const std::string& worker);
  /// Replaces a definition. E46008; E46025 while a task of it is to run. A changed `enable` starts or stops the
  /// subtasks as set_source_enabled does.
  Status update_source(const model::Source& source);
  /// E46008; E46010 when tasks use it and `force` is false. With force its subtasks are removed first.
  Status delete_source(const std::string& name, bool force);
  /// E46008; E40070 when enabling an unbound source.
  Status set_source_enabled(const std::string& name, bool enable);
  /// Binds the source to another worker: its running subtasks are paused, moved in one write, and run again. E46008,
  /// E46004, E46006, E46019, E46032. No effect when it is bound there.
  Status transfer_source(const std::string& source, const std::string& worker);
  Result<std::vector<SourceView>> sources() const;
  /// E46008 when unknown.
  Result<SourceView> source(const std::string& name) const;

  // ---- Tasks ----
  /// E46008, E46009, E46014, E46024.
  Status create_task(const model::Task& task);
  /// E46018, E46034, E46035, E40081, E46024.
  Status update_task(const model::Task& task);
  /// Whether update_task would be allowed now; changes nothing.
  Status check_task_update(const model::Task& task) const;
  /// E46018; E49001 when a subtask is to run and `force` is false. Waits for the subtasks to close, then removes the
  /// metadata from the target unless `keep_meta`; a target that cannot be reached leaves a warning in the log.
  Status delete_task(const std::string& name, bool force, bool keep_meta);
  /// Desired stage Running for the named sources (all when empty). E46018, E46008, E38058, E20022, E46024.
  Status start_task(const std::string& name, const model::StartArguments& arguments,
                    const std::vector<std::string>& sources);
  /// Desired stage Stopped. E46018, E46017.
  Status stop_task(const std::string& name, std::optional<std::chrono::milliseconds> bound,
                   const std::vector<std::string>& sources);
  /// Lets the worker that holds a subtask execute a command, and waits for its reply. E46018, E46008, E40054, E40070,
  /// E38008, E38033, else what the worker answers.
  Result<model::Json> command(const std::string& task, const std::string& source, const task::Command& command);
  Result<std::vector<TaskView>> tasks() const;
  /// E46018 when unknown.
  Result<TaskView> task(const std::string& name) const;

  // ---- Templates: stored tasks that run nowhere ----
  enum class TemplateWrite { Create, Replace, Either };
  /// Create: E20050 when the name exists. Replace: E20051 when it does not. E46024 when other requests win every time.
  Status put_template(const model::Task& task, TemplateWrite how);
  /// Nothing when there is none.
  Status delete_template(const std::string& name);
  Result<std::vector<model::Task>> templates() const;
  /// E20051 when unknown.
  Result<model::Task> task_template(const std::string& name) const;

  // ---- Members ----
  Result<std::vector<MasterView>> masters() const;
  Result<std::vector<WorkerView>> workers() const;
  /// E38048; E49001 when no other master is alive. A master that was removed no longer leads, and says so in health.
  Status remove_master(const std::string& name);
  /// E46004, E46005.
  Status remove_worker(const std::string& name);

  /// The id is drawn when the cluster is started for the first time.
  Result<ClusterInfo> cluster_info() const;
  /// `topology`: a checked JSON object. Stored, never acted upon.
  Result<ClusterInfo> set_topology(const model::Json& topology);

  /// Requests of clients that carry a key to be repeated safely.
  KeyedRequests& keyed_requests() const;

  /// Asks the store now, but waits for it three seconds at most.
  HealthView health() const;
  bool healthy() const { return health().healthy(); }

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::cluster
