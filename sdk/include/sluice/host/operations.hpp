#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/abi/host.h"
#include "sluice/common/text.hpp"

/// What an operation that a plugin contributes has to keep to; the host and the conformance suite judge by it.
namespace sluice::host {
namespace detail {

/// Letters, digits and `others`, at least one.
inline bool is_word(std::string_view text, std::string_view others) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

/// "a/{b}" -> "a", "{b}"
inline std::vector<std::string_view> path_segments(std::string_view path) {
  std::vector<std::string_view> out;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    out.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

inline bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

inline std::string path_problem(std::string_view path) {
  if (path.empty() || path[0] != '/') return "the path is `" + std::string(path) + "`, it must begin with /";
  if (path.size() > 200) return "the path is longer than 200 bytes";
  std::vector<std::string_view> names;
  for (const std::string_view segment : path_segments(path.substr(1))) {
    const bool parameter = is_parameter(segment);
    const std::string_view word = parameter ? segment.substr(1, segment.size() - 2) : segment;
    if (!is_word(word, parameter ? "_-" : "_-.~") || segment == "." || segment == "..") {
      return "the path is `" + std::string(path) + "`; segments are letters, digits and _ - . ~, or {parameter}";
    }
    if (!parameter) continue;
    if (std::find(names.begin(), names.end(), word) != names.end()) {
      return "the path has the parameter `" + std::string(word) + "` twice";
    }
    names.push_back(word);
  }
  return {};
}

}  // namespace detail

/// What is wrong with a declared operation, as a sentence; "" = nothing. `operation` is a sized copy.
inline std::string operation_problem(const sluice_operation& operation) {
  const std::string_view method = view(operation.method);
  if (!detail::is_word(view(operation.id), "_-.") || operation.id.len > 100) {
    return "the id is `" + std::string(view(operation.id)) + "`; 1 to 100 letters, digits and _ - . are expected";
  }
  if (method != "GET" && method != "POST" && method != "PUT" && method != "DELETE") {
    return "the method is `" + std::string(method) + "`; GET, POST, PUT or DELETE is expected";
  }
  return detail::path_problem(view(operation.path));
}

/// Equal for two operations that one request could mean: the names of parameters do not tell paths apart.
inline std::string operation_shape(std::string_view method, std::string_view path) {
  std::string out(method);
  for (const std::string_view segment : detail::path_segments(path.substr(path.empty() ? 0 : 1))) {
    out += '/';
    out += detail::is_parameter(segment) ? "{}" : segment;
  }
  return out;
}

}  // namespace sluice::host
