#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/abi/sink.h"
#include "sluice/plugin/failure.hpp"

namespace sluice::plugin {

inline Strided<sluice_column> columns(const sluice_table& table) {
  return {table.columns, table.column_count, table.column_stride};
}
inline Strided<sluice_key> keys(const sluice_table& table) { return {table.keys, table.key_count, table.key_stride}; }

/// Row changes to be applied in order, in one transaction together with the marks. Borrowed.
class Batch {
 public:
  explicit Batch(const sluice_batch* in) : raw_(copy_sized(in)) {}
  std::span<const sluice_table* const> tables() const { return {raw_.tables, raw_.table_count}; }
  std::span<const sluice_row> rows() const { return {raw_.rows, raw_.row_count}; }
  std::span<const sluice_mark> marks() const { return {raw_.marks, raw_.mark_count}; }
  bool safe_mode() const { return (raw_.flags & SLUICE_BATCH_SAFE_MODE) != 0; }
  const sluice_arena* arena() const { return raw_.arena; }

 private:
  sluice_batch raw_;
};

/// A piece of DDL, routed and rewritten. Borrowed.
class Statement {
 public:
  explicit Statement(const sluice_statement* in) : raw_(copy_sized(in)) {}
  std::string_view sql() const { return view(raw_.sql); }
  std::string_view schema() const { return view(raw_.schema); }
  std::string_view table() const { return view(raw_.table); }
  std::string_view time_zone() const { return view(raw_.time_zone); }
  std::string_view charset() const { return view(raw_.charset); }
  bool has_sql_mode() const { return (raw_.flags & SLUICE_STATEMENT_HAS_SQL_MODE) != 0; }
  uint64_t sql_mode() const { return raw_.sql_mode; }
  bool no_fk_checks() const { return (raw_.flags & SLUICE_STATEMENT_NO_FK_CHECKS) != 0; }
  bool tolerate_done() const { return (raw_.flags & SLUICE_STATEMENT_TOLERATE_DONE) != 0; }
  uint64_t timestamp_us() const { return raw_.timestamp_us; }
  std::span<const sluice_mark> marks() const { return {raw_.marks, raw_.mark_count}; }

 private:
  sluice_statement raw_;
};

/// Rows of one chunk of one table, pulled by the sink.
class Load {
 public:
  explicit Load(const sluice_load* in) : raw_(copy_sized(in)) {}
  const sluice_table& table() const { return *raw_.table; }
  int32_t on_duplicate() const { return raw_.on_duplicate; }
  std::span<const sluice_mark> marks() const { return {raw_.marks, raw_.mark_count}; }
  /// The next rows, row after row, column_count values each; borrowed until the following call. Empty at the end.
  /// Throws the host's failure, which the writer lets through after rolling back.
  std::span<const sluice_value> next() const {
    const sluice_value* values = nullptr;
    size_t rows = 0;
    auto error = make_sized<sluice_error>();
    const sluice_status status = raw_.next(raw_.self, &values, &rows, &error);
    if (status != SLUICE_OK) throw Failure(status, error);
    return {values, rows * raw_.table->column_count};
  }

 private:
  sluice_load raw_;
};

struct SinkResult {
  uint64_t rows = 0, bytes = 0, unmatched = 0;
};

struct SinkCapabilities {
  uint32_t flags = 0;        ///< SLUICE_SINK_*
  uint32_t max_writers = 0;  ///< 0 = no limit
  std::string flavor;
  std::string version;
};

/// What a task will ask of the target. Borrowed.
class SinkNeeds {
 public:
  explicit SinkNeeds(const sluice_sink_needs* in) : raw_(copy_sized(in)) {}
  uint32_t connections() const { return raw_.connections; }
  uint64_t max_packet() const { return raw_.max_packet; }
  size_t table_count() const { return raw_.table_count; }
  std::string_view schema(size_t i) const { return view(raw_.tables[2 * i]); }
  std::string_view table(size_t i) const { return view(raw_.tables[2 * i + 1]); }

 private:
  sluice_sink_needs raw_;
};

struct SinkFinding {
  int32_t severity = SLUICE_FINDING_WARN;
  std::string item, object, what, remedy;
};

/// Which optional groups an instance offers; may depend on its settings.
struct SinkInterfaces {
  bool marks = false, checkpoint = false, structure = false, check = false;
};

/// One session on the target. One call at a time; the thread may change between calls. A mark with `expect`
/// (data non-null) that does not match must throw Failure(...).fenced() with nothing applied.
class SinkWriter {
 public:
  using EachMark = std::function<void(const sluice_mark&)>;
  using EachCheckpoint = std::function<void(const sluice_checkpoint&)>;
  SinkWriter() = default;
  SinkWriter(const SinkWriter&) = delete;
  SinkWriter& operator=(const SinkWriter&) = delete;
  virtual ~SinkWriter() = default;

  /// All or nothing where the sink has transactions.
  virtual SinkResult apply(const Batch& batch) = 0;
  virtual void execute(const Statement& statement) = 0;
  virtual SinkResult load(const Load& load) = 0;
  /// Makes everything applied by this writer durable.
  virtual void flush() {}

  // With SinkInterfaces::marks. An empty scope means all.
  virtual void read_marks(std::string_view /*scope*/, const EachMark& /*each*/) { not_offered("read_marks"); }
  virtual void clear_marks(std::string_view /*scope*/) { not_offered("clear_marks"); }

  // With SinkInterfaces::checkpoint.
  virtual void read_checkpoints(const EachCheckpoint& /*each*/) { not_offered("read_checkpoints"); }
  virtual void write_checkpoints(Strided<sluice_checkpoint> /*rows*/, std::span<const sluice_mark> /*marks*/) {
    not_offered("write_checkpoints");
  }
  /// Empty names: all rows of the source, the global one too.
  virtual void remove_checkpoints(std::string_view /*schema*/, std::string_view /*table*/) {
    not_offered("remove_checkpoints");
  }
  virtual void drop_checkpoints() { not_offered("drop_checkpoints"); }

  // With SinkInterfaces::structure.
  /// The CREATE TABLE text; empty when the table does not exist.
  virtual std::string create_table(std::string_view /*schema*/, std::string_view /*table*/) {
    not_offered("create_table");
  }
  virtual bool has_rows(std::string_view /*schema*/, std::string_view /*table*/) { not_offered("has_rows"); }

 private:
  [[noreturn]] static void not_offered(const char* what) {
    throw Failure(std::string("this sink does not offer ") + what);
  }
};

/// Writes to a downstream; an instance is one target. Called from many threads at once.
class Sink {
 public:
  static constexpr const char* kKind = "sink";
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  /// Asked once after creation, before the first call; must not connect.
  virtual SinkInterfaces interfaces() const { return {}; }
  /// May connect.
  virtual SinkCapabilities capabilities() = 0;
  virtual std::unique_ptr<SinkWriter> open_writer() = 0;
  /// With SinkInterfaces::check. What the target is not ready for; changes nothing there.
  virtual std::vector<SinkFinding> check(const SinkNeeds& /*needs*/) {
    throw Failure("this sink does not offer check");
  }
  /// Ends the calls in progress on all writers within a second; later calls throw Failure::cancelled().
  virtual void cancel() = 0;
};

}  // namespace sluice::plugin

#include "sluice/plugin/sink_box.hpp"
