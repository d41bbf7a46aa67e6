#include "core/units/sync/table_cache.hpp"

#include <cstring>

#include "core/schema/column_kind.hpp"

namespace sluice::units::sync {
namespace {

void append(std::vector<uint8_t>& out, binlog::Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

binlog::FixedBinary fixed_binary(sql::ColumnType type, bool all_uuids_swapped) {
  switch (type) {
    case sql::ColumnType::Inet4: return binlog::FixedBinary::kInet4;
    case sql::ColumnType::Inet6: return binlog::FixedBinary::kInet6;
    case sql::ColumnType::Uuid:
      return all_uuids_swapped ? binlog::FixedBinary::kUuidSwapped : binlog::FixedBinary::kUuid;
    default: return binlog::FixedBinary::kNone;
  }
}

std::vector<binlog::ColumnPlan> plans_of(const schema::TableInfo& info, bool all_uuids_swapped) {
  std::vector<binlog::ColumnPlan> plans;
  plans.reserve(info.columns.size());
  for (const schema::ColumnInfo& column : info.columns) {
    binlog::ColumnPlan plan;
    plan.is_unsigned = column.is_unsigned;
    plan.is_binary = schema::has_binary_charset(column);
    plan.fixed_length = schema::fixed_binary_length(column);
    plan.fixed = fixed_binary(column.type, all_uuids_swapped);
    const int32_t kind = schema::value_kind(column);
    if (kind == SLUICE_TIME || kind == SLUICE_DATETIME || kind == SLUICE_TIMESTAMP) {
      plan.scale = static_cast<uint8_t>(schema::scale_of(column));
    }
    plans.push_back(plan);
  }
  return plans;
}

}  // namespace

std::string TableCache::key(std::string_view schema, std::string_view table) {
  std::string out;
  out.reserve(schema.size() + table.size() + 1);
  out.append(schema).push_back('\0');
  return out.append(table);
}

Status TableContext::fit(const binlog::TableMap& map, const binlog::FormatDescription& format) {
  const size_t image_size = map.types.size() + map.column_metadata.size();
  const bool all_uuids_swapped = format.swaps_all_uuids();
  if (map_image_.size() == image_size && !map_image_.empty() && all_uuids_swapped == all_uuids_swapped_ &&
      std::memcmp(map_image_.data(), map.types.data(), map.types.size()) == 0 &&
      (map.column_metadata.empty() || std::memcmp(map_image_.data() + map.types.size(), map.column_metadata.data(),
                                                  map.column_metadata.size()) == 0)) {
    return {};
  }
  if (map.column_count() != info->columns.size()) {
    Error error =
        make_error(36027,
                   "the binlog's rows of `" + schema + "`.`" + name + "` have " + std::to_string(map.column_count()) +
                       " columns, the tracked structure has " + std::to_string(info->columns.size()),
                   {},
                   "give the structure that the table had at this position (PUT .../schemas/" + schema + "/" + name +
                       "), then start the task again");
    error.table = schema + "." + name;
    return error;
  }
  if (Status status = layout.build(map, plans_of(*info, all_uuids_swapped)); !status.ok()) return status;
  map_image_.clear();
  append(map_image_, map.types);
  append(map_image_, map.column_metadata);
  all_uuids_swapped_ = all_uuids_swapped;
  return {};
}

bool TableCache::loaded_later(const std::string& schema, const std::string& table, const RowLocation& at) const {
  const auto it = done_.find(key(schema, table));
  return it != done_.end() && at.compare(it->second) <= 0;
}

Result<TableContext*> TableCache::find(std::string_view schema, std::string_view table) {
  const std::string id = key(schema, table);
  if (const auto it = contexts_.find(id); it != contexts_.end()) return it->second.get();
  return make(std::string(schema), std::string(table));
}

Result<TableContext*> TableCache::make(const std::string& schema, const std::string& table) {
  auto context = std::make_unique<TableContext>();
  context->schema = schema;
  context->name = table;
  if (rules::is_system_schema(schema)) {
    context->not_wanted = "system schema";
  } else if (!selection_.table(schema, table)) {
    context->not_wanted = "table not selected";
  } else {
    auto target = router_.route(schema, table);
    if (!target.ok()) return target.status();
    for (const int32_t kind : {SLUICE_INSERT, SLUICE_UPDATE, SLUICE_DELETE}) {
      auto rule = decide_(schema, table, kind);
      if (!rule.ok()) return rule.status();
      context->ignored_by[static_cast<size_t>(kind)] = std::move(rule.value());
    }
    context->info = tracker_.get(schema, table);
    if (!context->info) {
      auto loaded = load_(schema, table);
      if (!loaded.ok()) return loaded.status();
      context->info = loaded.value();
      tracker_.set(context->info);
    }
    context->abi = schema::make_abi_table(context->info, {target.value().first, target.value().second, source_});
    context->keys.emplace(*context->abi->get());
    context->conflict_base = stable_hash(0x7ab1e, context->abi->get()->schema.data, context->abi->get()->schema.len);
    context->conflict_base =
        stable_hash(context->conflict_base, context->abi->get()->name.data, context->abi->get()->name.len) & ~0xffULL;
    if (const auto done = done_.find(key(schema, table)); done != done_.end()) context->done_until = done->second;
  }
  TableContext* out = context.get();
  contexts_[key(schema, table)] = std::move(context);
  return out;
}

}  // namespace sluice::units::sync
