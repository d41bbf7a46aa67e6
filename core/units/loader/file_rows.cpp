#include "core/units/loader/file_rows.hpp"

#include "core/plugin/errors.hpp"
#include "core/sql/lexer.hpp"

namespace sluice::units::loader {
namespace {

constexpr size_t kBatchRows = 8192;

}  // namespace

FileRows::FileRows(InsertFile& file, const RowLayout& layout, Part part, FileCounters& counters,
                   const std::atomic<bool>& cancelled)
    : file_(file),
      layout_(layout),
      part_(std::move(part)),
      counters_(counters),
      cancelled_(cancelled),
      counted_to_(file.position()) {}

Status FileRows::new_head() {
  const InsertHead& head = file_.head();
  const bool same = sql::equals_ignore_case(head.table, part_.table) &&
                    (head.schema.empty() || sql::equals_ignore_case(head.schema, part_.schema));
  if (!same) {
    return file_.error_at(head.offset,
                          "rows of table " + head.table + " in a file whose name is that of table " + part_.table);
  }
  auto positions = layout_.positions(head);
  if (!positions) return file_.error_at(head.offset, positions.error().message);
  positions_ = std::move(*positions);
  head_number_ = file_.head_number();
  return {};
}

Status FileRows::append_row() {
  if (file_.head_number() != head_number_) {
    if (Status status = new_head(); !status) return status;
  }
  const size_t before = values_.size();
  values_.resize(before + layout_.columns());
  std::string why;
  const char* where = nullptr;
  const char* const begin = file_.row_begin();
  if (!layout_.decode(file_.row_begin(), file_.row_end(), positions_, values_.data() + before, why, where)) {
    return file_.error_at(file_.place().row + static_cast<uint64_t>(where - begin), why);
  }
  ++batch_rows_;
  return {};
}

Status FileRows::fill() {
  batch_rows_ = 0;
  values_.clear();
  while (batch_rows_ < kBatchRows && !at_end_) {
    if (cancelled_) {
      Error error = make_error(34019, "the load was cancelled");
      error.retryable = true;
      return error;
    }
    auto step = file_.step();
    if (!step) return step.status();
    if (*step == InsertFile::Step::Window) {
      if (batch_rows_ > 0) break;  // its values lie in the window
      if (Status status = file_.next_window(); !status) return status;
    } else if (*step == InsertFile::Step::End || file_.place().row >= part_.end) {
      at_end_ = true;
    } else if (Status status = append_row(); !status) {
      return status;
    }
  }
  return {};
}

Result<size_t> FileRows::next(const sluice_value** values) {
  if (at_end_) return size_t{0};
  if (Status status = fill(); !status) {
    error_ = status.error();
    return status;
  }
  const uint64_t to = at_end_ && part_.end != UINT64_MAX ? part_.end : file_.position();
  counters_.rows += batch_rows_;
  counters_.bytes += to - counted_to_;
  rows_ += batch_rows_;
  bytes_ += to - counted_to_;
  counted_to_ = to;
  *values = values_.data();
  return batch_rows_;
}

void FileRows::uncount() {
  counters_.rows -= rows_;
  counters_.bytes -= bytes_;
}

sluice_status FileRows::pull(void* self, const sluice_value** values, size_t* row_count, sluice_error* error) noexcept {
  auto* rows = static_cast<FileRows*>(self);
  try {
    Result<size_t> count = rows->next(values);
    if (count) {
      *row_count = *count;
      return SLUICE_OK;
    }
    plugin::fill_error(error, count.error());
    return rows->cancelled_ ? SLUICE_CANCELLED : SLUICE_FAILED;
  } catch (const std::exception& e) {
    rows->error_ = make_error(34019, "reading the dump file " + rows->file_.path() + " failed", e.what());
    plugin::fill_error(error, *rows->error_);
    return SLUICE_FAILED;
  }
}

}  // namespace sluice::units::loader
