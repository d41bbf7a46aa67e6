#include "core/units/loader/file_error.hpp"

#include <algorithm>
#include <fstream>
#include <vector>

namespace sluice::units::loader {

std::string place_in(const std::string& path, uint64_t offset) {
  const std::string byte = "byte " + std::to_string(offset);
  std::ifstream in(path, std::ios::binary);
  uint64_t lines = 1;
  uint64_t left = offset;
  std::vector<char> buffer(1 << 20);
  while (left > 0 && in) {
    in.read(buffer.data(), static_cast<std::streamsize>(std::min<uint64_t>(left, buffer.size())));
    const auto count = in.gcount();
    if (count <= 0) return byte;
    lines += static_cast<uint64_t>(std::count(buffer.begin(), buffer.begin() + count, '\n'));
    left -= static_cast<uint64_t>(count);
  }
  return in.is_open() ? "line " + std::to_string(lines) + " (" + byte + ")" : byte;
}

Error file_error(const std::string& path, uint64_t offset, const std::string& why, const std::string& remedy) {
  return make_error(34019, "cannot load the dump file " + path + ", " + place_in(path, offset) + ": " + why, {},
                    remedy);
}

Error file_error(const std::string& path, const std::string& why, const std::string& remedy) {
  return make_error(34019, "cannot load " + path + ": " + why, {}, remedy);
}

}  // namespace sluice::units::loader
