#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "connection.hpp"

namespace sluice::mysql {

/// Privileges of the session's account on everything and on schemas, active roles included. Grants on single tables
/// are left out: a sink creates tables.
class Grants {
 public:
  /// Reads lines of SHOW GRANTS. Pure.
  explicit Grants(const std::vector<std::string>& lines);
  static Grants read(Connection& connection);

  /// `privilege` in upper case, granted on *.* or on the schema.
  bool on_schema(std::string_view privilege, std::string_view schema) const;
  bool global(std::string_view privilege) const;

 private:
  struct Entry {
    std::string schema;  ///< "*", or a name with the wildcards % and _
    std::set<std::string> privileges;
  };
  std::vector<Entry> entries_;
};

/// 'user'@'host' of the session, as GRANT takes it.
std::string current_account(Connection& connection);

}  // namespace sluice::mysql
