#include <array>
#include <catch2/catch.hpp>

#include "core/binlog/rows_decoder.hpp"
#include "core/binlog/value_codec.hpp"
#include "tests/unit/binlog/binlog_test_support.hpp"

using namespace sluice;
using namespace sluice::binlog;
using namespace sluice::binlog::test;

namespace {

/// Table `s`.`t` with these types; all columns nullable.
std::string table_map(const std::string& types, const std::string& metadata, const std::string& optional = "") {
  std::string body;
  put(body, 7, 6);
  put(body, 1, 2);
  body += std::string("\1s\0\1t\0", 6);
  body += static_cast<char>(types.size());
  body += types;
  body += static_cast<char>(metadata.size());
  body += metadata + std::string((types.size() + 7) / 8, '\xff') + optional;
  return event(EventType::kTableMap, body);
}

std::string write_rows(size_t columns, const std::string& rows) {
  std::string body;
  put(body, 7, 6);
  put(body, 1, 2);
  put(body, 2, 2);
  body += static_cast<char>(columns);
  return event(EventType::kWriteRows, body + std::string((columns + 7) / 8, '\xff') + rows);
}

/// Decodes all rows of a table map and a row event.
struct Decoded {
  Decoded(const std::string& map_bytes, const std::string& rows_bytes, std::span<const ColumnPlan> plans = {},
          const FormatDescription& format = FormatDescription())
      : map(map_bytes), rows(rows_bytes) {
    auto table = decode_table_map(view(map, format), format);
    REQUIRE(table.ok());
    status = layout.build(*table, plans);
    if (!status) return;
    auto event = decode_rows(view(rows, format), format, arena);
    if (!event) {
      status = event.status();
      return;
    }
    status = decoder.open(*event, layout, arena);
    const sluice_value* before = nullptr;
    const sluice_value* after = nullptr;
    while (status.ok() && decoder.next(before, after)) images.push_back(after != nullptr ? after : before);
    if (status) status = decoder.status();
  }
  std::string text(size_t row, size_t column) const {
    const sluice_value& v = images.at(row)[column];
    return {v.v.p, v.size};
  }
  const sluice_value& value(size_t column) const { return images.at(0)[column]; }

  std::string map;
  std::string rows;
  Arena arena;
  RowLayout layout;
  RowsDecoder decoder;
  Status status;
  std::vector<const sluice_value*> images;
};

/// 10.11.x events as recorded carry a checksum; this is their format.
FormatDescription with_checksum() { return FormatDescription(Checksum::kCrc32); }

}  // namespace

TEST_CASE("integers follow the sign that the plan gives them", "[unit][rows]") {
  const std::string map = table_map(std::string("\1\2\11\3\10", 5), "");
  const std::string row = hex("e0 ff ffff ffffff ffffffff ffffffffffffffff");
  const Decoded is_signed(map, write_rows(5, row));
  const std::vector<ColumnPlan> plans(5, ColumnPlan{true, false, 0, 0});
  const Decoded is_unsigned(map, write_rows(5, row), plans);
  const uint64_t most[] = {0xff, 0xffff, 0xffffff, 0xffffffff, UINT64_MAX};
  for (size_t i = 0; i < 5; ++i) {
    CHECK(is_signed.value(i).kind == SLUICE_INT);
    CHECK(is_signed.value(i).v.i == -1);
    CHECK(is_unsigned.value(i).kind == SLUICE_UINT);
    CHECK(is_unsigned.value(i).v.u == most[i]);
  }
}

TEST_CASE("signedness metadata counts YEAR, so that later columns keep their own bit", "[unit][rows]") {
  // (int, year, decimal(6,1), int unsigned), bits 0 0 0 1
  const std::string map = table_map(std::string("\3\15\366\3", 4), std::string("\6\1", 2), std::string("\1\1\x10", 3));
  const Decoded d(map, write_rows(4, hex("f0 ffffffff 7c 80000c05 ffffffff")));
  REQUIRE(d.status.ok());
  CHECK(d.value(0).v.i == -1);
  CHECK(d.value(1).v.u == 2024);
  CHECK(d.text(0, 2) == "12.5");
  CHECK(d.value(3).v.u == 0xffffffff);
}

TEST_CASE("BINARY is padded with zeros to its length and CHAR is not", "[unit][rows]") {
  const std::string map = table_map("\xfe\xfe", std::string("\xfe\x04\xfe\x04", 4));
  const ColumnPlan plans[] = {{false, true, 4, 0}, {}};
  const Decoded d(map, write_rows(2, hex("fc 02 4142 02 4142")), plans);
  REQUIRE(d.status.ok());
  CHECK(d.text(0, 0) == std::string("AB\0\0", 4));
  CHECK(d.value(0).kind == SLUICE_BYTES);
  CHECK(d.text(0, 1) == "AB");
  CHECK(d.value(1).kind == SLUICE_STRING);
}

TEST_CASE("MariaDB's addresses and UUIDs come out as the server prints them", "[unit][rows]") {
  const std::string map = table_map("\xfe\xfe", std::string("\xfe\x10\xfe\x04", 4));
  std::array<ColumnPlan, 2> plans{};
  plans[1].fixed = FixedBinary::kInet4;
  const auto text = [&](FixedBinary type, const std::string& bytes) {
    plans[0].fixed = type;
    const Decoded d(map, write_rows(2, hex("fc " + bytes + " 02 0a01")), plans);
    REQUIRE(d.status.ok());
    CHECK(d.value(0).kind == SLUICE_TEXT);
    CHECK(d.text(0, 1) == "10.1.0.0");
    return d.text(0, 0);
  };
  CHECK(text(FixedBinary::kInet6, "10 20010db8000000000000000000000001") == "2001:db8::1");
  CHECK(text(FixedBinary::kInet6, "00") == "::");
  CHECK(text(FixedBinary::kInet6, "10 00000000000000000000ffff01020304") == "::ffff:1.2.3.4");
  CHECK(text(FixedBinary::kInet6, "10 00000000000000000000000001020304") == "::1.2.3.4");
  CHECK(text(FixedBinary::kInet6, "0f 000100000002000000030000000400") == "1::2:0:3:0:4:0");
  CHECK(text(FixedBinary::kInet6, "02 fe80") == "fe80::");
  CHECK(text(FixedBinary::kUuid, "10 a456426614174000 42d3 e89b 123e4567") == "a4564266-1417-4000-42d3-e89b123e4567");
  CHECK(text(FixedBinary::kUuid, "10 426614174000 a456 42d3 e89b 123e4567") == "123e4567-e89b-42d3-a456-426614174000");
  CHECK(text(FixedBinary::kUuid, "10 017f22e279b07cc398c4dc0c0c07398f") == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  CHECK(text(FixedBinary::kUuidSwapped, "10 dc0c0c07398f 98c4 7cc3 79b0 017f22e2") ==
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  const Decoded longer(map, write_rows(2, hex("fc 11 00000000000000000000000000000000ff 00")), plans);
  CHECK(!longer.status);
}

TEST_CASE("bytes left over after the last row are an error", "[unit][rows]") {
  const std::string map = table_map("\3", "");
  CHECK(Decoded(map, write_rows(1, hex("fe 01000000 fe 02000000"))).images.size() == 2);
  const Decoded d(map, write_rows(1, hex("fe 01000000 fe 02")));
  REQUIRE(!d.status);
  CHECK(d.status.error().message.find("row 2") != std::string::npos);
  CHECK(d.images.size() == 1);
}

TEST_CASE("an event that does not fit its table map or plan is refused", "[unit][rows]") {
  const std::string map = table_map("\3\3", "");
  CHECK(!Decoded(map, write_rows(1, hex("fe 01000000"))).status);
  const std::vector<ColumnPlan> three(3);
  CHECK(!Decoded(map, write_rows(2, hex("ff")), three).status);
  CHECK(!Decoded(table_map(std::string("\24\3", 2), ""), write_rows(2, hex("ff"))).status);  // typed array
  CHECK(!Decoded(table_map(std::string("\0\3", 2), ""), write_rows(2, hex("ff"))).status);   // DECIMAL before 5.0
}

TEST_CASE("negative times and invalid dates keep their fields", "[unit][rows]") {
  // (time(6), time(2), date, datetime(0), timestamp(0))
  const std::string map = table_map(std::string("\x13\x13\x0a\x12\x11", 5), std::string("\6\2\0\0", 4));
  const Decoded d(map, write_rows(5, hex("e0 7fffffffffff 7fffffff 000000 8000000000 00000000")));
  REQUIRE(d.status.ok());
  CHECK(d.value(0).v.i == -1);
  CHECK(d.value(0).scale == 6);
  CHECK(d.value(1).v.i == -10000);
  CHECK(d.value(2).v.u == 0);
  CHECK(d.value(3).v.u == 0);
  CHECK(d.value(4).v.i == 0);
}

TEST_CASE("MariaDB's temporal types of before 10.1 are read with the precision of the plan", "[unit][rows]") {
  // Written by MariaDB 10.11 with mysql56_temporal_format=OFF and log_bin_compress=ON:
  // (time, time(1), time(3), time(6), datetime, datetime(2), datetime(5), timestamp, timestamp(3), timestamp(6))
  const std::string map =
      hex("1323036b13070000004b000000ff2d010000001800000000000100017800036f6c64000a0b0b0b0b0c0c0c07070700ff0304"
          "14016101620163016401650166016701680169016aedd02fc2");
  const std::string rows =
      hex("1323036ba60700000066000000652e0100000018000000000001000aff03813a789c63f813c9d5c078c6ef1dc3b65d974499"
          "f6dbdeabfeef5a23de9221c4c0c036f7e64fb7edf51b7314e2ffff57ad9d9c9a3ab95695691988e48a610000f41718d3da75d135");
  std::vector<ColumnPlan> plans(10);
  const uint8_t scales[] = {0, 1, 3, 6, 0, 2, 5, 0, 3, 6};
  for (size_t i = 0; i < plans.size(); ++i) plans[i].scale = scales[i];
  const Decoded d(map, rows, plans, with_checksum());
  INFO((d.status.ok() ? std::string() : d.status.error().one_line()));
  REQUIRE(d.status.ok());
  CHECK(d.value(0).v.i == -3020399000000);
  CHECK(d.value(1).v.i == -3723400000);
  CHECK(d.value(2).v.i == 45296789000);
  CHECK(d.value(3).v.i == -1);
  CHECK(d.value(4).v.u == pack_datetime(2024, 1, 2, 3, 4, 5, 0));
  CHECK(d.value(5).v.u == pack_datetime(2024, 1, 2, 3, 4, 5, 670000));
  CHECK(d.value(6).v.u == pack_datetime(9999, 12, 31, 23, 59, 59, 999990));
  const int64_t second = 1704164645;  // the session that wrote them ran in UTC
  CHECK(d.value(7).v.i == second * 1000000);
  CHECK(d.value(8).v.i == second * 1000000 + 678000);
  CHECK(d.value(9).v.i == second * 1000000 + 678912);
}

TEST_CASE("MariaDB's compressed columns are inflated", "[unit][rows]") {
  // cmp(varchar(500) compressed, blob compressed, text compressed, varchar(50) compressed), MariaDB 10.11
  const std::string map =
      hex("1323036b130700000043000000c82401000000170000000000010001780003636d7000048d8c8c8d06f501020233000f020308013f04"
          "08016101"
          "6201630164ad66ac62");
  const std::string rows =
      hex("1323036b17070000007a0000004225010000001700000000000100040ff00c008a012c4b4c4a4e1c45c421001a008a0bb8ed"
          "c2411100000c02a0b26aff08abb1071ce9a2aaaafe7e1d008a1770edc2411100000c02a0b86aff020bb12f1ce9a2aaaaaaaa"
          "aafe1e060073686f7274f1000002000078004d1cd3de");
  const Decoded d(map, rows, {}, with_checksum());
  REQUIRE(d.status.ok());
  REQUIRE(d.images.size() == 2);
  CHECK(d.text(0, 0).size() == 300);
  CHECK(d.text(0, 0).substr(0, 4) == "abca");
  CHECK(d.text(0, 1).size() == 3000);
  CHECK(d.value(1).kind == SLUICE_BYTES);
  CHECK(d.text(0, 2).size() == 6000);
  CHECK(d.text(0, 3) == "short");
  CHECK(d.images[1][0].kind == SLUICE_NULL);
  CHECK(d.text(1, 2) == "x");
}

TEST_CASE("a table map outlives its buffer in the cache", "[unit][rows]") {
  TableMapCache cache;
  {
    const std::string bytes = table_map("\3\3", "");
    auto map = decode_table_map(view(bytes), FormatDescription());
    REQUIRE(map.ok());
    cache.put(*map);
    cache.put(*cache.find(7));  // from itself
  }
  REQUIRE(cache.find(7) != nullptr);
  CHECK(cache.find(7)->table == "t");
  CHECK(cache.find(7)->column_count() == 2);
  CHECK(cache.find(8) == nullptr);
}
