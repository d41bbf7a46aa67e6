#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

#include "core/model/definitions.hpp"
#include "core/taskfile/convert.hpp"

using namespace sluice;
using namespace sluice::taskfile;
using model::Json;

namespace {

/// In the manner of DM's own example of an advanced task file.
const std::string kAdvanced = R"yaml(---
# ----------- Global configuration -----------
name: test                      # the name of the task
task-mode: all
is-sharding: true
shard-mode: "pessimistic"
meta-schema: "dm_meta"
timezone: "Asia/Shanghai"
case-sensitive: false
online-ddl: true
online-ddl-scheme: "gh-ost"
clean-dump-file: true
collation_compatible: "loose"
ignore-checking-items: []

target-database:
  host: "192.168.0.1"
  port: 4000
  user: "root"
  password: 0123
  session:
    foreign_key_checks: 1
  security:
    ssl-ca-base64: "LS0tLS1CRUdJTiBYLS0tLS0KLS0tLS1FTkQgWC0tLS0tCg=="
    cert-allowed-cn: ["x"]

routes:
  route-rule-1:
    schema-pattern: "test_*"
    table-pattern: "t_*"
    target-schema: "test"
    target-table: "t"
  route-rule-2:
    schema-pattern: "test_*"
    target-schema: "test"

filters:
  filter-rule-1:
    schema-pattern: "test_*"
    table-pattern: "t_*"
    events: ["truncate table", "drop table"]
    action: Ignore
  filter-rule-2:
    schema-pattern: "test_*"
    events: ["all dml"]
    sql-pattern: ["^DROP\\s+PROCEDURE", "^CREATE\\s+PROCEDURE"]
    action: Do

block-allow-list:
  bw-rule-1:
    do-dbs: ["~^test.*", "user"]
    ignore-dbs: ["mysql", "account"]
    do-tables:
    - db-name: "~^test.*"
      tbl-name: "~^t.*"
    - db-name: "user"
      tbl-name: "t"
    ignore-tables:
    - db-name: "user"
      tbl-name: "log"

mydumpers:
  global:
    threads: 4
    chunk-filesize: "64"
    extra-args: "--consistency none"

loaders:
  global:
    pool-size: 16
    dir: "./dumped_data"
    import-mode: "logical"
    on-duplicate-logical: "error"
    on-duplicate-physical: "none"
    sorting-dir-physical: "./dumped_data"
    disk-quota-physical: "0"
    checksum-physical: "required"
    analyze: "optional"

syncers:
  global:
    worker-count: 8
    batch: 200
    enable-ansi-quotes: true
    safe-mode: false
    safe-mode-duration: "60s"
    compact: false
    multiple-rows: false

mysql-instances:
  - source-id: "mysql-replica-01"
    meta:
      binlog-name: binlog.000001
      binlog-pos: 4
      binlog-gtid: "03fc0263-28c7-11e7-a653-6c0b84d59f30:1-7041423"
    route-rules: ["route-rule-1", "route-rule-2"]
    filter-rules: ["filter-rule-1", "filter-rule-2"]
    block-allow-list: "bw-rule-1"
    mydumper-config-name: "global"
    loader-config-name: "global"
    syncer-config-name: "global"
  - source-id: "mysql-replica-02"
    route-rules: ["route-rule-1"]
    black-white-list: "bw-rule-1"
    mydumper: {extra-args: "--consistency=none"}
    loader-config-name: "global"
    loader-thread: 16
    syncer:
      <<: &own {batch: 200}
      worker-count: 3
    syncer-thread: 8
)yaml";

const std::string kHead = R"yaml(name: t
task-mode: full
target-database: {host: h, port: 1, user: u, password: ""}
)yaml";

std::string refusal(const std::string& yaml) {
  const auto task = read_task_file(yaml);
  return task.ok() ? "accepted" : std::to_string(task.error().code) + " " + task.error().message;
}

/// The head, then instances and more; the refusal must hold every text.
void refused(const std::string& rest, std::initializer_list<const char*> texts) {
  const std::string said = refusal(kHead + rest);
  INFO(rest << "\n→ " << said);
  for (const char* text : texts) {
    INFO(text);
    CHECK(said.find(text) != std::string::npos);
  }
}

const std::string kOne = "mysql-instances: [{source-id: s}]\n";

std::string task_text(const std::string& yaml) {
  auto task = read_task_file(yaml);
  if (!task.ok()) FAIL(task.error().one_line());
  return to_text(model::write_task(*task), 1);
}

}  // namespace

TEST_CASE("task file: DM's advanced example says the same as a task", "[unit][taskfile]") {
  const auto read = read_task_file(kAdvanced);
  if (!read.ok()) FAIL(read.error().one_line());
  const model::Task& task = *read;
  CHECK(task.name == "test");
  CHECK(task.shard_mode == "pessimistic");
  CHECK(task.timezone == "Asia/Shanghai");
  CHECK(task.on_duplicate == "error");
  CHECK(task.target.endpoint.password == "0123");
  CHECK(task.target.foreign_key_checks == "1");
  CHECK(task.target.endpoint.security->ssl_ca_content == "-----BEGIN X-----\n-----END X-----\n");
  CHECK(task.target.endpoint.security->cert_allowed_cn == std::vector<std::string>{"x"});
  CHECK(task.full_migrate_conf->consistency == "none");
  CHECK(task.full_migrate_conf->disk_quota == "0");
  CHECK(task.full_migrate_conf->checksum == "required");
  CHECK(task.incr_migrate_conf->repl_threads == 8);
  CHECK(task.incr_migrate_conf->repl_batch == 200);
  REQUIRE(task.source_conf.size() == 2);
  CHECK(task.source_conf[0].binlog_pos == 4);
  CHECK(task.source_conf[0].block_allow_list == "bw-rule-1");
  CHECK(task.source_conf[1].block_allow_list == "bw-rule-1");
  CHECK(task.block_allow_list.at("bw-rule-1").do_tables.at(0).table == "~^t.*");
  REQUIRE(task.table_migrate_rule.size() == 3);
  CHECK(task.table_migrate_rule[0].target_table == "t");
  CHECK(task.table_migrate_rule[0].binlog_filter_rule == std::vector<std::string>{"filter-rule-1"});
  CHECK(task.table_migrate_rule[1].table.empty());
  CHECK(task.table_migrate_rule[1].binlog_filter_rule == std::vector<std::string>{"filter-rule-2"});
  CHECK(task.table_migrate_rule[2].source_name == "mysql-replica-02");
  CHECK(task.binlog_filter_rule.at("filter-rule-2").action == "Do");
  CHECK(task.binlog_filter_rule.at("filter-rule-2").ignore_sql[0] == "^DROP\\s+PROCEDURE");

  // Written anew it is another text that says the same.
  const auto written = write_task_file(task);
  if (!written.ok()) FAIL(written.error().one_line());
  CHECK(task_text(*written) == to_text(model::write_task(task), 1));
  CHECK(*write_task_file(*read_task_file(*written)) == *written);
}

TEST_CASE("task file: a list named after the rules becomes rules when routes and filters fit to it",
          "[unit][taskfile]") {
  const auto plain = read_task_file(kHead + R"yaml(
routes: {r: {schema-pattern: "a", target-schema: "b"}}
filters: {f: {schema-pattern: "c*", events: [all ddl], action: ignore}}
block-allow-list: {table-migrate-rule-1: {do-dbs: [a, "c*", d]}}
mysql-instances: [{source-id: s, block-allow-list: table-migrate-rule-1, route-rules: [r], filter-rules: [f]}]
)yaml");
  if (!plain.ok()) FAIL(plain.error().one_line());
  CHECK(plain->block_allow_list.empty());
  CHECK_FALSE(plain->source_conf[0].block_allow_list);
  REQUIRE(plain->table_migrate_rule.size() == 3);
  CHECK(plain->table_migrate_rule[0].target_schema == "b");
  CHECK(plain->table_migrate_rule[2].schema == "d");

  // A route of a part of what is selected: the rule would select that part only.
  const auto part = read_task_file(kHead + R"yaml(
routes: {r: {schema-pattern: "a", table-pattern: t, target-schema: "b"}}
block-allow-list: {table-migrate-rule-1: {do-dbs: [a]}}
mysql-instances: [{source-id: s, block-allow-list: table-migrate-rule-1, route-rules: [r]}]
)yaml");
  REQUIRE(part.ok());
  CHECK(part->source_conf[0].block_allow_list == "table-migrate-rule-1");

  // Any other list keeps its name.
  const auto named = read_task_file(kHead + R"yaml(
block-allow-list: {mine: {do-dbs: [a]}}
mysql-instances: [{source-id: s, block-allow-list: mine}]
)yaml");
  REQUIRE(named.ok());
  CHECK(named->source_conf[0].block_allow_list == "mine");
  CHECK(named->table_migrate_rule.empty());

  // No list: everything is migrated, whatever routes there are.
  const auto all = read_task_file(kHead + R"yaml(
routes: {r: {schema-pattern: "a", target-schema: "b"}}
mysql-instances: [{source-id: s, route-rules: [r]}, {source-id: s2}]
)yaml");
  REQUIRE(all.ok());
  CHECK(all->source_conf[0].block_allow_list == "");
  CHECK_FALSE(all->source_conf[1].block_allow_list);
}

TEST_CASE("task file: several patterns of one filter are one rule of the task", "[unit][taskfile]") {
  const std::string yaml = kHead + R"yaml(
filters:
  f: {schema-pattern: a, events: [all dml], action: Ignore}
  f@2: {schema-pattern: b, events: [all dml], action: Ignore}
  g@2: {schema-pattern: b, events: [all ddl], action: Ignore}
block-allow-list: {table-migrate-rule-1: {do-dbs: [a, b]}}
mysql-instances: [{source-id: s, block-allow-list: table-migrate-rule-1, filter-rules: [f, f@2, g@2]}]
)yaml";
  const auto task = read_task_file(yaml);
  if (!task.ok()) FAIL(task.error().one_line());
  CHECK(task->binlog_filter_rule.size() == 2);
  CHECK(task->table_migrate_rule[0].binlog_filter_rule == std::vector<std::string>{"f"});
  CHECK(task->table_migrate_rule[1].binlog_filter_rule == std::vector<std::string>{"f", "g@2"});
  CHECK(task_text(*write_task_file(*task)) == task_text(yaml));
}

TEST_CASE("task file: TLS files are read only where a reader is given", "[unit][taskfile]") {
  const std::string yaml = R"yaml(name: t
task-mode: full
target-database: {host: h, port: 1, user: u, security: {ssl-ca: /etc/ca.pem}}
mysql-instances: [{source-id: s}]
)yaml";
  CHECK(refusal(yaml).find("`target-database.security.ssl-ca` (line 3)") != std::string::npos);
  const auto task = read_task_file(
      yaml, [](const std::string& path) -> Result<std::string> { return "-----BEGIN " + path + "-----END "; });
  if (!task.ok()) FAIL(task.error().one_line());
  CHECK(task->target.endpoint.security->ssl_ca_content == "-----BEGIN /etc/ca.pem-----END ");
}

TEST_CASE("task file: what cannot be expressed is refused with key and line", "[unit][taskfile]") {
  CHECK(refusal(kHead + kOne) == "accepted");
  refused(kOne + "case-sensitive: true\n", {"20003", "`case-sensitive` (line 5)", "cannot be expressed"});
  refused(kOne + "clean-dump-file: false\n", {"20003", "`clean-dump-file` (line 5)"});
  refused(kOne + "collation_compatible: strict\n", {"20003", "`collation_compatible` (line 5)"});
  refused(kOne + "remove-meta: true\n", {"`remove-meta` (line 5)"});
  refused(kOne + "unknown-key: 1\n", {"`unknown-key` (line 5)", "no key of a task file"});
  refused(kOne + "experimental: {async-checkpoint-flush: true}\n", {"`experimental.async-checkpoint-flush` (line 5)"});
  refused(kOne + "shadow-table-rules: ['^x']\n", {"`shadow-table-rules` (line 5)"});
  refused(kOne + "column-mappings: {c: {}}\n", {"`column-mappings` (line 5)"});
  refused(kOne + "validators: {v: {mode: full}}\n", {"`validators` (line 5)"});
  refused("mysql-instances:\n- source-id: s\n  syncer:\n    compact: true\n",
          {"20003", "`mysql-instances[0].syncer.compact` (line 7)"});
  refused("mysql-instances:\n- source-id: s\n  mydumper:\n    extra-args: -B x\n",
          {"`mysql-instances[0].mydumper.extra-args`"});
  refused("mysql-instances:\n- source-id: s\n  mydumper: {chunk-filesize: 32}\n", {"chunk-filesize` (line 6)"});
  refused("mysql-instances:\n- {source-id: s, syncer: {batch: 1}}\n- {source-id: s2}\n",
          {"20003", "`mysql-instances[1].source-id` (line 6)"});
  refused("mysql-instances:\n- {source-id: s}\n- {source-id: s2, expression-filters: [e]}\n",
          {"`mysql-instances[1].expression-filters` (line 6)"});
}

TEST_CASE("task file: wrong files are refused with DM's numbers", "[unit][taskfile]") {
  CHECK(refusal("").find("20003") == 0);
  CHECK(refusal("a: [").find("20003 task file, line 1") == 0);
  CHECK(refusal("- a").find("20003") == 0);
  CHECK(refusal("name: a\n---\nname: b\n").find("one document") != std::string::npos);
  CHECK(refusal("name: a\nname: b\n").find("line 2: the key `name` stands twice") != std::string::npos);
  CHECK(refusal("name: \xff").find("20003") == 0);
  CHECK(refusal("name: t\ntask-mode: all\n" + kOne).find("20021") == 0);
  CHECK(refusal("task-mode: all\n" + kOne).find("`name`") != std::string::npos);
  refused("", {"20013"});
  refused("mysql-instances: [{source-id: ''}]\n", {"20005", "line 4"});
  refused("mysql-instances: [{source-id: s}, {source-id: s}]\n", {"20014"});
  refused("mysql-instances: [{source-id: s, route-rules: [r]}]\n", {"20023", "line 4", "names r"});
  refused("mysql-instances: [{source-id: s, filter-rules: [r]}]\n", {"20024", "line 4"});
  refused("mysql-instances: [{source-id: s, block-allow-list: l}]\n", {"20026", "line 4"});
  refused("mysql-instances: [{source-id: s, mydumper-config-name: l}]\n", {"20027"});
  refused("mysql-instances: [{source-id: s, loader-config-name: l}]\n", {"20029"});
  refused("mysql-instances: [{source-id: s, syncer-config-name: l}]\n", {"20030"});
  refused("mysql-instances: [{source-id: s, syncer-config-name: l, syncer: {}}]\nsyncers: {l: {}}\n", {"20017"});
  refused("mysql-instances: [{source-id: s, meta: {binlog-pos: 4}}]\n", {"20011", "line 4"});
  refused(kOne + "routes: {r: {schema-pattern: a, target-schema: b}}\n", {"20038", "`routes.r` (line 5)"});
  refused(kOne + "filters: {f: {schema-pattern: a, events: [all], action: Ignore}}\n", {"20038", "`filters.f`"});
  refused(kOne + "syncers: {x: {batch: 5}}\n", {"20038", "`syncers.x` (line 5)"});
  refused(
      "mysql-instances: [{source-id: s, route-rules: [r, r]}]\nroutes: {r: {schema-pattern: a, target-schema: b}}\n",
      {"20032"});
  refused("mysql-instances: [{source-id: s, route-rules: [r]}]\nroutes: {r: {schema-pattern: a}}\n",
          {"20003", "`routes.r.target-schema` (line 5) is missing"});
  refused("mysql-instances: [{source-id: s, filter-rules: [f]}]\nfilters: {f: {schema-pattern: a, action: Error}}\n",
          {"20037", "`filters.f.action` (line 5)"});
  refused(kOne + "online-ddl-scheme: ghost\n", {"20007", "line 5"});
  refused(kOne + "shard-mode: some\n", {"20033"});
  refused(kOne + "is-sharding: 3\n", {"`is-sharding` (line 5) must be true or false"});
  refused("mysql-instances: [{source-id: s, loader: {pool-size: many}}]\n", {"pool-size` (line 4) must be a number"});
  refused("mysql-instances: [{source-id: s, loader: {on-duplicate: x}}]\n", {"20054"});
  CHECK(refusal("name: t\ntask-mode: some\ntarget-database: {host: h, port: 1, user: u}\n" + kOne).find("20020") == 0);
  // An alias that multiplies is cut off, not unfolded.
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + below;
    for (int k = 0; k < 7; ++k) bomb += ", " + below;
    bomb += "]\n";
  }
  CHECK(refusal(bomb).find("too large") != std::string::npos);
  CHECK(refusal(std::string(5000, '[')).find("20003") == 0);
}

TEST_CASE("task file: what a task says and a file cannot is refused", "[unit][taskfile]") {
  const auto refused_task = [](const std::function<void(model::Task&)>& edit, const std::string& text) {
    auto task = read_task_file(kHead + R"yaml(
filters: {f: {schema-pattern: a, table-pattern: t, events: [all dml], action: Ignore}}
block-allow-list: {table-migrate-rule-1: {do-tables: [{db-name: a, tbl-name: t}]}}
mysql-instances: [{source-id: s, block-allow-list: table-migrate-rule-1, filter-rules: [f]}]
)yaml");
    REQUIRE(task.ok());
    edit(*task);
    const auto written = write_task_file(*task);
    REQUIRE_FALSE(written.ok());
    INFO(written.error().message);
    CHECK(written.error().code == 20003);
    CHECK(written.error().message.find(text) != std::string::npos);
  };
  refused_task([](auto& t) { t.filters.push_back({"p", "{}"}); }, "filters");
  refused_task([](auto& t) { t.target.plugin = "file"; }, "target_config.plugin file");
  refused_task([](auto& t) { t.target.settings_json = R"({"host":"h","lanes":3})"; }, "target_config.lanes");
  refused_task([](auto& t) { t.binlog_filter_rule["g"] = {}; }, "binlog_filter_rule.g");
  refused_task([](auto& t) { t.table_migrate_rule.push_back(t.table_migrate_rule[0]); }, "table_migrate_rule[1]");
  refused_task([](auto& t) { t.table_migrate_rule[0].target_table = "x"; }, "target schema");
  refused_task([](auto& t) { t.source_conf[0].binlog_pos = 4; }, "binlog_pos");
  refused_task([](auto& t) { t.table_migrate_rule.push_back({"s", "b", "", "", "", {}}); }, "table_migrate_rule");
  refused_task(
      [](auto& t) {
        t.full_migrate_conf.emplace();
        t.full_migrate_conf->import_mode = "import-into";
      },
      "import-into");
}

TEST_CASE("task file: the example of docs/task-files.md is one, and says the same as a task", "[unit][taskfile]") {
  std::ifstream in(std::string(SLUICE_SOURCE_DIR) + "/docs/task-files.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  const size_t begin = page.find("```yaml\n");
  REQUIRE(begin != std::string::npos);
  const std::string yaml = page.substr(begin + 8, page.find("\n```\n", begin) - begin - 7);
  const auto task = read_task_file(yaml);
  if (!task.ok()) FAIL(task.error().one_line());
  CHECK(task->source_conf[0].block_allow_list == "shop-only");
  CHECK(task->table_migrate_rule.size() == 3);
  CHECK(task->on_duplicate == "error");
  CHECK(task_text(*write_task_file(*task)) == task_text(yaml));
}
