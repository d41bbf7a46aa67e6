#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/schema/table_info.hpp"
#include "core/upstream/connection.hpp"
#include "sluice/abi/sink.h"

namespace sluice::units::full {

/// SELECT of all columns that are written, in table order, so that the text of each value is exact: FLOAT is widened
/// (its own text has six digits), ENUM and SET come as numbers.
std::string select_statement(const schema::TableInfo& table, const std::string& condition);

/// How the text that a server prints of a column is to be taken (sluice/abi/row.h, SLUICE_TEXT); SLUICE_ABSENT for
/// generated columns.
int text_kind(const schema::ColumnInfo& column);

/// Counted while rows are read. [any thread]
struct LoadCounters {
  std::atomic<uint64_t> rows{0};
  std::atomic<uint64_t> bytes{0};
  std::atomic<bool> cancelled{false};
};

/// The same of one table. [any thread]
struct TableCounters {
  std::atomic<uint64_t> rows{0};
  std::atomic<uint64_t> bytes{0};
};

/// Rows of one chunk as a sink pulls them: batches of about 1 MiB, whatever the chunk's size.
class RowReader {
 public:
  /// `of_table` may be null.
  RowReader(const schema::TableInfo& table, upstream::RowStream stream, LoadCounters& counters,
            TableCounters* of_table = nullptr);
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  /// One value per column and row; generated columns are SLUICE_ABSENT. count 0 is the end. Valid until the following
  /// call.
  Result<size_t> next(const sluice_value** values);
  /// The failure of an earlier next(): then the sink is not to blame for its own.
  const std::optional<Error>& error() const { return error_; }
  uint64_t rows() const { return rows_; }
  uint64_t bytes() const { return bytes_; }

  /// sluice_load.next, with `self` pointing to a RowReader.
  static sluice_status pull(void* self, const sluice_value** values, size_t* row_count, sluice_error* error) noexcept;

 private:
  Status fill();
  size_t row_size() const;
  void append_row(bool copy);

  struct Column {
    int kind;  // SLUICE_...; SLUICE_ABSENT for generated ones
  };
  std::vector<Column> columns_;
  upstream::RowStream stream_;
  LoadCounters& counters_;
  TableCounters* of_table_;
  std::vector<char> text_;
  size_t used_ = 0;
  std::vector<sluice_value> values_;
  size_t batch_rows_ = 0;
  bool pending_ = false;  // the stream shows a row that is not in a batch yet
  bool at_end_ = false;
  uint64_t rows_ = 0;
  uint64_t bytes_ = 0;
  std::optional<Error> error_;
};

}  // namespace sluice::units::full
