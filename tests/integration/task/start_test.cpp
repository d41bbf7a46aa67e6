// Where following begins and ends: start_time, safe_mode_time_duration, until.
#include <catch2/catch.hpp>
#include <ctime>

#include "tests/integration/task/fixture.hpp"
#include "tests/support/skip.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

/// One second of the binlogs made here: far in the future, so that the head of the first file is older.
constexpr int64_t kBase = 1'960'000'000;  // 2032-02-10 04:26:40 UTC

std::string at(int64_t second) {
  const std::time_t time = kBase + second;
  std::tm tm{};
  gmtime_r(&time, &tm);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%SZ", &tm);
  return text;
}

std::string ids(DatabaseServer& server) {
  return server.connect().value("SELECT COALESCE(GROUP_CONCAT(id ORDER BY id), '') FROM s.t");
}

/// Rows 1 to 8 in four binlog files, at known times; 6 and 7 in one transaction.
void write_history(Sql& sql) {
  const auto run = [&sql](int64_t second, const std::string& statement) {
    sql.exec("SET timestamp = " + std::to_string(kBase + second));
    sql.exec(statement);
  };
  run(0, "CREATE DATABASE s");
  run(0, "CREATE TABLE s.t (id INT PRIMARY KEY)");
  run(0, "CREATE TABLE s.keyless (id INT)");
  run(10, "INSERT INTO s.t VALUES (1)");
  run(20, "FLUSH BINARY LOGS");
  run(30, "INSERT INTO s.t VALUES (2)");
  run(40, "INSERT INTO s.t VALUES (3)");
  run(40, "INSERT INTO s.keyless VALUES (3)");
  run(50, "FLUSH BINARY LOGS");
  run(50, "INSERT INTO s.t VALUES (4)");
  run(60, "INSERT INTO s.t VALUES (5)");
  run(65, "BEGIN");
  run(70, "INSERT INTO s.t VALUES (6)");
  run(80, "INSERT INTO s.t VALUES (7)");
  run(90, "COMMIT");
  run(100, "FLUSH BINARY LOGS");
  run(110, "INSERT INTO s.t VALUES (8)");
  sql.exec("SET timestamp = DEFAULT");
}

model::StartArguments arguments(const std::string& start_time, const std::string& token) {
  model::StartArguments out;
  out.start_time = start_time;
  out.token = token;
  return out;
}

/// The error that a subtask pauses with for good.
Error paused_with(Pair& pair) {
  wait_until([&] { return pair.subtask->status().stage == model::Stage::Paused; }, 60s, "paused");
  const auto status = pair.subtask->status();
  REQUIRE(status.errors.size() == 1);
  REQUIRE_FALSE(task::resumable(status.errors[0]));
  return status.errors[0];
}

void wait_finished(Pair& pair) {
  const bool done = wait_for([&] { return pair.subtask->status().stage == model::Stage::Finished; }, 60s);
  INFO(pair.describe());
  REQUIRE(done);
}

void check_start_times(DatabaseServer& source, bool gtid) {
  MariaDbServer target;
  Pair pair(source, target);
  pair.config.source.enable_gtid = gtid;
  auto sql = source.connect();
  write_history(sql);
  auto there = target.connect();
  const auto end = sql.query("SHOW MASTER STATUS").at(0);
  int number = 0;
  const auto rows_from = [&](const std::string& time) {
    if (number != 0) there.exec("DELETE FROM s.t");
    model::StartArguments args = arguments(time, "b" + std::to_string(++number));
    args.until.binlog_name = *end[0];
    args.until.binlog_pos = std::stoull(*end[1]);
    pair.make();
    pair.subtask->start(args);
    wait_finished(pair);
    return ids(target);
  };
  CHECK(rows_from("2001-02-03T04:05:06Z") == "1,2,3,4,5,6,7,8");  // before the first file: with all that it has
  CHECK(rows_from(at(10)) == "1,2,3,4,5,6,7,8");
  CHECK(rows_from(at(30)) == "2,3,4,5,6,7,8");
  CHECK(rows_from(at(31)) == "3,4,5,6,7,8");
  CHECK(rows_from(at(41)) == "4,5,6,7,8");
  CHECK(rows_from(at(50)) == "4,5,6,7,8");  // the second in which a file begins
  CHECK(rows_from(at(75)) == "6,7,8");      // a transaction in which something happened after it comes whole
  CHECK(rows_from(at(95)) == "8");
  CHECK(rows_from(at(110)) == "8");
  const bool mariadb = sql.value("SELECT VERSION()").find("MariaDB") != std::string::npos;
  const std::string executed = !gtid     ? ""
                               : mariadb ? sql.value("SELECT @@global.gtid_binlog_pos")
                                         : sql.value("SELECT @@global.gtid_executed");
  if (gtid) CHECK(pair.subtask->status().sync->syncer_binlog_gtid == executed);

  pair.make();
  pair.subtask->start(arguments(at(111), "c"));
  const Error late = paused_with(pair);
  CHECK(late.code == 20057);
  CHECK(late.message.find(at(111)) != std::string::npos);
}

}  // namespace

TEST_CASE("start_time begins with the first change of that time, on MariaDB", "[integration][sync][start]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  const bool gtid = GENERATE(false, true);
  MariaDbServer source;
  check_start_times(source, gtid);
}

TEST_CASE("start_time begins with the first change of that time, on MySQL", "[integration][sync][start]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  SLUICE_SKIP_IF(MySql56Server::missing());
  const bool gtid = GENERATE(false, true);
  ServerOptions options;
  options.gtid = gtid;
  MySql56Server source(options);
  check_start_times(source, gtid);
}

TEST_CASE("start_time without a zone is a time of the source's zone", "[integration][sync][start]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source(ServerOptions{.extra = {"--default-time-zone=+09:00"}});
  MariaDbServer target;
  Pair pair(source, target);
  auto sql = source.connect();
  write_history(sql);
  pair.make();
  std::string local = at(50 + 9 * 3600);
  local.pop_back();  // the Z
  auto there = target.connect();
  there.exec_all("CREATE DATABASE s; CREATE TABLE s.t (id INT PRIMARY KEY)");
  pair.subtask->start(arguments(local, "a"));
  pair.wait_synced(60s);
  CHECK(ids(target) == "4,5,6,7,8");
}

TEST_CASE("start_time is obeyed once: the same request after a crash goes on from the checkpoint",
          "[integration][sync][start]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  auto sql = source.connect();
  write_history(sql);
  auto there = target.connect();
  there.exec_all("CREATE DATABASE s; CREATE TABLE s.t (id INT PRIMARY KEY); CREATE TABLE s.keyless (id INT)");
  for (int run = 0; run < 2; ++run) {
    pair.make();
    pair.subtask->start(arguments(at(40), "a"));
    pair.wait_synced(60s);
    pair.subtask->pause(10s, "test");
    CHECK(there.count("s.keyless") == 1);  // twice would be two: nothing tells its rows apart
  }
  pair.make();
  pair.subtask->start(arguments(at(40), "another request"));
  pair.wait_synced(60s);
  CHECK(there.count("s.keyless") == 2);
  CHECK(ids(target) == "3,4,5,6,7,8");
}

TEST_CASE("safe_mode_time_duration counts in the time of the binlog, over a restart", "[integration][sync][start]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  auto sql = source.connect();
  write_history(sql);
  auto there = target.connect();
  there.exec_all("CREATE DATABASE s; CREATE TABLE s.t (id INT PRIMARY KEY); CREATE TABLE s.keyless (id INT)");
  SECTION("rows within it may be there already") {
    there.exec("INSERT INTO s.t VALUES (2), (3), (4)");
    model::StartArguments args = arguments(at(30), "a");
    args.safe_mode_time_duration = "21s";  // up to the second 51
    pair.make();
    pair.subtask->start(args);
    pair.wait_synced(60s);
    CHECK(ids(target) == "2,3,4,5,6,7,8");
  }
  SECTION("rows behind it may not") {
    there.exec("INSERT INTO s.t VALUES (2), (3), (4), (5)");
    model::StartArguments args = arguments(at(30), "a");
    args.safe_mode_time_duration = "30s";
    pair.make();
    pair.subtask->start(args);
    CHECK(paused_with(pair).native == 1062);
    // The same request again: the end of its safe mode is the same.
    pair.make();
    pair.subtask->start(args);
    CHECK(paused_with(pair).native == 1062);
    // A new request: its time begins with the first change that comes now.
    args.token = "b";
    args.safe_mode_time_duration = "31s";  // from the second 30 at least
    args.start_time.clear();
    pair.make();
    pair.subtask->start(args);
    pair.wait_synced(60s);
    CHECK(ids(target) == "2,3,4,5,6,7,8");
  }
  SECTION("0 with changes that must come twice is refused") {
    model::StartArguments args = arguments(at(30), "a");
    pair.make();
    pair.subtask->start(args);
    pair.wait_synced(60s);
    pair.subtask->pause(10s, "test");
    there.exec(
        "UPDATE dm_meta.t1_syncer_checkpoint SET exit_safe_binlog_name = 'zzz.000009', exit_safe_binlog_pos = 4 "
        "WHERE is_global = 1");
    args.token = "b";
    args.start_time.clear();
    args.safe_mode_time_duration = "0s";
    pair.make();
    pair.subtask->start(args);
    CHECK(paused_with(pair).code == 36071);
  }
}

namespace {

void check_until(DatabaseServer& source, bool gtid) {
  MariaDbServer target;
  Pair pair(source, target);
  pair.config.source.enable_gtid = gtid;
  auto sql = source.connect();
  write_history(sql);
  const auto files = sql.query("SHOW BINARY LOGS");
  REQUIRE(files.size() == 4);
  const std::string gtids =
      !gtid ? ""
            : sql.value(source.connect().value("SELECT VERSION()").find("MariaDB") == std::string::npos
                            ? "SELECT @@global.gtid_executed"
                            : "SELECT @@global.gtid_binlog_pos");

  const auto follow = [&](model::StartArguments args, const std::string& token) {
    args.token = token;
    pair.make();
    pair.subtask->start(std::move(args));
    wait_finished(pair);
    return ids(target);
  };
  model::StartArguments args = arguments(at(-100000), "");
  args.until.time = at(45);
  CHECK(follow(args, "a") == "1,2,3");
  REQUIRE(pair.subtask->status().sync.has_value());
  CHECK(pair.subtask->status().sync->until_reached == "time " + at(45));
  args.start_time.clear();
  CHECK(follow(args, "b") == "1,2,3");  // nothing more is before it

  args.until = {};
  args.until.binlog_name = *files[2][0];
  args.until.binlog_pos = 4;
  CHECK(follow(args, "c") == "1,2,3");
  // Within the transaction of 6 and 7: it comes whole, nothing behind it.
  const auto events = sql.query("SHOW BINLOG EVENTS IN '" + *files[2][0] + "'");
  std::vector<uint64_t> ends;
  for (const auto& event : events) {
    if (event[2]->find("Write_rows") == 0) ends.push_back(std::stoull(*event[4]));
  }
  REQUIRE(ends.size() == 4);
  args.until.binlog_pos = ends[1] - 1;
  CHECK(follow(args, "d") == "1,2,3,4,5");
  args.until.binlog_pos = ends[2];
  CHECK(follow(args, "e") == "1,2,3,4,5,6,7");

  // A time that has passed ends an idle source too.
  sql.exec("FLUSH BINARY LOGS");
  args.until = {};
  args.until.time = at(109);
  CHECK(follow(args, "f") == "1,2,3,4,5,6,7");
  if (gtid) {
    sql.exec("INSERT INTO s.t VALUES (9)");
    args.until = {};
    args.until.binlog_gtid = gtids;
    CHECK(follow(args, "g") == "1,2,3,4,5,6,7,8");
    CHECK(pair.subtask->status().sync->syncer_binlog_gtid == gtids);
  }
  // Without an end it goes on, also the finished one.
  pair.subtask->start(arguments("", "h"));
  pair.wait_synced(60s);
  CHECK(ids(target) == (gtid ? "1,2,3,4,5,6,7,8,9" : "1,2,3,4,5,6,7,8"));
}

}  // namespace

TEST_CASE("until: following ends at a time, a position or a GTID set, on MariaDB", "[integration][sync][start]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  const bool gtid = GENERATE(false, true);
  MariaDbServer source;
  check_until(source, gtid);
}

TEST_CASE("until: following ends at a time, a position or a GTID set, on MySQL", "[integration][sync][start]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  SLUICE_SKIP_IF(MySql56Server::missing());
  const bool gtid = GENERATE(false, true);
  ServerOptions options;
  options.gtid = gtid;
  MySql56Server source(options);
  check_until(source, gtid);
}

TEST_CASE("until a time in the past ends at a source that has nothing more to say", "[integration][sync][start]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Pair pair(source, target);
  auto sql = source.connect();
  pair.begin_here();
  sql.exec_all("CREATE DATABASE s; CREATE TABLE s.t (id INT PRIMARY KEY); INSERT INTO s.t VALUES (1)");
  model::StartArguments args;
  args.token = "a";
  args.until.time = sql.value("SELECT DATE_FORMAT(NOW() + INTERVAL 2 SECOND, '%Y-%m-%dT%H:%i:%sZ')");
  pair.make();
  pair.subtask->start(args);
  wait_finished(pair);
  CHECK(ids(target) == "1");
}
