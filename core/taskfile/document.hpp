#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/model/error.hpp"

namespace sluice::taskfile {

/// A YAML value: aliases and merge keys (<<) are resolved, mappings keep their order, keys in a mapping are unique.
struct Value {
  enum class Kind { Null, Scalar, List, Map };
  Kind kind = Kind::Null;
  int line = 0;         ///< from 1
  bool quoted = false;  ///< a scalar in quotes: a text, whatever it looks like
  std::string text;
  std::vector<Value> items;
  std::vector<std::pair<std::string, Value>> members;

  const Value* find(const std::string& key) const;
};

/// Exactly one YAML document whose top is a mapping. E20003 with the line.
Result<Value> parse_yaml(const std::string& text);

}  // namespace sluice::taskfile
