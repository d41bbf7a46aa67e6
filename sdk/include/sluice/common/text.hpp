#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "sluice/abi/base.h"

/// Small conversions that both C++ halves need. Nothing here allocates.
namespace sluice {

inline std::string_view view(sluice_str s) noexcept {
  return s.len == 0 ? std::string_view() : std::string_view(s.data, s.len);
}
inline std::string_view view(sluice_bytes b) noexcept {
  return b.len == 0 ? std::string_view() : std::string_view(reinterpret_cast<const char*>(b.data), b.len);
}
/// Borrows: the text must outlive the use of the result.
inline sluice_str to_str(std::string_view s) noexcept { return {s.data(), s.size()}; }
inline sluice_bytes to_bytes(std::string_view s) noexcept {
  return {reinterpret_cast<const uint8_t*>(s.data()), s.size()};
}

/// Reads a struct of the other side by the growth rule: copies min(its struct_size, sizeof) bytes into a zeroed
/// struct of our own, whose struct_size then says how much of it the other side filled.
/// A null pointer gives an all-zero struct.
template <typename T>
T copy_sized(const T* other) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  T copy;
  std::memset(&copy, 0, sizeof copy);
  if (other == nullptr) return copy;
  const size_t size = other->struct_size < sizeof copy ? other->struct_size : sizeof copy;
  std::memcpy(&copy, other, size);
  copy.struct_size = static_cast<uint32_t>(size);
  return copy;
}

/// Writes into a struct of the other side without leaving its struct_size; struct_size itself stays as it is.
template <typename T>
void write_sized(T* other, const T& value) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  if (other == nullptr) return;
  const size_t size = other->struct_size < sizeof value ? other->struct_size : sizeof value;
  constexpr size_t kFirst = sizeof(uint32_t);
  if (size > kFirst) {
    std::memcpy(reinterpret_cast<char*>(other) + kFirst, reinterpret_cast<const char*>(&value) + kFirst, size - kFirst);
  }
}

/// Zeroed, with struct_size set.
template <typename T>
T make_sized() noexcept {
  T value;
  std::memset(&value, 0, sizeof value);
  value.struct_size = sizeof value;
  return value;
}

/// Walks an array of structs whose size the other side chose (data, count, stride).
template <typename T>
class Strided {
 public:
  class Iterator {
   public:
    Iterator(const char* at, size_t stride) : at_(at), stride_(stride) {}
    const T& operator*() const { return *reinterpret_cast<const T*>(at_); }
    const T* operator->() const { return reinterpret_cast<const T*>(at_); }
    Iterator& operator++() {
      at_ += stride_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    const char* at_;
    size_t stride_;
  };

  Strided(const T* data, size_t count, size_t stride)
      : data_(reinterpret_cast<const char*>(data)), count_(count), stride_(stride) {}
  size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  const T& operator[](size_t i) const { return *reinterpret_cast<const T*>(data_ + i * stride_); }
  Iterator begin() const { return {data_, stride_}; }
  Iterator end() const { return {count_ == 0 ? data_ : data_ + count_ * stride_, stride_}; }

 private:
  const char* data_;
  size_t count_;
  size_t stride_;
};

/// Copies text into a fixed field, NUL-terminated, cut at a UTF-8 boundary. Returns false when it was cut.
template <size_t N>
bool copy_text(char (&to)[N], std::string_view from) noexcept {
  size_t len = from.size();
  const bool fits = len < N;
  if (!fits) {
    len = N - 1;
    while (len > 0 && (static_cast<unsigned char>(from[len]) & 0xC0u) == 0x80u) --len;
  }
  if (len > 0) std::memcpy(to, from.data(), len);
  to[len] = '\0';
  return fits;
}

/// The text of a fixed field; stops at its end even when the NUL is missing.
template <size_t N>
std::string_view field_text(const char (&field)[N]) noexcept {
  const void* nul = std::memchr(field, 0, N);
  return {field, nul ? static_cast<size_t>(static_cast<const char*>(nul) - field) : N};
}

}  // namespace sluice
