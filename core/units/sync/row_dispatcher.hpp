#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/binlog/rows_decoder.hpp"
#include "core/units/sync/conflict_map.hpp"
#include "core/units/sync/counters.hpp"
#include "core/units/sync/event_memory.hpp"
#include "core/units/sync/table_cache.hpp"
#include "core/units/sync/writer_pool.hpp"

namespace sluice::rules {
class FilterChain;
}

namespace sluice::units::sync {

/// Turns row events into work for the writers: decodes, filters, gives each row its lane, finds conflicts. One thread.
class RowDispatcher {
 public:
  /// `lanes`: what each lane had applied before this run; rows at or before are counted, not sent.
  RowDispatcher(WriterPool& pool, Counters& counters, const std::array<std::string, kLanes>& lanes,
                const rules::FilterChain& filters, bool split_key_changes);

  /// Where the rows of the next event stand; `ordinal` continues over the inner events of a payload.
  struct Place {
    std::shared_ptr<const std::string> file;
    uint64_t pos = 0;  ///< end of the event
    uint64_t* ordinal = nullptr;
    bool safe_mode = false;
  };
  /// REQUIRES: the table is wanted and context.fit() was called. Ok also when the pool gave up: see its error().
  Status dispatch(TableContext& table, const binlog::RowsEvent& event, const std::shared_ptr<EventMemory>& memory,
                  const Place& place);

  /// Number of the last change given to the pool.
  uint64_t last_seq() const { return seq_; }
  /// Rows sent since the last call; tells whether a transaction has left traces in the target.
  uint64_t take_sent() { return std::exchange(sent_, 0); }
  /// After a barrier nothing is in flight.
  void forget_conflicts() { conflicts_.clear(); }
  void applied(uint64_t seq) { conflicts_.applied(seq); }

 private:
  void emit(TableContext& table, const sluice_row& row, uint32_t lane, bool counts, const Place& place);
  void split_update(TableContext& table, const sluice_row& row, const Place& place);
  bool done_before(uint32_t lane, const Place& place) const;
  WorkItem& open_item(uint32_t writer, TableContext& table, const Place& place);
  void close_item(uint32_t writer);
  void close_all();
  Status keep_wanted(TableContext& table, std::vector<sluice_row>& rows, binlog::Arena& arena,
                     std::vector<uint64_t>& ordinals);

  WriterPool& pool_;
  Counters& counters_;
  std::array<std::optional<RowLocation>, kLanes> lanes_;
  RowLocation lanes_newest_;
  bool lanes_behind_ = false;  // some lane may still be ahead of what is read
  const rules::FilterChain& filters_;
  bool split_key_changes_;
  ConflictMap conflicts_;
  binlog::RowsDecoder decoder_;
  std::vector<WorkItem> open_;  // by writer; empty rows = none
  std::vector<uint32_t> used_;  // writers with an open item
  std::shared_ptr<EventMemory> memory_;
  std::vector<Dependency> needs_;
  std::vector<sluice_row> rows_;  // of the event in work
  std::vector<uint64_t> row_ordinals_;
  uint64_t seq_ = 0;
  uint64_t sent_ = 0;
  size_t row_bytes_ = 0;
  uint8_t kind_ = 0;  // of the event in work
};

}  // namespace sluice::units::sync
