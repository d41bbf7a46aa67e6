#include "state.hpp"

#include <limits>
#include <random>
#include <set>

#include "sluice/common/text.hpp"

namespace sluice::sqlite_store {
namespace {

using plugin::Failure;

// Old history is removed in portions: once in this many revisions.
constexpr int64_t kForgetEvery = 256;

constexpr const char* kColumns = "SELECT key, value, create_revision, mod_revision, version, lease FROM kv ";

template <typename T>
bool compare(const T& left, int32_t result, const T& right) {
  switch (result) {
    case SLUICE_EQUAL: return left == right;
    case SLUICE_GREATER: return left > right;
    case SLUICE_LESS: return left < right;
    case SLUICE_NOT_EQUAL: return left != right;
    default: throw Failure("a comparison asks for the unknown result " + std::to_string(result));
  }
}

bool starts_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

/// The smallest text above all that start with `prefix`; empty when there is none.
std::string end_of(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xffU) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1U);
  return end;
}

/// As etcd: a transaction that touches one key twice is refused.
void check_ops(std::span<const sluice_store_op> ops) {
  std::set<std::string_view> keys;
  for (const auto& op : ops) {
    if (op.op < SLUICE_OP_PUT || op.op > SLUICE_OP_DELETE_PREFIX) {
      throw Failure("a transaction asks for the unknown operation " + std::to_string(op.op));
    }
    if (op.op == SLUICE_OP_DELETE_PREFIX) continue;
    if (op.key.len == 0) throw Failure("a transaction names an empty key");
    if (!keys.insert(view(op.key)).second) {
      throw Failure("a transaction names the key `" + std::string(view(op.key)) + "` twice");
    }
  }
  for (const auto& op : ops) {
    if (op.op != SLUICE_OP_DELETE_PREFIX) continue;
    const auto covered = keys.lower_bound(view(op.key));
    if (covered != keys.end() && starts_with(*covered, view(op.key))) {
      throw Failure("a transaction names the key `" + std::string(*covered) + "` and deletes a prefix of it");
    }
  }
}

Failure no_lease(int64_t lease) { return Failure("lease " + std::to_string(lease) + " does not exist or has expired"); }

Record record_of(const Statement& row) {
  return {false, row.bytes(0), row.bytes(1), row.number(2), row.number(3), row.number(4), row.number(5)};
}

}  // namespace

State::Statements::Statements(sqlite3* db)
    : get(db, (std::string(kColumns) + "WHERE key = ?").c_str()),
      scan(db, (std::string(kColumns) + "WHERE key >= ? AND key < ? ORDER BY key").c_str()),
      scan_open(db, (std::string(kColumns) + "WHERE key >= ? ORDER BY key").c_str()),
      put(db, "INSERT OR REPLACE INTO kv VALUES (?, ?, ?, ?, ?, ?)"),
      remove(db, "DELETE FROM kv WHERE key = ?"),
      remember(db, "INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
      set_revision(db, "UPDATE meta SET revision = ?"),
      history(db,
              "SELECT key, value, create_revision, revision, version, lease, deleted FROM history "
              "WHERE revision BETWEEN ? AND ? ORDER BY revision, number"),
      forget(db, "DELETE FROM history WHERE revision <= ?"),
      set_compacted(db, "UPDATE meta SET compacted = ?"),
      grant(db, "INSERT INTO leases VALUES (?, ?)"),
      revoke(db, "DELETE FROM leases WHERE id = ?"),
      lease_keys(db, "SELECT key FROM kv WHERE lease = ? AND lease <> 0 ORDER BY key") {}

/// One transaction: all of its changes get the next revision. Nothing has happened until commit.
class State::Change {
 public:
  explicit Change(State& state) : state_(state), transaction_(state.database_), at_(state.revision_ + 1) {}

  void put(std::string_view key, std::string_view value, int64_t lease) {
    Record old;
    const bool known = state_.find(key, &old);
    const int64_t created = known ? old.create_revision : at_;
    const int64_t version = known ? old.version + 1 : 1;
    state_.sql_.put.bind(key, value, created, at_, version, lease).run();
    remember(false, key, value, created, version, lease);
  }

  void remove(std::string_view key) {
    Record old;
    if (!state_.find(key, &old)) return;
    state_.sql_.remove.bind(key).run();
    remember(true, key, {}, 0, 0, 0);
  }

  void commit() {
    int64_t forgotten = state_.compacted_;
    if (number_ > 0) {
      state_.sql_.set_revision.bind(at_).run();
      if (at_ - state_.history_limit_ >= forgotten + kForgetEvery) {
        forgotten = at_ - state_.history_limit_;
        state_.sql_.forget.bind(forgotten).run();
        state_.sql_.set_compacted.bind(forgotten).run();
      }
    }
    transaction_.commit();
    if (number_ == 0) return;
    state_.revision_ = at_;
    state_.compacted_ = forgotten;
    state_.changed.notify_all();
  }

 private:
  void remember(bool deleted, std::string_view key, std::string_view value, int64_t created, int64_t version,
                int64_t lease) {
    state_.sql_.remember.bind(at_, number_++, int64_t{deleted}, key, value, created, version, lease).run();
  }

  State& state_;
  Transaction transaction_;
  const int64_t at_;
  int64_t number_ = 0;  // changes so far
};

State::State(const std::filesystem::path& file, int64_t history_limit)
    : database_(file), sql_(database_.handle()), history_limit_(history_limit) {
  Statement meta(database_.handle(), "SELECT revision, compacted FROM meta");
  if (meta.step()) {
    revision_ = meta.number(0);
    compacted_ = meta.number(1);
  }
  Statement leases(database_.handle(), "SELECT id, ttl_ms FROM leases");
  while (leases.step()) {
    const std::chrono::milliseconds ttl(leases.number(1));
    leases_[leases.number(0)] = {ttl, Clock::now() + ttl};
  }
}

bool State::find(std::string_view key, Record* out) {
  if (!sql_.get.bind(key).step()) return false;
  *out = record_of(sql_.get);
  sql_.get.reset();
  return true;
}

std::vector<Record> State::range(std::string_view prefix, bool exact) {
  std::vector<Record> found;
  if (exact) {
    if (Record one; find(prefix, &one)) found.push_back(std::move(one));
    return found;
  }
  const std::string end = end_of(prefix);
  Statement& scan = end.empty() ? sql_.scan_open.bind(prefix) : sql_.scan.bind(prefix, std::string_view(end));
  while (scan.step()) found.push_back(record_of(scan));
  return found;
}

bool State::holds(const sluice_compare& c) {
  Record record;
  const bool found = find(view(c.key), &record);
  switch (c.target) {
    case SLUICE_COMPARE_VERSION: return compare(record.version, c.result, c.number);
    case SLUICE_COMPARE_CREATE: return compare(record.create_revision, c.result, c.number);
    case SLUICE_COMPARE_MOD: return compare(record.mod_revision, c.result, c.number);
    case SLUICE_COMPARE_VALUE: return found && compare(std::string_view(record.value), c.result, view(c.value));
    default: throw Failure("a comparison looks at the unknown target " + std::to_string(c.target));
  }
}

void State::require_leases(std::span<const sluice_store_op> ops) const {
  for (const auto& op : ops) {
    if (op.op == SLUICE_OP_PUT && op.lease != 0 && leases_.count(op.lease) == 0) throw no_lease(op.lease);
  }
}

void State::run(std::span<const sluice_store_op> ops, Change& change) {
  for (const auto& op : ops) {
    if (op.op == SLUICE_OP_PUT) {
      change.put(view(op.key), view(op.value), op.lease);
    } else if (op.op == SLUICE_OP_DELETE) {
      change.remove(view(op.key));
    } else {
      for (const auto& record : range(view(op.key), false)) change.remove(record.key);
    }
  }
}

plugin::TxnResult State::txn(const plugin::Txn& txn) {
  check_ops(txn.then_ops);
  check_ops(txn.else_ops);
  bool succeeded = true;
  for (const auto& c : txn.compares) succeeded = holds(c) && succeeded;
  const auto ops = succeeded ? txn.then_ops : txn.else_ops;
  require_leases(ops);
  if (!ops.empty()) {
    Change change(*this);
    run(ops, change);
    change.commit();
  }
  return {succeeded, revision_};
}

std::vector<Record> State::changes(std::string_view prefix, int64_t first, int64_t last) {
  std::vector<Record> found;
  Statement& history = sql_.history.bind(first, last);
  while (history.step()) {
    Record record = record_of(history);
    record.deleted = history.number(6) != 0;
    if (starts_with(record.key, prefix)) found.push_back(std::move(record));
  }
  return found;
}

int64_t State::lease_grant(std::chrono::milliseconds ttl) {
  if (ttl.count() <= 0) throw Failure("a lease needs a time to live above 0 ms");
  // Random, so that a lease of an earlier life of the file is never taken for one of this.
  static thread_local std::mt19937_64 random{std::random_device{}()};
  std::uniform_int_distribution<int64_t> pick(1, std::numeric_limits<int64_t>::max());
  int64_t id = pick(random);
  while (leases_.count(id) != 0) id = pick(random);
  sql_.grant.bind(id, int64_t{ttl.count()}).run();
  leases_[id] = {ttl, Clock::now() + ttl};
  changed.notify_all();
  return id;
}

void State::lease_keep_alive(int64_t lease) {
  const auto it = leases_.find(lease);
  if (it == leases_.end()) throw no_lease(lease);
  it->second.deadline = Clock::now() + it->second.ttl;
}

void State::lease_revoke(int64_t lease) {
  if (leases_.count(lease) == 0) throw no_lease(lease);
  std::vector<std::string> keys;
  Statement& rows = sql_.lease_keys.bind(lease);
  while (rows.step()) keys.push_back(rows.bytes(0));
  Change change(*this);
  for (const auto& key : keys) change.remove(key);
  sql_.revoke.bind(lease).run();
  change.commit();
  leases_.erase(lease);
}

State::Clock::time_point State::expire(Clock::time_point now) {
  auto next = Clock::time_point::max();
  for (auto it = leases_.begin(); it != leases_.end();) {
    const auto [id, lease] = *it++;
    if (lease.deadline <= now) {
      lease_revoke(id);
    } else {
      next = std::min(next, lease.deadline);
    }
  }
  return next;
}

}  // namespace sluice::sqlite_store
