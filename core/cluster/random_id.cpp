#include "core/cluster/random_id.hpp"

#include <random>

namespace sluice::cluster {

std::string random_id() {
  static constexpr char kHex[] = "0123456789abcdef";
  std::random_device random;
  std::string out;
  for (int i = 0; i < 4; ++i) {
    for (auto word = random(), n = 8U; n > 0; --n, word >>= 4) out += kHex[word & 15];
  }
  return out;
}

}  // namespace sluice::cluster
