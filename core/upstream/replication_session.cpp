#include "core/upstream/replication_session.hpp"

#include <unistd.h>

#include "core/upstream/connection_impl.hpp"

namespace sluice::upstream {
namespace {

constexpr int kComBinlogDump = 0x12;
constexpr int kComRegisterSlave = 0x15;
constexpr int kComBinlogDumpGtid = 0x1e;   // unknown to the client library's header, but it sends any number
constexpr uint16_t kSendAnnotateRows = 2;  // MariaDB
constexpr uint16_t kThroughGtid = 4;       // MySQL

void put(std::vector<uint8_t>& out, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

void put(std::vector<uint8_t>& out, const std::string& text) { out.insert(out.end(), text.begin(), text.end()); }

}  // namespace

std::vector<uint8_t> dump_request(const std::string& file, uint32_t pos, uint16_t flags, uint32_t server_id) {
  std::vector<uint8_t> out;
  put(out, pos, 4);
  put(out, flags, 2);
  put(out, server_id, 4);
  put(out, file);
  return out;
}

std::vector<uint8_t> gtid_dump_request(const binlog::GtidSet& seen, uint32_t server_id) {
  const std::vector<uint8_t> block = seen.encode();
  std::vector<uint8_t> out;
  put(out, kThroughGtid, 2);
  put(out, server_id, 4);
  put(out, 0, 4);  // no file: the server finds it
  put(out, 4, 8);
  put(out, block.size(), 4);
  out.insert(out.end(), block.begin(), block.end());
  return out;
}

Result<ReplicationSession> ReplicationSession::open(const model::Endpoint& endpoint, const StreamOptions& options,
                                                    const std::string& our_uuid, const Canceller& canceller) {
  ConnectionOptions settings;
  settings.read_timeout = options.read_timeout;
  settings.role = "binlog";
  Result<Connection> connection = Connection::open(endpoint, settings, canceller);
  if (!connection) return connection.status();
  Result<ServerInfo> info = server_variables(*connection);
  if (!info) return info.status();
  ReplicationSession session(std::move(*connection), std::move(*info), options.server_id);
  if (Status status = session.set_up(options, our_uuid); !status) return status;
  return session;
}

Status ReplicationSession::set_up(const StreamOptions& options, const std::string& our_uuid) {
  // MySQL 8.0.26 renamed these user variables and reads both names; older servers read the first ones only.
  const std::string heartbeat = std::to_string(options.heartbeat.count() * 1'000'000);
  std::string sql = "SET @master_heartbeat_period = " + heartbeat + ", @source_heartbeat_period = " + heartbeat;
  if (!info_.binlog_checksum.empty()) {
    const std::string algorithm = checksum() ? "'CRC32'" : "'NONE'";
    sql += ", @master_binlog_checksum = " + algorithm + ", @source_binlog_checksum = " + algorithm;
  }
  sql += ", @slave_uuid = '" + our_uuid + "', @replica_uuid = '" + our_uuid + "'";
  if (info_.mariadb()) sql += ", @mariadb_slave_capability = 4";
  if (Status status = connection_.exec(sql); !status) return status;
  // A slow target must not look like a dead replica to the source: its default is 60 s.
  (void)connection_.exec("SET SESSION net_write_timeout = 600");
  return register_replica();
}

// Makes us appear in SHOW SLAVE HOSTS, from where others learn which server ids are taken.
Status ReplicationSession::register_replica() {
  char name[256] = {};
  std::string host = ::gethostname(name, sizeof name - 1) == 0 ? name : "";
  if (host.size() > 60) host.resize(60);
  std::vector<uint8_t> arguments;
  put(arguments, server_id_, 4);
  put(arguments, host.size(), 1);
  put(arguments, host);
  put(arguments, 0, 1);  // user
  put(arguments, 0, 1);  // password
  put(arguments, 0, 2);  // port
  put(arguments, 0, 4);  // rank
  put(arguments, 0, 4);  // master id
  return command(kComRegisterSlave, arguments, true, "COM_REGISTER_SLAVE");
}

Status ReplicationSession::start_at(const std::string& file, uint32_t pos) {
  const uint16_t flags = info_.mariadb() ? kSendAnnotateRows : 0;
  return command(kComBinlogDump, dump_request(file, pos, flags, server_id_), false, "COM_BINLOG_DUMP");
}

Status ReplicationSession::start_after(const binlog::GtidSet& seen) {
  if (!info_.mariadb()) {
    return command(kComBinlogDumpGtid, gtid_dump_request(seen, server_id_), false, "COM_BINLOG_DUMP_GTID");
  }
  Status status = connection_.exec("SET @slave_connect_state = '" + seen.to_string() +
                                   "', @slave_gtid_strict_mode = 0, @slave_gtid_ignore_duplicates = 0");
  if (!status) return status;
  return command(kComBinlogDump, dump_request("", 4, kSendAnnotateRows, server_id_), false, "COM_BINLOG_DUMP");
}

Status ReplicationSession::command(int number, const std::vector<uint8_t>& arguments, bool wait_for_ok,
                                   const char* name) {
  MYSQL* mysql = connection_.impl().mysql;
  const int failed = mysql->methods->db_command(mysql, static_cast<enum_server_command>(number),
                                                reinterpret_cast<const char*>(arguments.data()), arguments.size(),
                                                !wait_for_ok, nullptr);
  if (failed) return connection_.impl().last_error(name);
  return {};
}

Result<binlog::Bytes> ReplicationSession::read() {
  MYSQL* mysql = connection_.impl().mysql;
  // Joins packets of 16 MiB and more; an error packet becomes mysql_errno().
  const unsigned long length = mysql_net_read_packet(mysql);
  constexpr unsigned long kPacketError = 0xffffffffUL;  // the library's packet_error, an unsigned int
  if (length == kPacketError) return connection_.impl().last_error("reading the binlog");
  const uint8_t* packet = mysql->net.read_pos;
  if (length > 0 && packet[0] == 0) return binlog::Bytes(packet + 1, length - 1);
  if (length > 0 && length < 9 && packet[0] == 0xfe) return binlog::Bytes();
  Error error = make_error(36069, "malformed packet in the binlog stream of " + connection_.address(),
                           "length " + std::to_string(length));
  error.retryable = true;
  return error;
}

}  // namespace sluice::upstream
