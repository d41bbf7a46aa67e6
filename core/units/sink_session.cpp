#include "core/units/sink_session.hpp"

#include <chrono>
#include <memory_resource>
#include <thread>
#include <utility>

#include "core/plugin/errors.hpp"
#include "sluice/host/sink.hpp"

namespace sluice::units {
namespace {

sluice_str str(const std::string& s) { return {s.empty() ? "" : s.data(), s.size()}; }
std::string text(sluice_str s) { return s.len == 0 ? std::string() : std::string(s.data, s.len); }

CheckpointRow row_from(const sluice_checkpoint& raw) {
  CheckpointRow row;
  row.is_global = raw.is_global != 0;
  row.schema = text(raw.schema);
  row.table = text(raw.table);
  row.location = {text(raw.binlog_name), raw.binlog_pos, text(raw.binlog_gtid)};
  row.exit_safe = {text(raw.exit_safe_binlog_name), raw.exit_safe_binlog_pos, text(raw.exit_safe_binlog_gtid)};
  row.table_info = text(raw.table_info);
  return row;
}

}  // namespace

class SinkSession::Impl {
 public:
  explicit Impl(std::shared_ptr<host::Sink> target) : sink(std::move(target)) {}

  // Runs one call of the writer, opening it when need be.
  template <typename Call>
  Status run(uint32_t& flags, Call&& call) {
    sluice_error error = plugin::empty_error();
    sluice_status status = SLUICE_OK;
    if (!writer) status = sink->open_writer(writer, error);
    if (status == SLUICE_OK) status = call(error);
    if (status == SLUICE_OK) {
      flags = 0;
      return {};
    }
    flags = error.flags;
    if ((flags & SLUICE_ERROR_RECONNECT) != 0) writer.close();
    return plugin::to_error(error);
  }

  std::shared_ptr<host::Sink> sink;
  host::SinkWriter writer;
};

SinkSession::SinkSession(std::shared_ptr<host::Sink> sink) : impl_(std::make_unique<Impl>(std::move(sink))) {}
SinkSession::~SinkSession() = default;

Status SinkSession::open() {
  return impl_->run(last_flags_, [](sluice_error&) { return SLUICE_OK; });
}

void SinkSession::close() { impl_->writer.close(); }

Status SinkSession::apply(sluice_batch batch, sluice_sink_result& result) {
  std::pmr::monotonic_buffer_resource memory(16384);
  sluice_arena arena{sizeof(sluice_arena), 0, &memory,
                     [](void* self, size_t size, size_t align) SLUICE_NOEXCEPT -> void* {
                       try {
                         return static_cast<std::pmr::memory_resource*>(self)->allocate(size == 0 ? 1 : size, align);
                       } catch (const std::bad_alloc&) {
                         return nullptr;
                       }
                     }};
  batch.arena = &arena;
  last_row_ = 0;
  return impl_->run(last_flags_, [&](sluice_error& error) {
    const sluice_status status = impl_->writer.apply(batch, result, error);
    if (status != SLUICE_OK && error.row <= batch.row_count) last_row_ = error.row;
    return status;
  });
}

Status SinkSession::execute(const sluice_statement& statement) {
  return impl_->run(last_flags_, [&](sluice_error& error) { return impl_->writer.execute(statement, error); });
}

Status SinkSession::load(const sluice_load& load) {
  return impl_->run(last_flags_, [&](sluice_error& error) {
    sluice_sink_result result{};
    return impl_->writer.load(load, result, error);
  });
}

Status SinkSession::flush() {
  return impl_->run(last_flags_, [&](sluice_error& error) { return impl_->writer.flush(error); });
}

Result<std::optional<std::string>> SinkSession::create_table(const std::string& schema, const std::string& table) {
  if (!impl_->sink->has_structure()) return std::optional<std::string>();
  std::string out;
  Status status = impl_->run(
      last_flags_, [&](sluice_error& error) { return impl_->writer.create_table(schema, table, out, error); });
  if (!status.ok()) return status;
  return out.empty() ? std::optional<std::string>() : std::optional<std::string>(std::move(out));
}

Result<bool> SinkSession::has_rows(const std::string& schema, const std::string& table) {
  if (!impl_->sink->has_structure()) return false;
  bool out = false;
  Status status =
      impl_->run(last_flags_, [&](sluice_error& error) { return impl_->writer.has_rows(schema, table, out, error); });
  if (!status.ok()) return status;
  return out;
}

bool SinkSession::holds_marks() const { return impl_->sink->has_marks(); }
bool SinkSession::holds_checkpoints() const { return impl_->sink->has_checkpoint(); }

Result<std::map<std::string, std::string>> SinkSession::marks(const std::string& scope) {
  std::map<std::string, std::string> out;
  const auto each = [&out](const sluice_mark& mark) { out[text(mark.key)] = text(mark.value); };
  Status status =
      impl_->run(last_flags_, [&](sluice_error& error) { return impl_->writer.read_marks(scope, each, error); });
  if (!status.ok()) return status;
  return out;
}

Status SinkSession::clear_marks(const std::string& scope) {
  return impl_->run(last_flags_, [&](sluice_error& error) { return impl_->writer.clear_marks(scope, error); });
}

Result<std::vector<CheckpointRow>> SinkSession::read_checkpoints(const std::string& source) {
  std::vector<CheckpointRow> out;
  const auto each = [&](const sluice_checkpoint& raw) {
    if (raw.source.len == 0 || text(raw.source) == source) out.push_back(row_from(raw));
  };
  Status status =
      impl_->run(last_flags_, [&](sluice_error& error) { return impl_->writer.read_checkpoints(each, error); });
  if (!status.ok()) return status;
  return out;
}

Status SinkSession::write_checkpoints(const std::string& source, std::span<const CheckpointRow> rows,
                                      std::span<const Mark> marks) {
  std::vector<sluice_checkpoint> raw;
  raw.reserve(rows.size());
  for (const CheckpointRow& row : rows) {
    sluice_checkpoint out{};
    out.struct_size = sizeof(out);
    out.is_global = row.is_global ? 1 : 0;
    out.source = str(source);
    out.schema = str(row.schema);
    out.table = str(row.table);
    out.binlog_name = str(row.location.name);
    out.binlog_pos = row.location.pos;
    out.binlog_gtid = str(row.location.gtid);
    out.exit_safe_binlog_name = str(row.exit_safe.name);
    out.exit_safe_binlog_pos = row.exit_safe.pos;
    out.exit_safe_binlog_gtid = str(row.exit_safe.gtid);
    out.table_info = str(row.table_info);
    raw.push_back(out);
  }
  std::vector<sluice_mark> raw_marks;
  raw_marks.reserve(marks.size());
  for (const Mark& mark : marks) raw_marks.push_back({str(mark.scope), str(mark.key), {nullptr, 0}, str(mark.value)});
  return impl_->run(last_flags_,
                    [&](sluice_error& error) { return impl_->writer.write_checkpoints(raw, raw_marks, error); });
}

Status SinkSession::remove_checkpoint(const std::string& schema, const std::string& table) {
  return impl_->run(last_flags_,
                    [&](sluice_error& error) { return impl_->writer.remove_checkpoints(schema, table, error); });
}

Status SinkSession::drop_metadata() {
  return impl_->run(last_flags_, [&](sluice_error& error) { return impl_->writer.drop_checkpoints(error); });
}

SinkCheckpoints::SinkCheckpoints(std::shared_ptr<host::Sink> sink, std::string source)
    : session_(std::move(sink)), source_(std::move(source)) {}

// Checkpoint statements are idempotent, so that a lost connection may be answered by trying again at once.
template <typename F>
auto SinkCheckpoints::retried(F&& call) -> decltype(call()) {
  const std::lock_guard lock(mutex_);
  for (int attempt = 0;; ++attempt) {
    auto result = call();
    if (result.ok() || !result.error().retryable || attempt >= 4) return result;
    session_.close();
    std::this_thread::sleep_for(std::chrono::milliseconds(100 << attempt));
  }
}

Result<std::vector<CheckpointRow>> SinkCheckpoints::read() {
  return retried([&] { return session_.read_checkpoints(source_); });
}
Status SinkCheckpoints::write(std::span<const CheckpointRow> rows, std::span<const Mark> marks) {
  return retried([&] { return session_.write_checkpoints(source_, rows, marks); });
}
Status SinkCheckpoints::remove_table(const std::string& schema, const std::string& table) {
  return retried([&] { return session_.remove_checkpoint(schema, table); });
}
Result<std::map<std::string, std::string>> SinkCheckpoints::marks(const std::string& scope) {
  return retried([&] { return session_.marks(scope); });
}
Status SinkCheckpoints::clear_marks(const std::string& scope) {
  return retried([&] { return session_.clear_marks(scope); });
}

}  // namespace sluice::units
