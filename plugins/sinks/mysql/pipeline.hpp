#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "connection.hpp"
#include "table_plan.hpp"

namespace sluice::mysql {

/// What a statement of a batch was for.
enum class StepKind : unsigned char { kControl, kMark, kInsert, kUpdate, kDelete };

struct Step {
  StepKind kind = StepKind::kControl;
  bool must_match = false;  ///< fewer matched rows than `rows`, or none = a mark has moved: FENCED
  uint32_t rows = 0;
  const TablePlan* table = nullptr;  ///< of row changes
};

/// The beginning, separator and end of a statement that takes a list of rows.
struct ListShape {
  std::string_view prefix;
  std::string_view separator;
  std::string_view suffix;
  size_t max_rows;
};

/// Gathers statements into packets no larger than the target takes and sends them, several statements to a packet:
/// what costs is the round trip. Nothing is rolled back here; the first failure is thrown.
class Pipeline {
 public:
  Pipeline(Connection& connection, uint64_t packet_limit);

  using Text = std::function<void(std::string&)>;
  void statement(const Step& step, std::string_view sql);
  /// `write` appends the statement.
  template <typename Write>
  void statement_with(const Step& step, Write&& write) {
    close_list();
    const size_t at = begin();
    write(buffer_);
    finish(at, step);
  }
  /// Appends an item to the open list when that has the same step, table and prefix, else opens a new one.
  template <typename Write>
  void item(const Step& step, const ListShape& shape, Write&& write) {
    if (!continues(step, shape))
      open_list(step, shape);
    else
      buffer_ += shape.separator;
    const size_t at = buffer_.size();
    write(buffer_);
    finish_item(at);
  }
  /// For what is not SQL text: what has been gathered goes first, then `run` returns the rows that it matched.
  template <typename Run>
  void direct(const Step& step, Run&& run) {
    flush();
    check(step, run());
  }
  void flush();

  /// A packet is sent when it has grown to this.
  size_t packet_size() const { return soft_limit_; }
  uint64_t unmatched() const { return unmatched_; }

 private:
  bool continues(const Step& step, const ListShape& shape) const;
  void open_list(const Step& step, const ListShape& shape);
  void close_list();
  size_t begin();
  void finish(size_t at, const Step& step);
  void finish_item(size_t at);
  void refuse_large(const Step& step, size_t size) const;
  void check(const Step& step, uint64_t matched);

  Connection& connection_;
  size_t soft_limit_;  ///< a packet is sent when it has grown to this
  size_t hard_limit_;  ///< the target takes no more
  std::string buffer_;
  std::vector<Step> steps_;
  bool list_open_ = false;
  Step list_step_;
  ListShape list_;
  size_t list_at_ = 0;  ///< where the open list begins in the buffer
  uint64_t unmatched_ = 0;
};

}  // namespace sluice::mysql
