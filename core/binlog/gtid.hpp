#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/binlog/bytes.hpp"
#include "core/model/error.hpp"

namespace sluice::binlog {

enum class Flavor : uint8_t { kMysql, kMariaDb };

using Uuid = std::array<uint8_t, 16>;

/// MySQL: uuid[:tag]:number.
struct Gtid {
  Uuid uuid{};
  std::string tag;      ///< lower case; "" = none (8.3 and later have tags)
  uint64_t number = 0;  ///< from 1

  std::string to_string() const;
  bool operator==(const Gtid&) const = default;
};

/// MariaDB: domain-server-sequence.
struct MariaDbGtid {
  uint32_t domain = 0;
  uint32_t server_id = 0;
  uint64_t sequence = 0;

  std::string to_string() const;
  bool operator==(const MariaDbGtid&) const = default;
};

/// Which transactions have been seen. A plain value; const calls are safe from several threads.
///
/// MySQL: intervals of numbers by uuid and tag, with holes. MariaDB: the newest GTID of each domain, which stands
/// for all before it in the domain. Two sets of different flavours never mix: operations that get one of the
/// other flavour return false or do nothing to the set, as said at each.
class GtidSet {
 public:
  explicit GtidSet(Flavor flavor) : flavor_(flavor) {}

  /// "uuid:1-5:7,uuid2:1-3:tag:1" or "0-1-100,1-2-5"; blanks and line breaks are allowed around the parts; ""
  /// is the empty set. Intervals may overlap and come in any order.
  static Result<GtidSet> parse(Flavor flavor, std::string_view text);

  /// Canonical: what parse() of equal sets gives is equal text. As the server prints it, without line breaks.
  std::string to_string() const;

  Flavor flavor() const { return flavor_; }
  bool empty() const { return sids_.empty() && domains_.empty(); }
  /// How many transactions (MySQL; saturating) or domains (MariaDB).
  uint64_t count() const;

  bool contains(const Gtid& gtid) const;
  /// Sequence <= the one known of the domain.
  bool contains(const MariaDbGtid& gtid) const;
  /// Every set contains the empty one, of either flavour.
  bool contains(const GtidSet& other) const;
  bool operator==(const GtidSet& other) const;

  /// False when the GTID does not fit the flavour, or its number is out of range (0, 2^63-1 or more).
  bool add(const Gtid& gtid);
  /// Replaces the domain's entry when newer (a lower sequence leaves the set as it is).
  bool add(const MariaDbGtid& gtid);
  /// Union. False, without effect, when `other` is a non-empty set of the other flavour.
  bool add(const GtidSet& other);
  /// Difference. MariaDB: drops the domains in which `other` is as new or newer.
  bool subtract(const GtidSet& other);

  /// MySQL only: the block that COM_BINLOG_DUMP_GTID sends and PREVIOUS_GTIDS carries. With tags in the set the
  /// tagged format of 8.3+ is used, which older servers do not read. Empty for MariaDB sets.
  std::vector<uint8_t> encode() const;
  /// The reverse, of both formats. Every length is checked; trailing bytes are an error.
  static Result<GtidSet> decode(Bytes block);

  /// MariaDB: the entries, ascending by domain.
  std::vector<MariaDbGtid> domains() const;

 private:
  /// Numbers from begin up to, not including, end.
  struct Interval {
    uint64_t begin;
    uint64_t end;
    bool operator==(const Interval&) const = default;
  };
  using Intervals = std::vector<Interval>;  // ascending, disjoint, not touching
  struct Sid {
    Uuid uuid{};
    std::string tag;
    auto operator<=>(const Sid&) const = default;
  };

  static void add_interval(Intervals& to, Interval interval);
  static Intervals subtract(const Intervals& from, const Intervals& what);
  static bool contains(const Intervals& outer, const Intervals& inner);
  Status parse_mysql_part(std::string_view part);
  Status parse_mariadb_part(std::string_view part);

  Flavor flavor_;
  std::map<Sid, Intervals> sids_;
  std::map<uint32_t, MariaDbGtid> domains_;
};

std::string uuid_text(const Uuid& uuid);
/// 8-4-4-4-12 hexadecimal digits of either case. False when `text` is none.
bool parse_uuid(std::string_view text, Uuid& out);
/// [a-z_][a-z0-9_]{0,31}, upper case folded. False when `text` is none.
bool parse_tag(std::string_view text, std::string& out);

}  // namespace sluice::binlog
