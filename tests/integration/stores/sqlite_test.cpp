// What only the file has to promise: it survives, it belongs to one, it is never guessed at.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <thread>

#include "open_store.hpp"
#include "tests/support/process.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

host::Store open_file(const std::filesystem::path& file) {
  return open_store(SLUICE_PLUGIN_DIR, "sqlite", R"({"name":"s","file":")" + file.string() + R"(","history":100})");
}

// The number that the writer acknowledged last, 0 when none.
std::uint64_t last_acknowledged(const std::filesystem::path& file) {
  const std::string bytes = read_file(file);
  std::uint64_t number = 0;
  const std::size_t whole = bytes.size() / sizeof number;
  if (whole > 0) std::memcpy(&number, bytes.data() + (whole - 1) * sizeof number, sizeof number);
  return number;
}

void overwrite(const std::filesystem::path& file, std::size_t at, const std::string& bytes) {
  std::string content = read_file(file);
  content.replace(at, bytes.size(), bytes);
  write_file(file, content);
}

}  // namespace

TEST_CASE("sqlite store: kill -9 of the writer at any moment loses no acknowledged write and tears none",
          "[integration][store][fault]") {
  const TempDir folder;
  const auto file = folder.path() / "data/state.db";
  std::mt19937 random{4711};
  std::uniform_int_distribution<int> moment(1, 150);
  std::uint64_t acknowledged = 0;
  for (int round = 0; round < 20; ++round) {
    const auto output = folder.path() / ("acknowledged." + std::to_string(round));
    Process writer(
        {{std::string(SLUICE_BINARY_DIR) + "/bin/store_writer", SLUICE_PLUGIN_DIR, file.string()}, {}, output, {}});
    const bool begun = wait_for([&] { return last_acknowledged(output) > acknowledged || !writer.running(); }, 30s);
    INFO(read_file(output));
    REQUIRE(begun);
    REQUIRE(writer.running());
    std::this_thread::sleep_for(std::chrono::milliseconds(moment(random)));  // the random moment, not a wait for luck
    writer.kill9();
    acknowledged = last_acknowledged(output);

    const auto store = open_file(file);
    int64_t revision = 0;
    const auto numbers = range(store, "n/", &revision);
    const auto a = get(store, "a");
    const auto b = get(store, "b");
    REQUIRE(a);
    REQUIRE(b);
    const std::uint64_t stored = std::stoull(a->value);
    CHECK(a->value == b->value);
    CHECK(stored >= acknowledged);
    CHECK(stored <= acknowledged + 1);  // the one on its way may have landed
    CHECK(numbers.size() == stored);
    CHECK(revision == static_cast<int64_t>(stored) + 1);
    CHECK(a->mod_revision == revision);
    acknowledged = stored;
  }
  CHECK(acknowledged > 100);
}

TEST_CASE("sqlite store: revision, keys and leases are there after a restart", "[integration][store]") {
  const TempDir folder;
  const auto file = folder.path() / "state.db";
  auto error = make_sized<sluice_error>();
  int64_t lease = 0;
  {
    const auto store = open_file(file);
    REQUIRE(store.lease_grant(300, lease, error) == SLUICE_OK);
    commit(store, {put("a", std::string("\0x\xff", 3)), put("leased", "1", lease)});
    struct stat info {};
    REQUIRE(::stat(file.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
  }
  const auto store = open_file(file);
  CHECK(get(store, "a")->value == std::string("\0x\xff", 3));
  CHECK(get(store, "leased"));
  CHECK(commit(store, {put("a", "2")}).revision == 3);
  CHECK(wait_for([&] { return !get(store, "leased"); }, 10s));
}

TEST_CASE("sqlite store: a second process is refused with the reason, the first goes on", "[integration][store]") {
  const TempDir folder;
  const auto file = folder.path() / "state.db";
  const auto store = open_file(file);
  std::string output;
  CHECK(run({std::string(SLUICE_BINARY_DIR) + "/bin/store_writer", SLUICE_PLUGIN_DIR, file.string()}, &output) == 1);
  CHECK_THAT(output, Catch::Contains("in use by another process") && Catch::Contains(file.string()));
  CHECK_THROWS_WITH(open_file(file), Catch::Contains("in use by another process"));
  CHECK(commit(store, {put("k", "v")}).ok);
}

TEST_CASE("sqlite store: a file that is empty, damaged or not ours is refused and left as it is",
          "[integration][store]") {
  const TempDir folder;
  const auto file = folder.path() / "state.db";
  SECTION("empty") {
    write_file(file, "");
    CHECK_THROWS_WITH(open_file(file), Catch::Contains("it is empty"));
    CHECK(read_file(file).empty());
  }
  SECTION("text") {
    write_file(file, std::string(5000, 'x'));
    CHECK_THROWS_WITH(open_file(file), Catch::Contains("refused") && Catch::Contains(file.string()));
    CHECK(read_file(file) == std::string(5000, 'x'));
  }
  SECTION("cut off") {
    {
      const auto store = open_file(file);
      for (int i = 0; i < 50; ++i) commit(store, {put("k" + std::to_string(i), std::string(3000, 'v'))});
    }
    std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
    CHECK_THROWS_WITH(open_file(file), Catch::Contains("refused"));
  }
  SECTION("a page overwritten") {
    {
      const auto store = open_file(file);
      for (int i = 0; i < 50; ++i) commit(store, {put("k" + std::to_string(i), std::string(3000, 'v'))});
    }
    overwrite(file, 4096 * 2, std::string(4096, 'Z'));
    CHECK_THROWS_WITH(open_file(file), Catch::Contains("refused"));
  }
  SECTION("a folder") { CHECK_THROWS_WITH(open_file(folder.path()), Catch::Contains("not a regular file")); }
  SECTION("another program's") {
    std::string output;
    if (run({"sh", "-c", "command -v sqlite3"}, &output) != 0) return;
    REQUIRE(run({"sqlite3", file.string(), "create table t (a)"}) == 0);
    CHECK_THROWS_WITH(open_file(file), Catch::Contains("not one of sluice"));
  }
}
