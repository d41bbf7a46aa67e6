#include "core/binlog/format_description.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/binlog/binlog_error.hpp"

namespace sluice::binlog {
namespace {

constexpr size_t kServerVersionSize = 50;
constexpr const char* kWhat = "FORMAT_DESCRIPTION_EVENT";

/// 5.6.24-log -> 50624
int version_number(const std::string& text) {
  int parts[3] = {0, 0, 0};
  const char* p = text.c_str();
  for (int& part : parts) {
    char* end = nullptr;
    part = static_cast<int>(std::strtol(p, &end, 10));
    if (end == p || part < 0 || part > 99) return 0;
    p = *end == '.' ? end + 1 : end;
  }
  return parts[0] * 10000 + parts[1] * 100 + parts[2];
}

/// Servers built from these trees numbered their events in another way ("5.1.2-a_drop5p5", "5.2.1-alpha", ...).
bool has_private_numbering(const std::string& text, int version) {
  const bool alpha = text.find("-a_drop") != std::string::npos || text.find("-alpha") != std::string::npos ||
                     text.find("-wl2325") != std::string::npos;
  return alpha && ((version >= 50101 && version <= 50106) || (version >= 50200 && version <= 50202));
}

bool crc_matches(Bytes event) {
  const size_t n = event.size() - 4;
  // The server sets "in use" in the open file's first event after the checksum was made.
  std::array<uint8_t, EventHeader::kSize> header{};
  std::copy_n(event.begin(), header.size(), header.begin());
  header[17] = static_cast<uint8_t>(header[17] & ~kFlagBinlogInUse);
  uLong crc = crc32(0, header.data(), header.size());
  crc = crc32(crc, event.data() + header.size(), static_cast<uInt>(n - header.size()));
  return load_le<uint32_t>(event.data() + n) == static_cast<uint32_t>(crc);
}

}  // namespace

uint32_t event_crc32(Bytes event_without_checksum) {
  return static_cast<uint32_t>(
      crc32_z(0, event_without_checksum.data(), static_cast<z_size_t>(event_without_checksum.size())));
}

FormatDescription::FormatDescription(Checksum checksum) : checksum_(checksum) {}

FormatDescription FormatDescription::without_checksum() const {
  FormatDescription copy = *this;
  copy.checksum_ = Checksum::kNone;
  return copy;
}

bool FormatDescription::swaps_all_uuids() const {
  const int version = version_number(server_version_);
  const int fixed = version >= 110100 ? 110102 : version >= 110000 ? 110003 : version >= 101100 ? 101105 : 101006;
  return mariadb_ && version < fixed;
}

size_t FormatDescription::post_header_size(EventType type, size_t fallback) const {
  const size_t index = static_cast<size_t>(type) - 1;
  if (type == EventType::kUnknown || index >= post_header_sizes_.size()) return fallback;
  return post_header_sizes_[index];
}

Result<FormatDescription> FormatDescription::parse(Bytes event) {
  auto header = parse_event_header(event);
  if (!header) return header.status().with(kWhat);
  if (header->type != EventType::kFormatDescription || header->event_size != event.size()) {
    return damaged(kWhat, "the event is of type " + describe(header->type) + ", " + std::to_string(header->event_size) +
                              " bytes, in a buffer of " + std::to_string(event.size()));
  }
  ByteReader in(event.subspan(EventHeader::kSize));
  FormatDescription fd;
  const uint16_t version = in.u16();
  const std::string_view text = in.text(kServerVersionSize);
  fd.server_version_ = std::string(text.substr(0, text.find('\0')));
  fd.created_ = in.u32();
  fd.header_size_ = in.u8();
  if (!in.ok()) return damaged(kWhat, "the event ends early, after " + std::to_string(event.size()) + " bytes");
  if (version != 4) {
    return refused("binlog format " + std::to_string(version), "the source is older than MySQL 5.0",
                   "Upgrade the source server.");
  }
  if (fd.header_size_ < EventHeader::kSize) {
    return damaged(kWhat, "an event header of " + std::to_string(fd.header_size_) + " bytes is too short");
  }
  const int number = version_number(fd.server_version_);
  if (has_private_numbering(fd.server_version_, number)) {
    return refused("the binlog of server " + fd.server_version_, "this alpha release numbered its events differently",
                   "Upgrade the source server to a released version.");
  }
  fd.mariadb_ = fd.server_version_.find("MariaDB") != std::string::npos;
  Bytes sizes = in.rest();
  if (number >= (fd.mariadb_ ? 50300 : 50601)) {
    if (sizes.size() < 5) return damaged(kWhat, "the checksum algorithm is missing");
    const uint8_t algorithm = sizes[sizes.size() - 5];
    sizes = sizes.first(sizes.size() - 5);
    if (algorithm > 1) {
      return refused("checksum algorithm " + std::to_string(algorithm), "only NONE (0) and CRC32 (1) are known",
                     "Set binlog_checksum to CRC32 or NONE on the source.");
    }
    fd.checksum_ = static_cast<Checksum>(algorithm);
    if (fd.checksum_ == Checksum::kCrc32 && !crc_matches(event)) {
      return damaged(kWhat, "its CRC32 checksum does not match");
    }
  }
  fd.post_header_sizes_.assign(sizes.begin(), sizes.end());
  return fd;
}

}  // namespace sluice::binlog
