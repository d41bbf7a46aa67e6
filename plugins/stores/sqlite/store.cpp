#include "store.hpp"

#include <string>
#include <utility>

#include "state.hpp"
#include "watch.hpp"

namespace sluice::sqlite_store {

std::vector<plugin::Setting> SqliteStore::settings() {
  return {plugin::Setting::string("file").required().help(
              "path of the state file; it is made when it is missing, and belongs to one process at a time"),
          plugin::Setting::integer("history")
              .fallback("10000")
              .range("1", "1000000000")
              .unit("revisions")
              .help("changes that are kept for watches that begin in the past")};
}

SqliteStore::SqliteStore(const plugin::Config& config)
    : state_(std::make_shared<State>(config.string("file"), config.integer("history", 10000))),
      log_(config),
      expiry_([this] { expire(); }) {}

SqliteStore::~SqliteStore() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
  }
  state_->changed.notify_all();
  expiry_.join();
}

void SqliteStore::expire() noexcept {
  constexpr auto kRetry = std::chrono::seconds(1);  // after a failed write, for instance on a full disk
  std::unique_lock lock(state_->mutex);
  while (!state_->closed) {
    auto next = State::Clock::now() + kRetry;
    try {
      next = state_->expire(State::Clock::now());
    } catch (const std::exception& error) {
      plugin::guard_silent([&] { log_.error("cannot end a lease that has expired", {{"reason", error.what()}}); });
    }
    if (next == State::Clock::time_point::max()) {
      state_->changed.wait(lock);
    } else {
      state_->changed.wait_until(lock, next);
    }
  }
}

int64_t SqliteStore::range(std::string_view prefix, bool exact, const Each& each) {
  std::vector<Record> found;  // collected first, so that `each` may call the store
  int64_t revision = 0;
  {
    const std::lock_guard lock(state_->mutex);
    revision = state_->revision();
    found = state_->range(prefix, exact);
  }
  for (const auto& record : found) each(record.kv());
  return revision;
}

plugin::TxnResult SqliteStore::txn(const plugin::Txn& txn) {
  const std::lock_guard lock(state_->mutex);
  return state_->txn(txn);
}

std::unique_ptr<plugin::StoreWatch> SqliteStore::watch(std::string_view prefix, int64_t from_revision,
                                                       plugin::Watcher watcher) {
  int64_t next = from_revision;
  if (next <= 0) {
    const std::lock_guard lock(state_->mutex);
    next = state_->revision() + 1;
  }
  return std::make_unique<Watch>(state_, prefix, next, watcher);
}

int64_t SqliteStore::lease_grant(std::chrono::milliseconds ttl) {
  const std::lock_guard lock(state_->mutex);
  return state_->lease_grant(ttl);
}

void SqliteStore::lease_keep_alive(int64_t lease) {
  const std::lock_guard lock(state_->mutex);
  state_->lease_keep_alive(lease);
}

void SqliteStore::lease_revoke(int64_t lease) {
  const std::lock_guard lock(state_->mutex);
  state_->lease_revoke(lease);
}

}  // namespace sluice::sqlite_store

SLUICE_EXPORT_PLUGIN(sluice::sqlite_store::SqliteStore)
