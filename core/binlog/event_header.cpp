#include "core/binlog/event_header.hpp"

#include "core/binlog/binlog_error.hpp"

namespace sluice::binlog {

const char* event_type_name(EventType type) {
  switch (type) {
    case EventType::kUnknown: break;
    case EventType::kStartV3: return "START_EVENT_V3";
    case EventType::kQuery: return "QUERY_EVENT";
    case EventType::kStop: return "STOP_EVENT";
    case EventType::kRotate: return "ROTATE_EVENT";
    case EventType::kIntvar: return "INTVAR_EVENT";
    case EventType::kLoad: return "LOAD_EVENT";
    case EventType::kSlave: return "SLAVE_EVENT";
    case EventType::kCreateFile: return "CREATE_FILE_EVENT";
    case EventType::kAppendBlock: return "APPEND_BLOCK_EVENT";
    case EventType::kExecLoad: return "EXEC_LOAD_EVENT";
    case EventType::kDeleteFile: return "DELETE_FILE_EVENT";
    case EventType::kNewLoad: return "NEW_LOAD_EVENT";
    case EventType::kRand: return "RAND_EVENT";
    case EventType::kUserVar: return "USER_VAR_EVENT";
    case EventType::kFormatDescription: return "FORMAT_DESCRIPTION_EVENT";
    case EventType::kXid: return "XID_EVENT";
    case EventType::kBeginLoadQuery: return "BEGIN_LOAD_QUERY_EVENT";
    case EventType::kExecuteLoadQuery: return "EXECUTE_LOAD_QUERY_EVENT";
    case EventType::kTableMap: return "TABLE_MAP_EVENT";
    case EventType::kPreGaWriteRows: return "PRE_GA_WRITE_ROWS_EVENT";
    case EventType::kPreGaUpdateRows: return "PRE_GA_UPDATE_ROWS_EVENT";
    case EventType::kPreGaDeleteRows: return "PRE_GA_DELETE_ROWS_EVENT";
    case EventType::kWriteRowsV1: return "WRITE_ROWS_EVENT_V1";
    case EventType::kUpdateRowsV1: return "UPDATE_ROWS_EVENT_V1";
    case EventType::kDeleteRowsV1: return "DELETE_ROWS_EVENT_V1";
    case EventType::kIncident: return "INCIDENT_EVENT";
    case EventType::kHeartbeat: return "HEARTBEAT_LOG_EVENT";
    case EventType::kIgnorable: return "IGNORABLE_LOG_EVENT";
    case EventType::kRowsQuery: return "ROWS_QUERY_LOG_EVENT";
    case EventType::kWriteRows: return "WRITE_ROWS_EVENT";
    case EventType::kUpdateRows: return "UPDATE_ROWS_EVENT";
    case EventType::kDeleteRows: return "DELETE_ROWS_EVENT";
    case EventType::kGtid: return "GTID_LOG_EVENT";
    case EventType::kAnonymousGtid: return "ANONYMOUS_GTID_LOG_EVENT";
    case EventType::kPreviousGtids: return "PREVIOUS_GTIDS_LOG_EVENT";
    case EventType::kTransactionContext: return "TRANSACTION_CONTEXT_EVENT";
    case EventType::kViewChange: return "VIEW_CHANGE_EVENT";
    case EventType::kXaPrepare: return "XA_PREPARE_LOG_EVENT";
    case EventType::kPartialUpdateRows: return "PARTIAL_UPDATE_ROWS_EVENT";
    case EventType::kTransactionPayload: return "TRANSACTION_PAYLOAD_EVENT";
    case EventType::kHeartbeatV2: return "HEARTBEAT_LOG_EVENT_V2";
    case EventType::kGtidTagged: return "GTID_TAGGED_LOG_EVENT";
    case EventType::kMariaAnnotateRows: return "ANNOTATE_ROWS_EVENT";
    case EventType::kMariaBinlogCheckpoint: return "BINLOG_CHECKPOINT_EVENT";
    case EventType::kMariaGtid: return "GTID_EVENT";
    case EventType::kMariaGtidList: return "GTID_LIST_EVENT";
    case EventType::kMariaStartEncryption: return "START_ENCRYPTION_EVENT";
    case EventType::kMariaQueryCompressed: return "QUERY_COMPRESSED_EVENT";
    case EventType::kMariaWriteRowsCompressedV1: return "WRITE_ROWS_COMPRESSED_EVENT_V1";
    case EventType::kMariaUpdateRowsCompressedV1: return "UPDATE_ROWS_COMPRESSED_EVENT_V1";
    case EventType::kMariaDeleteRowsCompressedV1: return "DELETE_ROWS_COMPRESSED_EVENT_V1";
    case EventType::kMariaWriteRowsCompressed: return "WRITE_ROWS_COMPRESSED_EVENT";
    case EventType::kMariaUpdateRowsCompressed: return "UPDATE_ROWS_COMPRESSED_EVENT";
    case EventType::kMariaDeleteRowsCompressed: return "DELETE_ROWS_COMPRESSED_EVENT";
  }
  return "UNKNOWN_EVENT";
}

std::string describe(EventType type) {
  return std::string(event_type_name(type)) + " (" + std::to_string(static_cast<int>(type)) + ")";
}

bool is_known(EventType type) {
  const auto n = static_cast<uint8_t>(type);
  return (n >= 1 && n <= 42) || (n >= 160 && n <= 171);
}

bool is_rows(EventType type) {
  const auto n = static_cast<uint8_t>(type);
  return (n >= 20 && n <= 25) || (n >= 30 && n <= 32) || n == 39 || (n >= 166 && n <= 171);
}

Result<EventHeader> parse_event_header(Bytes data) {
  if (data.size() < EventHeader::kSize) {
    return damaged("an event header", "19 bytes are needed, " + std::to_string(data.size()) + " are there");
  }
  EventHeader h;
  h.timestamp = load_le<uint32_t>(data.data());
  h.type = static_cast<EventType>(data[4]);
  h.server_id = load_le<uint32_t>(data.data() + 5);
  h.event_size = load_le<uint32_t>(data.data() + 9);
  h.log_pos = load_le<uint32_t>(data.data() + 13);
  h.flags = load_le<uint16_t>(data.data() + 17);
  if (h.event_size < EventHeader::kSize) {
    return damaged("an event header", describe(h.type) + " claims a size of " + std::to_string(h.event_size) +
                                          " bytes, less than its header");
  }
  return h;
}

}  // namespace sluice::binlog
