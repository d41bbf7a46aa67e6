#pragma once

#include <mutex>

#include "sluice/plugin/sink.hpp"

namespace sluice::plugin::detail {

/// The thunks between sluice_sink_api and Sink. Not for authors.
class SinkBox {
 public:
  template <typename T>
  explicit SinkBox(std::unique_ptr<T> object) : object_(std::move(object)), offers_(object_->interfaces()) {
    fill_sink();
    fill_marks();
    fill_checkpoint();
    fill_structure();
    fill_check();
  }

  const void* get_interface(std::string_view id) const {
    if (id == SLUICE_SINK_INTERFACE) return &api_;
    if (id == SLUICE_SINK_MARKS_INTERFACE && offers_.marks) return &marks_;
    if (id == SLUICE_SINK_CHECKPOINT_INTERFACE && offers_.checkpoint) return &checkpoint_;
    if (id == SLUICE_SINK_STRUCTURE_INTERFACE && offers_.structure) return &structure_;
    if (id == SLUICE_SINK_CHECK_INTERFACE && offers_.check) return &check_;
    return nullptr;
  }

 private:
  static SinkBox& box(void* self) { return *static_cast<SinkBox*>(self); }
  static SinkWriter& session(void* writer) { return *static_cast<SinkWriter*>(writer); }
  static void answer(sluice_sink_result* out, const SinkResult& result) {
    auto raw = make_sized<sluice_sink_result>();
    raw.rows = result.rows;
    raw.bytes = result.bytes;
    raw.unmatched = result.unmatched;
    write_sized(out, raw);
  }

  static sluice_status capabilities(void* self, sluice_sink_capabilities* out, sluice_error* error) noexcept {
    return guard(error, [&] {
      SinkBox& sink = box(self);
      const SinkCapabilities now = sink.object_->capabilities();
      auto raw = make_sized<sluice_sink_capabilities>();
      raw.flags = now.flags;
      raw.max_writers = now.max_writers;
      raw.flavor = sink.keep(now.flavor);
      raw.version = sink.keep(now.version);
      write_sized(out, raw);
    });
  }

  /// The texts of capabilities are instance memory and the call is [any]: each distinct text is kept once.
  sluice_str keep(const std::string& text) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& kept : texts_) {
      if (*kept == text) return to_str(*kept);
    }
    texts_.push_back(std::make_unique<const std::string>(text));
    return to_str(*texts_.back());
  }

  void fill_sink() {
    api_.capabilities = &SinkBox::capabilities;
    api_.open_writer = [](void* self, void** writer, sluice_error* error) noexcept {
      return guard(error, [&] { *writer = box(self).object_->open_writer().release(); });
    };
    api_.close_writer = [](void*, void* writer) noexcept {
      guard_silent([&] { delete static_cast<SinkWriter*>(writer); });
    };
    api_.apply = [](void*, void* writer, const sluice_batch* batch, sluice_sink_result* out,
                    sluice_error* error) noexcept {
      return guard(error, [&] { answer(out, session(writer).apply(Batch(batch))); });
    };
    api_.execute = [](void*, void* writer, const sluice_statement* statement, sluice_error* error) noexcept {
      return guard(error, [&] { session(writer).execute(Statement(statement)); });
    };
    api_.load = [](void*, void* writer, const sluice_load* load, sluice_sink_result* out,
                   sluice_error* error) noexcept {
      return guard(error, [&] { answer(out, session(writer).load(Load(load))); });
    };
    api_.flush = [](void*, void* writer, sluice_error* error) noexcept {
      return guard(error, [&] { session(writer).flush(); });
    };
    api_.cancel = [](void* self) noexcept { guard_silent([&] { box(self).object_->cancel(); }); };
  }

  void fill_marks() {
    marks_.read = [](void*, void* writer, sluice_str scope, void* each_self,
                     void (*each)(void*, const sluice_mark*) noexcept, sluice_error* error) noexcept {
      return guard(error, [&] {
        session(writer).read_marks(view(scope), [&](const sluice_mark& mark) { each(each_self, &mark); });
      });
    };
    marks_.clear = [](void*, void* writer, sluice_str scope, sluice_error* error) noexcept {
      return guard(error, [&] { session(writer).clear_marks(view(scope)); });
    };
  }

  void fill_checkpoint() {
    checkpoint_.read = [](void*, void* writer, void* each_self, void (*each)(void*, const sluice_checkpoint*) noexcept,
                          sluice_error* error) noexcept {
      return guard(error, [&] {
        session(writer).read_checkpoints([&](const sluice_checkpoint& row) {
          sluice_checkpoint sized = row;
          sized.struct_size = sizeof sized;
          each(each_self, &sized);
        });
      });
    };
    checkpoint_.write = [](void*, void* writer, const sluice_checkpoint* rows, size_t row_count, size_t row_stride,
                           const sluice_mark* marks, size_t mark_count, sluice_error* error) noexcept {
      return guard(error, [&] {
        session(writer).write_checkpoints({rows, row_count, row_stride}, {marks, mark_count});
      });
    };
    checkpoint_.remove = [](void*, void* writer, sluice_str schema, sluice_str table, sluice_error* error) noexcept {
      return guard(error, [&] { session(writer).remove_checkpoints(view(schema), view(table)); });
    };
    checkpoint_.drop_all = [](void*, void* writer, sluice_error* error) noexcept {
      return guard(error, [&] { session(writer).drop_checkpoints(); });
    };
  }

  void fill_structure() {
    structure_.create_table = [](void*, void* writer, sluice_str schema, sluice_str table, const sluice_writer* out,
                                 sluice_error* error) noexcept {
      return guard(error, [&] {
        const std::string text = session(writer).create_table(view(schema), view(table));
        if (text.empty()) return;
        const sluice_writer to = copy_sized(out);
        if (to.write(to.self, text.data(), text.size()) != 0) throw Failure::cancelled();
      });
    };
    structure_.has_rows = [](void*, void* writer, sluice_str schema, sluice_str table, uint8_t* has_rows,
                             sluice_error* error) noexcept {
      return guard(error, [&] { *has_rows = session(writer).has_rows(view(schema), view(table)) ? 1 : 0; });
    };
  }

  void fill_check() {
    check_.check = [](void* self, const sluice_sink_needs* needs, void* each_self,
                      void (*each)(void*, const sluice_sink_finding*) noexcept, sluice_error* error) noexcept {
      return guard(error, [&] {
        for (const SinkFinding& finding : box(self).object_->check(SinkNeeds(needs))) {
          auto raw = make_sized<sluice_sink_finding>();
          raw.severity = finding.severity;
          raw.item = to_str(finding.item);
          raw.object = to_str(finding.object);
          raw.what = to_str(finding.what);
          raw.remedy = to_str(finding.remedy);
          each(each_self, &raw);
        }
      });
    };
  }

  std::unique_ptr<Sink> object_;
  SinkInterfaces offers_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<const std::string>> texts_;
  sluice_sink_api api_ = make_sized<sluice_sink_api>();
  sluice_sink_marks_api marks_ = make_sized<sluice_sink_marks_api>();
  sluice_sink_checkpoint_api checkpoint_ = make_sized<sluice_sink_checkpoint_api>();
  sluice_sink_structure_api structure_ = make_sized<sluice_sink_structure_api>();
  sluice_sink_check_api check_ = make_sized<sluice_sink_check_api>();
};

}  // namespace sluice::plugin::detail
