#include "core/units/dump/insert_text.hpp"

#include <catch2/catch.hpp>

#include "core/units/dump_directory.hpp"

using namespace sluice;
using namespace sluice::units::dump;

namespace {

std::string literal(uint8_t kind, const std::string& text) {
  sluice_value value{};
  value.kind = kind;
  value.size = static_cast<uint32_t>(text.size());
  value.v.p = text.data();
  std::string out;
  append_literal(out, value);
  return out;
}

}  // namespace

TEST_CASE("dump: literals escape quotes and write bytes as hex", "[unit][dump]") {
  CHECK(literal(SLUICE_TEXT, "-1.5") == "'-1.5'");
  CHECK(literal(SLUICE_STRING, "a'b\\") == R"('a''b\\')");
  CHECK(literal(SLUICE_BYTES, std::string("\0\xff", 2)) == "0x00FF");
  CHECK(literal(SLUICE_BYTES, "") == "''");
  CHECK(literal(SLUICE_JSON, "{}") == "CONVERT('{}' USING utf8mb4)");
}

TEST_CASE("dump: tuples leave generated columns out", "[unit][dump]") {
  sluice_value values[3]{};
  values[0].kind = SLUICE_ENUM;
  values[0].v.u = 2;
  values[1].kind = SLUICE_ABSENT;
  values[2].kind = SLUICE_NULL;
  std::string out;
  append_tuple(out, values, 3);
  CHECK(out == "(2,NULL)");
}

TEST_CASE("dump: names in file names are percent-encoded", "[unit][dump]") {
  CHECK(file_name_part("plain_1-x") == "plain_1-x");
  CHECK(file_name_part("a.b/c%") == "a%2Eb%2Fc%25");
}

TEST_CASE("dump: the folder is named after the task, and after the source where there are several", "[unit][dump]") {
  model::Task task;
  task.name = "shop";
  task.source_conf = {{"a"}};
  CHECK(units::dump_directory(task, "a") == "./dumped_data.shop");
  task.full_migrate_conf = model::FullMigrateConf();
  task.full_migrate_conf->data_dir = "/d/x.shop";  // as DM: named already
  CHECK(units::dump_directory(task, "a") == "/d/x.shop");
  task.source_conf = {{"a"}, {"b"}};
  CHECK(units::dump_directory(task, "b") == "/d/x.shop.b");
}
