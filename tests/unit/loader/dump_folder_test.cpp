#include "core/units/loader/dump_folder.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::units::loader;

namespace {

DumpFolder sorted(const std::vector<std::string>& names) {
  std::vector<FileEntry> entries;
  for (const std::string& name : names) entries.push_back({name, 10});
  auto out = sort_files(std::move(entries));
  REQUIRE(out);
  return std::move(*out);
}

std::string table_of(const DumpFolder& folder, const std::string& file) {
  for (const DataFile& data : folder.files) {
    if (data.name == file) return folder.tables[data.table].schema + "/" + folder.tables[data.table].table;
  }
  return "";
}

}  // namespace

TEST_CASE("load: files belong to schemas and tables by their names", "[unit][loader]") {
  const DumpFolder folder =
      sorted({"metadata", "s-schema-create.sql", "s.t-schema.sql", "s.t.0000000000000.sql", "s.t.000000001.sql",
              "s.t-metadata", "a%2Eb.c%25%2F-schema.sql", "a%2Eb.c%25%2F.000000000.sql", "s.my-schema.sql",
              "s.my.00000.sql", "s.my.00000.00001.sql", "s.my.sql", "s.t.1-schema.sql", "s.t.1.sql", "s.t.1.2.sql"});
  CHECK(folder.complete);
  CHECK(folder.schemas.at("s") == "s-schema-create.sql");
  REQUIRE(folder.tables.size() == 4);
  CHECK(table_of(folder, "s.t.0000000000000.sql") == "s/t");
  CHECK(table_of(folder, "s.t.000000001.sql") == "s/t");
  CHECK(table_of(folder, "a%2Eb.c%25%2F.000000000.sql") == "a.b/c%/");
  CHECK(table_of(folder, "s.my.00000.00001.sql") == "s/my");
  CHECK(table_of(folder, "s.my.sql") == "s/my");
  CHECK(table_of(folder, "s.t.1.sql") == "s/t.1");  // it has a structure: mydumper does not encode dots
  CHECK(table_of(folder, "s.t.1.2.sql") == "s/t.1");
  CHECK(folder.left_out.empty());
  CHECK(folder.unreadable.empty());
}

TEST_CASE("load: views and their like are left out, compressed files are told, rows without a structure stand out",
          "[unit][loader]") {
  const DumpFolder folder =
      sorted({"s.v-schema.sql", "s.v-schema-view.sql", "s.t-schema-triggers.sql", "s-schema-post.sql", "s.t.0.sql.gz",
              "s.t-schema.sql.zst", "s.t.0.csv", "s.alone.00.sql", "notes.txt"});
  CHECK_FALSE(folder.complete);
  CHECK(folder.left_out.size() == 3);
  CHECK(folder.unreadable.size() == 3);
  REQUIRE(folder.tables.size() == 1);
  CHECK(folder.tables[0].table == "alone");
  CHECK(folder.tables[0].schema_file.empty());
}

TEST_CASE("load: file names that are no UTF-8, written or encoded, are refused", "[unit][loader]") {
  for (const char* name : {"s.t\xff-schema.sql", "s.t%FF-schema.sql"}) {
    auto out = sort_files({{name, 1}});
    REQUIRE_FALSE(out);
    CHECK(out.error().code == 34019);
  }
  CHECK(decoded_name("100%") == "100%");
  CHECK(decoded_name("%zz%2") == "%zz%2");
}

TEST_CASE("load: metadata tells the position of the dump", "[unit][loader]") {
  const auto at = location_in(
      "Started dump at: 2026-11-22 10:00:00\nSHOW MASTER STATUS:\n\tLog: mysql-bin.000003\n\tPos: "
      "1502\n\tGTID:0-1-9\n\n"
      "SHOW SLAVE STATUS:\n\tHost: h\n\tLog: other.000001\n\tPos: 7\n\nFinished dump at: 2026-11-22 10:00:01\n");
  CHECK(at.name == "mysql-bin.000003");
  CHECK(at.pos == 1502);
  CHECK(at.gtid == "0-1-9");
  CHECK(location_in("").empty());
}
