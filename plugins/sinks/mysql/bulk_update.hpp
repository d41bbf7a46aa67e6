#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>

#include "connection.hpp"
#include "table_plan.hpp"

namespace sluice::mysql {

/// An update of one row: all columns before and after it.
struct RowUpdate {
  const sluice_value* before;
  const sluice_value* after;
};

/// UPDATEs of one table by array binding (COM_STMT_BULK_EXECUTE, MariaDB 10.2 or later): many rows to a packet, with
/// one statement that is parsed once. The server runs it row by row, in order, and tells how many rows matched in all.
/// What it writes and finds is what the text of append_update does. One writer's; statements are kept while the plans
/// live.
class BulkUpdates {
 public:
  explicit BulkUpdates(Connection& connection);
  BulkUpdates(const BulkUpdates&) = delete;
  BulkUpdates& operator=(const BulkUpdates&) = delete;
  ~BulkUpdates();

  /// The server understands array binding.
  bool usable() const { return usable_; }
  /// Bytes that the row takes in a packet; 0 when it has to be written as text: a value whose meaning depends on its
  /// SQL form (an introducer, a geometry), a key that compares otherwise, a column that is absent.
  size_t fits(const TablePlan& plan, const RowUpdate& row) const;
  /// Runs the updates, all of which fit and are found by the same key. Returns the rows that matched.
  uint64_t run(const TablePlan& plan, std::span<const RowUpdate> rows);
  /// Forgets the statements: call it before the plans go.
  void clear();

 private:
  class Statement;
  Connection& connection_;
  bool usable_;
  std::unordered_map<const KeyPlan*, std::unique_ptr<Statement>> statements_;
};

}  // namespace sluice::mysql
