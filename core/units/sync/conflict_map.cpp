#include "core/units/sync/conflict_map.hpp"

#include <algorithm>

namespace sluice::units::sync {
namespace {

void need(std::vector<Dependency>& needs, uint32_t writer, uint64_t seq) {
  for (Dependency& d : needs) {
    if (d.writer == writer) {
      d.seq = std::max(d.seq, seq);
      return;
    }
  }
  needs.push_back({writer, seq});
}

}  // namespace

const ConflictMap::Touch* ConflictMap::find(uint64_t hash) const {
  if (const auto it = current_.find(hash); it != current_.end()) return &it->second;
  if (const auto it = previous_.find(hash); it != previous_.end()) return &it->second;
  return nullptr;
}

void ConflictMap::touch(uint64_t index_id, KeyHash key, uint32_t writer, uint64_t seq, std::vector<Dependency>& needs) {
  if (key.kind == KeyHash::Null) return;  // NULLs are unequal to each other
  newest_ = std::max(newest_, seq);
  if (const auto wild = wildcards_.find(index_id); wild != wildcards_.end() && wild->second.writer != writer) {
    need(needs, wild->second.writer, wild->second.seq);
  }
  if (key.kind == KeyHash::Wildcard) {
    // It may equal any value: wait for all that went before, and be waited for by all that follows. Since it waited
    // for the former wildcard too, remembering the latest one is enough.
    for (uint32_t other = 0; other < last_seq_.size(); ++other) {
      if (other != writer && last_seq_[other] > 0) need(needs, other, last_seq_[other]);
    }
    wildcards_[index_id] = {seq, writer};
    return;
  }
  if (const Touch* last = find(key.hash); last != nullptr && last->writer != writer) {
    need(needs, last->writer, last->seq);
  }
  current_[key.hash] = {seq, writer};
}

void ConflictMap::applied(uint64_t seq) {
  if (!previous_.empty() && seq >= previous_newest_) previous_.clear();
  if (previous_.empty() && current_.size() >= kGeneration) {
    previous_.swap(current_);
    previous_newest_ = newest_;
  }
  std::erase_if(wildcards_, [seq](const auto& entry) { return entry.second.seq <= seq; });
}

void ConflictMap::clear() {
  current_.clear();
  previous_.clear();
  wildcards_.clear();
}

}  // namespace sluice::units::sync
