#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/error.hpp"
#include "core/units/loader/file_window.hpp"

namespace sluice::units::loader {

/// What the statements before the first INSERT say of the literals behind it.
struct FileSettings {
  std::string charset;                   ///< of SET NAMES, lower case; "" when the file names none
  std::optional<std::string> time_zone;  ///< of SET TIME_ZONE, as written
  bool backslash_escapes = true;         ///< no NO_BACKSLASH_ESCAPES in SET SQL_MODE
  bool operator==(const FileSettings&) const = default;
};

/// The head of an INSERT or REPLACE statement.
struct InsertHead {
  uint64_t offset = 0;  ///< of the statement
  std::string schema;   ///< "" when the statement names none
  std::string table;
  bool has_columns = false;
  std::vector<std::string> columns;  ///< names in the order of the values
};

/// Where a row begins, so that reading can go on from there.
struct RowPlace {
  uint64_t statement = 0;  ///< offset of its INSERT
  uint64_t row = 0;        ///< offset of its parenthesis
  bool operator==(const RowPlace&) const = default;
};

/// Finds the rows of a data file: statements, INSERT heads, and the extent of each tuple, without looking into it. In
/// memory is one window, which grows to hold one row. Errors are 34019 with file, line and byte. One thread at a time.
class InsertFile {
 public:
  /// MySQL takes no packet above 1 GiB, so no server has read or will take a longer row.
  static constexpr size_t kMostRowBytes = 1ULL << 30;
  static constexpr size_t kMostHeadBytes = 4ULL << 20;

  explicit InsertFile(size_t most_row_bytes = kMostRowBytes) : most_row_(most_row_bytes) {}

  /// Reads up to the first row.
  Status open(const std::string& path);
  /// Continues at a row that place() told earlier. REQUIRES: open
  Status seek(const RowPlace& place);

  enum class Step { Row, Window, End };
  /// The next row, when it lies in the window; its bytes stay where they are until next_window(). Window: call
  /// next_window() and come again. End: no rows are left.
  Result<Step> step();
  Status next_window();
  /// step() and next_window() until there is a row, or none is left.
  Result<bool> next();

  /// After a Row: from the opening parenthesis to behind the closing one. May be changed in place.
  char* row_begin() { return window_.at(row_begin_); }
  char* row_end() { return window_.at(row_end_); }
  RowPlace place() const { return {head_.offset, row_begin_}; }
  const InsertHead& head() const { return head_; }
  /// Raised with every INSERT head that was read.
  uint64_t head_number() const { return head_number_; }
  const FileSettings& settings() const { return settings_; }
  const std::string& path() const { return window_.path(); }
  uint64_t file_size() const { return window_.file_size(); }
  /// After open(): whether the file holds any row.
  bool has_rows() const { return head_number_ > 0; }
  /// Up to where it has been read.
  uint64_t position() const { return at_; }

  Error error_at(uint64_t offset, const std::string& why) const;

 private:
  enum class State { Statements, BeforeRow, InRow, AfterRow };
  enum class Found { Yes, No, NeedMore };

  Result<Found> between_statements();
  Result<Found> other_statement(std::string_view text);
  Status read_setting(std::string_view statement, uint64_t offset);
  Result<Found> insert_head();
  Result<Found> before_row();
  Result<Found> in_row();
  Result<Found> after_row();
  bool skip_blanks();
  bool has(uint64_t offset) const { return offset < window_.end(); }
  char at(uint64_t offset) { return *window_.at(offset); }
  std::string_view rest() { return {window_.at(at_), static_cast<size_t>(window_.end() - at_)}; }

  FileWindow window_;
  size_t most_row_;
  State state_ = State::Statements;
  uint64_t at_ = 0;
  uint64_t row_begin_ = 0;
  uint64_t row_end_ = 0;
  // Of a row whose end is not in the window yet.
  int depth_ = 0;
  char quote_ = 0;
  FileSettings settings_;
  bool settled_ = false;  // a row has been seen: settings hold
  InsertHead head_;
  uint64_t head_number_ = 0;
};

}  // namespace sluice::units::loader
