#include "core/units/full/row_reader.hpp"

#include <cstdlib>
#include <cstring>

#include "core/plugin/errors.hpp"
#include "core/schema/column_kind.hpp"
#include "core/sql/quote.hpp"

namespace sluice::units::full {
namespace {

constexpr size_t kBatchBytes = 1 << 20;
constexpr size_t kBatchRows = 8192;

std::string expression_of(const schema::ColumnInfo& column) {
  std::string name = sql::quote_identifier(column.name);
  switch (column.type) {
    case sql::ColumnType::Float: return name + "+0e0";
    case sql::ColumnType::Enum:
    case sql::ColumnType::Set: return "CAST(" + name + " AS UNSIGNED)";
    default: return name;
  }
}

}  // namespace

int text_kind(const schema::ColumnInfo& column) {
  if (column.generated != sql::Generated::No) return SLUICE_ABSENT;
  const int kind = schema::value_kind(column);
  switch (kind) {
    case SLUICE_STRING:
    case SLUICE_BYTES:
    case SLUICE_JSON:
    case SLUICE_VECTOR:
    case SLUICE_ENUM:
    case SLUICE_SET: return kind;
    case SLUICE_BIT:
    case SLUICE_GEOMETRY: return SLUICE_BYTES;
    default: return SLUICE_TEXT;
  }
}

std::string select_statement(const schema::TableInfo& table, const std::string& condition) {
  std::string columns;
  for (const schema::ColumnInfo& column : table.columns) {
    if (column.generated != sql::Generated::No) continue;
    columns += (columns.empty() ? "" : ", ") + expression_of(column);
  }
  if (columns.empty()) columns = "NULL";
  return "SELECT /*!40001 SQL_NO_CACHE */ " + columns + " FROM " + sql::quote_table(table.schema, table.name) +
         condition;
}

RowReader::RowReader(const schema::TableInfo& table, upstream::RowStream stream, LoadCounters& counters,
                     TableCounters* of_table)
    : stream_(std::move(stream)), counters_(counters), of_table_(of_table), text_(kBatchBytes) {
  for (const schema::ColumnInfo& column : table.columns) columns_.push_back({text_kind(column)});
}

size_t RowReader::row_size() const {
  size_t out = 0;
  for (size_t i = 0; i < stream_.column_count(); ++i) out += stream_.lengths()[i];
  return out;
}

// With `copy` off the values point into the row that the stream shows: for a row that is a batch of its own.
void RowReader::append_row(bool copy) {
  size_t at = 0;  // in the stream's row, which lacks the generated columns
  for (const Column& column : columns_) {
    sluice_value value{};
    value.kind = static_cast<uint8_t>(column.kind);
    if (column.kind != SLUICE_ABSENT) {
      const char* data = stream_.values()[at];
      const size_t size = stream_.lengths()[at++];
      if (data == nullptr) {
        value.kind = SLUICE_NULL;
      } else if (column.kind == SLUICE_ENUM || column.kind == SLUICE_SET) {
        value.v.u = std::strtoull(std::string(data, size).c_str(), nullptr, 10);
      } else {
        if (copy) data = static_cast<const char*>(std::memcpy(text_.data() + used_, data, size));
        used_ += copy ? size : 0;
        value.size = static_cast<uint32_t>(size);
        value.v.p = data;
      }
    }
    values_.push_back(value);
  }
  ++batch_rows_;
}

Status RowReader::fill() {
  used_ = 0;
  batch_rows_ = 0;
  values_.clear();
  while (batch_rows_ < kBatchRows) {
    if (counters_.cancelled) {
      Error error = make_error(32001, "the load was cancelled");
      error.retryable = true;
      return error;
    }
    if (!pending_) {
      Result<bool> more = stream_.next();
      if (!more) return more.status();
      at_end_ = !*more;
      if (at_end_) break;
      pending_ = true;
    }
    const size_t size = row_size();
    const bool fits = size <= kBatchBytes - used_;
    if (!fits && batch_rows_ > 0) break;
    append_row(fits);
    pending_ = false;
    bytes_ += size;
    if (!fits) break;
  }
  rows_ += batch_rows_;
  return {};
}

Result<size_t> RowReader::next(const sluice_value** values) {
  if (at_end_) return size_t{0};
  const uint64_t bytes_before = bytes_;
  Status status = fill();
  if (!status) {
    error_ = status.error();
    return status;
  }
  counters_.rows += batch_rows_;
  counters_.bytes += bytes_ - bytes_before;
  if (of_table_) {
    of_table_->rows += batch_rows_;
    of_table_->bytes += bytes_ - bytes_before;
  }
  *values = values_.data();
  return batch_rows_;
}

sluice_status RowReader::pull(void* self, const sluice_value** values, size_t* row_count,
                              sluice_error* error) noexcept {
  auto* reader = static_cast<RowReader*>(self);
  try {
    Result<size_t> count = reader->next(values);
    if (count) {
      *row_count = *count;
      return SLUICE_OK;
    }
    plugin::fill_error(error, count.error());
    return reader->counters_.cancelled ? SLUICE_CANCELLED : SLUICE_FAILED;
  } catch (const std::exception& e) {
    reader->error_ = make_error(32001, "reading rows of the source failed", e.what());
    plugin::fill_error(error, *reader->error_);
    return SLUICE_FAILED;
  }
}

}  // namespace sluice::units::full
