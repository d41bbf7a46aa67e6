#include "core/units/full/load_plan.hpp"

#include "core/model/json.hpp"
#include "core/model/json_reader.hpp"
#include "core/units/full/chunk_plan.hpp"

namespace sluice::units::full {
namespace {

using model::Json;

std::string encoded(const std::string& name) {
  std::string out;
  for (char c : name) {
    if (c == '%') {
      out += "%25";
    } else if (c == '.') {
      out += "%2E";
    } else {
      out += c;
    }
  }
  return out;
}

Json location_json(const BinlogLocation& location) {
  Json out = Json::object();
  out.set("name", location.name);
  out.set("pos", std::to_string(location.pos));
  out.set("gtid", location.gtid);
  return out;
}

Result<BinlogLocation> location_from(model::JsonReader& reader, const char* name) {
  BinlogLocation out;
  const Json* value = reader.object(name);
  if (value == nullptr) return out;
  model::JsonReader inner(*value, name);
  out.name = inner.required_text("name");
  out.pos = std::strtoull(inner.required_text("pos").c_str(), nullptr, 10);
  out.gtid = inner.required_text("gtid");
  if (!inner.ok()) return inner.status();
  return out;
}

Error unreadable(const std::string& key, const Status& cause) {
  return make_error(34019, "cannot read the plan of an earlier load (" + key + ")", cause.error().message,
                    "Start the task with remove_meta, so that the load begins anew, with emptied target tables.");
}

Result<TablePlan> table_from(const std::string& key, const std::string& text) {
  auto json = model::parse_json(text);
  if (!json) return unreadable(key, json.status());
  model::JsonReader reader(*json, "");
  TablePlan out;
  out.source.schema = reader.required_text("schema");
  out.source.table = reader.required_text("table");
  out.source.create_sql = reader.required_text("create_sql");
  out.source.charset = reader.required_text("charset");
  out.source.collation = reader.required_text("collation");
  out.source.utf8mb4_collation = reader.required_text("utf8mb4_collation");
  out.source.mariadb = reader.boolean("mariadb").value_or(false);
  out.source.rows = static_cast<uint64_t>(reader.required_integer("rows", 0, INT64_MAX));
  out.source.bytes = static_cast<uint64_t>(reader.required_integer("bytes", 0, INT64_MAX));
  out.target_schema = reader.required_text("target_schema");
  out.target_table = reader.required_text("target_table");
  out.target_state = static_cast<TargetState>(reader.required_integer("target_state", 0, 2));
  out.chunks.columns = reader.texts("columns").value_or(std::vector<std::string>());
  // Before tables were cut by more than one column the plan held its name alone.
  const std::string only = reader.text("column").value_or("");
  if (!only.empty()) out.chunks.columns = {only};
  out.chunks.bounds = reader.texts("bounds").value_or(std::vector<std::string>());
  if (out.chunks.columns.empty() && !out.chunks.bounds.empty()) reader.fail("bounds", "has no columns");
  out.epoch = static_cast<uint32_t>(reader.required_integer("epoch", 0, UINT32_MAX));
  auto reloaded = location_from(reader, "reloaded_at");
  if (!reader.ok()) return unreadable(key, reader.status());
  if (!reloaded) return unreadable(key, reloaded.status());
  out.reloaded_at = *reloaded;
  auto info = parse_structure(out.source);
  if (!info) return info.status();
  out.source.info = std::move(*info);
  return out;
}

}  // namespace

std::string TablePlan::mark_name() const { return encoded(source.schema) + "." + encoded(source.table); }

std::string TablePlan::condition(size_t chunk) const { return chunk_condition(chunks.columns, from(chunk), to(chunk)); }

std::string TablePlan::chunk_key(size_t chunk) const {
  const std::string round = epoch == 0 ? "" : ".r" + std::to_string(epoch);
  return mark_name() + round + "." + std::to_string(chunk);
}

Mark position_mark(const LoadPlan& plan) {
  Json json = Json::object();
  json.set("location", location_json(plan.location));
  json.set("exit_safe", location_json(plan.exit_safe));
  return {kPlanScope, kPositionKey, model::to_text(json)};
}

Mark table_mark(const TablePlan& table) {
  Json json = Json::object();
  json.set("schema", table.source.schema);
  json.set("table", table.source.table);
  json.set("create_sql", table.source.create_sql);
  json.set("charset", table.source.charset);
  json.set("collation", table.source.collation);
  json.set("utf8mb4_collation", table.source.utf8mb4_collation);
  json.set("mariadb", table.source.mariadb);
  json.set("rows", static_cast<int64_t>(table.source.rows));
  json.set("bytes", static_cast<int64_t>(table.source.bytes));
  json.set("target_schema", table.target_schema);
  json.set("target_table", table.target_table);
  json.set("target_state", static_cast<int>(table.target_state));
  json.set("columns", table.chunks.columns);
  json.set("bounds", table.chunks.bounds);
  json.set("epoch", table.epoch);
  json.set("reloaded_at", location_json(table.reloaded_at));
  return {kPlanScope, "table." + table.mark_name(), model::to_text(json)};
}

Result<LoadPlan> plan_from_marks(const std::map<std::string, std::string>& marks) {
  LoadPlan out;
  for (const auto& [key, value] : marks) {
    if (key != kPositionKey) {
      auto table = table_from(key, value);
      if (!table) return table.status();
      out.tables.push_back(std::move(*table));
      continue;
    }
    auto json = model::parse_json(value);
    if (!json) return unreadable(key, json.status());
    model::JsonReader reader(*json, "");
    auto location = location_from(reader, "location");
    auto exit_safe = location_from(reader, "exit_safe");
    if (!location) return unreadable(key, location.status());
    if (!exit_safe) return unreadable(key, exit_safe.status());
    out.location = *location;
    out.exit_safe = *exit_safe;
  }
  return out;
}

}  // namespace sluice::units::full
