#include "core/units/dump/dump_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice::units::dump {

DumpFile::~DumpFile() {
  if (file_ >= 0) ::close(file_);
}

Error DumpFile::failed(const char* what) const {
  return make_error(32001, std::string("cannot ") + what + " dump file " + path_, std::strerror(errno),
                    "Check space and rights of the task's data_dir.");
}

Status DumpFile::open(const std::filesystem::path& path) {
  if (Status status = close(); !status) return status;
  path_ = path.string();
  size_ = 0;
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file_ < 0) return failed("create");
  return {};
}

Status DumpFile::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(file_, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("write");
    text.remove_prefix(static_cast<size_t>(n));
    size_ += static_cast<uint64_t>(n);
  }
  return {};
}

Status DumpFile::close() {
  if (file_ < 0) return {};
  const int file = file_;
  file_ = -1;
  // Some file systems tell only here that the disk is full.
  if (::close(file) != 0) return failed("close");
  return {};
}

Status DumpFile::write_whole(const std::filesystem::path& path, std::string_view text) {
  DumpFile file;
  Status status = file.open(path);
  if (status) status = file.write(text);
  return status ? file.close() : status;
}

}  // namespace sluice::units::dump
