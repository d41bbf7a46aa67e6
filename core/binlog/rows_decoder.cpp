#include "core/binlog/rows_decoder.hpp"

#include <bit>

#include "core/binlog/binlog_error.hpp"
#include "core/binlog/column_decoder.hpp"

namespace sluice::binlog {
namespace {

size_t count_bits(Bytes bitmap, size_t columns) {
  size_t count = 0;
  for (size_t i = 0; i < bitmap.size(); ++i) {
    uint8_t byte = bitmap[i];
    if (const size_t valid = columns - i * 8; valid < 8) byte &= static_cast<uint8_t>((1u << valid) - 1);
    count += static_cast<size_t>(std::popcount(byte));
  }
  return count;
}

bool bit(const uint8_t* bitmap, size_t i) { return (bitmap[i / 8] >> (i % 8) & 1) != 0; }

}  // namespace

Status RowsDecoder::open(const RowsEvent& event, const RowLayout& layout, Arena& arena) {
  layout_ = &layout;
  arena_ = &arena;
  kind_ = event.kind;
  present_before_ = event.present_before;
  present_after_ = event.present_after;
  begin_ = p_ = event.rows.data();
  end_ = p_ + event.rows.size();
  row_count_ = 0;
  status_ = {};
  const size_t columns = layout.column_count();
  if (event.column_count != columns) {
    status_ = damaged("the row event of " + layout.table_, "it has " + std::to_string(event.column_count) +
                                                               " columns, its table map " + std::to_string(columns));
    return status_;
  }
  count_before_ = count_bits(present_before_, columns);
  count_after_ = count_bits(present_after_, columns);
  // Rows of no bytes would never end.
  const size_t smallest =
      (kind_ == RowsKind::kInsert ? 0 : count_before_) + (kind_ == RowsKind::kDelete ? 0 : count_after_);
  if (smallest == 0 && p_ != end_) {
    status_ = damaged("the row event of " + layout.table_, "no column is present in its rows");
    return status_;
  }
  return {};
}

bool RowsDecoder::fail(size_t column, const char* why) {
  status_ = damaged("row " + std::to_string(row_count_ + 1) + " of a row event of " + layout_->table_,
                    "column " + std::to_string(column + 1) + ": " + why + ", at byte " + std::to_string(p_ - begin_) +
                        " of " + std::to_string(end_ - begin_));
  return false;
}

const sluice_value* RowsDecoder::image(Bytes present, size_t present_count) {
  const size_t columns = layout_->columns_.size();
  const size_t null_bytes = (present_count + 7) / 8;
  if (static_cast<size_t>(end_ - p_) < null_bytes) {
    fail(0, "the NULL bitmap is cut off");
    return nullptr;
  }
  const uint8_t* nulls = p_;
  p_ += null_bytes;
  auto* values = arena_->alloc_array<sluice_value>(columns);
  const bool all = present_count == columns;
  const RowLayout::Column* layout = layout_->columns_.data();
  ColumnDecoder decoder{p_, end_, arena_, &scratch_};
  for (size_t i = 0, image_index = 0; i < columns; ++i) {
    sluice_value& value = values[i];
    value = sluice_value{};
    if (!all && !bit(present.data(), i)) {
      value.kind = SLUICE_ABSENT;
      continue;
    }
    if (bit(nulls, image_index++)) continue;  // SLUICE_NULL
    if (!decoder.decode(layout[i], value)) {
      p_ = decoder.p;
      fail(i, decoder.why);
      return nullptr;
    }
  }
  p_ = decoder.p;
  return values;
}

bool RowsDecoder::next(const sluice_value*& before, const sluice_value*& after) {
  before = after = nullptr;
  if (p_ == end_ || !status_.ok()) return false;
  if (kind_ != RowsKind::kInsert) {
    before = image(present_before_, count_before_);
    if (before == nullptr) return false;
  }
  if (kind_ != RowsKind::kDelete) {
    after = image(present_after_, count_after_);
    if (after == nullptr) {
      before = nullptr;
      return false;
    }
  }
  ++row_count_;
  return true;
}

}  // namespace sluice::binlog
