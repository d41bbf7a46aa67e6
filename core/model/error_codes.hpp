#pragma once

#include <cstdint>
#include <span>

namespace sluice {

/// One number of DM's error list and what always goes with it.
struct ErrorCode {
  int32_t code;
  const char* error_class;
  const char* scope;
  const char* level;
};

/// The entry of `code`; that of 50000 (not-set) for a number that is not in the list.
const ErrorCode& find_error_code(int32_t code);

/// The whole list, ascending.
std::span<const ErrorCode> all_error_codes();

}  // namespace sluice
