#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "open_sink.hpp"
#include "tests/support/process.hpp"

namespace sluice::test {
namespace {

namespace fs = std::filesystem;

const std::vector<ColumnSpec> kIdName = {{"id", SLUICE_INT}, {"name", SLUICE_STRING, "utf8mb4"}};

struct FileTarget {
  explicit FileTarget(std::string more = "") : more_(std::move(more)) { reopen(); }
  void reopen() {
    writer = {};
    sink.reset();
    sink.emplace(open_sink(SLUICE_PLUGIN_DIR, "file", config()));
    writer = open_writer(*sink);
  }
  std::string config() const {
    return R"({"name":"f","directory":")" + dir().string() + R"(","task":"t1","source":"mysql-01")" + more_ + "}";
  }
  fs::path dir() const { return folder.path() / "out"; }
  std::string read(const std::string& name) const {
    std::ifstream in(dir() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void append(const std::string& name, const std::string& text) const {
    std::ofstream(dir() / name, std::ios::binary | std::ios::app) << text;
  }
  TempDir folder;
  std::string more_;
  std::optional<host::Sink> sink;
  host::SinkWriter writer;
};

TEST_CASE("file sink: changes become JSON lines with types that lose nothing", "[integration][sink][file]") {
  FileTarget target;
  const TestTable table("s.x", "t",
                        {{"i", SLUICE_INT},
                         {"u", SLUICE_UINT},
                         {"n", SLUICE_DECIMAL},
                         {"d", SLUICE_DOUBLE},
                         {"l", SLUICE_STRING, "latin1"},
                         {"g", SLUICE_STRING, "gbk"},
                         {"b", SLUICE_BYTES, "binary"},
                         {"dt", SLUICE_DATETIME},
                         {"j", SLUICE_JSON},
                         {"bad", SLUICE_STRING, "utf8mb4"},
                         {"bit", SLUICE_BIT}});
  TestBatch batch;
  batch.insert(table, {integer(-1), number(SLUICE_UINT, UINT64_MAX), bytes(SLUICE_DECIMAL, "1.50"),
                       real(SLUICE_DOUBLE, 0.1), text("\xE9\x80\"\n"), text("\xD6\xD0"),
                       bytes(SLUICE_BYTES, "\xFF\x01"), number(SLUICE_DATETIME, packed(2023, 1, 2, 3, 4, 5, 600000), 1),
                       bytes(SLUICE_JSON, R"({"a":1})"), text("\xC3"), bytes(SLUICE_BYTES, "\x01\x02")});
  REQUIRE(apply(target.writer, batch).ok());
  CHECK(
      target.read("s%2Ex.t.000001.jsonl") ==
      R"({"op":"insert","schema":"s.x","table":"t","source":"mysql-01","after":{"i":-1,"u":18446744073709551615,"n":"1.50",)"
      R"("d":0.1,"l":"é€\"\n","g":"中","b":{"base64":"/wE="},"dt":"2023-01-02 03:04:05.6","j":"{\"a\":1}",)"
      R"("bad":{"base64":"ww==","charset":"utf8mb4"},"bit":258}})"
      "\n");
}

TEST_CASE("file sink: updates, deletes, loads and DDL have lines of their own", "[integration][sink][file]") {
  FileTarget target;
  const TestTable table("s", "t", kIdName);
  TestBatch batch;
  batch.update(table, {integer(1), absent()}, {integer(1), text("b")}).remove(table, {integer(2), null_value()});
  REQUIRE(apply(target.writer, batch).ok());
  RowSource source = rows_of({{bytes(SLUICE_TEXT, "7"), text("x")}});
  REQUIRE(load(target.writer, table, source).ok());
  REQUIRE(execute(target.writer, "ALTER TABLE s.t ADD c INT").ok());
  CHECK(target.read("s.t.000001.jsonl") ==
        R"({"op":"update","schema":"s","table":"t","source":"mysql-01","before":{"id":1},"after":{"id":1,"name":"b"}})"
        "\n"
        R"({"op":"delete","schema":"s","table":"t","source":"mysql-01","before":{"id":2,"name":null}})"
        "\n"
        R"({"op":"load","schema":"s","table":"t","source":"mysql-01","after":{"id":7,"name":"x"}})"
        "\n");
  CHECK(target.read("_ddl.000001.jsonl") == R"({"op":"ddl","schema":"","table":"","sql":"ALTER TABLE s.t ADD c INT"})"
                                            "\n");
}

TEST_CASE("file sink: what a crash left behind the last commit is cut off", "[integration][sink][file]") {
  FileTarget target;
  const TestTable table("s", "t", kIdName);
  TestBatch first;
  REQUIRE(apply(target.writer, first.insert(table, {integer(1), text("a")}).mark("0", "", "1")).ok());
  const std::string good = target.read("s.t.000001.jsonl");
  target.append("s.t.000001.jsonl", R"({"op":"insert","torn)");
  target.append("s.other.000001.jsonl", R"({"op":"insert"})"
                                        "\n");
  target.append("journal", "0badbad0 {\"marks\":[[\"t1\"");
  target.reopen();
  CHECK(target.read("s.t.000001.jsonl") == good);
  CHECK_FALSE(fs::exists(target.dir() / "s.other.000001.jsonl"));
  std::string seen;
  auto error = make_sized<sluice_error>();
  REQUIRE(target.writer.read_marks(
              "", [&](const sluice_mark& m) { seen += std::string(view(m.key)) + "=" + std::string(view(m.value)); },
              error) == SLUICE_OK);
  CHECK(seen == "0=1");
  TestBatch replay;
  CHECK((apply(target.writer, replay.insert(table, {integer(1), text("a")}).mark("0", "", "1")).error.flags &
         SLUICE_ERROR_FENCED) != 0);
  TestBatch next;
  REQUIRE(apply(target.writer, next.insert(table, {integer(2), text("b")}).mark("0", "1", "2")).ok());
  target.reopen();
  CHECK(target.read("s.t.000001.jsonl").size() == 2 * good.size());
}

TEST_CASE("file sink: damage that is no torn tail is refused with the reason", "[integration][sink][file]") {
  FileTarget target;
  const TestTable table("s", "t", kIdName);
  for (int i = 0; i < 3; ++i) {
    TestBatch batch;
    REQUIRE(apply(target.writer, batch.insert(table, {integer(i), text("a")})).ok());
  }
  const std::string journal = target.read("journal");
  target.writer = {};
  target.sink.reset();
  SECTION("a flipped byte in the middle of the journal") {
    std::string damaged = journal;
    damaged[journal.find('\n') + 15] ^= 1;
    std::ofstream(target.dir() / "journal", std::ios::binary) << damaged;
    CHECK_THROWS_WITH(target.reopen(), Catch::Contains("line 2"));
  }
  SECTION("a data file shorter than what was committed") {
    fs::resize_file(target.dir() / "s.t.000001.jsonl", 10);
    CHECK_THROWS_WITH(target.reopen(), Catch::Contains("s.t.000001.jsonl"));
  }
  SECTION("no journal") {
    fs::remove(target.dir() / "journal");
    CHECK_THROWS_WITH(target.reopen(), Catch::Contains("journal"));
  }
}

TEST_CASE("file sink: a chunk that fails leaves nothing, however large", "[integration][sink][file]") {
  FileTarget target(R"(,"rotate_size":100000)");
  const TestTable table("s", "t", kIdName);
  TestBatch first;
  REQUIRE(apply(target.writer, first.insert(table, {integer(1), text("a")})).ok());
  const std::string before = target.read("s.t.000001.jsonl");
  RowSource source{2, 100000, 1000, [](size_t i, sluice_value* to) {
                     to[0] = integer(static_cast<int64_t>(i));
                     to[1] = text("some text");
                   }};
  source.fail_at = 50000;
  CHECK(load(target.writer, table, source).error.number == 33006);
  CHECK(target.read("s.t.000001.jsonl") == before);
  TestBatch second;
  REQUIRE(apply(target.writer, second.insert(table, {integer(1), text("a")})).ok());
  CHECK(target.read("s.t.000001.jsonl") == before + before);
  target.reopen();
  CHECK_FALSE(fs::exists(target.dir() / "s.t.000002.jsonl"));
}

TEST_CASE("file sink: files rotate, journals are compacted, and both are read back", "[integration][sink][file]") {
  FileTarget target(R"(,"rotate_size":1000,"fsync":false)");
  const TestTable table("s", "t", kIdName);
  const std::string long_value(300, 'v');
  for (int i = 0; i < 6000; ++i) {
    TestBatch batch;
    const std::string value = long_value + std::to_string(i);
    if (i < 40) batch.insert(table, {integer(i), text("abc")});
    REQUIRE(apply(target.writer, batch.mark("0", nullptr, value)).ok());
  }
  CHECK(fs::file_size(target.dir() / "journal") < 2 * 1024 * 1024);
  auto error = make_sized<sluice_error>();
  REQUIRE(target.writer.flush(error) == SLUICE_OK);
  target.reopen();
  std::string seen;
  REQUIRE(target.writer.read_marks(
              "lane", [&](const sluice_mark& m) { seen = view(m.value); }, error) == SLUICE_OK);
  CHECK(seen == long_value + "5999");
  size_t lines = 0;
  for (int file = 1; file <= 9; ++file) {
    const std::string content = target.read("s.t.00000" + std::to_string(file) + ".jsonl");
    CHECK(content.size() < 1200);
    lines += static_cast<size_t>(std::count(content.begin(), content.end(), '\n'));
  }
  CHECK(lines == 40);
}

TEST_CASE("file sink: checkpoints are kept per task and source", "[integration][sink][file]") {
  FileTarget target;
  auto error = make_sized<sluice_error>();
  auto row = make_sized<sluice_checkpoint>();
  row.schema = to_str("s");
  row.table = to_str("t");
  row.binlog_name = to_str("bin.000002");
  row.binlog_pos = 154;
  row.table_info = to_str("{\"a\":\"\\u0000\\n\"}");
  auto global = make_sized<sluice_checkpoint>();
  global.is_global = 1;
  const sluice_checkpoint rows[] = {global, row};
  REQUIRE(target.writer.write_checkpoints(rows, {}, error) == SLUICE_OK);
  target.reopen();
  const auto read = [&] {
    std::string seen;
    REQUIRE(target.writer.read_checkpoints(
                [&](const sluice_checkpoint& r) {
                  seen += std::string(view(r.table)) + ":" + std::to_string(r.binlog_pos) + ":" +
                          std::string(view(r.table_info)) + (r.is_global ? "G;" : ";");
                },
                error) == SLUICE_OK);
    return seen;
  };
  CHECK(read() == ":0:G;t:154:{\"a\":\"\\u0000\\n\"};");
  REQUIRE(target.writer.remove_checkpoints("s", "t", error) == SLUICE_OK);
  CHECK(read() == ":0:G;");
  target.more_ = R"(,"task":"other")";
  REQUIRE(target.writer.drop_checkpoints(error) == SLUICE_OK);
  CHECK(read() == "");
}

TEST_CASE("file sink: two instances of one process share a directory", "[integration][sink][file]") {
  FileTarget target;
  const host::Sink second =
      open_sink(SLUICE_PLUGIN_DIR, "file",
                R"({"name":"g","directory":")" + target.dir().string() + R"(","task":"t1","source":"mysql-02"})");
  host::SinkWriter writer = open_writer(second);
  const TestTable table("s", "t", kIdName);
  TestBatch a;
  TestBatch b;
  REQUIRE(apply(target.writer, a.insert(table, {integer(1), text("a")}).mark("0", "", "1")).ok());
  REQUIRE(apply(writer, b.insert(table, {integer(2), text("b")}).mark("0", "", "1")).ok());
  const std::string content = target.read("s.t.000001.jsonl");
  CHECK(std::count(content.begin(), content.end(), '\n') == 2);
  target.sink->cancel();
  CHECK(apply(target.writer, a).status == SLUICE_CANCELLED);
  TestBatch c;
  CHECK(apply(writer, c.insert(table, {integer(3), text("c")})).ok());
}

}  // namespace
}  // namespace sluice::test
