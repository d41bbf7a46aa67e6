#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "sluice/abi/base.h"

namespace sluice::binlog {

/// A bump allocator in chunks: what is allocated together is given back together, by reset() or destruction.
/// No destructor of what it holds is run. One thread at a time; not copyable, addresses stay put when moved.
class Arena {
 public:
  static constexpr size_t kDefaultChunk = 64 * 1024;

  explicit Arena(size_t chunk_size = kDefaultChunk) : chunk_size_(chunk_size < 256 ? 256 : chunk_size) {}
  Arena(Arena&&) noexcept = default;
  Arena& operator=(Arena&&) noexcept = default;

  /// Never null (throws std::bad_alloc); size 0 is valid. `align` is a power of two, at most 4096.
  void* alloc(size_t size, size_t align = alignof(std::max_align_t)) {
    const uintptr_t at = (reinterpret_cast<uintptr_t>(next_) + align - 1) & ~(static_cast<uintptr_t>(align) - 1);
    const uintptr_t limit = reinterpret_cast<uintptr_t>(limit_);
    if (next_ != nullptr && at <= limit && size <= limit - at) {
      char* out = next_ + (at - reinterpret_cast<uintptr_t>(next_));
      used_ += static_cast<size_t>(out + size - next_);
      next_ = out + size;
      return out;
    }
    return alloc_slow(size, align);
  }
  template <typename T>
  T* alloc_array(size_t count) {
    return static_cast<T*>(alloc(count * sizeof(T), alignof(T)));
  }
  std::string_view copy(std::string_view s) {
    char* out = static_cast<char*>(alloc(s.size(), 1));
    if (!s.empty()) std::memcpy(out, s.data(), s.size());
    return {out, s.size()};
  }
  /// Gives back the tail of the newest allocation. REQUIRES: `p` is that allocation, new_size <= its size.
  void shrink_last(void* p, size_t new_size) {
    char* end = static_cast<char*>(p) + new_size;
    if (end < next_ && end >= limit_ - current_size_) {
      used_ -= static_cast<size_t>(next_ - end);
      next_ = end;
    }
  }

  /// Invalidates everything allocated. Keeps one ordinary chunk for the next round.
  void reset() {
    large_.clear();
    if (chunks_.size() > 1) chunks_.resize(1);
    next_ = chunks_.empty() ? nullptr : chunks_[0].get();
    limit_ = next_ == nullptr ? nullptr : next_ + chunk_size_;
    current_size_ = next_ == nullptr ? 0 : chunk_size_;
    used_ = 0;
    reserved_ = current_size_;
  }

  /// Bytes handed out since the last reset, alignment included.
  size_t bytes_used() const { return used_; }
  /// Bytes held from the system: what a memory budget should count.
  size_t bytes_reserved() const { return reserved_; }

  /// The SDK's view of this arena; valid while the arena stays where it is.
  sluice_arena abi() {
    return {sizeof(sluice_arena), 0, this, [](void* self, size_t size, size_t align) SLUICE_NOEXCEPT -> void* {
              try {
                return static_cast<Arena*>(self)->alloc(size, align);
              } catch (const std::bad_alloc&) {
                return nullptr;
              }
            }};
  }

 private:
  void* alloc_slow(size_t size, size_t align) {
    if (size > SIZE_MAX - align) throw std::bad_alloc();
    if (size + align > chunk_size_ / 4) {
      large_.push_back(std::unique_ptr<char[]>(new char[size + align]));
      used_ += size;
      reserved_ += size + align;
      const uintptr_t raw = reinterpret_cast<uintptr_t>(large_.back().get());
      const uintptr_t at = (raw + align - 1) & ~(static_cast<uintptr_t>(align) - 1);
      return large_.back().get() + (at - raw);
    }
    chunks_.push_back(std::unique_ptr<char[]>(new char[chunk_size_]));
    next_ = chunks_.back().get();
    limit_ = next_ + chunk_size_;
    current_size_ = chunk_size_;
    reserved_ += chunk_size_;
    return alloc(size, align);
  }

  size_t chunk_size_;
  std::vector<std::unique_ptr<char[]>> chunks_;
  std::vector<std::unique_ptr<char[]>> large_;
  char* next_ = nullptr;
  char* limit_ = nullptr;
  size_t current_size_ = 0;
  size_t used_ = 0;
  size_t reserved_ = 0;
};

}  // namespace sluice::binlog
