#include "core/units/sync/row_dispatcher.hpp"

#include <algorithm>
#include <utility>

#include "core/rules/filter_chain.hpp"

namespace sluice::units::sync {
namespace {

// A row image that lacks a column (binlog_row_image other than FULL in some session) cannot be replicated faithfully.
Status check_full(const TableContext& table, const sluice_value* image) {
  if (image == nullptr) return {};
  for (size_t i = 0; i < table.info->columns.size(); ++i) {
    const auto& column = table.info->columns[i];
    if (image[i].kind != SLUICE_ABSENT || column.generated != sql::Generated::No) continue;
    Error error = make_error(11126,
                             "a row change of `" + table.schema + "`.`" + table.name + "` does not carry the column `" +
                                 column.name + "`: it was written with a binlog_row_image other than FULL",
                             {},
                             "set binlog_row_image = FULL at the source for all sessions; repair the rows of this "
                             "transaction by hand, or start the task anew");
    error.table = table.schema + "." + table.name;
    return error;
  }
  return {};
}

constexpr size_t kItemRows = 128;  // an event with more rows is cut into several items

}  // namespace

RowDispatcher::RowDispatcher(WriterPool& pool, Counters& counters, const std::array<std::string, kLanes>& lanes,
                             const rules::FilterChain& filters, bool split_key_changes)
    : pool_(pool),
      counters_(counters),
      filters_(filters),
      split_key_changes_(split_key_changes),
      conflicts_(pool.writers()),
      open_(pool.writers()) {
  for (uint32_t lane = 0; lane < kLanes; ++lane) {
    if (lanes[lane].empty()) continue;
    lanes_[lane] = RowLocation::parse(lanes[lane]);
    if (!lanes_[lane]) continue;
    lanes_behind_ = true;
    if (lanes_newest_.file.empty() || lanes_newest_.compare(*lanes_[lane]) < 0) lanes_newest_ = *lanes_[lane];
  }
}

bool RowDispatcher::done_before(uint32_t lane, const Place& place) const {
  if (!lanes_behind_ || !lanes_[lane]) return false;
  return RowLocation{*place.file, place.pos, *place.ordinal}.compare(*lanes_[lane]) <= 0;
}

WorkItem& RowDispatcher::open_item(uint32_t writer, TableContext& table, const Place& place) {
  WorkItem& item = open_[writer];
  if (item.rows.empty()) {
    item.memory = memory_;
    item.table_owner = table.abi;
    item.table = table.abi->get();
    item.file = place.file;
    item.pos = place.pos;
    item.safe_mode = place.safe_mode;
    item.changes = table.changes;
    item.kind = kind_;
    used_.push_back(writer);
  }
  return item;
}

void RowDispatcher::close_item(uint32_t writer) {
  WorkItem& item = open_[writer];
  if (item.rows.empty()) return;
  uint64_t counted = 0;
  for (const LaneRow& row : item.rows) counted += row.counts ? 1 : 0;
  counters_.pending(static_cast<int64_t>(counted));
  sent_ += counted;
  item.changes->added[item.kind].fetch_add(counted, std::memory_order_relaxed);
  pool_.push(writer, std::exchange(item, WorkItem{}));
  used_.erase(std::find(used_.begin(), used_.end(), writer));
}

void RowDispatcher::close_all() {
  while (!used_.empty()) close_item(used_.back());
}

void RowDispatcher::emit(TableContext& table, const sluice_row& row, uint32_t lane, bool counts, const Place& place) {
  if (done_before(lane, place)) {
    if (counts) counters_.applied(1);
    return;
  }
  const uint32_t writer = pool_.writer_of(lane);
  const uint64_t seq = ++seq_;
  needs_.clear();
  for (size_t i = 0; i < table.keys->conflict_keys(); ++i) {
    const uint64_t index = table.conflict_base + i;
    if (row.before != nullptr) conflicts_.touch(index, table.keys->conflict(i, row.before), writer, seq, needs_);
    if (row.after != nullptr) conflicts_.touch(index, table.keys->conflict(i, row.after), writer, seq, needs_);
  }
  if (!needs_.empty()) {
    // Whatever it waits for, and what went before it to the same writer, must be on its way already.
    for (const Dependency& need : needs_) close_item(need.writer);
    close_item(writer);
  } else if (open_[writer].rows.size() >= kItemRows) {
    close_item(writer);
  }
  WorkItem& item = open_item(writer, table, place);
  if (item.rows.empty()) {
    item.first_seq = seq;
    item.needs = needs_;
  }
  item.last_seq = seq;
  item.bytes += row_bytes_;
  item.rows.push_back({row, lane, *place.ordinal, counts});
  conflicts_.dispatched(writer, seq);
}

// Two changes, each ordered with the others of its own key: that way lanes need not know of each other.
void RowDispatcher::split_update(TableContext& table, const sluice_row& row, const Place& place) {
  sluice_row removal = row;
  removal.kind = SLUICE_DELETE;
  removal.after = nullptr;
  emit(table, removal, table.keys->lane(row.before), false, place);
  sluice_row arrival = row;
  arrival.kind = SLUICE_INSERT;
  arrival.before = nullptr;
  emit(table, arrival, table.keys->lane(row.after), true, place);
}

Status RowDispatcher::keep_wanted(TableContext& table, std::vector<sluice_row>& rows, binlog::Arena& arena,
                                  std::vector<uint64_t>& ordinals) {
  std::vector<uint8_t> actions(rows.size(), SLUICE_PASS);
  std::vector<uint32_t> droppers(rows.size(), 0);
  const sluice_arena view = arena.abi();
  if (Status status = filters_.filter_rows(*table.abi->get(), rows, actions, droppers, &view); !status.ok()) {
    status.error().table = table.schema + "." + table.name;
    return status;
  }
  size_t kept = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (actions[i] == SLUICE_IGNORE) {
      counters_.filtered(filters_.row_rule(droppers[i] - 1), 1);
      continue;
    }
    rows[kept] = rows[i];
    ordinals[kept++] = ordinals[i];
  }
  rows.resize(kept);
  ordinals.resize(kept);
  return {};
}

Status RowDispatcher::dispatch(TableContext& table, const binlog::RowsEvent& event,
                               const std::shared_ptr<EventMemory>& memory, const Place& place) {
  memory_ = memory;
  // Location of the event's first row: past everything that was applied before, nothing has to be compared any more.
  if (lanes_behind_ && RowLocation{*place.file, place.pos, *place.ordinal}.compare(lanes_newest_) > 0) {
    lanes_behind_ = false;
  }
  if (Status status = decoder_.open(event, table.layout, memory->arena); !status.ok()) return status;
  rows_.clear();
  row_ordinals_.clear();
  sluice_row row{};
  row.kind = static_cast<uint8_t>(event.kind);
  const size_t used_before = memory->arena.bytes_used();
  while (decoder_.next(row.before, row.after)) {
    rows_.push_back(row);
    row_ordinals_.push_back((*place.ordinal)++);
  }
  if (!decoder_.status().ok()) return decoder_.status();
  if (rows_.empty()) return {};
  if (Status status = check_full(table, rows_[0].before); !status.ok()) return status;
  if (Status status = check_full(table, rows_[0].after); !status.ok()) return status;
  counters_.read(rows_.size());
  counters_.event_rows.observe(rows_.size());
  kind_ = row.kind;
  if (table.changes == nullptr) {
    const sluice_table& target = *table.abi->get();
    table.changes = &counters_.table(table.schema, table.name, std::string(target.schema.data, target.schema.len),
                                     std::string(target.name.data, target.name.len));
  }
  table.changes->bytes.fetch_add(event.rows.size(), std::memory_order_relaxed);
  row_bytes_ = (event.rows.size() + memory->arena.bytes_used() - used_before) / rows_.size() + sizeof(LaneRow);

  if (const std::string& rule = table.ignored_by[row.kind]; !rule.empty()) {
    counters_.filtered(rule, rows_.size());
    return {};
  }
  if (filters_.looks_at_rows()) {
    if (Status status = keep_wanted(table, rows_, memory->arena, row_ordinals_); !status.ok()) return status;
  }
  for (size_t i = 0; i < rows_.size(); ++i) {
    uint64_t ordinal = row_ordinals_[i];
    const Place at{place.file, place.pos, &ordinal, place.safe_mode};
    const sluice_row& change = rows_[i];
    const bool splits = change.kind == SLUICE_UPDATE && split_key_changes_ && !table.keys->single_lane() &&
                        table.keys->key_changes(change.before, change.after);
    if (splits) {
      split_update(table, change, at);
    } else {
      emit(table, change, table.keys->lane(change.before != nullptr ? change.before : change.after), true, at);
    }
  }
  close_all();
  memory_.reset();
  return {};
}

}  // namespace sluice::units::sync
