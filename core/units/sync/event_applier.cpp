#include "core/units/sync/event_applier.hpp"

#include <utility>

#include "core/binlog/payload.hpp"
#include "core/plugin/log.hpp"
#include "core/units/sync/query_text.hpp"
#include "core/upstream/binlog_search.hpp"

namespace sluice::units::sync {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;  // clang before 17 does not deduce it by itself

int64_t seconds_to_us(uint32_t seconds) { return static_cast<int64_t>(seconds) * 1'000'000; }

std::string hex(std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    out.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

// As the servers write it in XA statements of the binlog.
std::string xa_id_of(const binlog::XaPrepareEvent& event) {
  return "x'" + hex(event.gtrid) + "',x'" + hex(event.bqual) + "'," + std::to_string(event.format_id);
}

}  // namespace

EventApplier::EventApplier(Parts parts) : p_(std::move(parts)) {}

EventApplier::~EventApplier() {
  drop(record_);
  for (auto& [id, held] : held_) drop(held);
}

void EventApplier::drop(Held& held) {
  p_.options->memory->release(held.bytes);
  held = {};
}

void EventApplier::set_safe_mode(SafeMode mode, std::function<Status(const std::vector<Mark>&)> note) {
  safe_ = std::move(mode);
  note_safe_ = std::move(note);
}

// Safe mode that lasts for a time counts in binlog time: from the first change that this run, or the one that began
// it, has seen.
Status EventApplier::judge_safe_mode(const binlog::EventHeader& header) {
  if (!safe_.seconds_to_come && !safe_.until_time) return {};
  if (header.artificial() || !upstream::tells_time_of_change(header.type)) return {};
  const auto time = static_cast<int64_t>(header.timestamp);
  if (safe_.seconds_to_come) {
    safe_.until_time = time + *std::exchange(safe_.seconds_to_come, std::nullopt);
    if (Status status = note_safe_(safe_.noted(*safe_.until_time)); !status.ok()) return status;
  }
  if (time >= *safe_.until_time) safe_.until_time.reset();
  return {};
}

bool EventApplier::safe_now() {
  if (safe_.until && RowLocation{*where_.file, where_.end_pos, 0}.compare(*safe_.until) > 0) safe_.until.reset();
  return safe_.always || safe_.until || safe_.until_time;
}

std::string EventApplier::gtid_text() const {
  if (const auto* gtid = std::get_if<binlog::Gtid>(&gtid_)) return gtid->to_string();
  if (const auto* gtid = std::get_if<binlog::MariaDbGtid>(&gtid_)) return gtid->to_string();
  return {};
}

Error EventApplier::located(Error error) const {
  if (error.source.empty()) error.source = p_.options->source.name;
  if (error.binlog_name.empty() && where_.file) {
    error.binlog_name = *where_.file;
    error.binlog_pos = where_.end_pos;
    if (error.gtid.empty()) error.gtid = gtid_text();
  }
  if (error.gtid.empty()) error.gtid = text_of(gtid_);
  return error;
}

Status EventApplier::handle(const upstream::StreamEvent& event) {
  if (event.kind == upstream::StreamEvent::Kind::Heartbeat) {
    idle_.store(true, std::memory_order_relaxed);
    return {};
  }
  idle_.store(false, std::memory_order_relaxed);
  p_.counters->io_bytes.fetch_add(event.data.size(), std::memory_order_relaxed);
  p_.counters->event_bytes.observe(event.data.size());
  where_ = {event.file, event.end_pos};
  ordinal_ = 0;
  // Before the first description all that is known is whether the server adds checksums.
  if (format_.server_version().empty() && event.type != static_cast<uint8_t>(binlog::EventType::kFormatDescription)) {
    format_ = binlog::FormatDescription(event.has_checksum ? binlog::Checksum::kCrc32 : binlog::Checksum::kNone);
  }
  const auto type = static_cast<binlog::EventType>(event.type);
  if (type == binlog::EventType::kFormatDescription) {
    auto format = binlog::FormatDescription::parse(event.data);
    if (!format.ok()) return located(std::move(format.error()));
    format_ = std::move(format.value());
    if (!event.replayed) maps_.clear();
    // The whole of a file that has just been begun, where there are no GTIDs.
    if (!event.replayed && event.end_pos > event.start_pos) add_idle_point({});
    return {};
  }
  auto view = binlog::parse_event(event.data, format_);
  if (!view.ok()) return located(std::move(view.error()));
  if (event.replayed && type != binlog::EventType::kTableMap) return {};
  if (Status status = judge_safe_mode(view.value().header); !status.ok()) return status;
  Status status = handle_event(view.value(), memory_.with(event.owner));
  if (!status.ok()) return located(std::move(status.error()));
  return {};
}

Status EventApplier::handle_event(const binlog::EventView& view, const std::shared_ptr<EventMemory>& memory) {
  auto decoded = binlog::decode_event(view, *decode_with_, memory->arena);
  if (!decoded.ok()) return decoded.status();
  const auto& header = view.header;
  const bool carries_data = view.type() == binlog::EventType::kTableMap || binlog::is_rows(view.type());
  if (recording_ && carries_data) {
    if (!p_.options->memory->hold(view.bytes.size())) {
      return make_error(36069,
                        "the XA transactions that are prepared and not committed exceed half of the memory limit", {},
                        "commit them at the source, or raise memory_limit, then start the task again");
    }
    record_.events.emplace_back(view.bytes.begin(), view.bytes.end());
    record_.bytes += view.bytes.size();
    return {};
  }
  return std::visit(
      Overloaded{[&](const binlog::RowsEvent& rows) -> Status { return handle_rows(rows, memory); },
                 [&](const binlog::TableMap& map) -> Status {
                   maps_.put(map);
                   return {};
                 },
                 [&](const binlog::QueryEvent& query) -> Status { return handle_query(query, header); },
                 [&](const binlog::XidEvent&) -> Status {
                   end(commit_us_ != 0 ? commit_us_ : seconds_to_us(header.timestamp));
                   return {};
                 },
                 [&](const binlog::GtidEvent& gtid) -> Status {
                   begin(gtid.gtid ? TransactionId(*gtid.gtid) : TransactionId(),
                         gtid.immediate_commit_us != 0 ? static_cast<int64_t>(gtid.immediate_commit_us)
                                                       : seconds_to_us(header.timestamp));
                   return {};
                 },
                 [&](const binlog::MariaDbGtidEvent& gtid) -> Status {
                   binlog::MariaDbGtid id = gtid.gtid;
                   id.server_id = header.server_id;
                   begin(id, seconds_to_us(header.timestamp));
                   group_open_ = (gtid.flags & binlog::kMariaStandalone) == 0;  // stands for BEGIN
                   // A two-phase ALTER is announced, then committed or rolled back: only the commit is executed.
                   skip_statement_ = (gtid.flags_extra & (binlog::kMariaStartAlter | binlog::kMariaRollbackAlter)) != 0;
                   if ((gtid.flags & binlog::kMariaPreparedXa) != 0) {
                     recording_ = true;
                     record_ = {};
                   }
                   return {};
                 },
                 [&](const binlog::RotateEvent& rotate) -> Status {
                   if (!in_transaction_ && !header.artificial()) {
                     where_ = {std::make_shared<const std::string>(rotate.next_name), rotate.position};
                     add_idle_point({});
                   }
                   return {};
                 },
                 [&](const binlog::PreviousGtidsEvent& previous) -> Status {
                   add_idle_point(std::make_shared<const binlog::GtidSet>(previous.set));
                   return {};
                 },
                 [&](const binlog::MariaDbGtidListEvent& list) -> Status {
                   add_idle_point(std::make_shared<const binlog::GtidSet>(list.set));
                   return {};
                 },
                 [&](const binlog::TransactionPayloadEvent& payload) -> Status { return handle_payload(payload); },
                 [&](const binlog::XaPrepareEvent& prepare) -> Status {
                   if (prepare.one_phase) {
                     if (Status status = prepare_xa("one phase"); !status.ok()) return status;
                     if (Status status = commit_xa("one phase"); !status.ok()) return status;
                   } else if (Status status = prepare_xa(xa_id_of(prepare)); !status.ok()) {
                     return status;
                   }
                   end(seconds_to_us(header.timestamp));
                   return {};
                 },
                 [&](const binlog::IncidentEvent& incident) -> Status {
                   return make_error(36069,
                                     "the source reports that events are missing from its binlog (incident " +
                                         std::to_string(incident.number) + ": " + std::string(incident.message) + ")",
                                     {}, "compare the tables, then start the task anew with remove_meta");
                 },
                 [&](const auto&) -> Status {
                   // Or an idle source never looks synced.
                   if (!header.artificial()) add_idle_point({});
                   return {};
                 }},
      decoded.value());
}

Status EventApplier::handle_rows(const binlog::RowsEvent& rows, const std::shared_ptr<EventMemory>& memory) {
  if (rows.dummy()) return {};
  const binlog::TableMap* map = maps_.find(rows.table_id);
  if (map == nullptr) {
    Error error =
        make_error(36069, "row changes of table id " + std::to_string(rows.table_id) + " came without their table map",
                   {}, "the task resumes from its checkpoint by itself");
    error.retryable = true;
    return error;
  }
  auto table = p_.tables->find(map->schema, map->table);
  if (!table.ok()) return table.status();
  TableContext& context = *table.value();
  if (!context.not_wanted.empty()) {
    // Rows of tables that nobody asked for are not decoded: they count as one.
    p_.counters->read(1);
    p_.counters->filtered(context.not_wanted, 1);
    return {};
  }
  if (context.done_until) {
    if (RowLocation{*where_.file, where_.end_pos, 0}.compare(*context.done_until) <= 0) {
      // They came with the load, and may have a structure that the table had no longer then: not decoded either.
      p_.counters->read(1);
      p_.counters->applied(1);
      return {};
    }
    context.done_until.reset();
  }
  if (Status status = context.fit(*map, format_); !status.ok()) return status;
  return p_.rows->dispatch(context, rows, memory, {where_.file, where_.end_pos, &ordinal_, safe_now()});
}

Status EventApplier::handle_payload(const binlog::TransactionPayloadEvent& payload) {
  binlog::PayloadReader reader(payload, format_);
  binlog::EventView inner;
  decode_with_ = &reader.format();
  Status status;
  while (status.ok()) {
    const std::shared_ptr<EventMemory> memory = memory_.current();
    if (!reader.next(inner, memory->arena)) break;
    status = handle_event(inner, memory);
  }
  decode_with_ = &format_;
  if (status.ok() && !reader.status().ok()) return reader.status();
  return status;
}

Status EventApplier::statement_dml(const sql::Query& query, const std::string& text) {
  const bool known = !query.table.empty();
  const bool wanted = !known || p_.selection->table(query.schema, query.table);
  p_.counters->read(1);
  if (!wanted) {
    p_.counters->filtered("table not selected", 1);
    return {};
  }
  Error error = make_error(36014, "the binlog holds a " + query.what + " statement instead of row changes", {},
                           "set binlog_format = ROW at the source (for all sessions), repair the rows concerned, then "
                           "start the task anew");
  error.statement = text.substr(0, 1024);
  error.event = "statement";
  const RowLocation here{*where_.file, where_.end_pos, 0};
  const StoredHandling* asked = p_.handlings->find(here);
  if (asked == nullptr || asked->handling.action != "skip") return error;
  log::info("statement handled on request", {{"task", p_.options->task.name},
                                             {"source", p_.options->source.name},
                                             {"action", asked->handling.action},
                                             {"binlog_name", here.file},
                                             {"binlog_pos", std::to_string(here.pos)},
                                             {"statement", error.statement}});
  p_.counters->filtered(kSkippedRule, 1);
  p_.handlings->applied(here);
  return {};
}

Status EventApplier::rolled_back(const std::string& text) {
  if (p_.rows->take_sent() == 0) return {};
  Error error = make_error(36069,
                           "the source rolled back a transaction whose row changes are in its binlog and have been "
                           "sent to the target already (it also changed a non-transactional table)",
                           {}, "compare the tables that the transaction changed, then start the task anew");
  error.statement = text;
  return error;
}

Status EventApplier::handle_query(const binlog::QueryEvent& query, const binlog::EventHeader& header) {
  auto text = query_to_utf8(query.query, query.charset ? query.charset->client : 0);
  if (!text.ok()) return text.status();
  const std::string& sql = text.value();
  const uint64_t mode = query.sql_mode.value_or(0);
  if (std::exchange(skip_statement_, false)) {
    p_.counters->read(1);
    p_.counters->filtered("two-phase ALTER before its commit", 1);
    end(commit_us_ != 0 ? commit_us_ : seconds_to_us(header.timestamp));
    return {};
  }
  sql::Query what = sql::classify_query(sql, mode, p_.mariadb ? sql::Dialect::MariaDb : sql::Dialect::MySql);
  const int64_t commit_us = commit_us_ != 0 ? commit_us_ : seconds_to_us(header.timestamp);
  switch (what.kind) {
    case sql::QueryClass::Begin:
      in_transaction_ = true;
      group_open_ = true;
      p_.rows->take_sent();
      return {};
    case sql::QueryClass::Commit: end(commit_us); return {};
    case sql::QueryClass::Rollback: {
      Status status = rolled_back(sql);
      if (status.ok()) end(commit_us);
      return status;
    }
    case sql::QueryClass::Savepoint: {
      const bool back = sql.size() >= 8 && (sql[0] == 'R' || sql[0] == 'r') && (sql[1] == 'O' || sql[1] == 'o');
      return back ? rolled_back(sql) : Status();
    }
    case sql::QueryClass::Xa: {
      Status status = handle_xa(what.what, sql);
      if (status.ok() && what.what != "START" && what.what != "BEGIN" && what.what != "END") end(commit_us);
      return status;
    }
    case sql::QueryClass::Dml:
      if (what.schema.empty()) what.schema = std::string(query.schema);
      return statement_dml(what, sql);
    case sql::QueryClass::Ddl: return handle_ddl(query, sql, header);
    case sql::QueryClass::Skip:
      p_.counters->read(1);
      p_.counters->filtered("built-in: " + what.what, 1);
      break;
    case sql::QueryClass::Other:
      p_.counters->read(1);
      p_.counters->filtered("not a change: " + (what.what.empty() ? "unreadable" : what.what), 1);
      break;
  }
  // Statements outside of BEGIN ... COMMIT are transactions of their own.
  if (!group_open_) end(commit_us);
  return {};
}

Status EventApplier::handle_ddl(const binlog::QueryEvent& query, const std::string& sql,
                                const binlog::EventHeader& header) {
  DdlEvent event;
  event.sql = sql;
  event.schema = std::string(query.schema);
  event.sql_mode = query.sql_mode.value_or(0);
  event.time_zone = std::string(query.time_zone);
  event.timestamp_us = static_cast<uint64_t>(seconds_to_us(header.timestamp)) + query.microseconds;
  event.place = {*where_.file, where_.end_pos, ordinal_};
  if (query.charset) event.server_collation = query.charset->server;
  event.dialect = p_.mariadb ? sql::Dialect::MariaDb : sql::Dialect::MySql;
  auto outcome = p_.ddl->apply(event);
  if (!outcome.ok()) {
    Error error = std::move(outcome.error());
    error.event = "ddl";
    if (error.statement.empty()) error.statement = sql.substr(0, 1024);
    return error;
  }
  end(commit_us_ != 0 ? commit_us_ : seconds_to_us(header.timestamp));
  if (!outcome.value().executed) return {};
  p_.tables->clear();
  maps_.clear();
  p_.rows->forget_conflicts();
  return p_.checkpoint_ddl(outcome.value());
}

Status EventApplier::handle_xa(const std::string& verb, const std::string& sql) {
  if (verb == "START" || verb == "BEGIN") {
    in_transaction_ = true;
    group_open_ = true;
    recording_ = true;
    drop(record_);
    return {};
  }
  if (verb == "COMMIT") return commit_xa(xa_id(sql));
  if (verb == "ROLLBACK") {
    const auto it = held_.find(xa_id(sql));
    if (it != held_.end()) {
      drop(it->second);
      held_.erase(it);
    }
  }
  return {};
}

Status EventApplier::prepare_xa(const std::string& id) {
  if (!recording_) return {};
  recording_ = false;
  drop(held_[id]);
  held_[id] = std::exchange(record_, {});
  return {};
}

// The rows take the location of the commit: lanes only move forward, and other transactions were written meanwhile.
Status EventApplier::commit_xa(const std::string& id) {
  const auto it = held_.find(id);
  if (it == held_.end()) {
    return make_error(36069, "an XA transaction (" + id + ") is committed that was prepared before the task began", {},
                      "its changes are not in the stream: start the task anew from a dump taken after this point");
  }
  Held held = std::move(it->second);
  held_.erase(it);
  Status status;
  for (const auto& bytes : held.events) {
    if (!status.ok()) break;
    auto memory = std::make_shared<EventMemory>();
    std::shared_ptr<uint8_t[]> copy(new uint8_t[bytes.size()]);
    std::copy(bytes.begin(), bytes.end(), copy.get());
    memory->blocks.push_back(copy);
    auto view = binlog::parse_event(binlog::Bytes(copy.get(), bytes.size()), *decode_with_, binlog::Verify::kNo);
    if (!view.ok()) {
      status = view.status();
      break;
    }
    status = handle_event(view.value(), memory);
  }
  drop(held);
  return status;
}

void EventApplier::begin(TransactionId gtid, int64_t commit_us) {
  gtid_ = std::move(gtid);
  commit_us_ = commit_us;
  in_transaction_ = true;
  group_open_ = false;
  p_.rows->take_sent();
}

void EventApplier::end(int64_t commit_us) {
  last_commit_us_.store(commit_us, std::memory_order_relaxed);
  p_.counters->transactions.fetch_add(1, std::memory_order_relaxed);
  in_transaction_ = false;
  group_open_ = false;
  recording_ = false;
  commit_us_ = 0;
  last_transaction_ = gtid_;
  add_point(std::exchange(gtid_, {}), commit_us);
}

void EventApplier::add_idle_point(TransactionId gtid) {
  const bool ahead = p_.begin < binlog::Position{*where_.file, where_.end_pos};
  if (!in_transaction_ && ahead) add_point(std::move(gtid), 0);
}

void EventApplier::add_point(TransactionId gtid, int64_t commit_us) {
  waiting_.push_back({*where_.file, where_.end_pos, std::move(gtid), commit_us});
  if (holding()) return;
  for (Waiting& point : waiting_) {
    p_.watermark->add(p_.rows->last_seq(), std::move(point.file), point.pos, std::move(point.gtid), point.commit_us);
  }
  waiting_.clear();
}

}  // namespace sluice::units::sync
