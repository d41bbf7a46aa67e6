#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/app/config.hpp"
#include "core/model/json.hpp"

namespace sluice::app {

/// A configuration as a flat list of values: "log.level", "transport.0.listen". Internal to core/app.
struct RawConfig {
  struct Value {
    model::Json value;
    std::string where;
  };
  std::map<std::string, Value> values;          ///< keys with '-' for '_' are the same key
  std::map<std::string, std::string> sections;  ///< "store", "transport.0" -> where
  size_t transports = 0;
};

/// Reads TOML; the mistakes are those of its syntax and of sections in the wrong place.
RawConfig read_toml(const std::string& file, std::vector<Mistake>& mistakes);
/// Lays one value from outside over the file.
void apply_override(RawConfig& raw, const Override& override_, std::vector<Mistake>& mistakes);

/// The checked value of a key (its default when absent); reports a wrong type or range.
class Values {
 public:
  Values(const RawConfig& raw, std::vector<Mistake>& mistakes) : raw_(raw), mistakes_(mistakes) {}
  std::string text(const std::string& path) const;
  bool boolean(const std::string& path) const;
  std::vector<std::string> list(const std::string& path) const;
  int64_t count(const std::string& path) const;
  uint64_t bytes(const std::string& path) const;
  std::chrono::milliseconds duration(const std::string& path) const;
  bool given(const std::string& path) const { return raw_.values.contains(path); }
  std::string where(const std::string& path) const;
  void mistake(const std::string& path, const std::string& what, const std::string& remedy) const;

 private:
  /// The value, or the default of the key table; `path` may be that of a transport.
  model::Json value(const std::string& path) const;
  void wrong_type(const std::string& path, const model::Json& found) const;
  const RawConfig& raw_;
  std::vector<Mistake>& mistakes_;
};

/// The entry of the key table, or null. "transport.3.plugin" has the entry of "transport.plugin".
const ConfigKey* find_key(const std::string& path);

}  // namespace sluice::app
