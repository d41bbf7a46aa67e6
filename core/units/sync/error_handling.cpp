#include "core/units/sync/error_handling.hpp"

#include <algorithm>

#include "core/binlog/position.hpp"
#include "core/model/status_json.hpp"

namespace sluice::units::sync {
namespace {

bool is_at(const StoredHandling& stored, const RowLocation& place) {
  return stored.handling.binlog_pos == place.pos && stored.handling.binlog_name == place.file;
}

}  // namespace

std::string handling_key(const std::string& binlog_name, uint64_t binlog_pos) {
  return binlog_name + ":" + std::to_string(binlog_pos);
}

std::string encode_handling(const StoredHandling& stored) {
  model::Json json = model::Json::object().set("version", 1);
  return to_text(json.set("handling", model::write_handling(stored.handling)).set("ddl_mark", stored.ddl_mark));
}

Result<StoredHandling> decode_handling(const std::string& text) {
  auto json = model::parse_json(text);
  const model::Json* handling = json.ok() ? json->find("handling") : nullptr;
  if (!handling) {
    return make_error(42502, "a request to handle an error cannot be read from the checkpoint",
                      json.ok() ? "no member handling" : json.error().message, "Take it back with DELETE .../errors.");
  }
  StoredHandling out;
  out.handling = model::read_handling(*handling);
  const model::Json* mark = json->find("ddl_mark");
  if (mark && mark->as_string()) out.ddl_mark = *mark->as_string();
  return out;
}

Result<std::vector<StoredHandling>> pending_handlings(const std::map<std::string, std::string>& marks,
                                                      const BinlogLocation& checkpoint) {
  std::vector<StoredHandling> out;
  for (const auto& [key, text] : marks) {
    if (text.empty()) continue;
    auto stored = decode_handling(text);
    if (!stored.ok()) return stored.status();
    const binlog::Position at{stored->handling.binlog_name, stored->handling.binlog_pos};
    if (at > binlog::Position{checkpoint.name, checkpoint.pos}) out.push_back(std::move(*stored));
  }
  std::sort(out.begin(), out.end(), [](const StoredHandling& a, const StoredHandling& b) {
    return binlog::Position{a.handling.binlog_name, a.handling.binlog_pos} <
           binlog::Position{b.handling.binlog_name, b.handling.binlog_pos};
  });
  return out;
}

void Handlings::set(std::vector<StoredHandling> all) {
  const std::lock_guard lock(mutex_);
  all_ = std::move(all);
}

// Elements stay where they are once set, and only the dispatching thread changes them.
const StoredHandling* Handlings::find(const RowLocation& place) const {
  const std::lock_guard lock(mutex_);
  const auto it = std::find_if(all_.begin(), all_.end(), [&](const StoredHandling& s) { return is_at(s, place); });
  return it == all_.end() ? nullptr : &*it;
}

void Handlings::applied(const RowLocation& place) {
  const std::lock_guard lock(mutex_);
  for (StoredHandling& stored : all_) {
    if (is_at(stored, place)) stored.handling.applied = true;
  }
}

std::vector<model::ErrorHandling> Handlings::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<model::ErrorHandling> out;
  for (const StoredHandling& stored : all_) out.push_back(stored.handling);
  return out;
}

}  // namespace sluice::units::sync
