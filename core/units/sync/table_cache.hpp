#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/binlog/format_description.hpp"
#include "core/binlog/rows_decoder.hpp"
#include "core/model/error.hpp"
#include "core/rules/router.hpp"
#include "core/rules/selection.hpp"
#include "core/schema/abi_table.hpp"
#include "core/schema/tracker.hpp"
#include "core/units/sync/key_hash.hpp"
#include "core/units/sync/row_location.hpp"

namespace sluice::units::sync {

struct TableChanges;

/// Everything about a source table that its row changes need, derived once per structure.
struct TableContext {
  std::string schema;
  std::string name;
  /// Not empty: no change of the table is wanted, and this is the reason's name in the counters.
  std::string not_wanted;
  /// By kind of change (SLUICE_INSERT ...): the filter rule that ignores it, "" when none does.
  std::array<std::string, 4> ignored_by;
  schema::TablePtr info;
  std::shared_ptr<const schema::AbiTable> abi;
  std::optional<KeyPlan> keys;
  uint64_t conflict_base = 0;  ///< conflict index ids of this table start here
  /// The books of the table; set at its first change.
  TableChanges* changes = nullptr;
  /// Changes at or before it are in the target already (the table was loaded later than the others).
  std::optional<RowLocation> done_until;

  /// Fits the layout to a table map; cheap when it is the same as before. 36027 when the tracked structure has
  /// another number of columns.
  Status fit(const binlog::TableMap& map, const binlog::FormatDescription& format);
  binlog::RowLayout layout;

 private:
  // What `layout` was built for: types and metadata, and the server's way to store UUIDs.
  std::vector<uint8_t> map_image_;
  bool all_uuids_swapped_ = false;
};

/// Finds the context of a source table. One thread.
class TableCache {
 public:
  using Load = std::function<Result<schema::TablePtr>(const std::string& schema, const std::string& table)>;
  using Decide = std::function<Result<std::string>(const std::string& schema, const std::string& table, int32_t kind)>;

  TableCache(std::string source, const rules::Selection& selection, const rules::Router& router,
             schema::Tracker& tracker)
      : source_(std::move(source)), selection_(selection), router_(router), tracker_(tracker) {}

  /// `load` supplies structures that the tracker does not know; `decide` names the filter rule against a kind of
  /// change.
  void use(Load load, Decide decide) {
    load_ = std::move(load);
    decide_ = std::move(decide);
  }
  /// Table checkpoints; key is schema, '\0', table.
  void set_done(std::unordered_map<std::string, RowLocation> done) { done_ = std::move(done); }
  bool loaded_later(const std::string& schema, const std::string& table, const RowLocation& at) const;
  void clear_done(const std::string& schema, const std::string& table) { done_.erase(key(schema, table)); }

  Result<TableContext*> find(std::string_view schema, std::string_view table);
  /// After a DDL: structures and routes are looked up again. Contexts handed out are gone.
  void clear() { contexts_.clear(); }

  static std::string key(std::string_view schema, std::string_view table);

 private:
  Result<TableContext*> make(const std::string& schema, const std::string& table);

  std::string source_;
  const rules::Selection& selection_;
  const rules::Router& router_;
  schema::Tracker& tracker_;
  Load load_;
  Decide decide_;
  std::unordered_map<std::string, RowLocation> done_;
  std::unordered_map<std::string, std::unique_ptr<TableContext>> contexts_;
};

}  // namespace sluice::units::sync
