// The plugin `expression`: what it reads, refuses and drops. What expressions mean is compared with real servers in
// tests/integration/expression.
#include <catch2/catch.hpp>

#include <random>

#include "tests/unit/rules/expression_table.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

bool absent() {
  if (expression_entry()) return false;
  WARN("skipped: the plugin expression is not built");
  return true;
}

ExpressionTable people() {
  ExpressionTable table(
      "CREATE TABLE t (id INT PRIMARY KEY, n BIGINT UNSIGNED, d DECIMAL(65,30), name VARCHAR(40) COLLATE utf8mb4_bin, "
      "city VARCHAR(40) COLLATE utf8mb4_0900_ai_ci, odd VARCHAR(40) COLLATE utf8mb4_spanish2_ci, "
      "day DATE, at TIMESTAMP(6) NULL, y YEAR, kind ENUM('new','it''s') COLLATE utf8mb4_bin, doc JSON, "
      "latin VARCHAR(9) CHARACTER SET latin1 COLLATE latin1_bin, wide VARCHAR(9) CHARACTER SET ucs2, `order` INT, "
      "b VARBINARY(9)) DEFAULT CHARSET utf8mb4");
  table.add({"1", "18446744073709551615", "0.000000000000000000000000000001", "Ann", "Oslo", "x", "2024-02-29",
             "2024-01-01 00:00:00.5", "2024", "1", "{}", "é", "w", "5", "ab"});
  table.add({"2", "0", "99999999999999999999999999999999999.999999999999999999999999999999", "日本", "Zürich", "y",
             "1999-12-31", "1969-12-31 23:59:59", "1999", "2", "{}", "e", "w", "6", "AB"});
  table.add({"3", std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt,
             std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt});
  return table;
}

/// "100": which of the three rows are dropped.
std::string dropped(ExpressionTable& table, const std::string& expression) {
  const auto rows = table.inserts(expression);
  if (!rows.ok()) return rows.error().message;
  std::string out;
  for (const bool yes : *rows) out += yes ? '1' : '0';
  return out;
}

}  // namespace

TEST_CASE("expression: rows for which it is true are dropped, neither false nor unknown ones", "[unit][rules]") {
  if (absent()) return;
  ExpressionTable table = people();
  for (const auto& [expression, expected] : std::vector<std::pair<std::string, std::string>>{
           {"id", "111"},
           {"id % 2 = 0", "010"},
           {"ID = 1 OR `order` = 6", "110"},
           {"n IS NULL", "001"},
           {"n > 0", "100"},
           {"NOT n > 0", "010"},
           {"n + 1 = 18446744073709551616", "100"},  // beyond 64 bits, where a server fails
           {"n * n > 340282366920938463426481119284349108224", "100"},
           {"0 - n < -18446744073709551614", "100"},
           {"d < 1e-29", "100"},
           {"d = 0.000000000000000000000000000001", "100"},
           {"d > 99999999999999999999999999999999999.999999999999999999999999999998", "010"},
           {"id / 3 = 0.333333333", "100"},
           {"name = 'Ann'", "100"},
           {"name = 'ann' OR name = '日本'", "010"},
           {"name LIKE '_本'", "010"},
           {"CHAR_LENGTH(name) = 2 AND LENGTH(name) = 6", "010"},
           {"LOWER(kind) = 'it''s'", "010"},
           {"kind IN ('new', 'old')", "100"},
           {"day < '2000-01-01'", "010"},
           {"day = DATE '2024-02-29' AND MONTH(day) = 2", "100"},
           {"at = '2024-01-01 09:00:00.5+09:00'", "100"},
           {"at < '1970-01-01 00:00:00+00:00'", "010"},
           {"y = 2024", "100"},
           {"y + 0 BETWEEN 1990 AND 2000", "010"},
           {"latin = 'é'", "100"},
           {"odd COLLATE utf8mb4_bin = 'x'", "100"},
           {"BINARY odd > 'x'", "010"},
           {"odd IS NOT NULL AND doc IS NOT NULL AND wide IS NOT NULL", "110"},
           {"b = x'6162'", "100"},
           {"b = 'ab'", "100"},
           {"NULL", "000"},
           {"n <=> NULL", "001"},
           {"1 IN (id, NULL)", "100"},
           {"id NOT IN (1, NULL)", "000"},
           {"NULL XOR 1", "000"},
           {"IFNULL(n, 7) = 7", "001"},
           {"-id < -1", "011"},
           {"5--3 = 8 AND id=1", "100"},
       }) {
    INFO(expression);
    CHECK(dropped(table, expression) == expected);
  }
}

TEST_CASE("expression: what is not of the subset is refused with its place", "[unit][rules]") {
  if (absent()) return;
  ExpressionTable table = people();
  for (const auto& [expression, expected] : std::vector<std::pair<std::string, std::string>>{
           {" ", "the expression is empty"},
           {"id >", "at character 5, at its end"},
           {"id = 1 1", "unexpected a number, at character 8, near `1`"},
           {"名前 == 1", "at character 5, near `= 1`"},
           {"id = (SELECT 1)", "`SELECT` is not understood here, at character 7"},
           {"CASE id WHEN 1 THEN 1 END", "`CASE` is not understood"},
           {"CONCAT(name, 'x') = 'y'", "the function CONCAT is not supported, at character 1"},
           {"t.id = 1", "without its table, at character 2"},
           {"id = 1 -- true", "comments are not read"},
           {"id = 1 /* x */", "comments are not read"},
           {"id REGEXP 'x'", "unexpected `REGEXP`"},
           {"name = 'x", "the text is not closed, at character 8"},
           {"`id = 1", "is not closed"},
           {"id = 1; DROP TABLE t", "`;` is not understood here, at character 7"},
           {"@x = 1", "`@` is not understood"},
           {"(id, n) = (1, 2)", "rows of several values"},
           {"id = 1a", "followed by a letter"},
           {"YEAR(day, 1) = 1", "YEAR takes 1 arguments, not 2"},
           {"name COLLATE utf8mb4_klingon_ci = 'x'", "utf8mb4_klingon_ci"},
           {"day = DATE '2023-02-29'", "that exists"},
           {"id = 1e999", "out of range"},
           {"id = 12345678901234567890123456789012345678901234567890123456789012345678", "more than 65 digits"},
           {std::string(200, '('), "nested too deeply"},
           {std::string(100000, '!') + "id", "longer than 16384 bytes"},
       }) {
    INFO(expression.substr(0, 60));
    const auto rows = table.inserts(expression);
    REQUIRE_FALSE(rows.ok());
    CHECK(rows.error().code == 20041);
    CHECK(rows.error().message.find(expected) != std::string::npos);
    CHECK(rows.error().message.find("refused: ") == 0);  // when the task is created
    INFO(rows.error().message);
    CHECK(rows.error().message.find("insert_value_expr") != std::string::npos);
    CHECK(rows.error().message.find("`shop`.`t`") != std::string::npos);
  }
}

TEST_CASE("expression: what does not fit the table stops at its first row and names the reason", "[unit][rules]") {
  if (absent()) return;
  ExpressionTable table = people();
  for (const auto& [expression, expected] : std::vector<std::pair<std::string, std::string>>{
           {"colour = 1", "the table `shop`.`t` has no column `colour`, at character 1"},
           {"id = '1'", "a number cannot be compared exactly with a text, at character 4"},
           {"name", "a text stands where a truth value is wanted"},
           {"day = 20240229", "a DATE cannot be compared exactly with a number"},
           {"day = '2024-2-9'", "no date of the form"},
           {"day < '2024-02-29 12:00:00'", "compared with a time of day"},
           {"at < '2024-02-29 12:00:00'", "does not say its offset from UTC"},
           {"at = day", "TIMESTAMP"},
           {"y = 24", "a year of four digits"},
           {"y = id", "a year of four digits"},
           {"odd = 'x'", "collation utf8mb4_spanish2_ci compares texts is not known here"},
           {"wide = 'x'", "compares texts is not known here"},
           {"name = city", "utf8mb4_bin and utf8mb4_0900_ai_ci do not mix"},
           {"city < 'x'", "the order of texts in the collation utf8mb4_0900_ai_ci is not known"},
           {"'a' = 'A'", "no column says by which collation"},
           {"doc = '{}'", "JSON"},
           {"latin = '日'", "does not have"},
           {"name + 1", "a text stands where a number is wanted"},
           {"d * d > 1", "more than 30 digits behind the point"},
           {"id = X'01'", "servers do not agree"},
           {"LENGTH(id) = 1", "LENGTH needs a text, not a number"},
           {"YEAR(at) = 2024", "YEAR needs a DATE or DATETIME, not a TIMESTAMP"},
           {"city = 'zurich'", "a text holds characters outside ASCII"},
       }) {
    INFO(expression);
    const auto rows = table.inserts(expression);
    REQUIRE_FALSE(rows.ok());
    INFO(rows.error().one_line());
    CHECK(rows.error().code == 20041);
    CHECK(rows.error().message.find("filter `r`: ") == 0);
    CHECK(rows.error().message.find(expected) != std::string::npos);
    CHECK_FALSE(rows.error().retryable);
  }
}

TEST_CASE("expression: each kind of change has its expression, an update may have two", "[unit][rules]") {
  if (absent()) return;
  ExpressionTable table = people();
  const auto ask = [&](const std::string& settings, uint8_t kind) {
    const auto rows = table.drops(settings, kind);
    if (!rows.ok()) return rows.error().message;
    std::string out;
    for (const bool yes : *rows) out += yes ? '1' : '0';
    return out;
  };
  const std::string insert = R"("insert_value_expr":"id = 1")";
  CHECK(ask(insert, SLUICE_INSERT) == "100");
  CHECK(ask(insert, SLUICE_UPDATE) == "000");
  CHECK(ask(insert, SLUICE_DELETE) == "000");
  CHECK(ask(R"("delete_value_expr":"id = 1")", SLUICE_DELETE) == "100");
  CHECK(ask(R"("delete_value_expr":"id = 1")", SLUICE_INSERT) == "000");
  // Before each update stands row 1.
  CHECK(ask(R"("update_old_value_expr":"id = 1")", SLUICE_UPDATE) == "111");
  CHECK(ask(R"("update_new_value_expr":"id = 2")", SLUICE_UPDATE) == "010");
  CHECK(ask(R"("update_old_value_expr":"id = 1","update_new_value_expr":"id > 1")", SLUICE_UPDATE) == "011");
  CHECK(ask(R"("update_old_value_expr":"id = 2","update_new_value_expr":"id > 1")", SLUICE_UPDATE) == "000");
  // An expression of another kind of change need not be true, but it must fit the table as soon as one is asked.
  CHECK(ask(R"("insert_value_expr":"id = 1","schema":"x")", SLUICE_INSERT).find("refused") == 0);  // a key twice
}

TEST_CASE("expression: other tables pass, and names are compared as the source compares them", "[unit][rules]") {
  if (absent()) return;
  auto error = make_sized<sluice_error>();
  const auto drops = [&](const std::string& settings) {
    host::Instance instance;
    const std::string config = "{\"name\":\"r\"," + settings + R"(,"insert_value_expr":"colour = 1"})";
    REQUIRE(host::Instance::create(*expression_entry(), "filter", "expression", config, nullptr, instance, error) ==
            SLUICE_OK);
    auto filter = host::Filter::from(std::move(instance), error);
    ExpressionTable table = people();
    sluice_row row{};
    row.kind = SLUICE_INSERT;
    uint8_t action = SLUICE_PASS;
    HeapArena arena;
    auto raw = make_sized<sluice_filter_rows>();
    raw.table = &table.abi();
    raw.rows = &row;
    raw.row_count = 1;
    raw.actions = &action;
    raw.arena = arena.get();
    return filter->filter_rows(raw, error) != SLUICE_OK;  // the column is not there: asked at all
  };
  CHECK(drops(R"("schema":"shop","table":"t")"));
  CHECK_FALSE(drops(R"("schema":"shop","table":"T")"));
  CHECK(drops(R"("schema":"SHOP","table":"T","case_sensitive":false)"));
  CHECK_FALSE(drops(R"("schema":"shop","table":"t*")"));
}

TEST_CASE("expression: damaged expressions are refused or answered, whatever they are", "[unit][rules]") {
  if (absent()) return;
  ExpressionTable table = people();
  const std::vector<std::string> seeds = {
      "id % 2 = 0 AND name LIKE 'a%' ESCAPE '|' OR day BETWEEN '2020-01-01' AND '2021-01-01'",
      "NOT (n + 1) * 3 / 7 DIV 2 <=> -0x1F XOR `order` IS NOT NULL IS TRUE",
      "COALESCE(name, 'x') COLLATE utf8mb4_bin IN (\"a\", 'it''s', X'4142', NULL) && BINARY kind <> b'1'",
      "((((MOD(ABS(-d), 1.5e0) >= .5 || !id))))"};
  std::mt19937_64 engine(1);
  const auto below = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(engine); };
  size_t answered = 0;
  for (int i = 0; i < 6000; ++i) {
    std::string text = seeds[below(seeds.size())];
    for (size_t k = 1 + below(4); k > 0; --k) {
      const size_t at = below(text.size());
      const std::string& other = seeds[below(seeds.size())];
      switch (below(4)) {
        case 0: text.erase(at, below(6)); break;
        case 1: text.insert(at, other.substr(below(other.size()), below(20))); break;
        case 2: text[at] = static_cast<char>(1 + below(255)); break;
        default: text.insert(at, std::string(below(300), "('!-`0\\"[below(7)])); break;
      }
      if (text.empty()) text = "x";
    }
    std::string quoted;
    plugin::append_json_string(quoted, text);
    const auto rows = table.drops("\"insert_value_expr\":" + quoted);
    if (rows.ok()) ++answered;
    if (!rows.ok()) CHECK_FALSE(rows.error().message.empty());
  }
  CHECK(answered > 50);
}
