#pragma once

#include <string>
#include <vector>

namespace sluice::ctl {

/// Rows of text below headings, each column as wide as its widest cell. Not thread-safe.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) : rows_{std::move(headings)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// A text as it may go to a terminal: control characters (which could move the cursor, or worse) become blanks.
std::string printable(const std::string& text);
/// 1536 → "1.5 KiB"
std::string bytes_text(double bytes);
/// 90 → "1m30s"
std::string duration_text(long long seconds);
/// "[#####-----]" for 0..1 in `width` cells.
std::string bar(double share, size_t width);

}  // namespace sluice::ctl
