#include "core/units/loader/insert_file.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "tests/support/process.hpp"

using namespace sluice;
using namespace sluice::units::loader;
using sluice::test::TempDir;
using sluice::test::write_file;

namespace {

struct Read {
  std::vector<std::string> rows;
  std::vector<RowPlace> places;
  std::string error;
};

Read read_rest(InsertFile& file) {
  Read out;
  for (;;) {
    auto more = file.next();
    if (!more) out.error = more.error().message;
    if (!more || !*more) return out;
    out.rows.emplace_back(file.row_begin(), file.row_end());
    out.places.push_back(file.place());
  }
}

Read read_all(const std::string& text, size_t most_row = InsertFile::kMostRowBytes) {
  TempDir folder;
  const std::string path = (folder.path() / "s.t.0.sql").string();
  write_file(path, text);
  InsertFile file(most_row);
  Status status = file.open(path);
  if (!status) return {{}, {}, status.error().message};
  return read_rest(file);
}

using Rows = std::vector<std::string>;

}  // namespace

TEST_CASE("load: rows are found between comments, settings and statements that mean nothing", "[unit][loader]") {
  const Read read = read_all(
      "-- a comment; with 'quote\n# another\n/* plain ; ' */\n/*!40101 SET NAMES utf8mb4 */;\n/*!40000 ALTER TABLE `t` "
      "DISABLE KEYS */;\nLOCK TABLES `t` WRITE;\nSET @OLD_TIME_ZONE=@@TIME_ZONE;\ninsert  into `t`(`a`,b) values "
      "(1,'a;)'),"
      "\n\t( 2 , \"x''y\\\"\" ) ;REPLACE INTO s.t VALUES (3,CONVERT('(\\'' USING utf8mb4));\nUNLOCK TABLES;\n-- end");
  CHECK(read.error == "");
  CHECK(read.rows == Rows{"(1,'a;)')", "( 2 , \"x''y\\\"\" )", "(3,CONVERT('(\\'' USING utf8mb4))"});
}

TEST_CASE("load: a file's settings and heads are told", "[unit][loader]") {
  TempDir folder;
  const std::string path = (folder.path() / "f.sql").string();
  write_file(path,
             "/*!40101 SET NAMES binary*/;\n/*!40103 SET TIME_ZONE='+00:00' */;\nSET SESSION sql_mode = "
             "'NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES';\nINSERT INTO `a``b`.`t;` (`x``y`) VALUES ('\\'),('b');\n");
  InsertFile file;
  REQUIRE(file.open(path));
  CHECK(file.settings().charset == "binary");
  CHECK(file.settings().time_zone == "+00:00");
  CHECK_FALSE(file.settings().backslash_escapes);
  CHECK(file.head().schema == "a`b");
  CHECK(file.head().table == "t;");
  CHECK(file.head().columns == Rows{"x`y"});
  CHECK(read_rest(file).rows == Rows{"('\\')", "('b')"});
  write_file(path, "-- nothing\n");
  InsertFile empty;
  REQUIRE(empty.open(path));
  CHECK_FALSE(empty.has_rows());
}

TEST_CASE("load: damaged files are refused with line and byte", "[unit][loader]") {
  const auto error = [](const std::string& text, size_t most = InsertFile::kMostRowBytes) {
    return read_all(text, most).error;
  };
  using Catch::Contains;
  CHECK_THAT(error("INSERT INTO t VALUES\n(1),\n(2,'abc"), Contains("line 3 (byte 26)") && Contains("cut off"));
  CHECK_THAT(error("INSERT INTO t VALUES (1)"), Contains("cut off"));
  CHECK_THAT(error("INSERT INTO t VALUES (1),"), Contains("cut off"));
  CHECK_THAT(error("INSERT INTO t VAL"), Contains("ends within the statement"));
  CHECK_THAT(error("INSERT INTO t (a,b VALUES (1);"), Contains("column list"));
  CHECK_THAT(error("INSERT INTO t SELECT 1;"), Contains("INSERT INTO t (…) VALUES (…)"));
  CHECK_THAT(error("INSERT INTO t VALUES (1;"), Contains("ends within a row"));
  CHECK_THAT(error("INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 1;"), Contains("comma or a semicolon"));
  CHECK_THAT(error("INSERT INTO t VALUES (1),2;"), Contains("in parentheses"));
  CHECK_THAT(error("DROP TABLE t;"), Contains("no INSERT: DROP TABLE t"));
  CHECK_THAT(error("SET NAMES 'x"), Contains("ends within the statement"));
  CHECK_THAT(error("/* never"), Contains("ends within the statement"));
  CHECK_THAT(error("INSERT INTO t VALUES (1);\nSET NAMES latin1;\nINSERT INTO t VALUES (2);"), Contains("line 2"));
  CHECK_THAT(error("SET sql_mode='ANSI_QUOTES';"), Contains("ANSI_QUOTES"));
  CHECK_THAT(error("INSERT INTO t VALUES (1,'" + std::string(200, 'x') + "');", 100), Contains("longer than 100"));
  CHECK_THAT(error("INSERT INTO t VALUES (1,'" + std::string(3 << 20, 'x'), 1 << 20), Contains("longer than 1048576"));
  CHECK_THAT(error("INSERT INTO t (" + std::string(6 << 20, 'c')), Contains("before its first row"));
  CHECK(InsertFile().open("/nowhere/s.t.sql").error().code == 34019);
}

TEST_CASE("load: rows are the same whatever windows they fall into, and reading goes on at each of them",
          "[unit][loader]") {
  std::mt19937 random(7);
  std::string text = "SET NAMES binary;\n";
  Rows rows;
  std::vector<size_t> heads;
  size_t row = 0;
  while (text.size() < 5 << 20) {
    text += "INSERT INTO `t` (`a`,`b`) VALUES\n";
    for (int i = 0; i < 300; ++i) {
      // Some are longer than a window, many are next to nothing.
      const size_t size = random() % 400 == 0 ? random() % (3 << 20) : random() % 2000;
      std::string one = "(" + std::to_string(row++) + ",'";
      while (one.size() < size) one += random() % 9 == 0 ? "\\'" : random() % 9 == 0 ? "''" : "(x);,";
      rows.push_back(one + "')");
      text += rows.back() + (i == 299 ? ";\n" : ",\n");
    }
  }
  TempDir folder;
  const std::string path = (folder.path() / "big.sql").string();
  write_file(path, text);
  InsertFile file;
  REQUIRE(file.open(path));
  const Read all = read_rest(file);
  CHECK(all.error == "");
  REQUIRE(all.rows.size() == rows.size());
  CHECK(all.rows == rows);
  for (int i = 0; i < 12; ++i) {
    const size_t from = random() % rows.size();
    REQUIRE(file.seek(all.places[from]));
    for (size_t j = from; j < std::min(from + 400, rows.size()); ++j) {
      REQUIRE(*file.next());
      REQUIRE(std::string(file.row_begin(), file.row_end()) == rows[j]);
      REQUIRE(file.place() == all.places[j]);
      REQUIRE(file.head().columns.size() == 2);
    }
  }
  CHECK_FALSE(file.seek({0, 5}));
  CHECK_FALSE(file.seek({all.places[0].statement, text.size() + 5}));
}
