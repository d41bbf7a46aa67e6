#pragma once

#include <string>
#include <string_view>

namespace sluice::file_sink {

/// Appends `bytes`, which are text in MySQL's character set `charset` ("" = utf8mb4), as UTF-8. Returns false, with
/// `out` as it was, when the set is not known here or the bytes are not text in it. May be called from any thread.
bool append_utf8(std::string& out, std::string_view bytes, std::string_view charset);

/// Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view bytes);

}  // namespace sluice::file_sink
