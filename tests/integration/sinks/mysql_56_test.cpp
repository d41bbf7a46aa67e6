#include <catch2/catch.hpp>

#include "mysql_fixture.hpp"
#include "tests/support/skip.hpp"

namespace sluice::test {
namespace {

TEST_CASE("mysql sink: MySQL 5.6 takes rows, loads, marks and checkpoints", "[integration][sink][mysql56]") {
  SLUICE_SKIP_IF(MySql56Server::missing());
  MySql56Server server;
  Sql sql = server.connect();
  sql.exec("CREATE DATABASE t");
  sql.exec(
      "CREATE TABLE t.a (id INT, k VARCHAR(10), d DATE, l VARCHAR(20) CHARACTER SET latin1, b BLOB, j TEXT CHARACTER "
      "SET "
      "utf8mb4, PRIMARY KEY (id, k))");
  const host::Sink sink = open_sink(SLUICE_PLUGIN_DIR, "mysql", mysql_config(server));
  host::SinkWriter writer = open_writer(sink);
  const TestTable table("t", "a",
                        {{"id", SLUICE_INT},
                         {"k", SLUICE_STRING, "utf8mb4"},
                         {"d", SLUICE_DATE},
                         {"l", SLUICE_STRING, "latin1"},
                         {"b", SLUICE_BYTES, "binary"},
                         {"j", SLUICE_JSON}});
  const auto row = [](int64_t id, const char* k) {
    return Values{integer(id),
                  text(k),
                  number(SLUICE_DATE, packed(2023, 2, 31)),
                  text("\xE9'\\"),
                  bytes(SLUICE_BYTES, "\xFF\t\\"),
                  bytes(SLUICE_JSON, "{\"a\": 1}")};
  };
  TestBatch batch;
  batch.insert(table, row(1, "a")).insert(table, row(2, "b")).insert(table, row(3, "c")).insert(table, row(4, "d"));
  batch.update(table, row(2, "b"), row(2, "bb")).remove(table, row(1, "a")).remove(table, row(3, "c"));
  const Outcome applied = apply(writer, batch.mark("0", "", "1"));
  INFO(applied.message());
  REQUIRE(applied.ok());
  CHECK(applied.result.unmatched == 0);
  RowSource source = rows_of({row(9, "x")});
  const Outcome loaded = load(writer, table, source);
  INFO(loaded.message());
  REQUIRE(loaded.ok());
  sql.exec("SET sql_mode='ALLOW_INVALID_DATES'");  // without it CONCAT shows such a date as zero
  CHECK(sql.value("SELECT GROUP_CONCAT(id, k, d, HEX(l), HEX(b), j ORDER BY id SEPARATOR ';') FROM t.a") ==
        "2bb2023-02-31E9275CFF095C{\"a\": 1};4d2023-02-31E9275CFF095C{\"a\": 1};9x2023-02-31E9275CFF095C{\"a\": 1}");
  auto error = make_sized<sluice_error>();
  auto checkpoint = make_sized<sluice_checkpoint>();
  checkpoint.is_global = 1;
  const sluice_status status = writer.write_checkpoints({&checkpoint, 1}, {}, error);
  INFO(field_text(error.message));
  REQUIRE(status == SLUICE_OK);
  CHECK(sql.value("SELECT data_type FROM information_schema.columns WHERE table_name='task1_syncer_checkpoint' AND "
                  "column_name='table_info'") == "longtext");
  sluice_sink_capabilities capabilities{};
  REQUIRE(sink.capabilities(capabilities, error) == SLUICE_OK);
  CHECK(view(capabilities.flavor) == "mysql");
}

}  // namespace
}  // namespace sluice::test
