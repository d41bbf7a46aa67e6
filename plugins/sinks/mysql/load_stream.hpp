#pragma once

#include <exception>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "row_sql.hpp"
#include "sluice/plugin/sink.hpp"
#include "table_plan.hpp"

namespace sluice::mysql {

/// The rows of a chunk as the text of LOAD DATA: pulled from the host while the server reads, never more than one
/// portion of the host's rows in memory.
class LoadStream {
 public:
  /// Pulls the first rows, whose kinds tell how columns have to be read.
  LoadStream(const plugin::Load& load, const TablePlan& plan);

  bool at_end() const { return values_.empty(); }
  /// The LOAD DATA statement.
  std::string statement() const;
  /// For Connector/C: fills the buffer; 0 at the end, -1 when the host or a value failed (see rethrow).
  int read(char* buffer, unsigned size) noexcept;
  /// Throws what ended `read`.
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }
  /// All rows that are left, one after another; for targets without LOAD DATA.
  void each_row(const std::function<void(const sluice_value*)>& use);

  uint64_t rows() const { return rows_; }
  uint64_t bytes() const { return bytes_; }

 private:
  /// How the server turns the bytes of a field into the column's value.
  enum class Field : unsigned char {
    kDirect,   ///< stored as they are
    kConvert,  ///< text of a character set that is not the column's
    kNumber,   ///< the number of an ENUM or SET member
  };
  static Field field_of(const ColumnPlan& column, const sluice_value* first);
  Field choose(uint32_t column) const;
  void format_row(const sluice_value* row);
  void format_value(const ColumnPlan& column, Field field, const sluice_value& value);
  void fill();

  const plugin::Load& load_;
  const TablePlan& plan_;
  size_t width_;
  std::vector<Field> fields_;  ///< per written column
  std::span<const sluice_value> values_;
  size_t at_ = 0;
  std::string buffer_;
  std::string scratch_;
  size_t sent_ = 0;
  uint64_t rows_ = 0;
  uint64_t bytes_ = 0;
  std::exception_ptr failure_;
};

}  // namespace sluice::mysql
