#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/error.hpp"

namespace sluice::units::loader {

/// The part of a file that is in memory. Offsets are bytes from the start of the file. The bytes may be changed in
/// place: literals are decoded there. One thread at a time.
class FileWindow {
 public:
  static constexpr size_t kFirstBytes = 1 << 20;

  FileWindow() = default;
  FileWindow(const FileWindow&) = delete;
  FileWindow& operator=(const FileWindow&) = delete;
  ~FileWindow();

  /// 34019 when it cannot be read.
  Status open(const std::string& path);
  /// An empty window at `offset`.
  Status seek(uint64_t offset);
  /// Drops what lies before `keep` and reads on behind the window, which grows when nothing can be dropped.
  /// `most`: the window never becomes larger than this; then it reports no progress (see full()).
  Status more(uint64_t keep, size_t most);
  bool full(size_t most) const { return size() >= most; }

  uint64_t begin() const { return begin_; }
  uint64_t end() const { return begin_ + used_; }
  size_t size() const { return used_; }
  bool at_end() const { return end() >= file_size_; }
  uint64_t file_size() const { return file_size_; }
  const std::string& path() const { return path_; }
  /// REQUIRES: begin() <= offset <= end()
  char* at(uint64_t offset) { return bytes_.data() + (offset - begin_); }

 private:
  Error failed(const char* what) const;
  std::string path_;
  int file_ = -1;
  uint64_t file_size_ = 0;
  uint64_t begin_ = 0;
  size_t used_ = 0;
  std::vector<char> bytes_;
};

}  // namespace sluice::units::loader
