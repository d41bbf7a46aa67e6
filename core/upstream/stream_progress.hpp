#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/binlog/event_header.hpp"
#include "core/binlog/gtid.hpp"

namespace sluice::upstream {

/// None: no GTID event, or an anonymous one.
using AnyGtid = std::variant<std::monostate, binlog::Gtid, binlog::MariaDbGtid>;

/// The end of an event whose header says `log_pos` (the low 32 bits), when the one before ended at `previous_end` and
/// the event has `size` bytes: `previous_end + size` when that fits, else the next place behind it that fits (a server
/// that filters by GTID passes over events). Pure.
uint64_t event_end(uint64_t previous_end, uint32_t size, uint32_t log_pos);

/// The boundaries of transactions in a stream: where to begin again after the connection was lost, and what the events
/// of the open transaction looked like. Pure, no I/O.
///
/// A transaction opens with a GTID event (MySQL 33, 34, 42, MariaDB 162), without GTIDs with QUERY "BEGIN" or the
/// variables of a statement, and ends with XID, XA_PREPARE, QUERY "COMMIT" or "ROLLBACK", the one statement of a DDL,
/// TRANSACTION_PAYLOAD, or a new file. Where in doubt it stays open: that costs a few events read again.
class StreamProgress {
 public:
  struct Point {
    std::string file;
    uint64_t pos = 4;
  };
  /// What is compared when another server sends the transaction again: its files and table ids differ.
  struct Print {
    binlog::EventType type{};
    uint32_t size = 0;
    uint32_t sample = 0;
    friend bool operator==(const Print&, const Print&) = default;
  };

  StreamProgress(Point start, bool keep_prints) : at_(std::move(start)), safe_(at_), keep_prints_(keep_prints) {}

  /// An event that stands in a file has been delivered. `body` is without header and checksum.
  /// Returns the GTID of the transaction that is complete with it.
  AnyGtid delivered(const binlog::EventHeader& header, binlog::Bytes body, uint64_t start, uint64_t end,
                    const AnyGtid& gtid);
  /// The stream goes on in this file, at `pos`.
  void moved_to(const std::string& file, uint64_t pos);
  /// Another server goes on with the open transaction, in its own file.
  void taken_over_at(const std::string& file, uint64_t pos) { at_ = {file, pos}; }

  /// Behind the newest delivered event.
  const Point& at() const { return at_; }
  /// Start of the open transaction, else at().
  const Point& safe() const { return open_ ? safe_ : at_; }
  bool open() const { return open_; }
  /// Of the open transaction.
  const AnyGtid& gtid() const { return gtid_; }
  const std::vector<Print>& prints() const { return prints_; }

  static Print print_of(const binlog::EventHeader& header, binlog::Bytes body);

 private:
  void begin(uint64_t start, bool has_begin, const AnyGtid& gtid);
  bool ends_with(const binlog::EventHeader& header, binlog::Bytes body, uint64_t start);
  bool query_ends(binlog::Bytes body, uint64_t start);
  void close();

  Point at_;
  Point safe_;
  bool open_ = false;
  bool has_begin_ = false;  // more than one statement may follow
  bool keep_prints_ = false;
  AnyGtid gtid_;
  std::vector<Print> prints_;
};

}  // namespace sluice::upstream
