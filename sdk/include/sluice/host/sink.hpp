#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "sluice/abi/sink.h"
#include "sluice/host/instance.hpp"

namespace sluice::host {

namespace detail {

struct HeldSink {
  Instance instance;
  sluice_sink_api api{};
  sluice_sink_marks_api marks{};
  sluice_sink_checkpoint_api checkpoint{};
  sluice_sink_structure_api structure{};
  sluice_sink_check_api check{};
  bool has_marks = false, has_checkpoint = false, has_structure = false, has_check = false;
  void* self() const { return instance.self(); }
};

}  // namespace detail

/// One session on a target. Move-only; one call at a time, from any thread; closes itself. Keeps the sink alive.
/// The optional groups fail with a clear record when the sink does not offer them (Sink::has_...).
class SinkWriter {
 public:
  SinkWriter() = default;
  SinkWriter(SinkWriter&& other) noexcept
      : held_(std::move(other.held_)), writer_(std::exchange(other.writer_, nullptr)) {}
  SinkWriter& operator=(SinkWriter&& other) noexcept {
    close();
    held_ = std::move(other.held_);
    writer_ = std::exchange(other.writer_, nullptr);
    return *this;
  }
  SinkWriter(const SinkWriter&) = delete;
  SinkWriter& operator=(const SinkWriter&) = delete;
  ~SinkWriter() { close(); }

  explicit operator bool() const { return held_ != nullptr; }
  void close() noexcept {
    if (held_ && held_->api.close_writer) held_->api.close_writer(held_->self(), writer_);
    held_.reset();
    writer_ = nullptr;
  }

  sluice_status apply(const sluice_batch& batch, sluice_sink_result& result, sluice_error& error) {
    result = make_sized<sluice_sink_result>();
    return run("sink.apply", held_->api.apply, error, &batch, &result);
  }
  sluice_status execute(const sluice_statement& statement, sluice_error& error) {
    return run("sink.execute", held_->api.execute, error, &statement);
  }
  sluice_status load(const sluice_load& load, sluice_sink_result& result, sluice_error& error) {
    result = make_sized<sluice_sink_result>();
    return run("sink.load", held_->api.load, error, &load, &result);
  }
  sluice_status flush(sluice_error& error) { return run("sink.flush", held_->api.flush, error); }

  /// Calls each(const sluice_mark&); "" = all scopes. `each` must not throw, nor call this writer.
  template <typename Each>
  sluice_status read_marks(std::string_view scope, Each&& each, sluice_error& error) {
    return run("sink.marks.read", held_->marks.read, error, to_str(scope), pointer(each),
               thunk<sluice_mark, std::remove_reference_t<Each>>());
  }
  sluice_status clear_marks(std::string_view scope, sluice_error& error) {
    return run("sink.marks.clear", held_->marks.clear, error, to_str(scope));
  }

  /// Calls each(const sluice_checkpoint&) for the rows of the instance's source.
  template <typename Each>
  sluice_status read_checkpoints(Each&& each, sluice_error& error) {
    return run("sink.checkpoint.read", held_->checkpoint.read, error, pointer(each),
               thunk<sluice_checkpoint, std::remove_reference_t<Each>>());
  }
  sluice_status write_checkpoints(std::span<const sluice_checkpoint> rows, std::span<const sluice_mark> marks,
                                  sluice_error& error) {
    return run("sink.checkpoint.write", held_->checkpoint.write, error, rows.data(), rows.size(),
               sizeof(sluice_checkpoint), marks.data(), marks.size());
  }
  sluice_status remove_checkpoints(std::string_view schema, std::string_view table, sluice_error& error) {
    return run("sink.checkpoint.remove", held_->checkpoint.remove, error, to_str(schema), to_str(table));
  }
  sluice_status drop_checkpoints(sluice_error& error) {
    return run("sink.checkpoint.drop_all", held_->checkpoint.drop_all, error);
  }

  /// Leaves `out` empty when the table does not exist.
  sluice_status create_table(std::string_view schema, std::string_view table, std::string& out, sluice_error& error) {
    out.clear();
    const Collector collector(out);
    return run("sink.structure.create_table", held_->structure.create_table, error, to_str(schema), to_str(table),
               collector.raw());
  }
  sluice_status has_rows(std::string_view schema, std::string_view table, bool& out, sluice_error& error) {
    uint8_t answer = 0;
    const sluice_status status =
        run("sink.structure.has_rows", held_->structure.has_rows, error, to_str(schema), to_str(table), &answer);
    out = answer != 0;
    return status;
  }

 private:
  friend class Sink;
  SinkWriter(std::shared_ptr<detail::HeldSink> held, void* writer) : held_(std::move(held)), writer_(writer) {}

  template <typename Function, typename... Args>
  sluice_status run(const char* where, Function function, sluice_error& error, Args... args) {
    if (!function) return detail::missing(where, error);
    const Busy busy(where, busy_);
    return call(where, error, [&](sluice_error* e) { return function(held_->self(), writer_, args..., e); });
  }
  template <typename Each>
  static void* pointer(Each& each) {
    return const_cast<void*>(static_cast<const void*>(std::addressof(each)));
  }
  template <typename Row, typename Each>
  static auto thunk() {
    using Plain = void (*)(void*, const Row*) noexcept;
    return static_cast<Plain>([](void* self, const Row* row) noexcept {
      if constexpr (requires { row->struct_size; }) {
        (*static_cast<Each*>(self))(copy_sized(row));
      } else {
        (*static_cast<Each*>(self))(*row);
      }
    });
  }

  std::shared_ptr<detail::HeldSink> held_;
  void* writer_ = nullptr;
  std::atomic<bool> busy_{false};
};

/// A loaded sink: one target. Move-only; every function may be called from any thread.
class Sink {
 public:
  static std::optional<Sink> from(Instance instance, sluice_error& error) {
    auto held = std::make_shared<detail::HeldSink>();
    bool offered = false;
    held->api = instance.table<sluice_sink_api>(SLUICE_SINK_INTERFACE, offered);
    if (!offered) {
      refuse(error, 50000, "the plugin does not offer `" SLUICE_SINK_INTERFACE "`");
      return std::nullopt;
    }
    held->marks = instance.table<sluice_sink_marks_api>(SLUICE_SINK_MARKS_INTERFACE, held->has_marks);
    held->checkpoint =
        instance.table<sluice_sink_checkpoint_api>(SLUICE_SINK_CHECKPOINT_INTERFACE, held->has_checkpoint);
    held->structure = instance.table<sluice_sink_structure_api>(SLUICE_SINK_STRUCTURE_INTERFACE, held->has_structure);
    held->check = instance.table<sluice_sink_check_api>(SLUICE_SINK_CHECK_INTERFACE, held->has_check);
    held->instance = std::move(instance);
    return Sink(std::move(held));
  }
  Sink(Sink&&) noexcept = default;
  Sink& operator=(Sink&&) noexcept = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  const Instance& instance() const { return held_->instance; }
  bool has_marks() const { return held_->has_marks; }
  bool has_checkpoint() const { return held_->has_checkpoint; }
  bool has_structure() const { return held_->has_structure; }
  bool has_check() const { return held_->has_check; }

  /// May connect. Texts are instance memory.
  sluice_status capabilities(sluice_sink_capabilities& out, sluice_error& error) const {
    if (!held_->api.capabilities) return detail::missing("sink.capabilities", error);
    out = make_sized<sluice_sink_capabilities>();
    return call("sink.capabilities", error,
                [&](sluice_error* e) { return held_->api.capabilities(held_->self(), &out, e); });
  }
  sluice_status open_writer(SinkWriter& out, sluice_error& error) const {
    if (!held_->api.open_writer || !held_->api.close_writer) return detail::missing("sink.open_writer", error);
    out.close();
    void* writer = nullptr;
    const sluice_status status = call(
        "sink.open_writer", error, [&](sluice_error* e) { return held_->api.open_writer(held_->self(), &writer, e); });
    if (status == SLUICE_OK) out = SinkWriter(held_, writer);
    return status;
  }
  /// Calls each(const sluice_sink_finding&), which must not throw. Fails with a clear record without has_check().
  template <typename Each>
  sluice_status check(const sluice_sink_needs& needs, Each&& each, sluice_error& error) const {
    if (!held_->check.check) return detail::missing("sink.check", error);
    using Plain = void (*)(void*, const sluice_sink_finding*) noexcept;
    const auto thunk = static_cast<Plain>([](void* self, const sluice_sink_finding* finding) noexcept {
      (*static_cast<std::remove_reference_t<Each>*>(self))(copy_sized(finding));
    });
    return call("sink.check", error, [&](sluice_error* e) {
      return held_->check.check(held_->self(), &needs,
                                const_cast<void*>(static_cast<const void*>(std::addressof(each))), thunk, e);
    });
  }
  void cancel() const noexcept {
    if (held_->api.cancel) held_->api.cancel(held_->self());
  }

 private:
  explicit Sink(std::shared_ptr<detail::HeldSink> held) : held_(std::move(held)) {}
  std::shared_ptr<detail::HeldSink> held_;
};

}  // namespace sluice::host
