#include "files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "sluice/plugin/failure.hpp"

namespace sluice::file_sink {
namespace {

plugin::Failure io_failure(const char* what, const std::string& path) {
  const int reason = errno;
  const bool room = reason == ENOSPC || reason == EDQUOT;
  return plugin::Failure(10006, "database", "downstream", "high",
                         std::string("cannot ") + what + " " + path + ": " + std::strerror(reason))
      .native(reason)
      .retryable(room || reason == EMFILE || reason == ENFILE)
      .workaround(room ? "make room on the disk of the target directory" : "");
}

}  // namespace

File::File(const std::string& path, int more_flags) : path_(path) {
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | more_flags, 0640);
  if (fd_ < 0) throw io_failure("open", path);
}
File::File(File&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
File& File::operator=(File&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  return *this;
}
File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

uint64_t File::size() const {
  struct stat info {};
  if (::fstat(fd_, &info) != 0) throw io_failure("ask for the size of", path_);
  return static_cast<uint64_t>(info.st_size);
}

std::string File::read_all() const {
  std::string text(size(), '\0');
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t got = ::pread(fd_, text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw io_failure("read", path_);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  text.resize(done);
  return text;
}

void File::write_at(uint64_t offset, std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t wrote = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) throw io_failure("write to", path_);
    bytes.remove_prefix(static_cast<size_t>(wrote));
    offset += static_cast<uint64_t>(wrote);
  }
}

void File::truncate(uint64_t size) const {
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) throw io_failure("truncate", path_);
}
void File::sync() const {
  if (::fdatasync(fd_) != 0) throw io_failure("sync", path_);
}

void File::rename(const std::string& path) {
  if (::rename(path_.c_str(), path.c_str()) != 0) throw io_failure("rename", path_);
  path_ = path;
}

void sync_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) throw io_failure("open", folder);
  const int failed = ::fsync(fd);
  ::close(fd);
  if (failed) throw io_failure("sync", folder);
}

}  // namespace sluice::file_sink
