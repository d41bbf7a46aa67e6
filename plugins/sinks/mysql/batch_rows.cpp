#include "batch_rows.hpp"

#include <algorithm>

#include "sluice/plugin/failure.hpp"

namespace sluice::mysql {
namespace {

using plugin::Failure;

/// Longer OR lists cost the optimizer of the target more than they save.
constexpr size_t kMaxDeleteRows = 200;

/// Array binding costs up to two more round trips for a batch; fewer updates go faster as text.
constexpr size_t kMinBulkUpdates = 16;

/// Rows of one target table, in order. Two tables of a batch may be one at the target (merged shards, or a table
/// before and after a DDL): these must not be reordered by different plans.
struct Bucket {
  const TablePlan* plan = nullptr;
  bool mixed = false;
  std::vector<const sluice_row*> rows;
};

void check_row(const sluice_row& row, size_t tables) {
  const bool before = row.kind == SLUICE_INSERT || row.before != nullptr;
  const bool after = row.kind == SLUICE_DELETE || row.after != nullptr;
  if (row.table >= tables || !before || !after || row.kind < SLUICE_INSERT || row.kind > SLUICE_DELETE) {
    throw Failure("a row change of the batch is malformed (kind " + std::to_string(row.kind) + ", table " +
                  std::to_string(row.table) + ")");
  }
}

}  // namespace

BatchRows::BatchRows(Pipeline& pipeline, BulkUpdates& bulk, const std::vector<const TablePlan*>& plans,
                     RowOptions options)
    : pipeline_(pipeline), bulk_(bulk), plans_(plans), options_(options) {}

void BatchRows::write(const plugin::Batch& batch) {
  std::map<std::string_view, size_t> by_name;
  std::vector<Bucket> buckets;
  std::vector<size_t> bucket_of;
  for (const TablePlan* plan : plans_) {
    const auto [at, fresh] = by_name.emplace(plan->name, buckets.size());
    if (fresh)
      buckets.push_back({plan, false, {}});
    else
      buckets[at->second].mixed = true;
    bucket_of.push_back(at->second);
  }
  for (const sluice_row& row : batch.rows()) {
    check_row(row, plans_.size());
    if (options_.keep_order)
      serial(*plans_[row.table], row);
    else
      buckets[bucket_of[row.table]].rows.push_back(&row);
  }
  for (const Bucket& bucket : buckets) {
    if (!bucket.mixed && bucket.plan->exact_key) {
      merged(*bucket.plan, bucket.rows);
      continue;
    }
    for (const sluice_row* row : bucket.rows) serial(*plans_[row->table], *row);
  }
  send_updates();
}

void BatchRows::serial(const TablePlan& plan, const sluice_row& row) {
  if (options_.safe_mode) return serial_safe(plan, row);
  switch (row.kind) {
    case SLUICE_INSERT: return insert(plan, row.after, false);
    case SLUICE_UPDATE: return update(plan, row.before, row.after);
    default: return remove(plan, row.before);
  }
}

void BatchRows::serial_safe(const TablePlan& plan, const sluice_row& row) {
  if (row.kind == SLUICE_DELETE) return remove(plan, row.before);
  // REPLACE finds the old row only where no unique key has changed.
  if (row.kind == SLUICE_UPDATE && changes_key(plan, row)) {
    if (options_.keep_order) {
      throw Failure(36068, "sync-unit", "internal", "high",
                    "an update of " + plan.name +
                        " changes a key in safe mode, which cannot be written safely "
                        "while foreign_key_checks is \"1\"")
          .workaround("set foreign_key_checks to \"0\" for the session, or wait until safe mode has ended");
    }
    remove(plan, row.before);
  }
  insert(plan, row.after, true);
}

bool BatchRows::changes_key(const TablePlan& plan, const sluice_row& row) const {
  if (plan.keys.empty()) return true;  // without a key REPLACE is an INSERT: the old row has to go
  return std::any_of(plan.keys.begin(), plan.keys.end(), [&](const KeyPlan& key) {
    return std::any_of(key.columns.begin(), key.columns.end(),
                       [&](uint32_t i) { return !same_value(row.before[i], row.after[i]); });
  });
}

void BatchRows::insert(const TablePlan& plan, const sluice_value* row, bool replace) {
  send_updates();
  const Step step{StepKind::kInsert, false, 1, &plan};
  if (!is_complete(plan, row)) {
    return pipeline_.statement_with(
        step, [&](std::string& out) { append_partial_insert(out, plan, row, replace, options_.dialect); });
  }
  const ListShape shape{replace ? plan.replace_prefix : plan.insert_prefix, ",", "", options_.max_rows};
  pipeline_.item(step, shape, [&](std::string& out) { append_tuple(out, plan, row, options_.dialect); });
}

void BatchRows::update(const TablePlan& plan, const sluice_value* before, const sluice_value* after) {
  const RowUpdate row{before, after};
  const size_t bytes = bulk_.usable() ? bulk_.fits(plan, row) : 0;
  const KeyPlan* key = bytes > 0 ? identify(plan, before) : nullptr;
  const bool joins = key != nullptr && run_key_ == key && run_bytes_ + bytes <= pipeline_.packet_size();
  if (!joins) send_updates();
  if (key == nullptr || bytes > pipeline_.packet_size()) {
    const Step step{StepKind::kUpdate, false, 1, &plan};
    return pipeline_.statement_with(
        step, [&](std::string& out) { append_update(out, plan, before, after, options_.dialect); });
  }
  run_plan_ = &plan;
  run_key_ = key;
  run_bytes_ += bytes;
  run_.push_back(row);
}

void BatchRows::send_updates() {
  if (run_.empty()) return;
  const TablePlan& plan = *run_plan_;
  if (run_.size() >= kMinBulkUpdates) {
    const Step step{StepKind::kUpdate, false, static_cast<uint32_t>(run_.size()), &plan};
    pipeline_.direct(step, [&] { return bulk_.run(plan, run_); });
  } else {
    for (const RowUpdate& row : run_) {
      pipeline_.statement_with({StepKind::kUpdate, false, 1, &plan}, [&](std::string& out) {
        append_update(out, plan, row.before, row.after, options_.dialect);
      });
    }
  }
  run_.clear();
  run_bytes_ = 0;
  run_key_ = nullptr;
}

void BatchRows::remove(const TablePlan& plan, const sluice_value* row) {
  send_updates();
  const Step step{StepKind::kDelete, false, 1, &plan};
  const KeyPlan* key = identify(plan, row);
  if (!key) {
    return pipeline_.statement_with(step, [&](std::string& out) {
      out += "DELETE FROM " + plan.name + " WHERE ";
      append_where(out, plan, nullptr, row, options_.dialect);
    });
  }
  std::string& prefix = delete_prefixes_[{&plan, key}];
  const size_t limit = std::min(options_.max_rows, kMaxDeleteRows);
  if (key->columns.size() == 1) {
    const ColumnPlan& column = plan.columns[key->columns[0]];
    if (prefix.empty()) prefix = "DELETE FROM " + plan.name + " WHERE " + column.name + " IN (";
    return pipeline_.item(step, {prefix, ",", ")", limit}, [&](std::string& out) {
      append_literal(out, column, row[key->columns[0]], options_.dialect);
    });
  }
  // Not (a,b) IN (...): MySQL 5.6 and MariaDB read the whole table for that.
  if (prefix.empty()) prefix = "DELETE FROM " + plan.name + " WHERE ";
  pipeline_.item(step, {prefix, " OR ", "", limit}, [&](std::string& out) {
    out += '(';
    append_where(out, plan, key, row, options_.dialect);
    out += ')';
  });
}

bool BatchRows::is_whole(const TablePlan& plan, const sluice_row& row) const {
  return (row.kind == SLUICE_DELETE || is_complete(plan, row.after)) &&
         (row.kind == SLUICE_INSERT || identify(plan, row.before) != nullptr);
}

void BatchRows::merged(const TablePlan& plan, const std::vector<const sluice_row*>& rows) {
  for (const sluice_row* row : rows) {
    const bool fits = is_whole(plan, *row) && !(row->kind == SLUICE_UPDATE && changes_key(plan, *row));
    if (!fits) {
      emit(plan);
      serial(plan, *row);
    } else if (!merge(plan, *row)) {
      emit(plan);
      merge(plan, *row);
    }
  }
  emit(plan);
}

bool BatchRows::merge(const TablePlan& plan, const sluice_row& row) {
  scratch_.clear();
  append_key_bytes(scratch_, plan.keys[0], row.kind == SLUICE_DELETE ? row.before : row.after);
  const auto [at, fresh] = index_.emplace(scratch_, nets_.size());
  if (fresh) nets_.emplace_back();
  return merge_into(nets_[at->second], row);
}

/// The states of a key. What is refused here would fail or match nothing when applied row by row, and must do so.
bool BatchRows::merge_into(Net& net, const sluice_row& row) const {
  using enum Net::State;
  const bool safe = options_.safe_mode;
  switch (row.kind) {
    case SLUICE_INSERT:
      if (!safe && net.state != kNone && net.state != kDelete) return false;
      net.state = safe ? kInsert : net.state == kDelete ? kDeleteInsert : kInsert;
      net.after = row.after;
      return true;
    case SLUICE_UPDATE:
      if (!safe && net.state == kDelete) return false;
      if (safe)
        net.state = kInsert;
      else if (net.state == kNone)
        net.state = kUpdate;
      if (!net.before) net.before = row.before;
      net.after = row.after;
      return true;
    default:
      if (!safe && net.state == kDelete) return false;
      // The row may be there from before in safe mode only.
      net.state = !safe && net.state == kInsert ? kNone : kDelete;
      net.before = net.before && net.state == kDelete ? net.before : row.before;
      return true;
  }
}

/// Deletes first, so that rows can come back under the same key.
void BatchRows::emit(const TablePlan& plan) {
  using enum Net::State;
  for (const Net& net : nets_) {
    if (net.state == kDelete || net.state == kDeleteInsert) remove(plan, net.before);
  }
  for (const Net& net : nets_) {
    if (net.state == kUpdate) update(plan, net.before, net.after);
  }
  for (const Net& net : nets_) {
    if (net.state == kInsert || net.state == kDeleteInsert) insert(plan, net.after, options_.safe_mode);
  }
  nets_.clear();
  index_.clear();
}

}  // namespace sluice::mysql
