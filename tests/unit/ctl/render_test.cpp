#include "core/ctl/render.hpp"

#include <catch2/catch.hpp>
#include <sstream>

#include "core/ctl/completion.hpp"
#include "core/ctl/failure.hpp"
#include "core/ctl/table.hpp"
#include "core/ctl/watch.hpp"

using namespace sluice;

namespace {

const ctl::Command& command(const std::string& group, const std::string& verb) {
  const ctl::Command* found = ctl::find_command(group, verb);
  REQUIRE(found);
  return *found;
}

model::Json json(const std::string& text) {
  auto out = model::parse_json(text);
  REQUIRE(out.ok());
  return *out;
}

constexpr const char* kLoading =
    R"json({"total":1,"data":[{"name":"shop","source_name":"mysql-01","worker_name":"node1",
  "stage":"Running","unit":"load","load_status":{"finished_bytes":50,"total_bytes":100,"progress":"50.00 %","bps":2048},
  "progress":{"rows":5,"estimated_rows":10,"bytes":50,"remaining_bytes":50,"rows_per_second":3,"bytes_per_second":2048,
  "remaining_seconds":61,"tables_total":2,"tables_done":1,"tables":[{"schema":"s","table":"t","state":"running","rows":4,
  "estimated_rows":9,"bytes":40,"progress":"40.00 %","remaining_seconds":2},{"schema":"s","table":"u","state":"done",
  "rows":1,"bytes":10,"progress":"100.00 %"}]}}]})json";
constexpr const char* kSyncing =
    R"json({"total":1,"data":[{"name":"shop","source_name":"mysql-01","worker_name":"node1",
  "stage":"Running","unit":"sync","sync_status":{"recent_tps":7,"synced":false,"seconds_behind_master":65,
  "lag":{"milliseconds":65432,"shares":{"source":0.05,"decode":0.15,"conflict":0,"target":0.8}},
  "syncer_binlog":"(mysql-bin.000001, 4)"},
  "progress":{"rows":7,"bytes":50,"remaining_bytes":2048,"rows_per_second":7,"bytes_per_second":1024,"remaining_seconds":2}}]})json";
constexpr const char* kPaused = R"json({"total":1,"data":[{"name":"shop","source_name":"mysql-01","worker_name":"node1",
  "stage":"Paused","unit":"sync","sync_status":{"recent_tps":0,"synced":false,"syncer_binlog":"(mysql-bin.000001, 4)"},
  "error_msg":"long","errors":[{"code":10006,"message":"the target refused","binlog_name":"mysql-bin.000001",
  "binlog_pos":711,"table":"`a`.`b`","statement":"ALTER TABLE b ADD x INT","cause":"Duplicate column",
  "workaround":"Skip it."}]}]})json";

}  // namespace

TEST_CASE("ctl: replies become tables, lists and lines", "[unit][ctl]") {
  CHECK(ctl::render(command("cluster", "masters"),
                    R"({"total":1,"data":[{"name":"m1","alive":true,"leader":false,"addr":"127.0.0.1:8261"}]})") ==
        "NAME  ALIVE  LEADER  ADDR\nm1    yes    no      127.0.0.1:8261\n");
  CHECK(ctl::render(command("source", "list"), R"({"total":0,"data":[]})") == "none\n");
  CHECK(ctl::render(command("source", "list"), R"({"total":1,"data":[{"source_name":"é","host":"h","port":3306,
        "user":"u","password":"******","enable":true,"enable_gtid":false,"task_name_list":["a","b"]}]})") ==
        "NAME  HOST  PORT  USER  ENABLED  GTID  FLAVOR  TASKS\né     h     3306  u     yes      no    -       a,b\n");
  CHECK(ctl::render(command("source", "schemas"), R"(["a","b"])") == "a\nb\n");
  CHECK(ctl::render(command("source", "show"), R"({"source_name":"s","purge":{"interval":1},"x":[{"y":2}]})") ==
        "source_name:    s\npurge.interval: 1\nx[0].y:         2\n");
  CHECK(ctl::render(command("task", "start"), "") == "task start: done\n");
  CHECK(ctl::render(command("task", "convert"), R"({"task":{},"task_config_file":"name: t"})") == "name: t\n");
  CHECK(ctl::render(command("node", "metrics"), "a 1\n") == "a 1\n");
}

TEST_CASE("ctl: a refusal shows number, cause and remedy", "[unit][ctl]") {
  CHECK(ctl::render_refusal(400,
                            R"({"error_msg":"[code=46008:class=scheduler:scope=internal:level=medium], Message: no s, )"
                            R"(RawCause: gone, Workaround: Create it.","error_code":"46008"})") ==
        "error 46008: no s\n  cause:  gone\n  remedy: Create it.");
  CHECK(ctl::render_refusal(404, R"({"error_msg":"plain","error_code":7})") == "error 7: plain");
  CHECK(ctl::render_refusal(502, "<html>\033[2J") == "the API answered with status 502: <html> [2J");
}

TEST_CASE("ctl: the status of a task shows progress, lag and errors with their place", "[unit][ctl]") {
  const std::string loading = ctl::render_task_status(json(kLoading));
  CHECK(loading.find("[##########----------] 50.00 %") != std::string::npos);
  CHECK(loading.find("3 rows/s, 2.0 KiB/s") != std::string::npos);
  CHECK(loading.find("1m1s") != std::string::npos);
  CHECK(loading.find("mysql-01: 1 of 2 tables done\n") != std::string::npos);
  CHECK(loading.find("  s.t    running  [########------------] 40.00 %   4 of ~9  40 B   2s\n") != std::string::npos);
  const std::string syncing = ctl::render_task_status(json(kSyncing));
  CHECK(syncing.find("1m5s (decode 15 %, target 80 %)") != std::string::npos);
  CHECK(syncing.find("2.0 KiB behind") != std::string::npos);
  CHECK(syncing.find("(mysql-bin.000001, 4)") != std::string::npos);
  const std::string paused = ctl::render_task_status(json(kPaused));
  CHECK(paused.find("unknown") != std::string::npos);
  CHECK(paused.find("mysql-01: error 10006: the target refused\n"
                    "  where:     mysql-bin.000001 at 711, table `a`.`b`\n"
                    "  statement: ALTER TABLE b ADD x INT\n"
                    "  cause:     Duplicate column\n"
                    "  remedy:    Skip it.\n") != std::string::npos);
}

TEST_CASE("ctl: watching redraws a terminal and appends changes elsewhere", "[unit][ctl]") {
  std::ostringstream terminal;
  ctl::Watch redrawn(terminal, true);
  CHECK(redrawn.show(json(kLoading)));
  CHECK(terminal.str().find('\033') == std::string::npos);
  CHECK(redrawn.show(json(kSyncing)));
  CHECK(terminal.str().find("\033[7A\r\033[J") != std::string::npos);

  std::ostringstream file;
  ctl::Watch appended(file, false);
  CHECK(appended.show(json(kSyncing)));
  const std::string once = file.str();
  CHECK(appended.show(json(kSyncing)));
  CHECK(file.str() == once);
  std::string stopped = kSyncing;
  stopped.replace(stopped.find("Running"), 7, "Paused");
  CHECK(appended.show(json(stopped)));
  CHECK_FALSE(appended.show(json(stopped)));
  CHECK(file.str().size() > once.size());
  CHECK(file.str().find('\033') == std::string::npos);
  CHECK(ctl::Watch(file, false).show(json(kPaused)));  // it may go on by itself
}

TEST_CASE("ctl: numbers for people", "[unit][ctl]") {
  CHECK(ctl::bytes_text(0) == "0 B");
  CHECK(ctl::bytes_text(1536) == "1.5 KiB");
  CHECK(ctl::duration_text(59) == "59s");
  CHECK(ctl::duration_text(3661) == "1h1m");
  CHECK(ctl::bar(2, 4) == "[####]");
  CHECK(ctl::bar(0.5, 4) == "[##--]");
  CHECK(ctl::printable("a\n\033\x7f\xc2\x9b"
                       "b") == "a    b");
}

TEST_CASE("ctl: completion follows the table", "[unit][ctl]") {
  const ctl::Names names = [](const std::string& argument) {
    return argument == "task-name" ? std::vector<std::string>{"shop", "other"} : std::vector<std::string>{};
  };
  using Words = std::vector<std::string>;
  CHECK(ctl::complete({"so"}, names) == Words{"source"});
  CHECK(ctl::complete({"task", "sta"}, names) == Words{"status", "start"});
  CHECK(ctl::complete({"task", "start", ""}, names) == Words{"shop", "other"});
  CHECK(ctl::complete({"task", "start", "s"}, names) == Words{"shop"});
  CHECK(ctl::complete({"task", "start", "shop", "--rem"}, names) == Words{"--remove-meta"});
  CHECK(ctl::complete({"task", "start", "shop", ""}, names).empty());
  CHECK(ctl::complete({"-o", "j"}, names) == Words{"json"});
  CHECK(ctl::complete({"-o", "json", "tem"}, names) == Words{"template"});
  CHECK(ctl::complete({"source", "create", "-f", ""}, names).empty());
  CHECK(ctl::complete({"completion", "f"}, names) == Words{"fish"});
  CHECK(ctl::complete({}, names).size() >= 4);
  for (const char* shell : {"bash", "zsh", "fish"}) {
    CHECK(ctl::completion_script(shell).find("__complete") != std::string::npos);
  }
  CHECK_THROWS_AS(ctl::completion_script("csh"), ctl::Failure);
}
