#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/binlog/events.hpp"
#include "core/binlog/table_map.hpp"
#include "core/sql/classify.hpp"
#include "core/units/sync/ddl_applier.hpp"
#include "core/units/sync/event_memory.hpp"
#include "core/units/sync/row_dispatcher.hpp"
#include "core/units/sync/sync_start.hpp"
#include "core/units/sync/table_cache.hpp"
#include "core/units/sync/watermark.hpp"
#include "core/upstream/binlog_stream.hpp"

namespace sluice::units::sync {

/// Follows the events of the stream: transactions, rows, statements, XA, rotation. One thread.
class EventApplier {
 public:
  struct Parts {
    const SyncOptions* options;
    const rules::Selection* selection;
    TableCache* tables;
    RowDispatcher* rows;
    DdlApplier* ddl;
    Counters* counters;
    Watermark* watermark;
    bool mariadb;
    /// After a DDL: the tables' structures go to the checkpoint together with the location behind it.
    std::function<Status(const DdlOutcome&)> checkpoint_ddl;
    Handlings* handlings;
    /// Where following begins. By GTID a server sends the file from its head: that is no way back.
    binlog::Position begin;
  };
  explicit EventApplier(Parts parts);
  EventApplier(const EventApplier&) = delete;
  EventApplier& operator=(const EventApplier&) = delete;
  ~EventApplier();

  /// `note` stores the end of a safe mode that the first event has told.
  void set_safe_mode(SafeMode mode, std::function<Status(const std::vector<Mark>&)> note);
  Status handle(const upstream::StreamEvent& event);
  /// Between two transactions, nothing half done.
  bool at_boundary() const { return !in_transaction_; }
  /// The transaction that is being read; none between two.
  const TransactionId& transaction() const { return gtid_; }
  /// Behind the newest event that was read; "" and 0 before the first.
  std::string file() const { return where_.file ? *where_.file : std::string(); }
  uint64_t pos() const { return where_.end_pos; }
  /// The transaction that ended last.
  const TransactionId& last_transaction() const { return last_transaction_; }
  /// Header time of the last commit read, and whether the source had nothing more to say after it.
  int64_t last_commit_us() const { return last_commit_us_.load(std::memory_order_relaxed); }
  bool idle() const { return idle_.load(std::memory_order_relaxed); }

 private:
  struct Where {
    std::shared_ptr<const std::string> file;
    uint64_t end_pos = 0;
  };
  // The bytes of a prepared XA transaction, kept until it is committed or rolled back.
  struct Held {
    std::vector<std::vector<uint8_t>> events;
    size_t bytes = 0;
  };

  Status judge_safe_mode(const binlog::EventHeader& header);
  bool safe_now();
  Status handle_event(const binlog::EventView& view, const std::shared_ptr<EventMemory>& memory);
  Status handle_rows(const binlog::RowsEvent& rows, const std::shared_ptr<EventMemory>& memory);
  Status handle_payload(const binlog::TransactionPayloadEvent& payload);
  Status handle_query(const binlog::QueryEvent& query, const binlog::EventHeader& header);
  Status handle_ddl(const binlog::QueryEvent& query, const std::string& sql, const binlog::EventHeader& header);
  Status handle_xa(const std::string& verb, const std::string& sql);
  Status prepare_xa(const std::string& id);
  Status commit_xa(const std::string& id);
  Status statement_dml(const sql::Query& query, const std::string& sql);
  Status rolled_back(const std::string& sql);
  void begin(TransactionId gtid, int64_t commit_us);
  void end(int64_t commit_us);
  /// What lies between transactions moves the location too, but never back behind where following began.
  void add_idle_point(TransactionId gtid);
  void add_point(TransactionId gtid, int64_t commit_us);
  void drop(Held& held);  ///< gives its memory back
  bool holding() const { return recording_ || !held_.empty(); }
  Error located(Error error) const;
  std::string gtid_text() const;

  Parts p_;
  binlog::FormatDescription format_;
  const binlog::FormatDescription* decode_with_ = &format_;
  binlog::TableMapCache maps_;
  EventMemoryPool memory_;
  Where where_;
  uint64_t ordinal_ = 0;
  TransactionId gtid_;
  TransactionId last_transaction_;
  int64_t commit_us_ = 0;
  bool in_transaction_ = false;
  bool group_open_ = false;  // BEGIN was read: statements are part of the transaction
  SafeMode safe_;
  std::function<Status(const std::vector<Mark>&)> note_safe_;
  bool skip_statement_ = false;  // the next query event is part of a two-phase ALTER that is not its commit
  bool recording_ = false;       // inside XA START ... PREPARE
  Held record_;
  std::map<std::string, Held> held_;
  struct Waiting {
    std::string file;
    uint64_t pos;
    TransactionId gtid;
    int64_t commit_us;
  };
  std::deque<Waiting> waiting_;  // points that must not be passed while a prepared transaction is open
  std::atomic<int64_t> last_commit_us_{0};
  std::atomic<bool> idle_{false};
};

}  // namespace sluice::units::sync
