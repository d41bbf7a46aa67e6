// Only for the .cpp files of this folder.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "core/binlog/event_view.hpp"
#include "core/upstream/binlog_stream.hpp"
#include "core/upstream/connection.hpp"
#include "core/upstream/event_block.hpp"
#include "core/upstream/replication_session.hpp"
#include "core/upstream/stream_progress.hpp"

namespace sluice::upstream {

class BinlogStream::Impl {
 public:
  Impl(model::Endpoint endpoint, StreamStart start, StreamOptions options);

  Status connect();
  Result<StreamEvent> next();
  void cancel();
  bool cancelled() const { return canceller_.cancelled(); }

  std::atomic<uint64_t> bytes{0};
  std::atomic<uint64_t> reconnects{0};

 private:
  enum class Verdict { Fresh, Replay, Drop };
  struct Place {
    uint64_t start;
    uint64_t end;
  };

  // Connection (binlog_stream.cpp).
  Status ask(ReplicationSession& session);
  void prepare_catch_up(bool other_server);
  std::optional<Error> lost(Error error);
  void pause();
  Error cancelled_error() const;
  std::string wanted() const;

  // Events (stream_events.cpp).
  Result<std::optional<StreamEvent>> take(binlog::Bytes raw);
  Result<binlog::EventView> view_of(binlog::Bytes raw);
  Place place(const binlog::EventHeader& header);
  Result<std::optional<StreamEvent>> take_artificial(const binlog::EventView& view);
  Result<std::optional<StreamEvent>> take_heartbeat(const binlog::EventView& view);
  Result<Verdict> judge(const binlog::EventView& view, Place place, const AnyGtid& gtid);
  Result<Verdict> judge_by_position(const binlog::EventView& view, Place place);
  Result<Verdict> judge_by_count(const binlog::EventView& view, const AnyGtid& gtid);
  Result<AnyGtid> gtid_of(const binlog::EventView& view) const;
  void record(const binlog::EventView& view, Place place, const AnyGtid& gtid);
  StreamEvent make_event(const binlog::EventView& view, Place place, Verdict verdict);
  void set_file(std::string_view name);

  const model::Endpoint endpoint_;
  const StreamStart start_;
  const StreamOptions options_;
  const std::string our_uuid_;
  Canceller canceller_;
  std::mutex mutex_;
  std::condition_variable wake_;

  std::optional<ReplicationSession> session_;
  std::optional<Error> ended_;
  bool connected_once_ = false;
  int failures_ = 0;  // in a row

  // What has been delivered.
  StreamProgress progress_;
  std::optional<binlog::GtidSet> seen_;  // by GTID
  std::string positions_of_;             // identity of the server whose files progress_ speaks of

  // What this connection is at.
  std::string identity_;
  bool checksum_ = false;
  bool event_has_checksum_ = false;  // of the event in hand
  std::shared_ptr<const std::string> file_;
  uint64_t read_pos_ = 4;
  bool catching_up_ = false;  // events that come now have been delivered before
  bool by_count_ = false;     // another server: told apart by order within the transaction, not by position
  size_t matched_ = 0;
  EventBlock block_;
};

}  // namespace sluice::upstream
