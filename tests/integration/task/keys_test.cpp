// Keys that are equal in one eye and different in another: the order of changes of one key must hold whatever the
// number of lanes.
#include <random>

#include "tests/integration/task/scenario.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

struct Keyed {
  const char* table;
  const char* definition;
  std::vector<const char*> values;  // what the key columns may hold; few, so that they meet all the time
};

const std::vector<Keyed> kTables{
    {"binary_key",
     "k BINARY(4) PRIMARY KEY, n INT",
     {"x'01'", "x'0100'", "x'01000001'", "x'010000'", "x'00'", "x'ff20'"}},
    {"varbinary_key", "k VARBINARY(6) PRIMARY KEY, n INT", {"x'01'", "x'0100'", "x'0120'", "x'01000001'", "x''"}},
    {"prefix_key",
     "id INT AUTO_INCREMENT PRIMARY KEY, k VARCHAR(20), n INT, UNIQUE KEY (k(3))",
     {"'abcd'", "'abce'", "'abc'", "'ab'", "'ABCX'", "'xyz'", "NULL"}},
    {"folded_key",
     "id INT AUTO_INCREMENT PRIMARY KEY, k VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci, n INT, UNIQUE "
     "KEY (k)",
     {"'a'", "'A'", "'á'", "'a '", "'ss'", "'ß'", "'e'", "'É'", "NULL"}},
    {"folded_pk",
     "k VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_german2_ci PRIMARY KEY, n INT",
     {"'ä'", "'ae'", "'Ae'", "'a'", "'b  '", "'b'"}},
    {"two_keys", "id INT PRIMARY KEY, k INT, m INT, n INT, UNIQUE KEY (k), UNIQUE KEY (m, n)", {}},
    {"money_key", "k DECIMAL(6,2) PRIMARY KEY, n INT", {"1", "1.00", "1.005", "-0.00", "0", "99.9"}},
    {"moment_key",
     "k DATETIME(2) PRIMARY KEY, n INT",
     {"'2024-01-01'", "'2024-01-01 00:00:00.01'", "'2024-01-01 00:00:00.004'"}},
    {"computed_key",
     "id INT AUTO_INCREMENT PRIMARY KEY, k VARCHAR(10), n INT, low VARCHAR(10) AS (LOWER(k)) VIRTUAL, UNIQUE KEY (low)",
     {"'Q'", "'q'", "'R'", "'r'", "NULL"}},
    {"no_key", "k VARCHAR(5), n INT", {"'a'", "'b'", "NULL"}},
};

class RandomChanges {
 public:
  RandomChanges(Sql& sql, std::uint32_t seed) : sql_(sql), random_(seed) {}

  /// Statements that the server refuses (a key that is taken) are part of it: they change nothing.
  void run(int statements) {
    for (int i = 0; i < statements; ++i) {
      if (draw(12) == 0) toggle_transaction();
      const Keyed& t = kTables[draw(kTables.size())];
      try {
        sql_.exec(t.values.empty() ? two_keys() : statement(t));
      } catch (const SqlError& error) {
        if (error.code() != 1062) throw;
      }
    }
    if (open_) toggle_transaction();
  }

 private:
  std::size_t draw(std::size_t n) { return random_() % n; }
  void toggle_transaction() {
    sql_.exec(!open_ ? "BEGIN" : draw(5) == 0 ? "ROLLBACK" : "COMMIT");
    open_ = !open_;
  }
  std::string statement(const Keyed& t) {
    const std::string name = std::string("d.") + t.table;
    const std::string key = t.values[draw(t.values.size())];
    const std::string other = t.values[draw(t.values.size())];
    const std::string n = std::to_string(draw(1000));
    switch (draw(6)) {
      case 0:
      case 1: return "INSERT INTO " + name + " (k, n) VALUES (" + key + ", " + n + ")";
      case 2: return "UPDATE " + name + " SET k = " + other + ", n = " + n + " WHERE k <=> " + key;
      case 3: return "UPDATE " + name + " SET n = " + n + " WHERE k <=> " + key;
      case 4: return "REPLACE INTO " + name + " (k, n) VALUES (" + key + ", " + n + "), (" + other + ", 0)";
      default: return "DELETE FROM " + name + " WHERE k <=> " + key + (draw(2) == 0 ? " LIMIT 1" : "");
    }
  }
  std::string two_keys() {
    const auto number = [&](std::size_t n) { return std::to_string(draw(n)); };
    switch (draw(6)) {
      case 0:
        return "INSERT INTO d.two_keys VALUES (" + number(12) + ", " + number(8) + ", " + number(3) + ", " + number(3) +
               ")";
      case 1:
        return "REPLACE INTO d.two_keys VALUES (" + number(12) + ", " + number(8) + ", " + number(3) + ", " +
               number(3) + ")";
      case 2: return "UPDATE d.two_keys SET k = k + 1 ORDER BY k DESC";
      case 3: return "UPDATE d.two_keys SET id = id + 1 WHERE id > " + number(12) + " ORDER BY id DESC";
      case 4: return "UPDATE d.two_keys SET m = " + number(3) + ", n = NULL WHERE id = " + number(12);
      default: return "DELETE FROM d.two_keys WHERE id = " + number(15);
    }
  }

  Sql& sql_;
  std::mt19937 random_;
  bool open_ = false;
};

}  // namespace

TEST_CASE("random changes of few keys end as they did at the source, whatever a key is equal to",
          "[integration][sync][keys]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  pair.config.task.incr_migrate_conf->repl_threads = 16;
  pair.begin_here();
  auto sql = source.connect();
  sql.exec("CREATE DATABASE d");
  for (const Keyed& t : kTables) sql.exec(std::string("CREATE TABLE d.") + t.table + " (" + t.definition + ")");
  const std::uint32_t seed = std::random_device{}();
  INFO("seed " << seed);
  RandomChanges changes(sql, seed);
  changes.run(1500);  // a backlog, so that batches are full
  pair.make();
  pair.subtask->start({});
  changes.run(1500);
  pair.wait_synced(90s);
  require_same_schema(pair);
}
