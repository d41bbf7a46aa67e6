#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/binlog/arena.hpp"
#include "core/binlog/event_view.hpp"
#include "core/binlog/gtid.hpp"
#include "core/binlog/table_map.hpp"

namespace sluice::binlog {

// Texts and byte ranges point into the event's buffer, or into the arena where one is passed.

struct RotateEvent {
  uint64_t position = 4;
  std::string_view next_name;
};

struct StopEvent {};

/// Collation numbers as in information_schema.COLLATIONS.ID.
struct QueryCharset {
  uint16_t client = 0;
  uint16_t connection = 0;
  uint16_t server = 0;
};

struct QueryEvent {
  uint32_t thread_id = 0;
  uint32_t exec_time = 0;  ///< seconds
  uint16_t error_code = 0;
  std::string_view schema;
  std::string_view query;  ///< in the client's character set
  std::optional<uint32_t> flags2;
  std::optional<uint64_t> sql_mode;
  std::string_view catalog;
  std::optional<QueryCharset> charset;
  std::string_view time_zone;  ///< "" when not recorded
  uint32_t microseconds = 0;   ///< to add to header.timestamp
  uint16_t auto_increment_increment = 1;
  uint16_t auto_increment_offset = 1;
  std::optional<uint16_t> default_collation_for_utf8mb4;
  std::optional<uint16_t> schema_collation;
  std::optional<uint64_t> xid;  ///< of a DDL logged with its transaction
  /// Code of the first status variable that this decoder does not know. The servers write them in ascending
  /// order and stop at an unknown one too: what follows was not read.
  std::optional<uint8_t> unknown_status_code;
};

struct XidEvent {
  uint64_t xid = 0;
};

/// GTID_LOG, ANONYMOUS_GTID_LOG and GTID_TAGGED_LOG.
struct GtidEvent {
  std::optional<Gtid> gtid;  ///< none when anonymous
  uint8_t flags = 0;         ///< 1 = may have been logged in statement format
  int64_t last_committed = 0;
  int64_t sequence_number = 0;
  uint64_t immediate_commit_us = 0;       ///< microseconds since the epoch; 0 when not recorded (before 8.0)
  uint64_t original_commit_us = 0;        ///< the same on the server of origin
  uint64_t transaction_length = 0;        ///< bytes, this event included; 0 when not recorded
  uint32_t immediate_server_version = 0;  ///< 80032; 0 when not recorded
  uint32_t original_server_version = 0;
};

struct PreviousGtidsEvent {
  GtidSet set{Flavor::kMysql};
};

/// MariaDbGtidEvent::flags
inline constexpr uint8_t kMariaStandalone = 1;  ///< no COMMIT or XID follows: a DDL
inline constexpr uint8_t kMariaGroupCommit = 2;
inline constexpr uint8_t kMariaTransactional = 4;
inline constexpr uint8_t kMariaDdl = 32;
inline constexpr uint8_t kMariaPreparedXa = 64;
inline constexpr uint8_t kMariaCompletedXa = 128;
/// MariaDbGtidEvent::flags_extra
inline constexpr uint8_t kMariaStartAlter = 2;
inline constexpr uint8_t kMariaCommitAlter = 4;
inline constexpr uint8_t kMariaRollbackAlter = 8;

struct MariaDbGtidEvent {
  MariaDbGtid gtid;  ///< server_id comes from the event's header
  uint8_t flags = 0;
  uint8_t flags_extra = 0;
  uint64_t commit_id = 0;  ///< 0 = not part of a group commit
  std::string_view xid;    ///< gtrid and bqual of an XA transaction
};

/// The state at the beginning of a MariaDB file; the newest entry of each domain counts.
struct MariaDbGtidListEvent {
  GtidSet set{Flavor::kMariaDb};
  uint8_t flags = 0;
};

/// ANNOTATE_ROWS and ROWS_QUERY_LOG: the statement behind the row events that follow.
struct RowsQueryEvent {
  std::string_view query;
};

struct BinlogCheckpointEvent {
  std::string_view name;
};

enum class RowsKind : uint8_t { kInsert = 1, kUpdate = 2, kDelete = 3 };  // numbers as SLUICE_INSERT, ...

/// Row changes before their values are decoded; RowsDecoder does that.
struct RowsEvent {
  uint64_t table_id = 0;
  uint16_t flags = 0;
  RowsKind kind = RowsKind::kInsert;
  uint32_t column_count = 0;
  Bytes present_before;  ///< bitmap of columns in the before image (updates, deletes)
  Bytes present_after;   ///< bitmap of columns in the after image (inserts, updates)
  Bytes rows;

  bool statement_end() const { return (flags & 1) != 0; }
  /// Only ends the statement; refers to no table.
  bool dummy() const { return rows.empty() && (table_id == 0xffffff || table_id >= 0xffffffffu); }
};

/// TRANSACTION_PAYLOAD: a whole transaction, compressed. PayloadReader (payload.hpp) walks over its events.
struct TransactionPayloadEvent {
  enum class Compression : uint8_t { kZstd = 0, kNone = 255 };
  Compression compression = Compression::kNone;
  uint64_t uncompressed_size = 0;
  Bytes payload;
};

struct HeartbeatEvent {
  std::string_view name;  ///< file the source is at
  uint64_t position = 0;  ///< header.log_pos (V1) or the 64-bit field (V2)
};

struct IncidentEvent {
  uint16_t number = 0;  ///< 1 = LOST_EVENTS
  std::string_view message;
};

/// INTVAR, RAND and USER_VAR: context of a statement-format query. Useless without the statement, harmless alone.
struct StatementContextEvent {};

struct XaPrepareEvent {
  bool one_phase = false;
  int32_t format_id = 0;
  std::string_view gtrid;
  std::string_view bqual;
};

struct ViewChangeEvent {
  std::string_view view_id;
  uint64_t sequence_number = 0;
};

/// Carries nothing that a replica needs: TRANSACTION_CONTEXT, IGNORABLE, or an unknown type that is marked
/// as ignorable.
struct IgnoredEvent {};

using Event = std::variant<IgnoredEvent, FormatDescription, RotateEvent, StopEvent, QueryEvent, XidEvent, GtidEvent,
                           PreviousGtidsEvent, MariaDbGtidEvent, MariaDbGtidListEvent, RowsQueryEvent,
                           BinlogCheckpointEvent, TableMap, RowsEvent, TransactionPayloadEvent, HeartbeatEvent,
                           IncidentEvent, StatementContextEvent, XaPrepareEvent, ViewChangeEvent>;

/// Decodes any event. What cannot be replicated is refused by name: statement-format LOAD DATA (36014), partial
/// JSON updates (11126), encryption, pre-GA and unknown events that are not marked ignorable (36069). The arena
/// receives the uncompressed part of MariaDB's compressed events and nothing else.
Result<Event> decode_event(const EventView& view, const FormatDescription& format, Arena& arena);

// The same for one type each; the view must be of that type.
Result<RotateEvent> decode_rotate(const EventView& view, const FormatDescription& format);
/// QUERY and QUERY_COMPRESSED.
Result<QueryEvent> decode_query(const EventView& view, const FormatDescription& format, Arena& arena);
Result<GtidEvent> decode_gtid(const EventView& view);
Result<MariaDbGtidEvent> decode_mariadb_gtid(const EventView& view);
/// WRITE/UPDATE/DELETE_ROWS of V1, V2 and MariaDB's compressed forms.
Result<RowsEvent> decode_rows(const EventView& view, const FormatDescription& format, Arena& arena);
Result<TransactionPayloadEvent> decode_transaction_payload(const EventView& view);

}  // namespace sluice::binlog
