#pragma once

#include <cstdint>
#include <string>

#include "core/binlog/bytes.hpp"
#include "core/model/error.hpp"

namespace sluice::binlog {

/// Event types of binlog format 4: MySQL 5.0 to 9.x (libs/mysql/binlog/event/binlog_event.h) and MariaDB
/// (sql/log_event.h). Types 1 to 42 mean the same to both as far as both have them.
enum class EventType : uint8_t {
  kUnknown = 0,
  kStartV3 = 1,
  kQuery = 2,
  kStop = 3,
  kRotate = 4,
  kIntvar = 5,
  kLoad = 6,
  kSlave = 7,
  kCreateFile = 8,
  kAppendBlock = 9,
  kExecLoad = 10,
  kDeleteFile = 11,
  kNewLoad = 12,
  kRand = 13,
  kUserVar = 14,
  kFormatDescription = 15,
  kXid = 16,
  kBeginLoadQuery = 17,
  kExecuteLoadQuery = 18,
  kTableMap = 19,
  kPreGaWriteRows = 20,
  kPreGaUpdateRows = 21,
  kPreGaDeleteRows = 22,
  kWriteRowsV1 = 23,
  kUpdateRowsV1 = 24,
  kDeleteRowsV1 = 25,
  kIncident = 26,
  kHeartbeat = 27,
  kIgnorable = 28,
  kRowsQuery = 29,
  kWriteRows = 30,
  kUpdateRows = 31,
  kDeleteRows = 32,
  kGtid = 33,
  kAnonymousGtid = 34,
  kPreviousGtids = 35,
  kTransactionContext = 36,
  kViewChange = 37,
  kXaPrepare = 38,
  kPartialUpdateRows = 39,
  kTransactionPayload = 40,
  kHeartbeatV2 = 41,
  kGtidTagged = 42,
  kMariaAnnotateRows = 160,
  kMariaBinlogCheckpoint = 161,
  kMariaGtid = 162,
  kMariaGtidList = 163,
  kMariaStartEncryption = 164,
  kMariaQueryCompressed = 165,
  kMariaWriteRowsCompressedV1 = 166,
  kMariaUpdateRowsCompressedV1 = 167,
  kMariaDeleteRowsCompressedV1 = 168,
  kMariaWriteRowsCompressed = 169,
  kMariaUpdateRowsCompressed = 170,
  kMariaDeleteRowsCompressed = 171,
};

/// The server's own name, e.g. "WRITE_ROWS_EVENT"; "UNKNOWN_EVENT" for a number that is not in the list.
const char* event_type_name(EventType type);
/// Name and number for messages: "WRITE_ROWS_EVENT (30)".
std::string describe(EventType type);
/// True for every number of the enum but kUnknown.
bool is_known(EventType type);
/// Row changes in any encoding, PARTIAL_UPDATE_ROWS included.
bool is_rows(EventType type);

/// EventHeader::flags
inline constexpr uint16_t kFlagBinlogInUse = 0x1;
inline constexpr uint16_t kFlagThreadSpecific = 0x4;
inline constexpr uint16_t kFlagSuppressUse = 0x8;
/// Made up by the server or the relay, not part of the file (fake ROTATE).
inline constexpr uint16_t kFlagArtificial = 0x20;
inline constexpr uint16_t kFlagRelayLog = 0x40;
/// A reader that does not know the event may pass over it.
inline constexpr uint16_t kFlagIgnorable = 0x80;

/// The common header of every event, 19 bytes on the wire.
struct EventHeader {
  static constexpr size_t kSize = 19;

  uint32_t timestamp = 0;  ///< seconds since the epoch; 0 in artificial events
  EventType type = EventType::kUnknown;
  uint32_t server_id = 0;
  uint32_t event_size = 0;  ///< header, body and checksum
  uint32_t log_pos = 0;     ///< end of the event in its file, modulo 2^32; 0 in artificial and inner events
  uint16_t flags = 0;

  bool ignorable() const { return (flags & kFlagIgnorable) != 0; }
  bool artificial() const { return (flags & kFlagArtificial) != 0 || log_pos == 0; }
};

/// Reads a header. Fails when fewer than 19 bytes are there or the event's size is less than 19; whether the
/// whole event is there is for the caller to check.
Result<EventHeader> parse_event_header(Bytes data);

}  // namespace sluice::binlog
