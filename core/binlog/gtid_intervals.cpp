#include <algorithm>

#include "core/binlog/binlog_error.hpp"
#include "core/binlog/gtid.hpp"

// Interval arithmetic and the binary form (MySQL: sql/rpl_gtid_set.cc, Gtid_set::encode).

namespace sluice::binlog {
namespace {

constexpr uint64_t kTaggedFormat = 1;

void put_u64(std::vector<uint8_t>& out, uint64_t v) {
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<uint8_t>(v >> (8 * i)));
}

}  // namespace

void GtidSet::add_interval(Intervals& to, Interval interval) {
  // Almost always the next transaction of the server: extends the last interval.
  if (!to.empty() && to.back().end == interval.begin) {
    to.back().end = interval.end;
    return;
  }
  auto first = std::lower_bound(to.begin(), to.end(), interval,
                                [](const Interval& a, const Interval& b) { return a.end < b.begin; });
  auto last = first;
  for (; last != to.end() && last->begin <= interval.end; ++last) {
    interval.begin = std::min(interval.begin, last->begin);
    interval.end = std::max(interval.end, last->end);
  }
  if (first == last) {
    to.insert(first, interval);
  } else {
    *first = interval;
    to.erase(first + 1, last);
  }
}

GtidSet::Intervals GtidSet::subtract(const Intervals& from, const Intervals& what) {
  Intervals out;
  auto w = what.begin();
  for (Interval rest : from) {
    while (w != what.end() && w->end <= rest.begin) ++w;
    for (auto cut = w; cut != what.end() && cut->begin < rest.end; ++cut) {
      if (cut->begin > rest.begin) out.push_back({rest.begin, cut->begin});
      rest.begin = std::min(cut->end, rest.end);
    }
    if (rest.begin < rest.end) out.push_back(rest);
  }
  return out;
}

bool GtidSet::contains(const Intervals& outer, const Intervals& inner) {
  auto o = outer.begin();
  for (const Interval& i : inner) {
    o = std::lower_bound(o, outer.end(), i, [](const Interval& a, const Interval& b) { return a.end < b.end; });
    if (o == outer.end() || o->begin > i.begin) return false;
  }
  return true;
}

std::vector<uint8_t> GtidSet::encode() const {
  std::vector<uint8_t> out;
  if (flavor_ != Flavor::kMysql) return out;
  const bool tagged = std::any_of(sids_.begin(), sids_.end(), [](const auto& e) { return !e.first.tag.empty(); });
  put_u64(out, tagged ? kTaggedFormat << 56 | sids_.size() << 8 | kTaggedFormat : sids_.size());
  for (const auto& [sid, intervals] : sids_) {
    out.insert(out.end(), sid.uuid.begin(), sid.uuid.end());
    if (tagged) {
      out.push_back(static_cast<uint8_t>(sid.tag.size() << 1));  // a variable-length integer; tags are short
      out.insert(out.end(), sid.tag.begin(), sid.tag.end());
    }
    put_u64(out, intervals.size());
    for (const Interval& i : intervals) {
      put_u64(out, i.begin);
      put_u64(out, i.end);
    }
  }
  return out;
}

Result<GtidSet> GtidSet::decode(Bytes block) {
  constexpr const char* kWhat = "a GTID set";
  GtidSet set(Flavor::kMysql);
  ByteReader in(block);
  const uint64_t head = in.u64();
  const uint64_t format = head >> 56;
  if (in.ok() && format > kTaggedFormat) {
    return damaged(kWhat, "its encoding " + std::to_string(format) + " is not known");
  }
  const bool tagged = format == kTaggedFormat;
  const uint64_t count = tagged ? head >> 8 & 0xffffffffffff : head & 0xffffffffffffff;
  for (uint64_t n = 0; n < count && in.ok(); ++n) {
    Sid sid;
    const Bytes uuid = in.bytes(sid.uuid.size());
    if (in.ok()) std::copy(uuid.begin(), uuid.end(), sid.uuid.begin());
    if (tagged) {
      const uint8_t size = in.u8();
      const std::string_view tag = in.text(size >> 1);
      if (in.ok() && ((size & 1) != 0 || (!tag.empty() && !parse_tag(tag, sid.tag)))) {
        return damaged(kWhat, "the tag of " + uuid_text(sid.uuid) + " is not one");
      }
    }
    const uint64_t intervals = in.u64();
    if (intervals > in.left() / 16) in.fail();
    uint64_t end = 0;
    for (uint64_t i = 0; i < intervals && in.ok(); ++i) {
      const Interval interval{in.u64(), in.u64()};
      // Ascending and disjoint: what the server writes, and what keeps add_interval linear.
      if (interval.begin <= end || interval.end <= interval.begin || interval.end > INT64_MAX) {
        return damaged(kWhat, "the intervals of " + uuid_text(sid.uuid) + " are not in order");
      }
      end = interval.end;
      add_interval(set.sids_[sid], interval);
    }
  }
  if (!in.ok()) return damaged(kWhat, "it is cut off");
  if (!in.at_end()) return damaged(kWhat, std::to_string(in.left()) + " bytes are left over");
  return set;
}

}  // namespace sluice::binlog
