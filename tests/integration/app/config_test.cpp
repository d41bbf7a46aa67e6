#include "core/app/config.hpp"

#include <catch2/catch.hpp>

#include "core/plugin/registry.hpp"
#include "tests/support/process.hpp"

using namespace sluice;
using namespace sluice::app;
using Catch::Matchers::Contains;

namespace {

struct Read {
  Config config;
  std::string text;  // of all mistakes, file names cut to the last part
};

Read read(const std::string& toml, const std::vector<Override>& overrides = {}) {
  const test::TempDir folder;
  const auto file = folder.path() / "s.toml";
  test::write_file(file, toml);
  auto [config, mistakes] = load_config(file.string(), overrides);
  if (mistakes.empty()) {
    plugin::Registry registry({});
    REQUIRE(registry.load({SLUICE_PLUGIN_DIR}).empty());
    mistakes = check_plugins(config, registry);
  }
  std::string text;
  for (const Mistake& mistake : mistakes) {
    CHECK_FALSE(mistake.remedy.empty());
    std::string line = mistake.text();
    if (line.starts_with(folder.path().string())) line.erase(0, folder.path().string().size() + 1);
    text += line + "\n";
  }
  return {std::move(config), text};
}

std::string plugins() { return std::string("[plugins]\npath = [\"") + SLUICE_PLUGIN_DIR + "\"]\n"; }

}  // namespace

TEST_CASE("config: the example of the documentation is read", "[integration][config]") {
  const Read r = read(
      "name = \"m\"\nroles = [\"worker\"]\nopenapi = true\nshutdown-timeout = \"5s\"\n"
      "memory_limit = \"1GiB\"\n" +
      plugins() +
      "[store]\nplugin = \"memory\"\nhistory = 7\n"
      "[[transport]]\nplugin = \"http\"\nlisten = \"127.0.0.1:1\"\n[[transport]]\ndialect = \"spec\"\n");
  CHECK(r.text.empty());
  CHECK(r.config.name == "m");
  CHECK_FALSE(r.config.master);
  CHECK(r.config.worker);
  CHECK(r.config.openapi);
  CHECK(r.config.shutdown_timeout == std::chrono::seconds(5));
  CHECK(r.config.memory_limit == 1U << 30);
  CHECK(r.config.store.settings_json == R"({"history":7})");
  REQUIRE(r.config.transports.size() == 2);
  CHECK(r.config.transports[1].plugin == "http");
  CHECK(r.config.transports[1].name == "http-2");
}

TEST_CASE("config: without a file a node has its defaults", "[integration][config]") {
  const auto [config, mistakes] = load_config("", {});
  CHECK(mistakes.empty());
  CHECK(config.master);
  CHECK_FALSE(config.openapi);
  CHECK(config.store.plugin == "sqlite");
  CHECK_THAT(config.store.settings_json, Contains("data/sluice.db"));
  CHECK(config.secret_key_path == "data/secret.key");
  CHECK(config.transports.size() == 1);
  CHECK(config.shutdown_timeout == std::chrono::seconds(20));
}

TEST_CASE("config: every mistake has its line and its remedy", "[integration][config]") {
  const Read r = read(
      "nam = \"x\"\nroles = [\"master\", \"boss\"]\nopenapi = \"yes\"\nmemory_limit = \"much\"\n"
      "lease_ttl = 60\nadvertise_addr = \"here\"\n[log]\nlevel = \"loud\"\nformat = 1\ncolour = true\n"
      "[plugins]\npath = [\"/nowhere\"]\n[stor]\nplugin = \"x\"\n");
  CHECK_THAT(r.text, Contains("s.toml:1: `nam` is not a known key. Remedy: did you mean `name`?"));
  CHECK_THAT(r.text, Contains("s.toml:2: `roles` holds `boss`"));
  CHECK_THAT(r.text, Contains("s.toml:3: `openapi` is a string (\"yes\"), a bool is expected"));
  CHECK_THAT(r.text, Contains("s.toml:4: `memory_limit`") && Contains("\"64MiB\""));
  CHECK_THAT(r.text, Contains("s.toml:5: `lease_ttl`") && Contains("\"30s\""));
  CHECK_THAT(r.text, Contains("s.toml:6: `advertise_addr` is `here`") && Contains("HOST:PORT"));
  CHECK_THAT(r.text, Contains("s.toml:8: `log.level` is `loud`"));
  CHECK_THAT(r.text, Contains("s.toml:9: `log.format`"));
  CHECK_THAT(r.text, Contains("s.toml:10: `log.colour` is not a known key"));
  CHECK_THAT(r.text, Contains("s.toml:12: `plugins.path` names /nowhere"));
  CHECK_THAT(r.text, Contains("s.toml:13: `stor` is not a known key"));
}

TEST_CASE("config: broken TOML and sections of the wrong shape are named by line", "[integration][config]") {
  CHECK_THAT(read("name = \"a\"\nname = \"b\"\n").text, Contains("s.toml:2: "));
  CHECK_THAT(read("name = \n").text, Contains("s.toml:1: "));
  CHECK_THAT(read("[transport]\nplugin = \"http\"\n").text, Contains("s.toml:1: ") && Contains("[[transport]]"));
  CHECK_THAT(read("store = \"sqlite\"\n").text, Contains("s.toml:1: `store` is a section"));
  const auto [config, mistakes] = load_config("/nowhere/s.toml", {});
  REQUIRE(mistakes.size() == 1);
  CHECK_THAT(mistakes[0].text(), Contains("/nowhere/s.toml"));
}

TEST_CASE("config: a missing plugin and a wrong setting of a plugin are mistakes of the file",
          "[integration][config]") {
  CHECK_THAT(read(plugins() + "[store]\nplugin = \"etcd3\"\n").text,
             Contains("s.toml:3: store plugin `etcd3`") && Contains("sqlite"));
  const std::string api = "openapi = true\n" + plugins() + "[store]\nplugin = \"memory\"\n";
  CHECK_THAT(read(api + "[[transport]]\nlisten = 5\n").text, Contains("s.toml:7: transport plugin `http`"));
  CHECK_THAT(read(api + "[[transport]]\nlisten = \":1\"\nlisen = \":2\"\n").text,
             Contains("s.toml:8: ") && Contains("`lisen` is unknown"));
  CHECK_THAT(read(api + "[[transport]]\nplugin = \"grpc\"\n").text, Contains("s.toml:6: transport plugin `grpc`"));
}

TEST_CASE("config: the environment and the command line override single keys", "[integration][config]") {
  const char* environment[] = {"SLUICE_LOG_LEVEL=debug",
                               "SLUICE_NAME=n9",
                               "SLUICE_STORE_HISTORY=5",
                               "SLUICE_TRANSPORT_0_LISTEN=:7",
                               "SLUICE_PORT_8261_TCP=tcp://x",
                               "PATH=/bin",
                               nullptr};
  auto overrides = overrides_from_environment(environment);
  CHECK(overrides.size() == 4);
  overrides.push_back({"--set name", "name", "n10"});
  overrides.push_back({"--set roles", "roles", "master"});
  overrides.push_back({"--set transport.1.dialect", "transport.1.dialect", "spec"});
  const Read r = read(plugins() + "[store]\nplugin = \"memory\"\n[[transport]]\nlisten = \":1\"\n", overrides);
  CHECK(r.text.empty());
  CHECK(r.config.name == "n10");
  CHECK(r.config.log.level == "debug");
  CHECK_FALSE(r.config.worker);
  CHECK(r.config.store.settings_json == R"({"history":5})");
  REQUIRE(r.config.transports.size() == 2);
  CHECK_THAT(r.config.transports[0].settings_json, Contains("\":7\""));
  const Read bad = read("", {{"--set openapi", "openapi", "maybe"}, {"--set transport.9.x", "transport.9.x", "1"}});
  CHECK_THAT(bad.text, Contains("--set openapi: `openapi` is a string") && Contains("--set transport.9.x: "));
}
