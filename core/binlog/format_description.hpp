#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/binlog/event_header.hpp"

namespace sluice::binlog {

enum class Checksum : uint8_t { kNone = 0, kCrc32 = 1 };

/// How the events of one file (or stream) are laid out: what FORMAT_DESCRIPTION_EVENT says, and what to assume
/// before one was seen. A plain value.
class FormatDescription {
 public:
  /// What to assume at the beginning of a stream: the first (fake) ROTATE comes before the description and
  /// carries a checksum when the replica asked for checksums with @master_binlog_checksum.
  explicit FormatDescription(Checksum checksum = Checksum::kNone);

  /// Parses the whole event, header included; its checksum is verified when it has one. Refuses binlog versions
  /// below 4 (servers before 5.0) and the private numbering of 5.1/5.2 alpha servers.
  static Result<FormatDescription> parse(Bytes event);

  Checksum checksum() const { return checksum_; }
  size_t checksum_size() const { return checksum_ == Checksum::kCrc32 ? 4 : 0; }
  /// The same layout without checksums: inner events of a TRANSACTION_PAYLOAD_EVENT.
  FormatDescription without_checksum() const;

  const std::string& server_version() const { return server_version_; }
  bool mariadb() const { return mariadb_; }
  /// MariaDB before MDEV-29959 (10.10.6, 10.11.5, 11.0.3, 11.1.2) stored UUIDs of all versions with their parts in
  /// reverse order, later servers only those of versions 1 to 5.
  bool swaps_all_uuids() const;
  uint32_t created() const { return created_; }
  /// At least 19.
  size_t header_size() const { return header_size_; }
  /// Size of the fixed part behind the header. `fallback` when the description does not list the type.
  size_t post_header_size(EventType type, size_t fallback) const;

 private:
  Checksum checksum_;
  uint8_t header_size_ = EventHeader::kSize;
  bool mariadb_ = false;
  uint32_t created_ = 0;
  std::string server_version_;
  std::vector<uint8_t> post_header_sizes_;  ///< by type - 1
};

/// CRC32 as the binlog uses it, over `event` without its last four bytes.
uint32_t event_crc32(Bytes event_without_checksum);

}  // namespace sluice::binlog
