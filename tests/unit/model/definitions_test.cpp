#include <catch2/catch.hpp>

#include "core/model/definitions.hpp"
#include "core/model/status_json.hpp"

using namespace sluice;
using namespace sluice::model;

TEST_CASE("definitions: a source written is the source read", "[unit][model]") {
  Source source;
  source.name = "s";
  source.endpoint = {"h", 1, "u", "p", Security{"-----BEGIN -----END ", "", "", {"cn"}}};
  source.flavor = "mariadb";
  source.purge = Purge{1, 2, 3};
  source.relay_config = RelayConfig{true, "mysql-bin.000002", "0-1-2", "./r"};
  source.server_id = 429496729;
  source.case_sensitive = false;
  auto read = read_source(write_source(source));
  REQUIRE(read.ok());
  CHECK(to_text(write_source(read->source)) == to_text(write_source(source)));
  CHECK(read->source.server_id == source.server_id);
}

TEST_CASE("definitions: a task with a plugin of its own keeps free members", "[unit][model]") {
  const auto json = parse_json(
      R"({"name":"t","task_mode":"incremental","target_config":{"plugin":"file","directory":"/x","extra":[1]},
    "table_migrate_rule":[],"source_config":{"source_conf":[{"source_name":"s"}]},"filters":[{"plugin":"f","a":1}],
    "shard_mode":"","unknown":1})");
  REQUIRE(json.ok());
  auto read = read_task(*json);
  REQUIRE(read.ok());
  CHECK(read->task.target.plugin == "file");
  CHECK(read->task.target.settings_json == R"({"directory":"/x","extra":[1]})");
  CHECK(read->task.filters.at(0).settings_json == R"({"a":1})");
  CHECK(read->task.meta_schema == "dm_meta");
  CHECK(read->task.on_duplicate == "replace");
  auto again = read_task(write_task(read->task));
  REQUIRE(again.ok());
  CHECK(to_text(write_task(again->task)) == to_text(write_task(read->task)));
}

TEST_CASE("definitions: block-allow-lists and filter actions are read, kept and checked", "[unit][model]") {
  const auto with = [](const std::string& members, const std::string& conf = {}) {
    const auto json = parse_json(R"({"name":"t","task_mode":"all","target_config":{"host":"h","port":1,"user":"u"},
      "table_migrate_rule":[],"source_config":{"source_conf":[{"source_name":"s")" +
                                 conf + "}]}," + members + "}");
    REQUIRE(json.ok());
    return read_task(*json);
  };
  const auto code = [&](const std::string& members, const std::string& conf = {}) {
    const auto read = with(members, conf);
    return read.ok() ? 0 : read.error().code;
  };
  const std::string list =
      R"("block_allow_list":{"l":{"do_dbs":["a*"],"do_tables":[{"schema":"a","table":"t"}],"ignore_tables":[{"schema":"~x","table":"?"}],"ignore_dbs":["b"]}})";
  const std::string rule = R"(,"binlog_filter_rule":{"r":{"action":"Do","ignore_event":["insert"],"ignore_sql":[]}})";
  auto read = with(list + rule, R"(,"block_allow_list":"l")");
  REQUIRE(read.ok());
  CHECK(read->task.block_allow_list.at("l").ignore_tables.at(0).schema == "~x");
  CHECK(read->task.source_conf[0].block_allow_list == "l");
  CHECK(read->task.binlog_filter_rule.at("r").action == "Do");
  auto again = read_task(write_task(read->task));
  REQUIRE(again.ok());
  CHECK(to_text(write_task(again->task)) == to_text(write_task(read->task)));
  CHECK(to_text(write_task(read->task)).find(R"("block_allow_list":{"l":{"do_dbs":["a*"])") != std::string::npos);
  // "" is no list; absent is something else, and stays absent.
  CHECK(with(list, R"(,"block_allow_list":"")")->task.source_conf[0].block_allow_list == "");
  CHECK_FALSE(with(list)->task.source_conf[0].block_allow_list);
  CHECK_FALSE(write_task(with(list)->task)
                  .find("source_config")
                  ->find("source_conf")
                  ->as_array()
                  ->front()
                  .find("block_allow_list"));

  CHECK(code(list, R"(,"block_allow_list":"x")") == 20026);
  CHECK(code(R"("block_allow_list":{"l":{"do_dbs":[""]}})") == 20044);
  CHECK(code(R"("block_allow_list":{"l":{"ignore_tables":[{"schema":"a","table":""}]}})") == 20044);
  CHECK(code(R"("block_allow_list":{"l":{"do_tables":[{"schema":"a"}]}})") == 49001);
  CHECK(code(R"("block_allow_list":{"l":{"do_dbs":"a"}})") == 49001);
  CHECK(code(R"("binlog_filter_rule":{"r":{"action":"do","ignore_event":["insert"]}})") == 20037);
  CHECK(code(R"("binlog_filter_rule":{"r":{"action":"Do","ignore_sql":["x"]}})") == 20037);
}

TEST_CASE("definitions: masking leaves no secret", "[unit][model]") {
  const auto json =
      parse_json(R"({"name":"t","task_mode":"all","target_config":{"host":"h","port":1,"user":"u","password":"sec",
    "security":{"ssl_ca_content":"-----BEGIN sec-----END ","ssl_cert_content":"","ssl_key_content":""}},
    "table_migrate_rule":[],"source_config":{"source_conf":[{"source_name":"s"}]}})");
  auto read = read_task(*json);
  REQUIRE(read.ok());
  Json out = write_task(read->task);
  mask_task(out);
  CHECK(to_text(out).find("sec\"") == std::string::npos);
  CHECK(to_text(out).find("BEGIN") == std::string::npos);
}

TEST_CASE("definitions: durations are Go's", "[unit][model]") {
  CHECK(parse_duration_ms("10s") == 10000);
  CHECK(parse_duration_ms("1m30s") == 90000);
  CHECK(parse_duration_ms("500ms") == 500);
  CHECK(parse_duration_ms("1.5h") == 5400000);
  CHECK(parse_duration_ms("0") == 0);
  for (const char* bad : {"", "10", "s", "-1s", "1x", "1s 2s", "1..5s"}) CHECK_FALSE(parse_duration_ms(bad));
}

TEST_CASE("definitions: times and zones are told from other text", "[unit][model]") {
  for (const char* good : {"2024-02-29 00:00:00", "2024-01-31T23:59:59", "2024-01-01T00:00:00Z",
                           "2024-01-01T00:00:00+0900", "2024-01-01 00:00:00-03:30"})
    CHECK(looks_like_start_time(good));
  for (const char* bad : {"", "2023-02-29 00:00:00", "2024-13-01 00:00:00", "2024-01-01", "2024-01-01 24:00:00",
                          "2024-01-01 00:00:00 JST"})
    CHECK_FALSE(looks_like_start_time(bad));
  for (const char* good : {"Asia/Tokyo", "UTC", "+09:00", "-12:59", "+14:00"}) CHECK(looks_like_time_zone(good));
  for (const char* bad : {"", "SYSTEM", "local", "-13:00", "+14:01", "+9:00", "+09", "x y"})
    CHECK_FALSE(looks_like_time_zone(bad));
  CHECK(looks_like_binlog_name("mysql-bin.000001"));
  CHECK(looks_like_binlog_name("a.b.1000000"));
  for (const char* bad : {"", "mysql-bin", ".000001", "x.", "x.00a", "x.000000", "../x.000001"})
    CHECK_FALSE(looks_like_binlog_name(bad));
}

TEST_CASE("status: what a worker reports is read back whole", "[unit][model]") {
  SubtaskStatus status;
  status.task = "t";
  status.source = "s";
  status.worker = "w";
  status.stage = Stage::Paused;
  status.unit = "sync";
  status.sync.emplace();
  status.sync->read = 10;
  status.sync->applied = 7;
  status.sync->filtered = {{"rule-1", 3}};
  status.errors.push_back(make_error(36014, "m", "r", "w"));
  status.errors.back().binlog_name = "b.000001";
  status.errors.back().binlog_pos = 4;
  const Json json = write_status(status);
  CHECK_FALSE(json.find("sync_status")->find("seconds_behind_master"));
  CHECK(*json.find("error_msg")->as_string() == status.errors[0].one_line() + ".");
  CHECK(to_text(write_status(read_status(json))) == to_text(json));
}

TEST_CASE("definitions: names that no path can hold are refused, and words that are no time zone", "[unit][model]") {
  for (const char* zone :
       {"UTC", "Asia/Tokyo", "America/Argentina/Buenos_Aires", "us/pacific", "+09:00", "-12:59", "GMT"}) {
    INFO(zone);
    CHECK(model::is_known_time_zone(zone));
  }
  for (const char* zone :
       {"x/y", "abc", "No/Such_Zone", "Asia/", "/Tokyo", "SYSTEM", "Local", "+15:00", "Asia/To kyo"}) {
    INFO(zone);
    CHECK_FALSE(model::is_known_time_zone(zone));
  }
  model::Source source;
  source.name = std::string("a\0b", 3);
  source.endpoint = {"h", 1, "u", "p", std::nullopt};
  CHECK(model::check_request(source).error().code == 49001);
  model::Task task;
  for (const std::string& name : {std::string("n\0t", 3), std::string("check"), std::string("import")}) {
    task.name = name;
    CHECK(model::check_request(task).error().code == 49001);
  }
  task.name = "fine";
  CHECK(model::check_request(task).ok());
  task.meta_schema = std::string(65, 'm');
  CHECK(model::check_request(task).error().code == 49001);
}
