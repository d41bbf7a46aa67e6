// Loads a sink plugin the plain way (dlopen) and builds what it is given: values, tables, batches.
#pragma once

#include <dlfcn.h>

#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "sluice/host/entry.hpp"
#include "sluice/host/instance.hpp"
#include "sluice/host/sink.hpp"

namespace sluice::test {

// Throws std::runtime_error with the plugin's message when it refuses.
inline host::Sink open_sink(const std::string& plugin_folder, const std::string& id, const std::string& config) {
  const std::string file = plugin_folder + "/sluice_sink_" + id + ".so";
  void* raw = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (raw == nullptr) throw std::runtime_error(::dlerror());
  std::shared_ptr<const void> library(raw, [](const void* handle) { ::dlclose(const_cast<void*>(handle)); });
  auto error = make_sized<sluice_error>();
  static sluice_host host = [] {
    auto h = make_sized<sluice_host>();
    h.abi_major = SLUICE_ABI_MAJOR;
    h.abi_minor = SLUICE_ABI_MINOR;
    return h;
  }();
  auto entry = make_sized<sluice_plugin_entry>();
  host::Instance instance;
  if (host::read_entry(::dlsym(raw, SLUICE_PLUGIN_SYMBOL), entry, error) != SLUICE_OK ||
      entry.init(&host, &error) != SLUICE_OK ||
      host::Instance::create(entry, "sink", id.c_str(), config, library, instance, error) != SLUICE_OK) {
    throw std::runtime_error(std::string(field_text(error.message)));
  }
  auto sink = host::Sink::from(std::move(instance), error);
  if (!sink) throw std::runtime_error(std::string(field_text(error.message)));
  return std::move(*sink);
}

inline sluice_value null_value() { return {SLUICE_NULL, 0, 0, 0, {.i = 0}}; }
inline sluice_value absent() { return {SLUICE_ABSENT, 0, 0, 0, {.i = 0}}; }
inline sluice_value integer(int64_t i) { return {SLUICE_INT, 0, 0, 0, {.i = i}}; }
inline sluice_value number(uint8_t kind, uint64_t u, uint8_t scale = 0) { return {kind, scale, 0, 0, {.u = u}}; }
inline sluice_value signed_number(uint8_t kind, int64_t i, uint8_t scale = 0) { return {kind, scale, 0, 0, {.i = i}}; }
inline sluice_value real(uint8_t kind, double d) { return {kind, 0, 0, 0, {.d = d}}; }
// Borrows.
inline sluice_value bytes(uint8_t kind, std::string_view s) {
  return {kind, 0, 0, static_cast<uint32_t>(s.size()), {.p = s.data()}};
}
inline sluice_value text(std::string_view s) { return bytes(SLUICE_STRING, s); }
inline uint64_t packed(uint64_t y, uint64_t mo, uint64_t d, uint64_t h = 0, uint64_t mi = 0, uint64_t s = 0,
                       uint64_t us = 0) {
  return ((((y * 13 + mo) << 5 | d) << 17 | h << 12 | mi << 6 | s) << 24) | us;
}

struct ColumnSpec {
  std::string name;
  int32_t type;
  std::string charset = {};
  uint32_t flags = 0;
};

// A sluice_table with its memory.
class TestTable {
 public:
  TestTable(std::string schema, std::string name, std::vector<ColumnSpec> columns)
      : schema_(std::move(schema)), name_(std::move(name)), specs_(std::move(columns)) {
    static uint64_t version = 0;
    for (const ColumnSpec& spec : specs_) {
      auto column = make_sized<sluice_column>();
      column.flags = spec.flags;
      column.type = spec.type;
      column.name = to_str(spec.name);
      column.charset = to_str(spec.charset);
      columns_.push_back(column);
    }
    table_ = make_sized<sluice_table>();
    table_.version = ++version;
    table_.schema = table_.source_schema = to_str(schema_);
    table_.name = table_.source_table = to_str(name_);
    table_.source = to_str("mysql-01");
    table_.columns = columns_.data();
    table_.column_count = columns_.size();
    table_.column_stride = sizeof(sluice_column);
    table_.key_stride = sizeof(sluice_key);
  }
  TestTable(const TestTable&) = delete;
  TestTable& operator=(const TestTable&) = delete;
  const sluice_table& raw() const { return table_; }

 private:
  std::string schema_;
  std::string name_;
  std::vector<ColumnSpec> specs_;
  std::vector<sluice_column> columns_;
  sluice_table table_;
};

using Values = std::vector<sluice_value>;

// A batch with its memory. Texts are borrowed from the caller.
class TestBatch {
 public:
  TestBatch& insert(const TestTable& table, Values after) { return row(table, SLUICE_INSERT, {}, std::move(after)); }
  TestBatch& update(const TestTable& table, Values before, Values after) {
    return row(table, SLUICE_UPDATE, std::move(before), std::move(after));
  }
  TestBatch& remove(const TestTable& table, Values before) { return row(table, SLUICE_DELETE, std::move(before), {}); }
  TestBatch& mark(std::string_view key, const char* expect, std::string_view value) {
    marks_.push_back({to_str("lane"), to_str(key),
                      expect ? sluice_str{expect, std::string_view(expect).size()} : sluice_str{nullptr, 0},
                      to_str(value)});
    return *this;
  }
  TestBatch& safe() {
    flags_ = SLUICE_BATCH_SAFE_MODE;
    return *this;
  }
  const sluice_batch& raw() {
    batch_ = make_sized<sluice_batch>();
    batch_.flags = flags_;
    batch_.tables = tables_.data();
    batch_.table_count = tables_.size();
    batch_.rows = rows_.data();
    batch_.row_count = rows_.size();
    batch_.marks = marks_.data();
    batch_.mark_count = marks_.size();
    return batch_;
  }

 private:
  TestBatch& row(const TestTable& table, uint8_t kind, Values before, Values after) {
    sluice_row row{};
    row.kind = kind;
    while (row.table < tables_.size() && tables_[row.table] != &table.raw()) ++row.table;
    if (row.table == tables_.size()) tables_.push_back(&table.raw());
    if (!before.empty()) row.before = memory_.emplace_back(std::move(before)).data();
    if (!after.empty()) row.after = memory_.emplace_back(std::move(after)).data();
    rows_.push_back(row);
    return *this;
  }
  uint32_t flags_ = 0;
  std::vector<const sluice_table*> tables_;
  std::vector<sluice_row> rows_;
  std::vector<sluice_mark> marks_;
  std::deque<Values> memory_;
  sluice_batch batch_;
};

// What a call answered.
struct Outcome {
  sluice_status status = SLUICE_OK;
  sluice_error error = make_sized<sluice_error>();
  sluice_sink_result result{};
  std::string message() const { return std::string(field_text(error.message)); }
  bool ok() const { return status == SLUICE_OK; }
};

inline host::SinkWriter open_writer(const host::Sink& sink) {
  host::SinkWriter writer;
  auto error = make_sized<sluice_error>();
  if (sink.open_writer(writer, error) != SLUICE_OK) throw std::runtime_error(std::string(field_text(error.message)));
  return writer;
}

inline Outcome apply(host::SinkWriter& writer, TestBatch& batch) {
  Outcome out;
  out.status = writer.apply(batch.raw(), out.result, out.error);
  return out;
}

inline Outcome execute(host::SinkWriter& writer, std::string_view sql, uint32_t flags = 0,
                       std::vector<sluice_mark> marks = {}) {
  auto statement = make_sized<sluice_statement>();
  statement.sql = to_str(sql);
  statement.flags = flags;
  statement.marks = marks.data();
  statement.mark_count = marks.size();
  Outcome out;
  out.status = writer.execute(statement, out.error);
  return out;
}

// Rows for sluice_load, handed out `portion` rows at a time by `make(row)`.
struct RowSource {
  size_t width;
  size_t left;
  size_t portion;
  std::function<void(size_t, sluice_value*)> make;
  Values values = {};
  size_t done = 0;
  size_t fail_at = SIZE_MAX;

  static sluice_status next(void* self, const sluice_value** values, size_t* row_count, sluice_error* error) noexcept {
    auto& source = *static_cast<RowSource*>(self);
    if (source.done >= source.fail_at) {
      error->number = 33006;
      copy_text(error->message, "the dump file is damaged");
      return SLUICE_FAILED;
    }
    const size_t count = source.left < source.portion ? source.left : source.portion;
    source.values.assign(count * source.width, null_value());
    for (size_t i = 0; i < count; ++i) source.make(source.done + i, &source.values[i * source.width]);
    source.left -= count;
    source.done += count;
    *values = source.values.data();
    *row_count = count;
    return SLUICE_OK;
  }
};

inline Outcome load(host::SinkWriter& writer, const TestTable& table, RowSource& source,
                    int32_t on_duplicate = SLUICE_DUPLICATE_REPLACE, std::vector<sluice_mark> marks = {}) {
  auto load = make_sized<sluice_load>();
  load.on_duplicate = on_duplicate;
  load.table = &table.raw();
  load.self = &source;
  load.next = &RowSource::next;
  load.marks = marks.data();
  load.mark_count = marks.size();
  Outcome out;
  out.status = writer.load(load, out.result, out.error);
  return out;
}

// The rows as given.
inline RowSource rows_of(const std::vector<Values>& rows) {
  return {rows.at(0).size(), rows.size(), 2, [rows](size_t i, sluice_value* to) {
            for (size_t c = 0; c < rows[i].size(); ++c) to[c] = rows[i][c];
          }};
}

}  // namespace sluice::test
