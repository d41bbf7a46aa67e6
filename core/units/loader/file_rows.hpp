#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/units/loader/insert_file.hpp"
#include "core/units/loader/loader_progress.hpp"
#include "core/units/loader/row_layout.hpp"
#include "sluice/abi/sink.h"

namespace sluice::units::loader {

/// The rows of a part of a file as a sink pulls them: what one window of the file holds is a batch.
class FileRows {
 public:
  struct Part {
    std::string schema;  ///< of the table, as the INSERTs name it
    std::string table;
    uint64_t end = UINT64_MAX;  ///< offset of the first row that belongs to it no more
  };
  /// Goes on where `file` stands.
  FileRows(InsertFile& file, const RowLayout& layout, Part part, FileCounters& counters,
           const std::atomic<bool>& cancelled);
  FileRows(const FileRows&) = delete;
  FileRows& operator=(const FileRows&) = delete;

  /// One value per column of the layout and row, valid until the following call. 0 is the end.
  Result<size_t> next(const sluice_value** values);
  /// The failure of an earlier next(): then the sink is not to blame for its own.
  const std::optional<Error>& error() const { return error_; }
  uint64_t rows() const { return rows_; }
  /// Takes back what was counted, after a failed attempt.
  void uncount();

  /// sluice_load.next, with `self` pointing to a FileRows.
  static sluice_status pull(void* self, const sluice_value** values, size_t* row_count, sluice_error* error) noexcept;

 private:
  Status fill();
  Status new_head();
  Status append_row();

  InsertFile& file_;
  const RowLayout& layout_;
  Part part_;
  FileCounters& counters_;
  const std::atomic<bool>& cancelled_;
  std::vector<size_t> positions_;
  uint64_t head_number_ = 0;
  std::vector<sluice_value> values_;
  size_t batch_rows_ = 0;
  bool at_end_ = false;
  uint64_t rows_ = 0;
  uint64_t bytes_ = 0;
  uint64_t counted_to_;
  std::optional<Error> error_;
};

}  // namespace sluice::units::loader
