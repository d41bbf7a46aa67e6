#include "tests/support/workload.hpp"

#include <chrono>
#include <random>
#include <stdexcept>

namespace sluice::test {
namespace {

using Random = std::mt19937_64;

int below(Random& random, int n) { return static_cast<int>(random() % static_cast<std::uint64_t>(n)); }
std::string number(Random& random, int n) { return std::to_string(below(random, n)); }

std::string table_name(const WorkloadOptions& options, int i) {
  return "`" + options.schema + "`.`t" + std::to_string(i) + "`";
}

enum Shape { kAllTypes, kUnique, kTextKey, kComposite, kKeyless, kCharsets, kShapes };
Shape shape_of(int i) { return static_cast<Shape>(i % kShapes); }

std::string definition(const WorkloadOptions& options, int i) {
  const std::string name = table_name(options, i);
  const std::string json = options.mysql56 ? "LONGTEXT" : "JSON";
  switch (shape_of(i)) {
    case kAllTypes:
      return "CREATE TABLE " + name +
             " (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, t1 TINYINT, t1u TINYINT UNSIGNED, s SMALLINT, "
             "su SMALLINT "
             "UNSIGNED, m MEDIUMINT, mu MEDIUMINT UNSIGNED, i INT, iu INT UNSIGNED, b BIGINT, bu BIGINT UNSIGNED, f "
             "FLOAT, d DOUBLE, "
             "de DECIMAL(30,10), bi BIT(13), y YEAR, da DATE, ti TIME, ti6 TIME(6), dt DATETIME, dt3 DATETIME(3), ts "
             "TIMESTAMP NULL, "
             "ts6 TIMESTAMP(6) NULL, c CHAR(20), vc VARCHAR(300), bin BINARY(8), vb VARBINARY(100), tt TINYTEXT, tx "
             "TEXT, mt "
             "MEDIUMTEXT, lt LONGTEXT, bl BLOB, lb LONGBLOB, e ENUM('red','green','blue'), st SET('a','b','c','d'), "
             "j " +
             json + ", g GEOMETRY) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
    case kUnique:
      return "CREATE TABLE " + name +
             " (id INT NOT NULL PRIMARY KEY, u INT, v VARCHAR(40), n INT NOT NULL DEFAULT 0, UNIQUE KEY uu (u), UNIQUE "
             "KEY uv "
             "(v(10))) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
    case kTextKey:
      return "CREATE TABLE " + name +
             " (k VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL PRIMARY KEY, n INT, note "
             "VARCHAR(200)) "
             "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
    case kComposite:
      return "CREATE TABLE " + name +
             " (a INT NOT NULL, b VARBINARY(32) NOT NULL, c DATETIME(6) NOT NULL, n BIGINT, PRIMARY KEY (a, b, c)) "
             "ENGINE=InnoDB";
    case kKeyless:
      return "CREATE TABLE " + name +
             " (a INT, b VARCHAR(30), c DOUBLE, d DATETIME) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
    default:
      return "CREATE TABLE " + name +
             " (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, l VARCHAR(80) CHARACTER SET latin1, gk VARCHAR(80) "
             "CHARACTER SET gbk, u "
             "VARCHAR(80) CHARACTER SET ucs2, x BINARY(4), n INT) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
  }
}

std::string maybe_null(Random& random, const std::string& value) { return below(random, 12) == 0 ? "NULL" : value; }

std::string text(Random& random) {
  static const std::vector<std::string> kTexts = {
      "'plain'",       "'it''s'", "'back\\\\slash'", "'naïve café'",      "'日本語テキスト'", "'emoji 😀'",
      "'tab\\tnl\\n'", "''",      "'trailing  '",    "'%_\\\"quoted\\\"'"};
  return kTexts[random() % kTexts.size()];
}

std::string blob(Random& random) {
  std::string out = "x'";
  static const char kDigits[] = "0123456789abcdef";
  for (int i = below(random, 24); i > 0; --i) {
    out.push_back(kDigits[random() % 16]);
    out.push_back(kDigits[random() % 16]);
  }
  return out + "'";
}

std::string date(Random& random) {
  const int pick = below(random, 20);
  if (pick == 0) return "'1000-01-01'";
  if (pick == 1) return "'9999-12-31'";
  return "'20" + std::to_string(10 + below(random, 20)) + "-0" + std::to_string(1 + below(random, 9)) + "-" +
         std::to_string(10 + below(random, 18)) + "'";
}

std::string clock(Random& random, const char* fraction) {
  return std::to_string(10 + below(random, 13)) + ":" + std::to_string(10 + below(random, 49)) + ":" +
         std::to_string(10 + below(random, 49)) + fraction;
}

std::string moment(Random& random, const char* fraction) {
  return "'20" + std::to_string(10 + below(random, 20)) + "-0" + std::to_string(1 + below(random, 9)) + "-" +
         std::to_string(10 + below(random, 18)) + " " + clock(random, fraction) + "'";
}

std::string time_of(Random& random) {
  const int pick = below(random, 10);
  if (pick == 0) return "'-838:59:59'";
  if (pick == 1) return "'-00:00:00.12'";
  return "'" + clock(random, ".123456") + "'";
}

std::string all_types_values(Random& random, bool mysql56) {
  const auto n = [&](const std::string& value) { return maybe_null(random, value); };
  std::string out;
  out += n(std::to_string(below(random, 256) - 128)) + "," + n(number(random, 256)) + ",";
  out += n(std::to_string(below(random, 65536) - 32768)) + "," + n(number(random, 65536)) + ",";
  out += n(std::to_string(below(random, 1 << 24) - (1 << 23))) + "," + n(number(random, 1 << 24)) + ",";
  out += n(std::to_string(below(random, 2000000000) - 1000000000)) + "," + n("4294967295") + ",";
  out += n("-9223372036854775808") + "," + n(std::to_string(random())) + ",";
  out += n(std::to_string(below(random, 1000)) + ".25") + "," +
         n(std::to_string(below(random, 1000000)) + ".123456789012") + ",";
  out += n("-" + std::to_string(random() % 1000000000000ULL) + ".0123456789") + "," +
         n("b'" + std::string("1011001110001") + "'") + ",";
  out += n(std::to_string(1901 + below(random, 254))) + "," + n(date(random)) + "," + n(time_of(random)) + "," +
         n(time_of(random)) + ",";
  out += n(moment(random, "")) + "," + n(moment(random, ".999")) + "," + n(moment(random, "")) + "," +
         n(moment(random, ".000001")) + ",";
  out += n(text(random)) + "," + n(text(random)) + "," + n("x'0102000000000000'") + "," + n(blob(random)) + ",";
  out += n(text(random)) + "," + n(text(random)) + "," + n("REPEAT('x'," + number(random, 5000) + ")") + "," +
         n(text(random)) + ",";
  out += n(blob(random)) + "," + n(blob(random)) + "," + n("'green'") + "," + n("'a,c'") + ",";
  out += n("'{\"a\": [1, 2.5, \"x\", null], \"k" + number(random, 9) + "\": true}'") + ",";
  const std::string from_text = mysql56 ? "GeomFromText" : "ST_GeomFromText";
  out += n(from_text + "('POINT(" + number(random, 90) + " " + number(random, 90) + ")')");
  return out;
}

std::string insert(const WorkloadOptions& options, Random& random, int i) {
  const std::string name = table_name(options, i);
  switch (shape_of(i)) {
    case kAllTypes: {
      std::string sql = "INSERT INTO " + name +
                        " (t1,t1u,s,su,m,mu,i,iu,b,bu,f,d,de,bi,y,da,ti,ti6,dt,dt3,ts,ts6,c,vc,bin,vb,tt,tx,mt,lt,bl,"
                        "lb,e,st,j,g) VALUES ";
      for (int row = 1 + below(random, 5); row > 0; --row)
        sql += "(" + all_types_values(random, options.mysql56) + (row > 1 ? ")," : ")");
      return sql;
    }
    case kUnique:
      return "INSERT INTO " + name + " (id,u,v) VALUES (" + number(random, 2000) + "," +
             maybe_null(random, number(random, 1000)) + ",CONCAT('v'," + number(random, 3000) + "))";
    case kTextKey: {
      static const std::vector<std::string> kKeys = {"a", "A", "b", "é", "e", "ß", "key", "KEY", "日", "本", "o", "ö"};
      return "INSERT INTO " + name + " (k,n,note) VALUES ('" + kKeys[random() % kKeys.size()] + number(random, 60) +
             "'," + number(random, 100) + "," + text(random) + ")";
    }
    case kComposite:
      return "INSERT INTO " + name + " (a,b,c,n) VALUES (" + number(random, 50) + "," + blob(random) + "," +
             moment(random, ".123456") + "," + number(random, 1000) + ")";
    case kKeyless:
      return "INSERT INTO " + name + " (a,b,c,d) VALUES (" + number(random, 20) + "," +
             maybe_null(random, text(random)) + "," + number(random, 5) + ".1," + date(random) + ")";
    default:
      return "INSERT INTO " + name + " (l,gk,u,x,n) VALUES (" + maybe_null(random, "'caf\u00e9 \u20ac'") + "," +
             maybe_null(random, "'\u4e2d\u6587'") + "," + maybe_null(random, "'\u65e5\u672c'") + ",x'01020000'," +
             number(random, 100) + ")";
  }
}

std::string update(const WorkloadOptions& options, Random& random, int i) {
  const std::string name = table_name(options, i);
  switch (shape_of(i)) {
    case kAllTypes:
      return "UPDATE " + name + " SET i = " + number(random, 1000000) + ", vc = " + text(random) +
             ", lb = " + blob(random) + ", ts6 = " + moment(random, ".5") + " WHERE id % 97 = " + number(random, 97);
    case kUnique: {
      const int pick = below(random, 3);
      if (pick == 0) return "UPDATE " + name + " SET id = id + 10000 WHERE id = " + number(random, 2000);
      if (pick == 1)
        return "UPDATE " + name + " SET u = " + maybe_null(random, number(random, 1000)) +
               " WHERE id = " + number(random, 2000);
      return "UPDATE " + name + " SET n = n + 1 WHERE id % 50 = " + number(random, 50);
    }
    case kTextKey:
      return "UPDATE " + name + " SET k = UPPER(k), n = " + number(random, 100) + " WHERE n = " + number(random, 100) +
             " LIMIT 2";
    case kComposite:
      return "UPDATE " + name + " SET n = n + 1, a = a + " + number(random, 2) + " WHERE a = " + number(random, 50) +
             " LIMIT 3";
    case kKeyless: return "UPDATE " + name + " SET c = c + 1 WHERE a = " + number(random, 20) + " LIMIT 2";
    default: return "UPDATE " + name + " SET n = n + 1, l = '\u00fcber' WHERE n = " + number(random, 100);
  }
}

std::string removal(const WorkloadOptions& options, Random& random, int i) {
  const std::string name = table_name(options, i);
  switch (shape_of(i)) {
    case kAllTypes: return "DELETE FROM " + name + " WHERE id % 211 = " + number(random, 211);
    case kUnique: return "DELETE FROM " + name + " WHERE id = " + number(random, 12000);
    case kTextKey: return "DELETE FROM " + name + " WHERE n = " + number(random, 100) + " LIMIT 3";
    case kComposite: return "DELETE FROM " + name + " WHERE a = " + number(random, 50) + " LIMIT 1";
    case kKeyless: return "DELETE FROM " + name + " WHERE a = " + number(random, 20) + " LIMIT 1";
    default: return "DELETE FROM " + name + " WHERE id % 103 = " + number(random, 103);
  }
}

bool expected(const SqlError& error, bool disconnects) {
  switch (error.code()) {
    case 1062:
    case 1213:
    case 1205:
    case 1020:  // duplicate, deadlock, lock wait, changed since last read
    case 1146:
    case 1054:
    case 1051:
    case 1050:
    case 1060:
    case 1091:
    case 1412:
    case 1615:  // a table being altered by the others
      return true;
    case 2002:
    case 2003:
    case 2006:
    case 2013:
    case 1053:
    case 1927:
    case 1105: return disconnects;
    default: return false;
  }
}

}  // namespace

void create_workload(Sql& sql, const WorkloadOptions& options) {
  sql.exec("CREATE DATABASE IF NOT EXISTS `" + options.schema + "` DEFAULT CHARACTER SET utf8mb4");
  Random random(options.seed);
  for (int i = 0; i < options.tables; ++i) {
    sql.exec(definition(options, i));
    for (int row = 0; row < options.rows; ++row) {
      try {
        sql.exec(insert(options, random, i));
      } catch (const SqlError& e) {
        if (e.code() != 1062) throw;
      }
    }
  }
}

Workload::Workload(std::function<Sql()> connect, WorkloadOptions options, bool tolerate_disconnects)
    : connect_(std::move(connect)), options_(std::move(options)), tolerate_disconnects_(tolerate_disconnects) {
  for (int i = 0; i < options_.writers; ++i) threads_.emplace_back([this, i] { write(i); });
  if (options_.ddl) threads_.emplace_back([this] { alter(99); });
}

Workload::~Workload() {
  stop_ = true;
  for (auto& thread : threads_) thread.join();
}

void Workload::stop() {
  stop_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  if (!error_.empty()) throw std::runtime_error("the load failed: " + error_);
}

void Workload::write(int writer) {
  Random random(options_.seed * 1000 + static_cast<std::uint64_t>(writer));
  std::unique_ptr<Sql> sql;
  while (!stop_) {
    try {
      if (!sql) sql = std::make_unique<Sql>(connect_());
      const bool transaction = below(random, 3) == 0;
      if (transaction) sql->exec("BEGIN");
      for (int n = transaction ? 1 + below(random, 8) : 1; n > 0; --n) {
        const int table = below(random, options_.tables);
        const int pick = below(random, 10);
        sql->exec(pick < 5   ? insert(options_, random, table)
                  : pick < 8 ? update(options_, random, table)
                             : removal(options_, random, table));
        ++statements_;
      }
      if (transaction) sql->exec(below(random, 8) == 0 ? "ROLLBACK" : "COMMIT");
    } catch (const SqlError& e) {
      if (!expected(e, tolerate_disconnects_)) {
        const std::lock_guard lock(mutex_);
        if (error_.empty()) error_ = e.what();
        return;
      }
      try {
        if (sql) sql->exec("ROLLBACK");
      } catch (const SqlError&) {
        sql.reset();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
      if (e.code() >= 2000) sql.reset();
    }
  }
}

void Workload::alter(int seed) {
  Random random(options_.seed * 1000 + static_cast<std::uint64_t>(seed));
  std::unique_ptr<Sql> sql;
  for (int n = 0; !stop_; ++n) {
    try {
      if (!sql) {
        sql = std::make_unique<Sql>(connect_());
        // A DDL and writers that wait for each other's rows are no deadlock to the server: 50 s of silence.
        sql->exec("SET SESSION lock_wait_timeout = 2");
      }
      const std::string name = table_name(options_, below(random, options_.tables));
      const std::string extra = "`" + options_.schema + "`.`extra" + std::to_string(n % 3) + "`";
      switch (n % 8) {
        case 0:
          sql->exec("ALTER TABLE " + name + " ADD COLUMN added" + std::to_string(n) + " VARCHAR(20) DEFAULT 'new'");
          break;
        case 1:
          sql->exec("CREATE TABLE " + extra + " (id INT AUTO_INCREMENT PRIMARY KEY, x INT, w VARCHAR(10))");
          break;
        case 2: sql->exec("INSERT INTO " + extra + " (x, w) VALUES (1, 'a'), (2, 'b'), (3, 'c')"); break;
        case 3:
          sql->exec("ALTER TABLE " + name + " ADD COLUMN first" + std::to_string(n) + " INT FIRST, ADD INDEX fi" +
                    std::to_string(n) + " (first" + std::to_string(n) + ")");
          break;
        case 4:
          sql->exec("RENAME TABLE " + extra + " TO `" + options_.schema + "`.`renamed" + std::to_string(n) + "`");
          break;
        case 5: sql->exec("TRUNCATE TABLE " + table_name(options_, kKeyless)); break;
        case 6: sql->exec("ALTER TABLE " + name + " DROP COLUMN added" + std::to_string(n > 6 ? n - 6 : 0)); break;
        default: sql->exec("DROP TABLE IF EXISTS " + extra); break;
      }
      ++statements_;
    } catch (const SqlError& e) {
      if (!expected(e, tolerate_disconnects_)) {
        const std::lock_guard lock(mutex_);
        if (error_.empty()) error_ = e.what();
        return;
      }
      if (e.code() >= 2000) {
        sql.reset();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    }
    // A pause between statements is part of the load, not a wait for something.
    for (int i = 0; i < 40 && !stop_; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace sluice::test
