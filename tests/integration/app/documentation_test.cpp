#include <catch2/catch.hpp>
#include <iostream>
#include <set>
#include <sstream>

#include "core/app/config.hpp"
#include "core/plugin/registry.hpp"
#include "tests/support/process.hpp"

using namespace sluice;

namespace {

std::string row(const std::string& name, const std::string& type, const std::string& fallback,
                const std::string& help) {
  return "| `" + name + "` | " + type + " | " + (fallback.empty() ? "–" : "`" + fallback + "`") + " | " + help + " |";
}

std::set<std::string> expected_rows() {
  std::set<std::string> rows;
  for (const app::ConfigKey& key : app::config_keys()) {
    rows.insert(row(key.path, app::type_name(key.type), key.fallback, key.help));
  }
  plugin::Registry registry({});
  REQUIRE(registry.load({SLUICE_PLUGIN_DIR}).empty());
  for (const auto& [kind, id] :
       {std::pair{"store", "sqlite"}, {"store", "memory"}, {"store", "etcd"}, {"transport", "http"}}) {
    const plugin::PluginInfo* info = registry.find(kind, id);
    REQUIRE(info != nullptr);
    for (const plugin::SettingInfo& setting : info->settings) {
      rows.insert(row(setting.name, std::string(setting.type_name()) + (setting.required() ? ", required" : ""),
                      setting.default_value, setting.help));
    }
  }
  return rows;
}

}  // namespace

TEST_CASE("documentation: docs/configuration.md lists every key as the code has it, and no other",
          "[integration][config]") {
  std::set<std::string> rows = expected_rows();
  std::istringstream doc(test::read_file(std::string(SLUICE_SOURCE_DIR) + "/docs/configuration.md"));
  for (std::string line; std::getline(doc, line);) {
    if (!line.starts_with("| `")) continue;
    INFO("a row that the code does not have: " << line);
    CHECK(expected_rows().contains(line));
    rows.erase(line);
  }
  for (const std::string& row : rows) FAIL_CHECK("this row is missing: " << row);
}
