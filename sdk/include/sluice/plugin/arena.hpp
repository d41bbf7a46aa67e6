#pragma once

#include <cstddef>
#include <new>
#if __has_include(<memory_resource>)
#include <memory_resource>
#endif

#include "sluice/abi/base.h"

namespace sluice::plugin {

/// Takes `size` bytes from the batch's arena. Throws std::bad_alloc.
inline void* arena_alloc(const sluice_arena& arena, size_t size, size_t align) {
  if (void* memory = arena.alloc(arena.self, size, align)) return memory;
  throw std::bad_alloc();
}

/// A standard allocator over a batch's arena, for any container. Freed when the batch ends; use it only in the call
/// that brought the batch.
template <typename T>
class ArenaAllocator {
 public:
  using value_type = T;
  explicit ArenaAllocator(const sluice_arena& arena) noexcept : arena_(&arena) {}
  template <typename U>
  ArenaAllocator(const ArenaAllocator<U>& other) noexcept : arena_(&other.arena()) {}  // NOLINT
  T* allocate(size_t n) {
    if (n > static_cast<size_t>(-1) / sizeof(T)) throw std::bad_alloc();
    return static_cast<T*>(arena_alloc(*arena_, n * sizeof(T), alignof(T)));
  }
  void deallocate(T*, size_t) noexcept {}
  const sluice_arena& arena() const noexcept { return *arena_; }
  template <typename U>
  bool operator==(const ArenaAllocator<U>& other) const noexcept {
    return arena_ == &other.arena();
  }

 private:
  const sluice_arena* arena_;
};

#if defined(__cpp_lib_memory_resource)
/// The same for std::pmr containers (absent with libc++ before 16).
class ArenaResource final : public std::pmr::memory_resource {
 public:
  explicit ArenaResource(const sluice_arena& arena) noexcept : arena_(&arena) {}

 private:
  void* do_allocate(size_t size, size_t align) override { return arena_alloc(*arena_, size, align); }
  void do_deallocate(void*, size_t, size_t) override {}
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }
  const sluice_arena* arena_;
};
#endif

}  // namespace sluice::plugin
