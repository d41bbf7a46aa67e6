#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/model/error.hpp"

namespace sluice::units::dump {

/// A file of a dump, for its owner only. Errors are 32001 and name the file.
class DumpFile {
 public:
  DumpFile() = default;
  DumpFile(const DumpFile&) = delete;
  DumpFile& operator=(const DumpFile&) = delete;
  ~DumpFile();

  /// Creates or truncates; closes the one before.
  Status open(const std::filesystem::path& path);
  Status write(std::string_view text);
  Status close();
  bool is_open() const { return file_ >= 0; }
  uint64_t size() const { return size_; }

  static Status write_whole(const std::filesystem::path& path, std::string_view text);

 private:
  Error failed(const char* what) const;
  int file_ = -1;
  uint64_t size_ = 0;
  std::string path_;
};

}  // namespace sluice::units::dump
