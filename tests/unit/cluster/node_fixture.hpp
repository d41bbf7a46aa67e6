#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/cluster/node.hpp"
#include "core/plugin/registry.hpp"
#include "core/plugin/secret_box.hpp"
#include "sluice/host/store.hpp"

namespace sluice::testing {

/// A store of the real plugin, loaded from the build folder. The libraries stay loaded.
inline std::shared_ptr<host::Store> open_store(const std::string& id = "memory", const std::string& config = "{}") {
  static plugin::Registry registry{plugin::HostServices{}};
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  if (!registry.find("store", id)) {
    const Status loaded = registry.load_file(std::string(SLUICE_BINARY_DIR) + "/plugins/sluice_store_" + id + ".so");
    if (!loaded) throw std::runtime_error(loaded.error().one_line());
  }
  auto store = registry.create_store(id, "test", config);
  if (!store.ok()) throw std::runtime_error(store.error().one_line());
  return *store;
}

template <typename Condition>
bool eventually(Condition condition, std::chrono::milliseconds bound = std::chrono::seconds(10)) {
  const auto deadline = std::chrono::steady_clock::now() + bound;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// What happened to the subtasks of a node, and what they report.
struct Recorder {
  std::mutex mutex;
  std::vector<std::string> events;  ///< "start task/source", "pause ...", "close ...", "remove ..."
  std::map<std::string, model::SubtaskStatus> statuses;
  std::function<Result<model::Json>(const task::Command&)> answer;  ///< to commands; empty = the subtask's name

  void note(const std::string& event) {
    const std::lock_guard lock(mutex);
    events.push_back(event);
  }
  size_t count(const std::string& event) {
    const std::lock_guard lock(mutex);
    return static_cast<size_t>(std::count(events.begin(), events.end(), event));
  }
};

/// A subtask without servers: moves through the stages and tells what it was asked.
class RecordedSubtask : public cluster::SubtaskHandle {
 public:
  RecordedSubtask(task::SubtaskConfig config, std::shared_ptr<Recorder> recorder)
      : name_(config.task.name + "/" + config.source.name), recorder_(std::move(recorder)) {
    status_.task = config.task.name;
    status_.source = config.source.name;
    status_.worker = config.worker_name;
    status_.unit = config.task.syncs() ? "sync" : "load";
  }
  void start(model::StartArguments arguments) override {
    recorder_->note("start " + name_ + (arguments.remove_meta ? " afresh" : ""));
    to(model::Stage::Running);
  }
  void pause(std::chrono::milliseconds /*bound*/, const std::string& /*reason*/) override {
    recorder_->note("pause " + name_);
    to(model::Stage::Paused);
  }
  void close(std::chrono::milliseconds /*bound*/, const std::string& /*reason*/) override {
    recorder_->note("close " + name_);
    to(model::Stage::Stopped);
  }
  void restore(model::SubtaskStatus former) override {
    const std::lock_guard lock(recorder_->mutex);
    status_ = std::move(former);
    status_.stage = model::Stage::Paused;
  }
  Result<model::Json> execute(const task::Command& command) override {
    recorder_->note(command.kind + " " + name_);
    if (recorder_->answer) return recorder_->answer(command);
    return model::Json(name_);
  }
  model::SubtaskStatus status() const override {
    const std::lock_guard lock(recorder_->mutex);
    const auto told = recorder_->statuses.find(name_);
    model::SubtaskStatus out = told == recorder_->statuses.end() ? status_ : told->second;
    if (told != recorder_->statuses.end() && status_.stage == model::Stage::Stopped) out.stage = status_.stage;
    return out;
  }
  void on_change(std::function<void()> callback) override { changed_ = std::move(callback); }

 private:
  void to(model::Stage stage) {
    {
      const std::lock_guard lock(recorder_->mutex);
      status_.stage = stage;
      if (stage == model::Stage::Running) status_.sync.emplace();
    }
    if (changed_) changed_();
  }
  const std::string name_;
  std::shared_ptr<Recorder> recorder_;
  model::SubtaskStatus status_;
  std::function<void()> changed_;
};

inline plugin::SecretBox test_secrets() {
  plugin::SecretBox::Key key{};
  key.fill(7);
  return plugin::SecretBox(key);
}

/// A node on a store; short intervals, so that tests need not wait.
struct NodeUnderTest {
  explicit NodeUnderTest(std::shared_ptr<host::Store> s = open_store(), const std::string& name = "node-1",
                         const std::string& address = "127.0.0.1:8262", plugin::Registry* plugins = nullptr,
                         int workers = 1, std::chrono::milliseconds transfer_bound = std::chrono::seconds(30))
      : store(std::move(s)) {
    config.name = name;
    config.worker_address = address;
    config.workers = workers;
    // Long enough that a machine under load does not lose it: a node that registers anew in a test surprises it.
    config.lease_ttl = std::chrono::seconds(30);
    config.reread_interval = std::chrono::milliseconds(200);
    config.stop_bound = std::chrono::milliseconds(1000);
    config.transfer_bound = transfer_bound;
    cluster::NodeServices services;
    services.store = store;
    services.secrets = &secrets;
    services.plugins = plugins;
    services.make_subtask = [r = recorder](task::SubtaskConfig c) -> std::unique_ptr<cluster::SubtaskHandle> {
      return std::make_unique<RecordedSubtask>(std::move(c), r);
    };
    services.remove_metadata = [r = recorder](const task::SubtaskConfig& c, const std::stop_token& /*stop*/) {
      r->note("remove " + c.task.name + "/" + c.source.name);
      return Status();
    };
    services.has_checkpoint = [this](const task::SubtaskConfig&, const std::stop_token&) {
      return Result<bool>(target_has_checkpoint);
    };
    node = std::make_unique<cluster::Node>(config, services);
  }

  std::shared_ptr<host::Store> store;
  std::shared_ptr<Recorder> recorder = std::make_shared<Recorder>();
  std::atomic<bool> target_has_checkpoint{false};
  plugin::SecretBox secrets = test_secrets();
  cluster::NodeConfig config;
  std::unique_ptr<cluster::Node> node;
};

inline model::Source make_source(const std::string& name) {
  model::Source out;
  out.name = name;
  out.endpoint = {"127.0.0.1", 3306, "root", "s3cret-up", std::nullopt};
  out.flavor = "mysql";
  return out;
}

inline model::Task make_task(const std::string& name, const std::vector<std::string>& sources,
                             const std::string& mode = "all") {
  model::Task out;
  out.name = name;
  out.task_mode = mode;
  out.target.endpoint = {"127.0.0.1", 3307, "root", "s3cret-down", std::nullopt};
  out.target.settings_json = R"({"host":"127.0.0.1","port":3307,"user":"root","password":"s3cret-down"})";
  for (const auto& source : sources) out.source_conf.push_back({source, "", 0, ""});
  return out;
}

/// All values in the store as one text.
inline std::string dump(host::Store& store) {
  std::string out;
  int64_t revision = 0;
  auto error = make_sized<sluice_error>();
  (void)store.range(
      "", false, revision,
      [&](const sluice_kv& kv) { out.append(view(kv.key)).append("=").append(view(kv.value)).append("\n"); }, error);
  return out;
}

}  // namespace sluice::testing
