#include "core/task/unit_chain.hpp"

#include <algorithm>
#include <utility>

#include "core/plugin/errors.hpp"
#include "core/plugin/metrics.hpp"
#include "core/plugin/registry.hpp"
#include "core/task/sink_factory.hpp"
#include "core/task/store_checkpoints.hpp"
#include "core/task/task_check.hpp"
#include "core/units/dump/dump_unit.hpp"
#include "core/units/load/full_unit.hpp"
#include "core/units/loader/loader_unit.hpp"
#include "core/units/memory_budget.hpp"
#include "core/units/sink_session.hpp"
#include "core/units/sync/sync_unit.hpp"
#include "sluice/host/sink.hpp"

namespace sluice::task {
namespace {

std::string text(sluice_str s) { return s.len == 0 ? std::string() : std::string(s.data, s.len); }

constexpr uint64_t kOwnMemory = 256ULL << 20;

}  // namespace

std::shared_ptr<units::MemoryBudget> make_memory_budget(uint64_t limit) {
  return std::make_shared<units::MemoryBudget>(limit);
}

class UnitChain::Impl {
 public:
  SubtaskConfig config;
  model::StartArguments arguments;
  std::shared_ptr<host::Sink> sink;
  std::shared_ptr<rules::FilterChain> filters;
  std::unique_ptr<units::Checkpoints> checkpoints;
  std::shared_ptr<units::MemoryBudget> memory;
  plugin::Metrics* metrics = nullptr;
  uint32_t capability_flags = 0;
  std::string flavor;

  Status prepare(const SubtaskServices& services, SinkCancel& cancel);
  Result<bool> loaded();
  std::unique_ptr<units::Unit> make_full();
  std::unique_ptr<units::Unit> make_loader();
  std::unique_ptr<units::Unit> make_sync();

  bool full_made = false;
  bool sync_made = false;
};

void SinkCancel::set(std::shared_ptr<host::Sink> sink) {
  const std::lock_guard lock(mutex_);
  sink_ = std::move(sink);
  if (cancelled_ && sink_) sink_->cancel();
}

void SinkCancel::cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (sink_) sink_->cancel();
}

Status UnitChain::Impl::prepare(const SubtaskServices& services, SinkCancel& cancel) {
  auto made = make_sink(config, services);
  if (!made.ok()) return made.status();
  sink = std::move(made.value());
  cancel.set(sink);
  sluice_sink_capabilities capabilities{};
  sluice_error error = plugin::empty_error();
  if (sink->capabilities(capabilities, error) != SLUICE_OK) return plugin::to_error(error);
  capability_flags = capabilities.flags;
  flavor = text(capabilities.flavor);
  auto filtered = make_filters(config, services);
  if (!filtered.ok()) return filtered.status();
  filters = std::move(filtered.value());
  checkpoints = make_checkpoints(config, services, sink);
  if (services.plugins != nullptr) metrics = &services.plugins->metrics();
  memory = services.memory ? services.memory : make_memory_budget(kOwnMemory);
  return {};
}

// The load writes the global checkpoint row last: where there is one, there is nothing left to load.
Result<bool> UnitChain::Impl::loaded() {
  auto rows = checkpoints->read();
  if (!rows.ok()) return rows.status();
  return std::any_of(rows.value().begin(), rows.value().end(),
                     [](const units::CheckpointRow& row) { return row.is_global && !row.location.empty(); });
}

std::unique_ptr<units::Unit> UnitChain::Impl::make_full() {
  full_made = true;
  units::load::FullUnitOptions options;
  options.task = config.task;
  options.source = config.source;
  options.sink = sink;
  options.checkpoints = checkpoints.get();
  return std::make_unique<units::load::FullUnit>(std::move(options));
}

std::unique_ptr<units::Unit> UnitChain::Impl::make_loader() {
  full_made = true;
  units::loader::LoaderUnitOptions options;
  options.task = config.task;
  options.source = config.source;
  options.sink = sink;
  options.checkpoints = checkpoints.get();
  return std::make_unique<units::loader::LoaderUnit>(std::move(options));
}

std::unique_ptr<units::Unit> UnitChain::Impl::make_sync() {
  sync_made = true;
  units::sync::SyncOptions options;
  options.task = config.task;
  options.source = config.source;
  options.arguments = arguments;
  options.sink = sink;
  options.filters = filters;
  options.checkpoints = checkpoints.get();
  options.metrics = metrics;
  options.worker = config.worker_name;
  options.transactional = (capability_flags & SLUICE_SINK_TRANSACTIONS) != 0;
  options.sink_ddl = (capability_flags & SLUICE_SINK_DDL) != 0;
  options.target_mariadb = flavor != "mysql";
  options.memory = memory;
  return std::make_unique<units::sync::SyncUnit>(std::move(options));
}

UnitChain::UnitChain(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
UnitChain::~UnitChain() = default;

Result<std::unique_ptr<UnitChain>> UnitChain::open(const SubtaskConfig& config, const SubtaskServices& services,
                                                   const model::StartArguments& arguments, SinkCancel& cancel) {
  if (arguments.remove_meta) {
    if (Status status = remove_metadata(config, services, cancel); !status.ok()) return status;
  }
  auto impl = std::make_unique<Impl>();
  impl->config = config;
  impl->arguments = arguments;
  if (Status status = impl->prepare(services, cancel); !status.ok()) return status;
  return std::unique_ptr<UnitChain>(new UnitChain(std::move(impl)));
}

Result<std::unique_ptr<units::Unit>> UnitChain::next() {
  const model::Task& task = impl_->config.task;
  if (task.task_mode == "dump") {
    if (impl_->full_made) return std::unique_ptr<units::Unit>();
    impl_->full_made = true;
    return std::unique_ptr<units::Unit>(
        std::make_unique<units::dump::DumpUnit>(units::dump::DumpUnitOptions{task, impl_->config.source}));
  }
  if (task.task_mode == "load") {
    if (impl_->full_made) return std::unique_ptr<units::Unit>();
    return impl_->make_loader();
  }
  if (task.task_mode != "incremental" && !impl_->full_made) {
    auto loaded = impl_->loaded();
    if (!loaded.ok()) return loaded.status();
    if (!loaded.value()) return impl_->make_full();
  }
  if (!task.syncs() || impl_->sync_made) return std::unique_ptr<units::Unit>();
  return impl_->make_sync();
}

Result<bool> has_checkpoint(const SubtaskConfig& config, const SubtaskServices& services, const std::stop_token& stop) {
  SinkCancel cancel;
  const std::stop_callback cut(stop, [&] { cancel.cancel(); });
  auto sink = make_sink(config, services);
  if (!sink.ok()) return sink.status();
  cancel.set(sink.value());
  const auto checkpoints = make_checkpoints(config, services, sink.value());
  auto rows = checkpoints->read();
  if (!rows.ok()) return rows.status();
  return std::any_of(rows.value().begin(), rows.value().end(),
                     [](const units::CheckpointRow& row) { return row.is_global && !row.location.empty(); });
}

Status remove_metadata(const SubtaskConfig& config, const SubtaskServices& services, const std::stop_token& stop) {
  SinkCancel cancel;
  const std::stop_callback cut(stop, [&] { cancel.cancel(); });
  return remove_metadata(config, services, cancel);
}

Status remove_metadata(const SubtaskConfig& config, const SubtaskServices& services, SinkCancel& cancel) {
  if (services.store) {
    if (Status status = StoreCheckpoints::remove_all(*services.store, config.task.name); !status.ok()) return status;
  }
  auto sink = make_sink(config, services);
  if (!sink.ok()) return sink.status();
  if (!sink.value()->has_checkpoint()) return {};
  cancel.set(sink.value());
  units::SinkSession session(std::move(sink.value()));
  return session.drop_metadata();
}

}  // namespace sluice::task
