#pragma once

#include <string>

#include "core/model/error.hpp"

namespace sluice::binlog {

/// The bytes contradict the format: a damaged file, or a server newer than this decoder.
Error damaged(const std::string& what, const std::string& why);

/// Well-formed, but something that cannot be replicated; `what` names it.
Error refused(const std::string& what, const std::string& why, const std::string& remedy);

/// The event carries statement-format data (36014).
Error statement_format(const std::string& what);

/// The row image lacks what is needed (11126).
Error image_not_full(const std::string& what, const std::string& why);

}  // namespace sluice::binlog
