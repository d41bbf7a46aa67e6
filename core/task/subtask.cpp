#include "core/task/subtask.hpp"

#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "core/model/definitions.hpp"
#include "core/plugin/log.hpp"
#include "core/task/backoff.hpp"
#include "core/task/resumable.hpp"
#include "core/task/subtask_commands.hpp"
#include "core/task/subtask_metrics.hpp"
#include "core/task/unit_chain.hpp"
#include "sluice/host/sink.hpp"

namespace sluice::task {

using model::Stage;
using Clock = std::chrono::steady_clock;

class Subtask::Impl {
 public:
  Impl(SubtaskConfig config, SubtaskServices services) : config_(std::move(config)), services_(std::move(services)) {}

  void start(model::StartArguments arguments);
  void end(std::chrono::milliseconds bound, const std::string& reason, Stage target);
  model::SubtaskStatus status() const;
  void restore(model::SubtaskStatus former);
  Result<model::Json> execute(const Command& command);

  std::function<void()> changed;

 private:
  void run(std::stop_token stop, model::StartArguments arguments);
  Status run_units(std::stop_token stop, model::StartArguments& arguments);
  Status run_unit(std::unique_ptr<units::Unit> unit, std::stop_token stop);
  void set_stage(std::unique_lock<std::mutex>& lock, Stage stage, const std::string& reason);
  bool wait_ended(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds bound);
  Result<model::Json> run_paused(const Command& command, const CommandKind& kind);
  Result<model::Json> run_beside(const Command& command, const CommandKind& kind);
  void cancel_command();
  void cancel_looks();

  const SubtaskConfig config_;
  const SubtaskServices services_;
  const SubtaskMetrics metrics_{config_, services_};

  std::timed_mutex operations_;  // one operation at a time
  mutable std::mutex mutex_;
  std::condition_variable_any cv_;
  Stage stage_ = Stage::New;
  std::string unit_name_;
  std::shared_ptr<units::Unit> unit_;   // in work
  std::shared_ptr<SinkCancel> cancel_;  // of the run in work: the target may hang before there is a unit
  std::vector<Error> errors_;           // of the last run; kept until the next successful start
  model::SubtaskStatus last_;           // what the last unit reported, shown while paused
  Clock::time_point last_at_;           // when that was
  Stage end_stage_ = Stage::Paused;
  bool thread_done_ = true;
  bool held_ = false;  // a command needs the subtask to stay paused
  bool cut_off_ = false;
  std::weak_ptr<host::Sink> command_sink_;
  upstream::Canceller command_source_;             // of the exclusive command in work
  std::list<upstream::Canceller> other_commands_;  // of those that run beside everything else
  std::jthread thread_;
};

void Subtask::Impl::set_stage(std::unique_lock<std::mutex>& lock, Stage stage, const std::string& reason) {
  log::info("subtask stage changed", {{"task", config_.task.name},
                                      {"source", config_.source.name},
                                      {"from", model::stage_name(stage_)},
                                      {"to", model::stage_name(stage)},
                                      {"unit", unit_name_},
                                      {"reason", reason}});
  stage_ = stage;
  cv_.notify_all();
  lock.unlock();
  if (changed) changed();
  lock.lock();
}

void Subtask::Impl::start(model::StartArguments arguments) {
  const std::lock_guard serial(operations_);
  {
    std::unique_lock lock(mutex_);
    // Following ends only where a start request said so; another request may go on from there.
    const bool finished = stage_ == Stage::Finished && !config_.task.syncs();
    if (!thread_done_ || finished) {
      // Paused by an error and about to resume by itself: resume now.
      if (stage_ == Stage::Paused && !thread_done_) {
        thread_.request_stop();
        lock.unlock();
        thread_.join();
        lock.lock();
      } else {
        return;
      }
    }
    thread_done_ = false;
    end_stage_ = Stage::Paused;
    set_stage(lock, stage_ == Stage::Paused ? Stage::Resuming : Stage::New, "start requested");
  }
  if (thread_.joinable()) thread_.join();
  thread_ = std::jthread([this, args = std::move(arguments)](std::stop_token stop) { run(std::move(stop), args); });
}

bool Subtask::Impl::wait_ended(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds bound) {
  return cv_.wait_for(lock, bound, [&] { return thread_done_; });
}

void Subtask::Impl::end(std::chrono::milliseconds bound, const std::string& reason, Stage target) {
  if (target == Stage::Stopped) cancel_looks();
  std::unique_lock serial(operations_, std::defer_lock);
  // By the wall clock: the thread sanitizer does not see locks that are taken by the steady one.
  if (!serial.try_lock_until(std::chrono::system_clock::now() + bound)) {
    cancel_command();
    serial.lock();
  }
  {
    std::unique_lock lock(mutex_);
    if (thread_done_) {
      const bool settled =
          stage_ == target || stage_ == Stage::Finished || (target == Stage::Paused && stage_ == Stage::New);
      if (!settled) set_stage(lock, target, reason);
      return;
    }
    end_stage_ = target;
    if (stage_ == Stage::Running) set_stage(lock, target == Stage::Stopped ? Stage::Stopping : Stage::Pausing, reason);
  }
  thread_.request_stop();
  {
    std::unique_lock lock(mutex_);
    if (!wait_ended(lock, bound)) {
      metrics_.cut_off();
      log::warn(
          "subtask did not end in time and is cut off",
          {{"task", config_.task.name}, {"source", config_.source.name}, {"bound_ms", std::to_string(bound.count())}});
      const auto unit = unit_;
      const auto cancel = cancel_;
      lock.unlock();
      if (unit) unit->cancel();
      if (cancel) cancel->cancel();
      lock.lock();
      cv_.wait(lock, [&] { return thread_done_; });
    }
  }
  thread_.join();
  std::unique_lock lock(mutex_);
  if (stage_ != Stage::Finished && stage_ != target) set_stage(lock, target, reason);
}

Status Subtask::Impl::run_unit(std::unique_ptr<units::Unit> made, std::stop_token stop) {
  const std::shared_ptr<units::Unit> unit = std::move(made);
  {
    std::unique_lock lock(mutex_);
    unit_ = unit;
    unit_name_ = unit->name();
    last_ = {};
    set_stage(lock, Stage::Running, std::string("unit ") + unit->name() + " begins");
  }
  Status status = unit->run(std::move(stop));
  std::unique_lock lock(mutex_);
  unit->fill_status(last_);
  last_at_ = Clock::now();
  unit_.reset();
  return status;
}

Status Subtask::Impl::run_units(std::stop_token stop, model::StartArguments& arguments) {
  const auto cancel = std::make_shared<SinkCancel>();
  {
    const std::lock_guard lock(mutex_);
    cancel_ = cancel;
  }
  auto chain = UnitChain::open(config_, services_, arguments, *cancel);
  if (!chain.ok()) return chain.status();
  arguments.remove_meta = false;  // done; what else the request asked for holds for a resume too, see StartArguments
  while (!stop.stop_requested()) {
    auto unit = chain.value()->next();
    if (!unit.ok()) return unit.status();
    if (unit.value() == nullptr) return {};
    if (Status status = run_unit(std::move(unit.value()), stop); !status.ok()) return status;
  }
  return {};
}

void Subtask::Impl::run(std::stop_token stop, model::StartArguments arguments) {
  Backoff backoff;
  std::mt19937_64 random(std::random_device{}());
  metrics_.begin();
  while (true) {
    const auto began = Clock::now();
    {
      std::unique_lock lock(mutex_);
      set_stage(lock, Stage::Running, "running");
    }
    Status status = run_units(stop, arguments);
    std::unique_lock lock(mutex_);
    if (stop.stop_requested()) {
      const bool came_further = last_.load || (last_.sync && (last_.sync->synced || last_.sync->applied > 0));
      if (status.ok() && came_further) errors_.clear();  // it had got over them when it was asked to end
      if (!status.ok()) {
        log::warn("subtask ended with an error while stopping",
                  {{"task", config_.task.name}, {"source", config_.source.name}, {"error", status.error().one_line()}});
      }
      thread_done_ = true;
      set_stage(lock, end_stage_, "ended on request");
      return;
    }
    if (status.ok()) {
      errors_.clear();
      thread_done_ = true;
      set_stage(lock, Stage::Finished, "last unit done");
      return;
    }
    Error error = std::move(status.error());
    if (error.source.empty()) error.source = config_.source.name;
    const bool again = resumable(error);
    metrics_.failed(unit_name_.empty() ? model::first_unit(config_.task) : unit_name_, again);
    log::error("subtask failed", {{"task", config_.task.name},
                                  {"source", config_.source.name},
                                  {"resumable", again ? "true" : "false"},
                                  {"error", error.one_line()}});
    errors_ = {error};
    if (!again) {
      thread_done_ = true;
      set_stage(lock, Stage::Paused, "error that needs someone to act");
      return;
    }
    const auto pause =
        backoff.next(std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began), random());
    set_stage(lock, Stage::Paused, "error; resumes by itself in " + std::to_string(pause.count()) + " ms");
    cv_.wait_for(lock, stop, pause, [] { return false; });
    cv_.wait(lock, stop, [&] { return !held_; });
    if (stop.stop_requested()) {
      thread_done_ = true;
      set_stage(lock, end_stage_, "ended on request");
      return;
    }
    set_stage(lock, Stage::Resuming, "automatic resume");
  }
}

void Subtask::Impl::restore(model::SubtaskStatus former) {
  const std::lock_guard lock(mutex_);
  stage_ = Stage::Paused;
  unit_name_ = former.unit;
  errors_ = former.errors;
  last_ = std::move(former);
  last_at_ = Clock::now();
}

// Operations that come meanwhile may want to end it: calls of the servers are what it can hang in.
void Subtask::Impl::cancel_command() {
  const std::lock_guard lock(mutex_);
  cut_off_ = true;
  command_source_.cancel();
  if (const auto sink = command_sink_.lock()) sink->cancel();
}

// Whoever closes the subtask waits for nobody's look at the source.
void Subtask::Impl::cancel_looks() {
  const std::lock_guard lock(mutex_);
  command_source_.cancel();
  for (const upstream::Canceller& command : other_commands_) command.cancel();
}

Result<model::Json> Subtask::Impl::run_paused(const Command& command, const CommandKind& kind) {
  const upstream::Canceller source;
  const std::lock_guard serial(operations_);
  if (Status allowed = check_stage(kind, status()); !allowed) return allowed;
  {
    const std::lock_guard lock(mutex_);
    // It may have begun to resume by itself since.
    if (stage_ != Stage::Paused) {
      model::SubtaskStatus now;
      now.task = config_.task.name;
      now.stage = stage_;
      return check_stage(kind, now);
    }
    held_ = true;
    cut_off_ = false;
    command_source_ = source;
  }
  const auto opened = [this](const std::shared_ptr<host::Sink>& sink) {
    const std::lock_guard lock(mutex_);
    command_sink_ = sink;
    if (cut_off_) sink->cancel();
  };
  const auto handlings = [this](std::vector<model::ErrorHandling> all) {
    const std::lock_guard lock(mutex_);
    if (!last_.sync) last_.sync.emplace();
    last_.sync->error_handlings = std::move(all);
  };
  auto outcome = run_command(command, {config_, services_, status(), opened, handlings, source});
  const std::lock_guard lock(mutex_);
  held_ = false;
  command_sink_.reset();
  cv_.notify_all();
  return outcome;
}

Result<model::Json> Subtask::Impl::run_beside(const Command& command, const CommandKind& kind) {
  std::unique_lock lock(mutex_);
  const auto mine = other_commands_.insert(other_commands_.end(), upstream::Canceller());
  const upstream::Canceller source = *mine;
  lock.unlock();
  // Looked at from now on: whoever closes it later finds the command.
  const Status allowed = check_stage(kind, status());
  Result<model::Json> outcome =
      allowed.ok() ? run_command(command, {config_, services_, status(), [](const std::shared_ptr<host::Sink>&) {},
                                           [](const std::vector<model::ErrorHandling>&) {}, source})
                   : Result<model::Json>(allowed);
  lock.lock();
  other_commands_.erase(mine);
  return outcome;
}

Result<model::Json> Subtask::Impl::execute(const Command& command) {
  auto kind = find_command(command.kind);
  if (!kind.ok()) return kind.status();
  if (kind->exclusive) return run_paused(command, *kind);
  return run_beside(command, *kind);
}

model::SubtaskStatus Subtask::Impl::status() const {
  std::unique_lock lock(mutex_);
  model::SubtaskStatus out = unit_ ? model::SubtaskStatus{} : last_;
  const Clock::time_point last_at = last_at_;
  out.task = config_.task.name;
  out.source = config_.source.name;
  out.worker = config_.worker_name;
  out.stage = stage_;
  out.unit = unit_name_.empty() ? model::first_unit(config_.task) : unit_name_;
  // What made it pause; a subtask that runs again has got over it (the log has it still).
  if (stage_ != Stage::Running) out.errors = errors_;
  const std::shared_ptr<units::Unit> unit = unit_;
  lock.unlock();
  if (unit) unit->fill_status(out);
  // Nobody asks the source any more: what it said last grows old, and whether all of it is here is not known.
  if (out.sync && out.stage != Stage::Running && out.stage != Stage::Finished) {
    out.sync->synced = false;
    out.sync->lag_ms.reset();
    if (!unit && out.sync->master_age_seconds) {
      *out.sync->master_age_seconds += std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - last_at).count();
    }
  }
  return out;
}

Subtask::Subtask(SubtaskConfig config, SubtaskServices services)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(services))) {}

Subtask::~Subtask() { impl_->end(std::chrono::seconds(10), "object is going away", Stage::Stopped); }

void Subtask::start(model::StartArguments arguments) { impl_->start(std::move(arguments)); }

void Subtask::pause(std::chrono::milliseconds bound, const std::string& reason) {
  impl_->end(bound, reason, Stage::Paused);
}

void Subtask::close(std::chrono::milliseconds bound, const std::string& reason) {
  impl_->end(bound, reason, Stage::Stopped);
}

void Subtask::restore(model::SubtaskStatus former) { impl_->restore(std::move(former)); }

Result<model::Json> Subtask::execute(const Command& command) { return impl_->execute(command); }

model::SubtaskStatus Subtask::status() const { return impl_->status(); }

void Subtask::on_change(std::function<void()> callback) { impl_->changed = std::move(callback); }

}  // namespace sluice::task
