#include "core/units/loader/row_layout.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "core/units/dump/insert_text.hpp"
#include "core/units/full/row_reader.hpp"
#include "core/units/loader/literal.hpp"
#include "tests/support/process.hpp"

using namespace sluice;
using namespace sluice::units;
using namespace sluice::units::loader;
using sluice::test::TempDir;
using sluice::test::write_file;

namespace {

schema::TablePtr table_of(const std::string& columns) {
  auto info = schema::parse_create_table("CREATE TABLE t (" + columns + ") DEFAULT CHARSET=utf8mb4", {});
  REQUIRE(info);
  info->schema = "s";
  return std::make_shared<const schema::TableInfo>(std::move(*info));
}

/// Reads the literals of one row of a table: "kind:value" of each, or "! why".
std::string read_row(const std::string& columns, std::string row, TextRules rules = {.zone_minutes = 0},
                     const std::vector<std::string>& names = {}) {
  InsertHead head;
  head.has_columns = !names.empty();
  head.columns = names;
  auto layout = RowLayout::make(table_of(columns), {"s", "t", "src"}, head, rules);
  if (!layout) return "! " + layout.error().message;
  std::vector<sluice_value> values((*layout)->columns());
  std::string why;
  const char* where = nullptr;
  if (!(*layout)->decode(row.data(), row.data() + row.size(), *(*layout)->positions(head), values.data(), why, where)) {
    return "! " + why;
  }
  std::string out;
  for (const sluice_value& value : values) {
    out += out.empty() ? "" : "|";
    switch (value.kind) {
      case SLUICE_NULL: out += "null"; break;
      case SLUICE_ENUM:
      case SLUICE_SET:
      case SLUICE_BIT: out += "#" + std::to_string(value.v.u); break;
      case SLUICE_BYTES: out += "x" + std::string(value.v.p, value.size); break;
      default: out += std::string(value.v.p, value.size);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("load: literals of every tool become values", "[unit][loader]") {
  CHECK(read_row("a INT, b DECIMAL(5,2), c DOUBLE", "( 12 , -1.50,1e-7)") == "12|-1.50|1e-7");
  CHECK(read_row("a INT, b VARCHAR(9)", "('12',NULL)") == "12|null");
  CHECK(read_row("a TEXT", R"(('a\'b''c\\d\n\t\0\Z\%\_\x"'))") ==
        std::string("a'b'c\\d\n\t") + std::string("\0\x1a", 2) + "\\%\\_x\"");
  CHECK(read_row("a TEXT", "(\"it's \"\"so\"\" \\\"\")") == "it's \"so\" \"");
  CHECK(read_row("a TEXT", "(_utf8mb4'x')") == "x");
  CHECK(read_row("a JSON", "(CONVERT('{\"a\": 1}' USING utf8mb4))") == "{\"a\": 1}");
  CHECK(read_row("a BLOB, b BLOB, c BLOB, d BLOB", "(0x6162,x'6364',_binary 'ef',_binary 0x67)") == "xab|xcd|xef|xg");
  CHECK(read_row("a BLOB, b BLOB", "('',x'')") == "x|x");
  CHECK(read_row("a BIT(12), b BIT(12), c BIT(12)", "(5,b'0100000101000010',x'4142')") == "#5|xAB|xAB");
  CHECK(read_row("a ENUM('x','y'), b ENUM('x','y'), c ENUM('x')", "('y',1,'')") == "#2|#1|#0");
  CHECK(read_row("a SET('x','y','z'), b SET('x','y'), c SET('x')", "('x,z',3,'')") == "#5|#3|#0");
  CHECK(read_row("a VARCHAR(5), b INT", "('x',0x6)") == "! column b: a binary literal for a int");
}

TEST_CASE("load: rows that do not fit are refused with the reason", "[unit][loader]") {
  using Catch::Contains;
  CHECK(read_row("a INT, b INT", "(1)") == "! the row has 1 values for 2 columns");
  CHECK(read_row("a INT", "(1,2)") == "! the row has 2 values for 1 columns");
  CHECK(read_row("a INT, g INT AS (a + 1)", "(1)") == "1");
  CHECK(read_row("a INT", "(1 2)") == "! a comma is expected behind a value");
  CHECK_THAT(read_row("a INT", "(NOW())"), Contains("is no literal"));
  CHECK_THAT(read_row("a INT", "(1,)"), Contains("a value is missing"));
  CHECK_THAT(read_row("a INT", "(-)"), Contains("without digits"));
  CHECK_THAT(read_row("a BLOB", "(x'123')"), Contains("odd"));
  CHECK_THAT(read_row("a BLOB", "(0xZZ)"), Contains("other digits"));
  CHECK_THAT(read_row("a ENUM('x')", "('z')"), Contains("'z' is no member of enum('x')"));
  CHECK_THAT(read_row("a TEXT", "(_latin1'z')"), Contains("_latin1"));
  CHECK_THAT(read_row("a TEXT", "(CONVERT(CONVERT('x' USING utf8mb4) USING utf8mb4))"), Contains("is no literal"));
  CHECK(read_row("a INT", "(1)", {}, {"b"}) == "! the structure of the table has no column b");
  CHECK(read_row("a INT, g INT AS (a)", "(1)", {}, {"g"}) == "! the generated column g is given a value");
  CHECK(read_row("a INT, b INT", "(1,2)", {}, {"A", "a"}) == "! the column a is named twice");
  CHECK(read_row("a INT, b INT, c INT DEFAULT 7", "(2,1)", {}, {"b", "a"}) == "2|1");
}

TEST_CASE("load: character sets are those that the file writes", "[unit][loader]") {
  auto rules = text_rules({.charset = "binary"}, "");  // Dumpling
  CHECK(rules->utf8);
  CHECK_FALSE(rules->zone_minutes);
  rules = text_rules({.charset = "binary", .time_zone = "+00:00"}, "-08:00");  // mydumper, mode dump
  CHECK_FALSE(rules->utf8);
  CHECK(rules->zone_minutes == 0);
  CHECK(text_rules({.charset = "utf8mb4", .time_zone = "+05:30"}, "")->zone_minutes == 330);
  CHECK(text_rules({}, "-08:00")->zone_minutes == -480);
  CHECK(text_rules({}, "Asia/Tokyo")->zone_minutes == std::nullopt);
  CHECK_FALSE(text_rules({.charset = "gbk"}, ""));
  CHECK_FALSE(text_rules({.charset = "utf8mb4", .time_zone = "Asia/Tokyo"}, ""));

  const auto charset_of = [](bool utf8) {
    auto layout = RowLayout::make(table_of("a TEXT CHARACTER SET latin1"), {"s", "t", "src"}, {}, {.utf8 = utf8});
    const sluice_str charset = (*layout)->abi()->columns[0].charset;
    return std::string(charset.data, charset.len);
  };
  CHECK(charset_of(true) == "utf8mb4");
  CHECK(charset_of(false) == "latin1");
  using Catch::Contains;
  const char* latin = "a TEXT CHARACTER SET latin1";
  CHECK(read_row(latin, "('\xe9')", {.utf8 = false}) == "\xe9");
  CHECK_THAT(read_row(latin, "(x'e9')", {.utf8 = true}), Contains("binary literal for text"));
  CHECK(read_row(latin, "(x'65')", {.utf8 = true}) == "e");
  CHECK_THAT(read_row(latin, "(_utf8mb4'\xc3\xa9')", {.utf8 = false}), Contains("utf8mb4 text"));
  CHECK_THAT(read_row("a ENUM('\xc3\xa9') CHARACTER SET latin1", "('\xe9')", {.utf8 = false}), Contains("a member of"));
}

TEST_CASE("load: TIMESTAMPs are brought to UTC, whatever day that is", "[unit][loader]") {
  const auto at = [](const std::string& text, std::optional<int> zone) {
    return read_row("a TIMESTAMP(6) NULL", "('" + text + "')", {.zone_minutes = zone});
  };
  CHECK(at("2024-03-01 08:30:00.123456", 540) == "2024-02-29 23:30:00.123456");
  CHECK(at("2023-12-31 20:00:00", -480) == "2024-01-01 04:00:00");
  CHECK(at("2024-01-01 00:00:00", 0) == "2024-01-01 00:00:00");
  CHECK(at("1970-01-01 09:00:01", 540) == "1970-01-01 00:00:01");
  CHECK(at("1970-01-01 00:00:00", 1) == "1969-12-31 23:59:00");
  CHECK(at("2100-03-01 00:00:00", 1) == "2100-02-28 23:59:00");
  CHECK(at("0000-00-00 00:00:00", 540) == "0000-00-00 00:00:00");
  CHECK(at("0000-00-00 00:00:00", std::nullopt) == "0000-00-00 00:00:00");
  CHECK(at("2024-01-01 00:00:00", std::nullopt).find("time zone") != std::string::npos);
  CHECK(at("now", 60).find("not of the form") != std::string::npos);
  CHECK(read_row("a DATETIME", "('2024-03-01 08:30:00')", {.zone_minutes = 540}) == "2024-03-01 08:30:00");
}

namespace {

const char* const kColumns =
    "a BIGINT UNSIGNED, b DECIMAL(30,5), c DOUBLE, d VARCHAR(100) CHARACTER SET latin1, e TEXT, f BLOB, g BIT(20), h "
    "ENUM('x','y','z'), i SET('p','q','r'), j JSON, k POINT, l TIMESTAMP(3) NULL, m DATE, n INT AS (a + 1), o "
    "BINARY(4)";

/// Rows as the reader of a source gives them, kept in memory of their own.
class RandomRows {
 public:
  explicit RandomRows(const schema::TableInfo& table, uint32_t seed) : table_(table), random_(seed) {}

  std::vector<sluice_value> row() {
    std::vector<sluice_value> out;
    for (const schema::ColumnInfo& column : table_.columns) out.push_back(value(full::text_kind(column)));
    return out;
  }
  uint32_t below(uint32_t limit) { return random_() % limit; }

 private:
  sluice_value value(int kind) {
    sluice_value out{};
    out.kind = static_cast<uint8_t>(kind);
    if (kind == SLUICE_ABSENT) return out;
    if (below(6) == 0) {
      out.kind = SLUICE_NULL;
    } else if (kind == SLUICE_ENUM || kind == SLUICE_SET) {
      out.v.u = below(4);
    } else {
      texts_.push_back(std::make_unique<std::string>(text(kind)));
      out.v.p = texts_.back()->data();
      out.size = static_cast<uint32_t>(texts_.back()->size());
    }
    return out;
  }
  std::string text(int kind) {
    if (kind == SLUICE_TEXT) return below(2) != 0 ? "2024-02-29 23:59:59.999" : "-12.5e3";
    std::string out(below(3) == 0 ? below(3000) : below(20), ' ');
    // Every byte, the troublesome ones more often.
    for (char& c : out) c = below(3) == 0 ? "'\"\\`(),;\0\n\x1a%_"[below(13)] : static_cast<char>(below(256));
    return out;
  }

  const schema::TableInfo& table_;
  std::mt19937 random_;
  std::vector<std::unique_ptr<std::string>> texts_;
};

bool same(const sluice_value& a, const sluice_value& b) {
  if (a.kind != b.kind) return false;
  if (a.kind == SLUICE_NULL || a.kind == SLUICE_ABSENT) return true;
  if (a.kind == SLUICE_ENUM || a.kind == SLUICE_SET) return a.v.u == b.v.u;
  return std::string_view(a.v.p, a.size) == std::string_view(b.v.p, b.size);
}

}  // namespace

TEST_CASE("load: what mode dump prints is read back as it was", "[unit][loader]") {
  const auto table = table_of(kColumns);
  RandomRows source(*table, 5);
  std::string text(dump::kFileHead);
  std::vector<std::vector<sluice_value>> rows;
  for (int statement = 0; statement < 20; ++statement) {
    text += dump::insert_head(*table);
    for (int i = 0; i < 50; ++i) {
      rows.push_back(source.row());
      dump::append_tuple(text, rows.back().data(), rows.back().size());
      text += i == 49 ? ";\n" : ",\n";
    }
  }
  TempDir folder;
  const std::string path = (folder.path() / "s.t.0.sql").string();
  write_file(path, text);
  InsertFile file;
  REQUIRE(file.open(path));
  auto rules = text_rules(file.settings(), "");
  REQUIRE(rules);
  auto layout = RowLayout::make(table, {"s", "t", "src"}, file.head(), *rules);
  REQUIRE(layout);
  const auto positions = (*layout)->positions(file.head());
  std::vector<sluice_value> values((*layout)->columns());
  for (const auto& row : rows) {
    REQUIRE(*file.next());
    std::string why;
    const char* where = nullptr;
    const bool decoded = (*layout)->decode(file.row_begin(), file.row_end(), *positions, values.data(), why, where);
    INFO(why);
    REQUIRE(decoded);
    size_t at = 0;
    for (const sluice_value& value : row) {
      if (value.kind == SLUICE_ABSENT) continue;
      REQUIRE(same(value, values[at++]));
    }
  }
  CHECK_FALSE(*file.next());
}

TEST_CASE("load: a mutated file gives rows or an error with its place, and ends", "[unit][loader]") {
  const auto table = table_of(kColumns);
  RandomRows source(*table, 11);
  std::string good(dump::kFileHead);
  for (int statement = 0; statement < 3; ++statement) {
    good += dump::insert_head(*table);
    for (int i = 0; i < 4; ++i) {
      const auto row = source.row();
      dump::append_tuple(good, row.data(), row.size());
      good += i == 3 ? ";\n" : ",\n";
    }
  }
  good +=
      "INSERT INTO `t` VALUES (1,_binary 'x',b'01',x'00',NULL,\"q\",0b1,'y','p,q',CONVERT(_utf8mb4'[]' USING "
      "utf8mb4),0x00,'2024-01-01 00:00:00','2024-01-01','abcd');\n";
  TempDir folder;
  const std::string path = (folder.path() / "s.t.0.sql").string();
  constexpr std::string_view kPieces = "'\"\\`(),;xb_0N-/*!#\n";
  for (int round = 0; round < 3000; ++round) {
    std::string text = good;
    const uint32_t changes = 1 + source.below(4);
    for (uint32_t i = 0; i < changes && !text.empty(); ++i) {
      const size_t at = source.below(static_cast<uint32_t>(text.size()));
      switch (source.below(4)) {
        case 0: text[at] = kPieces[source.below(kPieces.size())]; break;
        case 1: text.erase(at, 1 + source.below(30)); break;
        case 2: text.insert(at, 1, kPieces[source.below(kPieces.size())]); break;
        default: text.resize(at);
      }
    }
    write_file(path, text);
    InsertFile file;
    Status opened = file.open(path);
    if (!opened) {
      REQUIRE(opened.error().code == 34019);
      continue;
    }
    auto layout = RowLayout::make(table, {"s", "t", "src"}, file.head(), {.utf8 = false, .zone_minutes = 60});
    if (!layout) continue;
    for (;;) {
      auto more = file.next();
      if (!more) REQUIRE(more.error().message.find("(byte ") != std::string::npos);
      if (!more || !*more) break;
      auto positions = (*layout)->positions(file.head());
      if (!positions) break;
      std::vector<sluice_value> values((*layout)->columns());
      std::string why;
      const char* where = nullptr;
      const char* const begin = file.row_begin();
      const char* const end = file.row_end();
      if (!(*layout)->decode(file.row_begin(), file.row_end(), *positions, values.data(), why, where)) {
        REQUIRE_FALSE(why.empty());
        REQUIRE((where >= begin && where <= end));
        continue;
      }
      for (const sluice_value& value : values) {
        const bool text_value = value.kind != SLUICE_NULL && value.kind != SLUICE_ENUM && value.kind != SLUICE_SET &&
                                value.kind != SLUICE_BIT;
        if (text_value) REQUIRE((value.v.p >= begin && value.v.p + value.size <= end));
      }
    }
  }
}
