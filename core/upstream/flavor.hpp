#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// Kind and number of a server, from its version text.
struct Flavor {
  std::string name = "mysql";  ///< "mysql", "mariadb", "tidb"
  uint32_t version = 0;        ///< 80036 for 8.0.36; TiDB: of the TiDB release
};

/// "10.11.6-MariaDB-log", "5.5.5-10.4.1-MariaDB", "8.0.11-TiDB-v7.5.0", "8.0.36". Pure.
Flavor parse_version(std::string_view version, std::string_view comment = {});

}  // namespace sluice::upstream
