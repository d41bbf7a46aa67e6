#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>

#include "core/binlog/bytes.hpp"

namespace sluice::upstream {

/// Packs events into shared blocks, so that views into them cost one reference and no allocation each. A block is
/// freed when the last event in it is.
class EventBlock {
 public:
  struct Stored {
    binlog::Bytes bytes;
    std::shared_ptr<const uint8_t[]> owner;
  };

  Stored store(binlog::Bytes event) {
    if (event.size() > kBlock / 4) {  // alone, so that it does not keep its neighbours' memory
      std::shared_ptr<uint8_t[]> own(new uint8_t[event.size()]);
      std::memcpy(own.get(), event.data(), event.size());
      return {{own.get(), event.size()}, std::move(own)};
    }
    if (!block_ || kBlock - used_ < event.size()) {
      block_.reset(new uint8_t[kBlock]);
      used_ = 0;
    }
    uint8_t* at = block_.get() + used_;
    std::memcpy(at, event.data(), event.size());
    used_ += event.size();
    return {{at, event.size()}, block_};
  }

 private:
  static constexpr size_t kBlock = 256 * 1024;
  std::shared_ptr<uint8_t[]> block_;
  size_t used_ = 0;
};

}  // namespace sluice::upstream
