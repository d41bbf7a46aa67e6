#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Small helpers over POSIX files. Errors are Failures that name the file and the reason.
namespace sluice::file_sink {

/// Owns a descriptor.
class File {
 public:
  File() = default;
  /// Opens for reading and writing, creating it with mode 0640.
  explicit File(const std::string& path, int more_flags = 0);
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  int fd() const { return fd_; }
  const std::string& path() const { return path_; }
  uint64_t size() const;
  std::string read_all() const;
  void write_at(uint64_t offset, std::string_view bytes) const;
  void truncate(uint64_t size) const;
  void sync() const;
  /// Moves the file, which stays open.
  void rename(const std::string& path);

 private:
  std::string path_;
  int fd_ = -1;
};

/// Makes the names within a folder durable.
void sync_folder(const std::string& folder);

}  // namespace sluice::file_sink
