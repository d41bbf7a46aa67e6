#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <random>
#include <thread>

#include "tests/e2e/compare.hpp"
#include "tests/support/skip.hpp"

using namespace sluice::test;

namespace {

namespace fs = std::filesystem;
using Poco::JSON::Object;
using Values = std::map<std::string, std::string>;  // column → value as text
using Rows = std::map<std::string, Values>;         // by key

const std::vector<std::string> kTables{"accounts", "tags"};

void make_tables(Sql& sql) {
  sql.exec("CREATE DATABASE shop DEFAULT CHARACTER SET utf8mb4");
  sql.exec(
      "CREATE TABLE shop.accounts (k BIGINT PRIMARY KEY, big BIGINT UNSIGNED, money DECIMAL(12,2), at DATETIME(3), "
      "raw VARBINARY(20), note VARCHAR(60))");
  sql.exec("CREATE TABLE shop.tags (k VARCHAR(20) CHARACTER SET latin1 PRIMARY KEY, n INT, note TEXT)");
  for (int i = 0; i < 200; ++i) {
    const std::string n = std::to_string(i);
    sql.exec("INSERT INTO shop.accounts VALUES (" + n + ", 18446744073709551615 - " + n + ", " + n +
             ".50, '2024-02-29 12:00:00.125', x'00ff" + (i % 2 == 0 ? "10" : "22") + "', 'ein \"Wort\" 日本\\n')");
    sql.exec("INSERT INTO shop.tags VALUES ('é" + n + "', " + n + ", NULL)");
  }
}

// Writers that insert, change, move and delete a few hundred keys, so that each key has a long history.
class KeyLoad {
 public:
  explicit KeyLoad(const DatabaseServer& server) {
    for (unsigned i = 0; i < 4; ++i) threads_.emplace_back([this, &server, i] { write(server, i); });
  }
  ~KeyLoad() { stop(); }
  void stop() {
    stop_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }
  [[nodiscard]] std::uint64_t statements() const { return statements_; }

 private:
  void write(const DatabaseServer& server, unsigned seed) {
    Sql sql = server.connect("shop");
    std::mt19937 random(seed);
    while (!stop_) {
      const std::string key = std::to_string(random() % 300);
      const std::string other = std::to_string(random() % 300);
      const std::string n = std::to_string(random() % 100000);
      const std::vector<std::string> statements{
          "INSERT INTO accounts VALUES (" + key + ", " + n + ", " + n + ".25, NOW(3), x'" + "ab00" + "', NULL)",
          "INSERT INTO tags VALUES ('é" + key + "', " + n + ", 'neu')",
          "UPDATE accounts SET money = money + 1, note = 'n" + n + "' WHERE k = " + key,
          "UPDATE tags SET n = " + n + " WHERE k = 'é" + key + "'",
          "UPDATE accounts SET k = " + other + " WHERE k = " + key,
          "UPDATE tags SET k = 'é" + other + "' WHERE k = 'é" + key + "'",
          "UPDATE accounts SET big = big - 1 WHERE big > 0 AND k % 50 = " + std::to_string(random() % 50),
          "DELETE FROM accounts WHERE k = " + key,
          "DELETE FROM tags WHERE k = 'é" + key + "'"};
      try {
        sql.exec(statements[random() % statements.size()]);
        ++statements_;
      } catch (const SqlError& error) {
        if (error.code() != 1062 && error.code() != 1213 && error.code() != 1205) std::terminate();
      }
    }
  }

  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> statements_{0};
  std::vector<std::thread> threads_;
};

std::string as_text(const Poco::Dynamic::Var& value) {
  if (value.isEmpty()) return "NULL";
  if (value.type() == typeid(Object::Ptr)) return value.extract<Object::Ptr>()->getValue<std::string>("base64");
  return value.toString();
}

Values values_of(const Object& image) {
  Values out;
  for (const auto& [column, value] : image) out[column] = as_text(value);
  return out;
}

// How a reader may take the lines. kExact: each line must fit what the lines before it left, which is order per key.
// kByKey: what the file sink's README asks of readers when a copy was interrupted; a line replaces what its key had.
enum class Reading { kExact, kByKey };

// Plays the lines of one table into rows.
class Replay {
 public:
  explicit Replay(Reading reading) : reading_(reading) {}

  Rows rows;
  std::size_t lines = 0;
  std::vector<std::string> problems;

  void line(const std::string& text) {
    const auto object = Poco::JSON::Parser().parse(text).extract<Object::Ptr>();
    const auto op = object->getValue<std::string>("op");
    ++lines;
    if (const Object::Ptr before = object->getObject("before"); !before.isNull()) take(values_of(*before), text);
    if (const Object::Ptr after = object->getObject("after"); !after.isNull()) put(values_of(*after), text);
  }

 private:
  void take(const Values& before, const std::string& text) {
    if (reading_ == Reading::kByKey) return static_cast<void>(rows.erase(before.at("k")));
    const auto found = rows.find(before.at("k"));
    if (found == rows.end()) return problem("changes a row that is not there", text);
    if (found->second != before) problem("does not follow what was there", text);
    rows.erase(found);
  }
  void put(const Values& after, const std::string& text) {
    if (reading_ == Reading::kByKey) return static_cast<void>(rows[after.at("k")] = after);
    if (!rows.emplace(after.at("k"), after).second) problem("makes a row that is there already", text);
  }
  void problem(const std::string& what, const std::string& text) {
    if (problems.size() < 5) problems.push_back("line " + std::to_string(lines) + " " + what + ": " + text);
  }

  Reading reading_;
};

Replay replay(const fs::path& directory, const std::string& table, Reading reading) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("shop." + table + ".", 0) == 0) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Replay out(reading);
  for (const auto& file : files) {
    std::ifstream in(file);
    for (std::string text; std::getline(in, text);) out.line(text);
  }
  return out;
}

Rows rows_of(Sql& sql, const std::string& table) {
  const bool accounts = table == "accounts";
  const std::vector<std::string> columns = accounts ? std::vector<std::string>{"k", "big", "money", "at", "raw", "note"}
                                                    : std::vector<std::string>{"k", "n", "note"};
  Rows out;
  for (const Row& row : sql.query(accounts ? "SELECT k, big, money, at, TO_BASE64(raw), note FROM shop.accounts"
                                           : "SELECT k, n, note FROM shop.tags")) {
    Values values;
    for (std::size_t i = 0; i < columns.size(); ++i) values[columns[i]] = row[i].value_or("NULL");
    out[*row[0]] = values;
  }
  return out;
}

void require_files_tell_the_tables(const DatabaseServer& source, const fs::path& directory, Reading reading) {
  Sql sql = source.connect();
  for (const std::string& table : kTables) {
    const Replay played = replay(directory, table, reading);
    INFO(table << ", " << played.lines << " lines");
    for (const std::string& problem : played.problems) UNSCOPED_INFO(problem);
    REQUIRE(played.problems.empty());
    REQUIRE(played.rows == rows_of(sql, table));
  }
}

std::string file_target(const TempDir& folder) {
  return R"({"plugin":"file","rotate_size":"256KiB","directory":")" + (folder.path() / "out").string() + R"("})";
}

}  // namespace

TEST_CASE("every change is in the files of the file sink, in order per key", "[e2e][file]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  TempDir folder;
  {
    Sql sql = source.connect();
    make_tables(sql);
  }
  Deployment deployment;
  deployment.add_source(source);
  deployment.create_task({.target = file_target(folder)});
  KeyLoad load(source);
  wait_statements(load, 100);
  deployment.start();
  deployment.wait_unit("sync", 60s);
  wait_statements(load, by_length<std::uint64_t>(2000, 50000));
  load.stop();
  deployment.wait_synced(source, 120s);
  require_books_balance(deployment.status());
  deployment.sluiced.terminate();
  require_files_tell_the_tables(source, folder.path() / "out", Reading::kExact);
}

TEST_CASE("kill -9 of sluiced while it follows: each change is once in the files, in order", "[e2e][file][crash]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  TempDir folder;
  {
    Sql sql = source.connect();
    make_tables(sql);
  }
  Deployment deployment;
  deployment.add_source(source);
  deployment.create_task({.target = file_target(folder)});
  deployment.start();
  deployment.wait_unit("sync", 60s);
  KeyLoad load(source);
  for (int i = 0; i < by_length(3, 20); ++i) {
    wait_statements(load, 300);
    deployment.sluiced.kill9();
    deployment.sluiced.restart();
  }
  wait_statements(load, 300);
  load.stop();
  deployment.wait_synced(source, 120s);
  deployment.sluiced.terminate();
  require_files_tell_the_tables(source, folder.path() / "out", Reading::kExact);
}

TEST_CASE("kill -9 of sluiced while it copies: the files end at the source's rows", "[e2e][file][crash]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  TempDir folder;
  {
    Sql sql = source.connect();
    make_tables(sql);
    sql.exec(
        "INSERT INTO shop.accounts SELECT 1000 + seq, seq, seq / 7, NOW(3), x'01', 'many' FROM shop.seq_1_to_60000");
  }
  Deployment deployment;
  deployment.add_source(source);
  deployment.create_task({.target = file_target(folder)});
  KeyLoad load(source);
  deployment.start();
  for (int i = 0; i < by_length(3, 20); ++i) {
    wait_statements(load, 40);
    deployment.sluiced.kill9();
    deployment.sluiced.restart();
  }
  deployment.wait_unit("sync", 60s);
  wait_statements(load, 300);
  load.stop();
  deployment.wait_synced(source, 120s);
  deployment.sluiced.terminate();
  require_files_tell_the_tables(source, folder.path() / "out", Reading::kByKey);
}
