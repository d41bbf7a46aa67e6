#include "core/model/progress.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::model {
namespace {

/// Lenient reads: the text is our own, and an older or newer one may lack members.
std::string text_of(const Json& json, const char* name) {
  const Json* found = json.find(name);
  const std::string* text = found ? found->as_string() : nullptr;
  return text ? *text : std::string();
}

double real_of(const Json& json, const char* name) {
  const Json* found = json.find(name);
  if (!found) return 0;
  if (const auto* whole = found->as_int()) return static_cast<double>(*whole);
  const auto* real = found->as_double();
  return real ? *real : 0;
}

uint64_t count_of(const Json& json, const char* name) {
  const Json* found = json.find(name);
  if (!found) return 0;
  if (const auto* whole = found->as_int()) return static_cast<uint64_t>(std::max<int64_t>(0, *whole));
  const auto* large = found->as_uint();
  return large ? *large : 0;
}

std::optional<int64_t> seconds_of(const Json& json) {
  const Json* found = json.find("remaining_seconds");
  const int64_t* seconds = found ? found->as_int() : nullptr;
  return seconds ? std::optional(*seconds) : std::nullopt;
}

Json write_table(const TableProgress& table) {
  Json out = Json::object();
  out.set("schema", table.schema).set("table", table.table).set("state", table.state);
  out.set("rows", table.rows).set("bytes", table.bytes);
  if (table.estimated_rows != 0) out.set("estimated_rows", table.estimated_rows);
  if (!table.progress.empty()) out.set("progress", table.progress);
  if (table.remaining_seconds) out.set("remaining_seconds", *table.remaining_seconds);
  return out;
}

TableProgress read_table(const Json& json) {
  TableProgress out;
  out.schema = text_of(json, "schema");
  out.table = text_of(json, "table");
  out.state = text_of(json, "state");
  out.rows = count_of(json, "rows");
  out.bytes = count_of(json, "bytes");
  out.estimated_rows = count_of(json, "estimated_rows");
  out.progress = text_of(json, "progress");
  out.remaining_seconds = seconds_of(json);
  return out;
}

/// Three digits are enough, and keep equal statuses equal.
double rounded(double share) { return std::round(share * 1000) / 1000; }

}  // namespace

Json write_progress(const Progress& progress) {
  Json out = Json::object();
  out.set("rows", progress.rows).set("estimated_rows", progress.estimated_rows);
  out.set("bytes", progress.bytes).set("remaining_bytes", progress.remaining_bytes);
  out.set("rows_per_second", progress.rows_per_second).set("bytes_per_second", progress.bytes_per_second);
  if (progress.remaining_seconds) out.set("remaining_seconds", *progress.remaining_seconds);
  out.set("tables_total", static_cast<uint64_t>(progress.tables_total));
  out.set("tables_done", static_cast<uint64_t>(progress.tables_done));
  Json tables = Json::array();
  for (const TableProgress& table : progress.tables) tables.push(write_table(table));
  return out.set("tables", std::move(tables));
}

Progress read_progress(const Json& json) {
  Progress out;
  out.rows = count_of(json, "rows");
  out.estimated_rows = count_of(json, "estimated_rows");
  out.bytes = count_of(json, "bytes");
  out.remaining_bytes = count_of(json, "remaining_bytes");
  out.rows_per_second = static_cast<int64_t>(count_of(json, "rows_per_second"));
  out.bytes_per_second = static_cast<int64_t>(count_of(json, "bytes_per_second"));
  out.remaining_seconds = seconds_of(json);
  out.tables_total = count_of(json, "tables_total");
  out.tables_done = count_of(json, "tables_done");
  if (const Json* tables = json.find("tables"); tables && tables->is_array()) {
    for (const Json& table : *tables->as_array()) out.tables.push_back(read_table(table));
  }
  return out;
}

Json write_lag(int64_t milliseconds, const std::optional<LagShares>& shares) {
  Json out = Json::object().set("milliseconds", milliseconds);
  if (!shares) return out;
  Json parts = Json::object();
  parts.set("source", rounded(shares->source)).set("decode", rounded(shares->decode));
  parts.set("conflict", rounded(shares->conflict)).set("target", rounded(shares->target));
  return out.set("shares", std::move(parts));
}

std::optional<LagShares> read_lag_shares(const Json& lag) {
  const Json* parts = lag.find("shares");
  if (!parts) return std::nullopt;
  return LagShares{real_of(*parts, "source"), real_of(*parts, "decode"), real_of(*parts, "conflict"),
                   real_of(*parts, "target")};
}

}  // namespace sluice::model
