#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bulk_update.hpp"
#include "pipeline.hpp"
#include "row_sql.hpp"
#include "sluice/plugin/sink.hpp"

namespace sluice::mysql {

/// How the rows of a batch are to be written.
struct RowOptions {
  Dialect dialect;
  bool safe_mode = false;
  bool keep_order = false;  ///< foreign keys are checked: rows of different tables depend on each other
  size_t max_rows = 1000;
};

/// Writes the row changes of one batch into the pipeline so that the end state is that of applying them one by one.
/// Changes move past each other only where that cannot show: those of different tables, and those of different keys
/// of a table whose one key compares as its bytes do.
class BatchRows {
 public:
  /// `plans` has one entry per table of the batch.
  BatchRows(Pipeline& pipeline, BulkUpdates& bulk, const std::vector<const TablePlan*>& plans, RowOptions options);
  void write(const plugin::Batch& batch);

 private:
  /// What is left to do for one key after merging.
  struct Net {
    enum State : unsigned char { kNone, kInsert, kUpdate, kDelete, kDeleteInsert } state = kNone;
    const sluice_value* before = nullptr;
    const sluice_value* after = nullptr;
  };

  void serial(const TablePlan& plan, const sluice_row& row);
  void serial_safe(const TablePlan& plan, const sluice_row& row);
  void insert(const TablePlan& plan, const sluice_value* row, bool replace);
  void update(const TablePlan& plan, const sluice_value* before, const sluice_value* after);
  void remove(const TablePlan& plan, const sluice_value* row);
  /// Sends the run of updates that has gathered; whatever is written next would overtake it.
  void send_updates();

  void merged(const TablePlan& plan, const std::vector<const sluice_row*>& rows);
  /// False when the change does not fit what is gathered for its key.
  bool merge(const TablePlan& plan, const sluice_row& row);
  bool merge_into(Net& net, const sluice_row& row) const;
  void emit(const TablePlan& plan);
  bool changes_key(const TablePlan& plan, const sluice_row& row) const;
  bool is_whole(const TablePlan& plan, const sluice_row& row) const;

  Pipeline& pipeline_;
  BulkUpdates& bulk_;
  const std::vector<const TablePlan*>& plans_;
  RowOptions options_;
  std::string scratch_;
  std::unordered_map<std::string, size_t> index_;
  std::vector<Net> nets_;
  /// Neighbouring updates of one table and key that are worth array binding when there are enough of them.
  std::vector<RowUpdate> run_;
  const TablePlan* run_plan_ = nullptr;
  const KeyPlan* run_key_ = nullptr;
  size_t run_bytes_ = 0;
  /// DELETE prefixes live here: the pipeline borrows them.
  std::map<std::pair<const TablePlan*, const KeyPlan*>, std::string> delete_prefixes_;
};

}  // namespace sluice::mysql
