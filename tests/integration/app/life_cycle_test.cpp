#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "tests/support/http.hpp"
#include "tests/support/process.hpp"
#include "tests/support/sluiced.hpp"

using namespace sluice::test;
using Catch::Matchers::Contains;

namespace {

std::string sluiced() { return std::string(SLUICE_BINARY_DIR) + "/bin/sluiced"; }

}  // namespace

TEST_CASE("sluiced: it serves, and ends cleanly on SIGTERM and SIGINT", "[integration][app]") {
  SluicedProcess node;
  CHECK(node.api().get("/api/v1/sources").status == 200);
  struct stat info {};
  REQUIRE(::stat((node.folder() / "data/secret.key").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(node.terminate() == 0);
  CHECK_THAT(node.log(), Contains("Stopping signal=SIGTERM") && Contains("The node has stopped"));
  node.restart();
  ::kill(node.pid(), SIGINT);
  wait_until([&] { return !node.running(); }, 30s, "sluiced does not end on SIGINT");
  CHECK_THAT(node.log(), Contains("Stopping signal=SIGINT"));
}

TEST_CASE("sluiced: JSON logs are objects, and SIGHUP reads the log section again", "[integration][app]") {
  SluicedOptions options;
  options.extra = "[log]\nformat = \"json\"\nlevel = \"info\"\n";
  SluicedProcess node(options);
  CHECK_THAT(node.log(), Contains("\"level\":\"info\",\"message\":\"Node is up\",\"name\":\"node1\""));
  std::string config = read_file(node.folder() / "sluiced.toml");
  config.replace(config.find("level = \"info\""), 14, "level = \"debug\"");
  write_file(node.folder() / "sluiced.toml", config);
  ::kill(node.pid(), SIGHUP);
  wait_until([&] { return node.log().find("read again") != std::string::npos; }, 10s, "SIGHUP has no effect");
  CHECK(node.api().get("/api/v1/sources?secret=hidden").status == 200);
  wait_until([&] { return node.log().find("Request served") != std::string::npos; }, 10s, "no access log at debug");
  CHECK_THAT(node.log(), !Contains("hidden"));
}

TEST_CASE("sluiced: exit codes tell what was wrong", "[integration][app]") {
  const TempDir folder;
  std::string output;
  CHECK(run({sluiced(), "--version"}, &output) == 0);
  CHECK_THAT(output, Contains("sluiced "));
  CHECK(run({sluiced(), "--help"}, &output) == 0);
  CHECK_THAT(output, Contains("--check-config"));
  CHECK(run({sluiced(), "--no-such-option"}, &output) == 64);
  CHECK(run({sluiced(), "surplus"}, &output) == 64);
  const std::string file = (folder.path() / "s.toml").string();
  write_file(file, "name = 1\n");
  CHECK(run({sluiced(), "--config", file, "--check-config"}, &output) == 78);
  CHECK_THAT(output, Contains("s.toml:1: `name`"));
  write_file(file, std::string("[plugins]\npath = [\"") + SLUICE_PLUGIN_DIR + "\"]\n");
  CHECK(run({sluiced(), "--config", file, "--check-config"}, &output) == 0);
  CHECK(run({sluiced(), "-c", file, "--list-plugins"}, &output) == 0);
  CHECK_THAT(output, Contains("transport http") && Contains("store sqlite"));
  CHECK(run({sluiced(), "-c", file, "--set=data_dir=/proc/none"}, &output) == 69);
  CHECK_THAT(output, Contains("/proc/none"));
}

TEST_CASE("sluiced: a port in use ends the start with a reason", "[integration][app]") {
  SluicedProcess first;
  const TempDir folder;
  std::string output;
  const int code =
      run({sluiced(), "--set=openapi=true", "--set=store.plugin=memory",
           std::string("--set=plugins.path=") + SLUICE_PLUGIN_DIR, "--set=data_dir=" + (folder.path() / "d").string(),
           "--set=transport.0.listen=127.0.0.1:" + std::to_string(first.port())},
          &output);
  CHECK(code == 69);
  CHECK_THAT(output, Contains("cannot listen on") && Contains(std::to_string(first.port())));
}
