// Only for the .cpp files of this folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/binlog/bytes.hpp"
#include "core/binlog/gtid.hpp"
#include "core/model/error.hpp"
#include "core/upstream/binlog_stream.hpp"
#include "core/upstream/connection.hpp"
#include "core/upstream/server_info.hpp"

namespace sluice::upstream {

/// COM_BINLOG_DUMP: position (4 bytes), flags (2), our server id (4), file name. Pure.
std::vector<uint8_t> dump_request(const std::string& file, uint32_t pos, uint16_t flags, uint32_t server_id);
/// COM_BINLOG_DUMP_GTID: flags (2), server id (4), file name with length (4), position (8), GTID block with length (4).
std::vector<uint8_t> gtid_dump_request(const binlog::GtidSet& seen, uint32_t server_id);

/// One replication connection: set up as a replica's, then it carries nothing but events.
class ReplicationSession {
 public:
  /// Connects and makes the session a replica's; nothing is asked for yet.
  static Result<ReplicationSession> open(const model::Endpoint& endpoint, const StreamOptions& options,
                                         const std::string& our_uuid, const Canceller& canceller);

  const ServerInfo& info() const { return info_; }
  Status start_at(const std::string& file, uint32_t pos);
  Status start_after(const binlog::GtidSet& seen);
  /// The next event as it stands on the wire, valid until the following call. Empty: the server ended the stream.
  Result<binlog::Bytes> read();
  /// What was sent with SET @master_binlog_checksum.
  bool checksum() const { return info_.binlog_checksum == "CRC32"; }

 private:
  ReplicationSession(Connection connection, ServerInfo info, uint32_t server_id)
      : connection_(std::move(connection)), info_(std::move(info)), server_id_(server_id) {}
  Status set_up(const StreamOptions& options, const std::string& our_uuid);
  Status register_replica();
  Status command(int number, const std::vector<uint8_t>& arguments, bool wait_for_ok, const char* name);

  Connection connection_;
  ServerInfo info_;
  uint32_t server_id_;
};

}  // namespace sluice::upstream
