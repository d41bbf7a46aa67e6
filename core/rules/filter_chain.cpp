#include "core/rules/filter_chain.hpp"

#include "sluice/common/text.hpp"

namespace sluice::rules {
namespace {

Error from_plugin(const sluice_error& record, const std::string& filter) {
  Error error = make_error(record.number, "filter `" + filter + "`: " + record.message, {}, record.workaround);
  error.native = record.native;
  error.retryable = (record.flags & SLUICE_ERROR_RETRYABLE) != 0;
  error.rule = filter;
  return error;
}

Decision from_verdict(const sluice_verdict& verdict, const std::string& filter) {
  if (verdict.action != SLUICE_IGNORE) return {};
  const std::string_view rule = view(verdict.rule);
  return {true, rule.empty() ? filter : std::string(rule)};
}

/// Unambiguous whatever the names hold: the length of the first one comes before it.
std::string cache_key(const std::string& schema, const std::string& table, int32_t kind) {
  return std::to_string(kind) + ":" + std::to_string(schema.size()) + ":" + schema + table;
}

}  // namespace

FilterChain::FilterChain(std::string source, std::vector<NamedFilter> filters)
    : source_(std::move(source)), filters_(std::move(filters)) {
  for (const NamedFilter& named : filters_) looks_at_rows_ = looks_at_rows_ || named.filter->looks_at_rows();
}

Result<Decision> FilterChain::decide_statement(const StatementView& statement) const {
  std::vector<sluice_str> events;
  events.reserve(statement.events.size());
  for (const std::string& event : statement.events) events.push_back(to_str(event));
  auto raw = make_sized<sluice_filter_statement>();
  raw.source = to_str(source_);
  raw.schema = to_str(statement.schema);
  raw.table = to_str(statement.table);
  raw.events = events.data();
  raw.event_count = events.size();
  raw.original_sql = to_str(statement.original_sql);
  for (const auto& [name, filter] : filters_) {
    sluice_verdict verdict{};
    sluice_error error{};
    if (filter->decide_statement(raw, verdict, error) != SLUICE_OK) return from_plugin(error, name);
    if (Decision decision = from_verdict(verdict, name); decision.ignore) return decision;
  }
  return Decision{};
}

Result<Decision> FilterChain::decide_rows(const std::string& schema, const std::string& table, int32_t kind) {
  if (filters_.empty()) return Decision{};
  const std::string key = cache_key(schema, table, kind);
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = cache_.find(key); found != cache_.end()) return found->second;
  }
  Decision decision;
  for (const auto& [name, filter] : filters_) {
    sluice_verdict verdict{};
    sluice_error error{};
    if (filter->decide_rows(source_, schema, table, kind, verdict, error) != SLUICE_OK) return from_plugin(error, name);
    decision = from_verdict(verdict, name);
    if (decision.ignore) break;
  }
  const std::unique_lock lock(mutex_);
  return cache_.emplace(key, std::move(decision)).first->second;
}

Status FilterChain::filter_rows(const sluice_table& table, std::span<const sluice_row> rows, std::span<uint8_t> actions,
                                std::span<uint32_t> droppers, const sluice_arena* arena) const {
  std::vector<uint8_t> own(rows.size());
  for (size_t i = 0; i < filters_.size(); ++i) {
    if (!filters_[i].filter->looks_at_rows()) continue;
    std::fill(own.begin(), own.end(), static_cast<uint8_t>(SLUICE_PASS));
    auto raw = make_sized<sluice_filter_rows>();
    raw.table = &table;
    raw.rows = rows.data();
    raw.row_count = rows.size();
    raw.actions = own.data();
    raw.arena = arena;
    sluice_error error{};
    if (filters_[i].filter->filter_rows(raw, error) != SLUICE_OK) return from_plugin(error, filters_[i].name);
    for (size_t row = 0; row < rows.size(); ++row) {
      if (own[row] == SLUICE_PASS || actions[row] == SLUICE_IGNORE) continue;
      actions[row] = SLUICE_IGNORE;
      if (!droppers.empty()) droppers[row] = static_cast<uint32_t>(i + 1);
    }
  }
  return {};
}

}  // namespace sluice::rules
