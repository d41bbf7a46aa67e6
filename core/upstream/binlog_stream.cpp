#include "core/upstream/binlog_stream.hpp"

#include <algorithm>
#include <random>

#include "core/upstream/stream_impl.hpp"
#include "core/upstream/stream_refusal.hpp"

namespace sluice::upstream {
namespace {

constexpr int32_t kCannotRead = 36069;

// The server ends an older dump thread with the same uuid, which is what a reconnect wants.
std::string random_uuid() {
  std::random_device random;
  binlog::Uuid uuid;
  for (uint8_t& byte : uuid) byte = static_cast<uint8_t>(random());
  uuid[6] = static_cast<uint8_t>((uuid[6] & 0x0f) | 0x40);
  uuid[8] = static_cast<uint8_t>((uuid[8] & 0x3f) | 0x80);
  return binlog::uuid_text(uuid);
}

StreamProgress::Point first_point(const StreamStart& start) {
  return start.by_gtid ? StreamProgress::Point{} : StreamProgress::Point{start.file, start.pos};
}

}  // namespace

BinlogStream::Impl::Impl(model::Endpoint endpoint, StreamStart start, StreamOptions options)
    : endpoint_(std::move(endpoint)),
      start_(std::move(start)),
      options_(options),
      our_uuid_(random_uuid()),
      progress_(first_point(start_), start_.by_gtid),
      file_(std::make_shared<const std::string>()) {}

void BinlogStream::Impl::cancel() {
  canceller_.cancel();
  const std::lock_guard lock(mutex_);
  wake_.notify_all();
}

Error BinlogStream::Impl::cancelled_error() const {
  Error error = make_error(kCannotRead, "reading the binlog of " + endpoint_.host + " was cancelled");
  error.retryable = true;
  return error;
}

// Where the stream stands, for texts.
std::string BinlogStream::Impl::wanted() const {
  if (seen_) return "GTID set '" + seen_->to_string() + "'";
  return "(" + progress_.safe().file + ", " + std::to_string(progress_.safe().pos) + ")";
}

Status BinlogStream::Impl::connect() {
  session_.reset();
  Result<ReplicationSession> session = ReplicationSession::open(endpoint_, options_, our_uuid_, canceller_);
  if (!session) return session.status();
  const ServerInfo& info = session->info();
  const bool other_server = !positions_of_.empty() && positions_of_ != info.identity;
  if (other_server && !start_.by_gtid) {
    return make_error(kCannotRead,
                      "another server answers at " + endpoint_.host + ":" + std::to_string(endpoint_.port) +
                          ": binlog positions of the former one mean nothing to it",
                      "was " + positions_of_ + ", is " + info.identity,
                      "Set enable_gtid on the source (with GTIDs on at the servers), or start the task anew.");
  }
  identity_ = info.identity;
  checksum_ = session->checksum();
  if (start_.by_gtid && !seen_) {
    const auto flavor = info.mariadb() ? binlog::Flavor::kMariaDb : binlog::Flavor::kMysql;
    auto seen = binlog::GtidSet::parse(flavor, start_.gtid_set);
    if (!seen) return std::move(seen.status()).with("GTID set to start from, on a " + info.flavor + " server");
    seen_ = std::move(*seen);
  }
  prepare_catch_up(other_server);
  if (Status status = ask(*session); !status) return status;
  session_ = std::move(*session);
  if (connected_once_) ++reconnects;
  connected_once_ = true;
  return {};
}

void BinlogStream::Impl::prepare_catch_up(bool other_server) {
  by_count_ = other_server;
  matched_ = 0;
  const bool delivered = !positions_of_.empty();
  catching_up_ = delivered && (!other_server || progress_.open());
}

Status BinlogStream::Impl::ask(ReplicationSession& session) {
  if (start_.by_gtid) {
    set_file("");
    read_pos_ = 4;
    return session.start_after(*seen_);
  }
  const StreamProgress::Point& from = progress_.safe();
  set_file(from.file);
  // The request has 32 bits for the position; behind 4 GiB the file is read from its start and passed over.
  const bool far = from.pos > UINT32_MAX;
  read_pos_ = far ? 4 : from.pos;
  catching_up_ = catching_up_ || far;
  return session.start_at(from.file, static_cast<uint32_t>(read_pos_));
}

// Decides what a failure means: an error ends the stream, nothing means try again.
std::optional<Error> BinlogStream::Impl::lost(Error error) {
  session_.reset();
  if (canceller_.cancelled()) return cancelled_error();
  if (error.native == 1236) {
    const StreamProgress::Point from = progress_.safe();
    return explain_refusal(endpoint_, {start_.by_gtid, from.file, from.pos, seen_ ? seen_->to_string() : ""}, error,
                           canceller_);
  }
  if (!error.retryable) return error;
  if (++failures_ <= options_.max_reconnects) {
    pause();
    return std::nullopt;
  }
  Error out = make_error(
      kCannotRead, "cannot read the binlog from " + wanted() + " after " + std::to_string(failures_) + " attempts",
      error.one_line(),
      error.workaround.empty() ? "Check that the source server is up, then resume." : error.workaround);
  out.native = error.native;
  out.retryable = true;
  out.binlog_name = progress_.at().file;
  out.binlog_pos = progress_.at().pos;
  return out;
}

void BinlogStream::Impl::pause() {
  auto time = options_.backoff_first;
  for (int i = 1; i < failures_ && time < options_.backoff_most; ++i) time *= 2;
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::min(time, options_.backoff_most), [this] { return canceller_.cancelled(); });
}

Result<StreamEvent> BinlogStream::Impl::next() {
  const auto end = [this](Error error) {
    session_.reset();
    ended_ = error;
    return error;
  };
  if (ended_) return *ended_;
  for (;;) {
    if (canceller_.cancelled()) return end(cancelled_error());
    if (!session_) {
      if (Status status = connect(); !status) {
        if (auto fatal = lost(std::move(status.error()))) return end(*fatal);
        continue;
      }
    }
    Result<binlog::Bytes> packet = session_->read();
    if (packet && packet->empty()) {
      Error error = make_error(kCannotRead, "the server ended the binlog stream");
      error.retryable = true;
      packet = error;
    }
    if (!packet) {
      if (auto fatal = lost(std::move(packet.error()))) return end(*fatal);
      continue;
    }
    Result<std::optional<StreamEvent>> event = take(*packet);
    if (!event) return end(std::move(event.error()));
    if (*event) return std::move(**event);
  }
}

BinlogStream::BinlogStream(model::Endpoint endpoint, StreamStart start, StreamOptions options)
    : impl_(std::make_unique<Impl>(std::move(endpoint), std::move(start), options)) {}
BinlogStream::~BinlogStream() = default;

Status BinlogStream::open() { return impl_->connect(); }
Result<StreamEvent> BinlogStream::next() { return impl_->next(); }
void BinlogStream::cancel() { impl_->cancel(); }
bool BinlogStream::cancelled() const { return impl_->cancelled(); }
uint64_t BinlogStream::bytes_received() const { return impl_->bytes; }
uint64_t BinlogStream::reconnects() const { return impl_->reconnects; }

}  // namespace sluice::upstream
