#include "core/binlog/gtid.hpp"

#include <algorithm>
#include <charconv>

#include "core/binlog/binlog_error.hpp"

namespace sluice::binlog {
namespace {

constexpr uint64_t kMaxNumber = INT64_MAX - 1;  // the server's GNO_END - 1

std::string_view trim(std::string_view s) {
  constexpr const char* kBlank = " \t\r\n";
  const size_t first = s.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return s.substr(first, s.find_last_not_of(kBlank) - first + 1);
}

/// Cuts off the part up to `separator` (or all) and trims it.
std::string_view take(std::string_view& rest, char separator) {
  const size_t at = rest.find(separator);
  const std::string_view part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return trim(part);
}

template <typename T>
bool parse_number(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

Error invalid(std::string_view text, const std::string& why) {
  return make_error(36069, "\"" + std::string(text.substr(0, 200)) + "\" is not a valid GTID set", why,
                    "Write MySQL sets as uuid:1-5:7,uuid:tag:1-3 and MariaDB sets as domain-server-sequence,...");
}

}  // namespace

std::string Gtid::to_string() const {
  return uuid_text(uuid) + ":" + (tag.empty() ? "" : tag + ":") + std::to_string(number);
}

std::string MariaDbGtid::to_string() const {
  return std::to_string(domain) + "-" + std::to_string(server_id) + "-" + std::to_string(sequence);
}

std::string uuid_text(const Uuid& uuid) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += kHex[uuid[i] >> 4];
    out += kHex[uuid[i] & 15];
  }
  return out;
}

bool parse_uuid(std::string_view text, Uuid& out) {
  if (text.size() != 36) return false;
  size_t at = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    if ((i == 4 || i == 6 || i == 8 || i == 10) && text[at++] != '-') return false;
    uint8_t byte = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 2, byte, 16);
    if (error != std::errc() || end != text.data() + at + 2) return false;
    out[i] = byte;
    at += 2;
  }
  return true;
}

bool parse_tag(std::string_view text, std::string& out) {
  constexpr size_t kMaxTag = 32;
  if (text.empty() || text.size() > kMaxTag) return false;
  std::string folded(text);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool digit = c >= '0' && c <= '9';
    if (!(c >= 'a' && c <= 'z') && c != '_' && !digit) return false;
  }
  if (folded[0] >= '0' && folded[0] <= '9') return false;
  out = std::move(folded);
  return true;
}

Result<GtidSet> GtidSet::parse(Flavor flavor, std::string_view text) {
  GtidSet set(flavor);
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view part = take(rest, ',');
    if (part.empty()) continue;  // the server prints and accepts empty parts
    Status st = flavor == Flavor::kMysql ? set.parse_mysql_part(part) : set.parse_mariadb_part(part);
    if (!st) return st;
  }
  return set;
}

Status GtidSet::parse_mysql_part(std::string_view part) {
  std::string_view rest = part;
  Sid sid;
  if (!parse_uuid(take(rest, ':'), sid.uuid)) return invalid(part, "it does not begin with a UUID");
  bool any = false;
  while (!rest.empty()) {
    const std::string_view item = take(rest, ':');
    std::string tag;
    if (parse_tag(item, tag)) {
      sid.tag = std::move(tag);
      any = false;
      continue;
    }
    Interval interval{};
    std::string_view numbers = item;
    const std::string_view first = take(numbers, '-');
    if (!parse_number(first, interval.begin)) return invalid(part, "\"" + std::string(item) + "\" is no interval");
    interval.end = interval.begin;
    if (item.find('-') != std::string_view::npos && !parse_number(trim(numbers), interval.end)) {
      return invalid(part, "\"" + std::string(item) + "\" is no interval");
    }
    if (interval.begin == 0 || interval.end < interval.begin || interval.end > kMaxNumber) {
      return invalid(part, "the interval " + std::string(item) + " is empty or out of range");
    }
    ++interval.end;
    add_interval(sids_[sid], interval);
    any = true;
  }
  if (!any) return invalid(part, "the UUID or tag has no interval");
  return {};
}

Status GtidSet::parse_mariadb_part(std::string_view part) {
  std::string_view rest = part;
  MariaDbGtid gtid;
  const bool ok = parse_number(take(rest, '-'), gtid.domain) && parse_number(take(rest, '-'), gtid.server_id) &&
                  parse_number(trim(rest), gtid.sequence);
  if (!ok) return invalid(part, "a MariaDB GTID is domain-server-sequence");
  add(gtid);
  return {};
}

std::string GtidSet::to_string() const {
  std::string out;
  const Sid* previous = nullptr;
  for (const auto& [sid, intervals] : sids_) {
    if (previous != nullptr && previous->uuid == sid.uuid) {
      out += ':' + sid.tag;
    } else {
      if (previous != nullptr) out += ',';
      out += uuid_text(sid.uuid);
      if (!sid.tag.empty()) out += ':' + sid.tag;
    }
    for (const Interval& i : intervals) {
      out += ':' + std::to_string(i.begin);
      if (i.end - i.begin > 1) out += '-' + std::to_string(i.end - 1);
    }
    previous = &sid;
  }
  for (const auto& [domain, gtid] : domains_) {
    if (!out.empty()) out += ',';
    out += gtid.to_string();
  }
  return out;
}

uint64_t GtidSet::count() const {
  uint64_t total = domains_.size();
  for (const auto& [sid, intervals] : sids_) {
    for (const Interval& i : intervals) {
      const uint64_t n = i.end - i.begin;
      total = total > UINT64_MAX - n ? UINT64_MAX : total + n;
    }
  }
  return total;
}

bool GtidSet::contains(const Gtid& gtid) const {
  const auto it = sids_.find(Sid{gtid.uuid, gtid.tag});
  return it != sids_.end() && contains(it->second, {{gtid.number, gtid.number + 1}});
}

bool GtidSet::contains(const MariaDbGtid& gtid) const {
  const auto it = domains_.find(gtid.domain);
  return it != domains_.end() && gtid.sequence <= it->second.sequence;
}

bool GtidSet::contains(const GtidSet& other) const {
  for (const auto& [sid, intervals] : other.sids_) {
    const auto it = sids_.find(sid);
    if (it == sids_.end() || !contains(it->second, intervals)) return false;
  }
  return std::all_of(other.domains_.begin(), other.domains_.end(),
                     [this](const auto& entry) { return this->contains(entry.second); });
}

bool GtidSet::operator==(const GtidSet& other) const {
  return flavor_ == other.flavor_ && sids_ == other.sids_ && domains_ == other.domains_;
}

bool GtidSet::add(const Gtid& gtid) {
  if (flavor_ != Flavor::kMysql || gtid.number == 0 || gtid.number > kMaxNumber) return false;
  add_interval(sids_[Sid{gtid.uuid, gtid.tag}], {gtid.number, gtid.number + 1});
  return true;
}

bool GtidSet::add(const MariaDbGtid& gtid) {
  if (flavor_ != Flavor::kMariaDb) return false;
  const auto [it, inserted] = domains_.try_emplace(gtid.domain, gtid);
  if (!inserted && gtid.sequence > it->second.sequence) it->second = gtid;
  return true;
}

bool GtidSet::add(const GtidSet& other) {
  if (other.empty() || &other == this) return true;
  if (other.flavor_ != flavor_) return false;
  for (const auto& [sid, intervals] : other.sids_) {
    Intervals& mine = sids_[sid];
    for (const Interval& i : intervals) add_interval(mine, i);
  }
  for (const auto& [domain, gtid] : other.domains_) add(gtid);
  return true;
}

bool GtidSet::subtract(const GtidSet& other) {
  if (other.empty()) return true;
  if (other.flavor_ != flavor_) return false;
  if (&other == this) {
    sids_.clear();
    domains_.clear();
    return true;
  }
  for (const auto& [sid, intervals] : other.sids_) {
    const auto it = sids_.find(sid);
    if (it == sids_.end()) continue;
    it->second = subtract(it->second, intervals);
    if (it->second.empty()) sids_.erase(it);
  }
  std::erase_if(domains_, [&other](const auto& entry) { return other.contains(entry.second); });
  return true;
}

std::vector<MariaDbGtid> GtidSet::domains() const {
  std::vector<MariaDbGtid> out;
  for (const auto& [domain, gtid] : domains_) out.push_back(gtid);
  return out;
}

}  // namespace sluice::binlog
