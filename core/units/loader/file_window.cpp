#include "core/units/loader/file_window.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/units/loader/file_error.hpp"

namespace sluice::units::loader {

FileWindow::~FileWindow() {
  if (file_ >= 0) ::close(file_);
}

Error FileWindow::failed(const char* what) const {
  return make_error(34019, std::string("cannot ") + what + " the dump file " + path_, std::strerror(errno),
                    "Check that the file is there and that sluiced may read it.");
}

Status FileWindow::open(const std::string& path) {
  path_ = path;
  file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0) return failed("open");
  struct stat info {};
  if (::fstat(file_, &info) != 0) return failed("read");
  file_size_ = static_cast<uint64_t>(info.st_size);
  return {};
}

Status FileWindow::seek(uint64_t offset) {
  begin_ = offset;
  used_ = 0;
  return {};
}

Status FileWindow::more(uint64_t keep, size_t most) {
  const size_t drop = static_cast<size_t>(keep - begin_);
  if (drop > 0) {
    std::memmove(bytes_.data(), bytes_.data() + drop, used_ - drop);
    used_ -= drop;
    begin_ = keep;
  }
  if (bytes_.size() - used_ < bytes_.size() / 2 || bytes_.empty()) {
    const size_t wanted = std::max(kFirstBytes, used_ * 2);
    const size_t size = std::min(wanted, std::max(most, kFirstBytes));
    if (size > bytes_.size()) bytes_.resize(size);
  }
  const size_t room = bytes_.size() - used_;
  if (room == 0 || at_end()) return {};
  for (;;) {
    const ssize_t n = ::pread(file_, bytes_.data() + used_, room, static_cast<off_t>(end()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("read");
    if (n == 0) {
      return file_error(path_, "it became shorter while it was read",
                        "Let nobody write into the folder, and start the task anew with remove_meta.");
    }
    used_ += static_cast<size_t>(n);
    return {};
  }
}

}  // namespace sluice::units::loader
