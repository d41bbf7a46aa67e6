#include "core/cluster/worker.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <set>
#include <vector>

#include "core/cluster/keys.hpp"
#include "core/cluster/records.hpp"
#include "core/model/json.hpp"
#include "core/model/status_json.hpp"
#include "core/plugin/log.hpp"

namespace sluice::cluster {
namespace {

constexpr int64_t kReportInterval = 5000;  // ms between two reports of figures

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// A name as a part of a file name.
std::string file_part(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
    static constexpr char kHex[] = "0123456789abcdef";
    if (plain) {
      out += c;
    } else {
      out += {'%', kHex[static_cast<unsigned char>(c) >> 4], kHex[static_cast<unsigned char>(c) & 15]};
    }
  }
  return out;
}

int64_t revision_in(const State& state, const char* kind, const std::string& name) {
  return state.revision_of(key_of(kind, name));
}

// A subtask that follows the binlog is finished for the request whose end it has reached; others are for good.
bool is_finished(const State& state, const SubtaskName& name) {
  const auto it = state.observed.find(name);
  if (it == state.observed.end() || it->second.value.status.stage != model::Stage::Finished) return false;
  const auto stage = state.stages.find(name);
  const int64_t obeyed = it->second.value.request;
  const bool newer = obeyed >= 0 && stage != state.stages.end() && stage->second.value.request > obeyed;
  return !(newer && state.tasks.at(name.first).value.syncs());
}

}  // namespace

task::SubtaskConfig subtask_config(const NodeConfig& node, const std::string& worker, const model::Task& task,
                                   const model::Source& source) {
  task::SubtaskConfig out;
  out.task = task;
  out.source = source;
  out.worker_name = worker;
  out.work_dir = node.work_dir / (file_part(task.name) + "." + file_part(source.name));
  return out;
}

Worker::Worker(WorkerIdentity identity, const NodeConfig& config, const NodeServices& services, StateStore& store,
               std::function<void()> wake, std::function<bool(const SubtaskName&)> elsewhere)
    : identity_(std::move(identity)),
      config_(config),
      services_(services),
      store_(store),
      wake_(std::move(wake)),
      elsewhere_(std::move(elsewhere)) {}

Worker::~Worker() { close_all(config_.stop_bound, "worker shuts down"); }

bool Worker::Running::is_busy() const { return !*acted; }

void Worker::act(Running& running, std::function<void()> action) {
  // The future is ready a moment after the action wakes the loop, which would find it busy and sleep on.
  running.acted = std::make_shared<std::atomic<bool>>(false);
  running.busy = std::async(std::launch::async, [action = std::move(action), wake = wake_, acted = running.acted] {
    struct End {  // also when it throws
      std::atomic<bool>& acted;
      const std::function<void()>& wake;
      ~End() {
        acted = true;
        wake();
      }
    } const end{*acted, wake};
    action();
  });
}

void Worker::close(Running& running, const std::string& reason) {
  running.closing = true;
  act(running, [handle = running.handle, bound = config_.stop_bound, reason] { handle->close(bound, reason); });
}

void Worker::reconcile(const State& state) {
  // Asked before the lock is taken: the answer takes the other workers' locks.
  std::set<SubtaskName> elsewhere;
  for (const auto& [name, stage] : state.stages) {
    if (state.worker_of(name.second) == identity_.name && elsewhere_(name)) elsewhere.insert(name);
  }
  const std::lock_guard lock(mutex_);
  for (auto it = running_.begin(); it != running_.end();) {
    Running& running = it->second;
    const SubtaskName name = it->first;
    const bool wanted = state.stages.contains(name) && state.worker_of(name.second) == identity_.name &&
                        state.tasks.contains(name.first) && state.sources.contains(name.second);
    if (running.is_busy()) {
      ++it;
    } else if (running.closing) {
      if (!state.stages.contains(name)) drop_report(name);
      it = running_.erase(it);
      wake_();  // another worker of this process may wait for it
    } else {
      if (!wanted) close(running, "subtask was removed or its source moved away");
      ++it;
    }
  }
  for (const auto& [name, stage] : state.stages) {
    if (state.worker_of(name.second) == identity_.name) look_at(name, stage.value, state, elsewhere.contains(name));
  }
  // Reports of subtasks that were removed while nothing of them lived here.
  for (const auto& [name, observed] : state.observed) {
    const bool mine = observed.value.status.worker == identity_.name;
    if (mine && !state.stages.contains(name) && !running_.contains(name)) drop_report(name);
  }
}

void Worker::drop_report(const SubtaskName& name) {
  auto dropped = store_.commit({}, {{key_of(kObserved, name.first, name.second), std::nullopt, 0}});
  if (!dropped.ok()) {
    log::warn("report of a closed subtask stays in the store", {{"error", dropped.error().one_line()}});
  }
}

void Worker::look_at(const SubtaskName& name, const StageRecord& stage, const State& state, bool elsewhere) {
  if (!state.tasks.contains(name.first) || !state.sources.contains(name.second)) return;
  const auto it = running_.find(name);
  if (it == running_.end()) {
    const bool afresh = stage.arguments.remove_meta;
    if (!stage.run || (is_finished(state, name) && !afresh) || elsewhere) return;
    Running& running = create(name, stage, state);
    log::info("subtask starts", {{"task", name.first}, {"source", name.second}, {"worker", identity_.name}});
    act(running, [handle = running.handle, arguments = stage.arguments] { handle->start(arguments); });
    return;
  }
  Running& running = it->second;
  if (running.is_busy() || running.closing || running.request == stage.request) return;
  if (!stage.run) {
    running.request = stage.request;
    const auto bound = stage.bound_ms >= 0 ? std::chrono::milliseconds(stage.bound_ms) : config_.stop_bound;
    act(running, [handle = running.handle, bound] { handle->pause(bound, "stop was requested"); });
    return;
  }
  const model::Stage now = running.handle->status().stage;
  const bool settled = now != model::Stage::Running;
  const bool outdated = running.task_revision != revision_in(state, kTasks, name.first) ||
                        running.source_revision != revision_in(state, kSources, name.second);
  const bool afresh = settled && stage.arguments.remove_meta;
  const bool goes_on = now != model::Stage::Finished || state.tasks.at(name.first).value.syncs();
  if ((settled && outdated && goes_on) || afresh) {
    close(running, "made anew with the definitions of now");  // the next look creates it
    return;
  }
  running.request = stage.request;
  act(running, [handle = running.handle, arguments = stage.arguments] { handle->start(arguments); });
}

Worker::Running& Worker::create(const SubtaskName& name, const StageRecord& stage, const State& state) {
  const model::Task& task = state.tasks.at(name.first).value;
  const model::Source& source = state.sources.at(name.second).value;
  Running running;
  running.handle = services_.make_subtask(subtask_config(config_, identity_.name, task, source));
  running.request = stage.request;
  running.task_revision = revision_in(state, kTasks, name.first);
  running.source_revision = revision_in(state, kSources, name.second);
  running.handle->on_change(wake_);
  return running_.insert_or_assign(name, std::move(running)).first->second;
}

void Worker::report(const State& state) {
  const std::lock_guard lock(mutex_);
  for (auto& [name, running] : running_) {
    if (!running.closing) report_one(name, running, state);
  }
}

void Worker::report_one(const SubtaskName& name, Running& running, const State& state) {
  ObservedRecord observed;
  observed.status = running.handle->status();
  observed.request = running.is_busy() ? running.request - 1 : running.request;  // not obeyed yet
  consume_arguments(name, observed.status, state);
  const model::Json json = model::write_status(observed.status);
  const std::string text = model::to_text(json);
  if (text == running.reported) return;
  const auto stage_part = [](const model::SubtaskStatus& s) {
    return std::string(model::stage_name(s.stage)) + s.unit;
  };
  const auto known = state.observed.find(name);
  const bool same_stage = known != state.observed.end() &&
                          stage_part(known->second.value.status) == stage_part(observed.status) &&
                          known->second.value.status.errors.size() == observed.status.errors.size();
  observed.at_ms = now_ms();
  if (same_stage && observed.at_ms - running.reported_at_ms < kReportInterval) return;
  // Only while the subtask exists and is ours: a late report must not bring back what was removed.
  Change change(state);
  change.keep(key_of(kStages, name.first, name.second)).keep(key_of(kBindings, name.second));
  auto written =
      store_.commit(change.guards(), {{key_of(kObserved, name.first, name.second), encode_observed(observed), 0}});
  if (!written.ok()) {
    log::warn("report of a subtask cannot be stored",
              {{"task", name.first}, {"source", name.second}, {"error", written.error().one_line()}});
  } else if (*written) {
    running.reported = text;
    running.reported_at_ms = observed.at_ms;
  }
}

void Worker::consume_arguments(const SubtaskName& name, const model::SubtaskStatus& status, const State& state) {
  const auto it = state.stages.find(name);
  if (it == state.stages.end() || !it->second.value.run) return;
  StageRecord stage = it->second.value;
  const auto running = running_.find(name);
  if (running == running_.end() || running->second.request != stage.request || running->second.is_busy()) return;
  const bool at_work = status.stage == model::Stage::Finished ||
                       (status.stage == model::Stage::Running && (status.dump || status.load || status.sync));
  if (!at_work) return;
  // start_time and its like stay until the next request: what has been fulfilled is known where the checkpoint is.
  if (!std::exchange(stage.arguments.remove_meta, false)) return;
  Change change(state);
  change.put(key_of(kStages, name.first, name.second), encode_stage(stage));
  // A guard that fails means that a new request came in between; that one counts.
  (void)store_.commit(change.guards(), change.writes());
}

void Worker::close_all(std::chrono::milliseconds bound, const std::string& reason) {
  std::map<SubtaskName, Running> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(running_);
  }
  std::vector<std::future<void>> closing;
  for (auto& [name, running] : all) {
    closing.push_back(std::async(std::launch::async, [&entry = running, bound, &reason] {
      entry.handle->close(bound, reason);
      if (entry.busy.valid()) entry.busy.wait();
      entry.handle.reset();
    }));
  }
  for (auto& done : closing) done.wait();
}

std::optional<model::SubtaskStatus> Worker::status(const SubtaskName& name) const {
  std::shared_ptr<SubtaskHandle> handle;
  {
    const std::lock_guard lock(mutex_);
    const auto it = running_.find(name);
    if (it == running_.end()) return std::nullopt;
    handle = it->second.handle;
  }
  return handle->status();
}

bool Worker::holds_task(const std::string& task) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(running_.begin(), running_.end(), [&](const auto& item) { return item.first.first == task; });
}

bool Worker::holds_source(const std::string& source) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(running_.begin(), running_.end(), [&](const auto& item) { return item.first.second == source; });
}

}  // namespace sluice::cluster
