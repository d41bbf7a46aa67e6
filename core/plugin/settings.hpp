#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/error.hpp"

namespace sluice::plugin {

/// A copy of a sluice_setting.
struct SettingInfo {
  std::string name;
  int32_t type = 0;    ///< SLUICE_SETTING_*
  uint32_t flags = 0;  ///< SLUICE_SETTING_REQUIRED, SECRET, CHANGEABLE
  std::string unit;
  std::string default_value;  ///< JSON text, "" = none
  std::string minimum;        ///< number as text, "" = none
  std::string maximum;
  std::string help;

  bool required() const;
  bool secret() const;
  bool changeable() const;
  /// "string", "int", "bool", "duration", "bytes", "list", "object"
  const char* type_name() const;
};

/// Checks a JSON object against the settings a plugin declares, and fills in defaults: the result is what `create`
/// is handed. Null counts as absent; unknown members are refused, "name" is set to `instance_name`. Sizes become
/// numbers of bytes. Errors (49001) start with `where`, name the setting, what was expected and found (never the
/// value of a secret), and what to do.
Result<std::string> complete_settings(const std::vector<SettingInfo>& settings, const std::string& where,
                                      const std::string& instance_name, const std::string& config_json);

/// "64MiB", "1.5 GB", "512" -> bytes. Units: B, K/KB/KiB, M.., G.., T..; with and without `i` both mean 1024, as in
/// DM's files.
std::optional<uint64_t> parse_bytes(const std::string& text);
/// Go style: "1h30m", "300ms", "20s", "0" -> milliseconds.
std::optional<int64_t> parse_duration_ms(const std::string& text);

}  // namespace sluice::plugin
