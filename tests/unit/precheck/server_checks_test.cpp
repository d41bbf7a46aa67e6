#include "core/precheck/server_checks.hpp"

#include <catch2/catch.hpp>

#include "core/precheck/table_checks.hpp"

using namespace sluice;
using namespace sluice::precheck;
using Catch::Contains;
using Catch::StartsWith;

namespace {

struct Told {
  explicit Told(const std::string& flavor, uint32_t version) {
    task.task_mode = "all";
    source.name = "s";
    facts.info.flavor = flavor;
    facts.info.version_number = version;
    facts.info.server_id = 1;
    facts.info.log_bin = true;
    facts.info.binlog_format = "ROW";
    facts.info.binlog_row_image = "FULL";
    facts.info.max_connections = 100;
    facts.binlog.emplace();
    grant({"GRANT ALL PRIVILEGES ON *.* TO `u`@`%`"});
  }
  void grant(std::vector<std::string> lines) {
    facts.grants = upstream::parse_grants(std::move(lines));
    facts.grants.account = "'u'@'%'";
  }
  void take(const std::string& schema, const std::string& table) {
    model::TableMigrateRule rule;
    rule.source_name = "s";
    rule.schema = schema;
    rule.table = table;
    task.table_migrate_rule.push_back(rule);
  }
  /// The findings of an item, a line each; "absent" when it was not run.
  std::string said(const std::string& item) {
    Findings findings(task);
    const Subject subject{task, source, facts, facts.tables, true};
    check_server(subject, findings);
    check_privileges(subject, findings);
    check_connections(subject, findings);
    check_online_ddl(subject, findings);
    for (const Item& have : findings.take().items) {
      if (have.name != item) continue;
      std::string out;
      for (const Finding& f : have.findings)
        out += std::string(name_of(f.state)) + ": " + f.what + " | " + f.remedy + "\n";
      return out;
    }
    return "absent";
  }
  model::Task task;
  model::Source source;
  SourceFacts facts;
};

}  // namespace

TEST_CASE("precheck: privileges in the words of each version", "[unit][precheck]") {
  const auto lacking = [](const std::string& flavor, uint32_t version) {
    Told told(flavor, version);
    told.grant({"GRANT USAGE ON *.* TO `u`@`%`"});
    return told.said("replication_privilege");
  };
  const std::string client = "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'u'@'%';";
  CHECK_THAT(lacking("mysql", 50744), Contains(client));
  CHECK_THAT(lacking("mysql", 80036), Contains(client));
  CHECK_THAT(lacking("mysql", 80400), Contains(client));
  CHECK_THAT(lacking("mariadb", 100428), Contains(client));
  CHECK_THAT(lacking("mariadb", 100502), Contains("GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO 'u'@'%';"));

  Told told("mysql", 80036);
  told.grant({"GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `u`@`%`",
              "GRANT FLUSH_TABLES ON *.* TO `u`@`%`", "GRANT `role`@`%` TO `u`@`%`"});
  CHECK(told.said("replication_privilege").empty());
  CHECK(told.said("dump_privilege").empty());  // FLUSH_TABLES does for RELOAD
  told.task.full_migrate_conf = model::FullMigrateConf{};
  told.task.full_migrate_conf->consistency = "lock";
  CHECK_THAT(told.said("dump_privilege"), Contains("GRANT LOCK TABLES ON *.* TO 'u'@'%';"));
  told.take("my_shop", "a");
  CHECK_THAT(told.said("dump_privilege"), Contains("GRANT LOCK TABLES ON `my\\_shop`.* TO 'u'@'%';"));
  told.task.full_migrate_conf->consistency = "none";
  CHECK(told.said("dump_privilege").empty());
  told.grant({"GRANT SELECT ON `my_shop`.`b` TO `u`@`%`"});
  CHECK_THAT(told.said("dump_privilege"), Contains("GRANT SELECT ON `my_shop`.`a` TO 'u'@'%';"));
}

TEST_CASE("precheck: versions, partial JSON, retention, limits of accounts", "[unit][precheck]") {
  CHECK(Told("mysql", 50600).said("version").empty());
  CHECK(Told("mysql", 80400).said("version").empty());
  CHECK_THAT(Told("mysql", 50562).said("version"), StartsWith("warn"));
  CHECK_THAT(Told("mysql", 80500).said("version"), StartsWith("warn"));
  CHECK_THAT(Told("mariadb", 100011).said("version"), StartsWith("warn"));
  CHECK_THAT(Told("tidb", 70500).said("version"), StartsWith("warn"));

  Told told("mysql", 80036);
  told.facts.info.server_id = 0;
  CHECK_THAT(told.said("server_id"), StartsWith("warn: server_id is 0"));
  told.facts.info.binlog_row_value_options = "PARTIAL_JSON";
  CHECK_THAT(told.said("binlog_row_image"), StartsWith("fail: binlog_row_value_options is PARTIAL_JSON") &&
                                                Contains(" SET GLOBAL binlog_row_value_options = '';"));
  told.facts.info.binlog_row_image = "NOBLOB";
  CHECK_THAT(told.said("binlog_row_image"), Contains("binlog_row_image is NOBLOB"));
  told.facts.info.binlog_expire = 3600;
  told.facts.info.binlog_expire_variable = "binlog_expire_logs_seconds";
  CHECK_THAT(told.said("binlog_retention"), Contains("SET GLOBAL binlog_expire_logs_seconds = 604800;"));
  told.facts.info.binlog_expire = 0;  // for ever
  CHECK(told.said("binlog_retention").empty());
  told.facts.connections = {96, 4};
  CHECK_THAT(told.said("conn_number"), Contains("warn: the task needs 6 connections to the source, and 95 of") &&
                                           Contains("ALTER USER 'u'@'%' WITH MAX_USER_CONNECTIONS 11;"));
  told.task.ignore_checking_items = {"conn_number"};
  CHECK(told.said("conn_number") == "absent");
}

TEST_CASE("precheck: ghost tables are those of a table beside them", "[unit][precheck]") {
  Told told("mysql", 80036);
  for (const char* name : {"t", "_t_new", "__t_old", "_other_gho", "_new"}) told.facts.tables.push_back({"d", name});
  const std::string text = told.said("online_ddl");
  CHECK_THAT(text, Contains("fail: `d`.`_t_new`") && Contains("warn: `d`.`__t_old`") && !Contains("other") &&
                       !Contains("`_new`"));
  told.task.enhance_online_schema_change = false;
  CHECK(told.said("online_ddl") == "absent");
}

TEST_CASE("precheck: foreign keys in a text of SHOW CREATE TABLE", "[unit][precheck]") {
  const std::string text =
      "CREATE TABLE `c` (\n  `id` int(11) NOT NULL COMMENT ' CONSTRAINT `x` FOREIGN KEY (',\n  PRIMARY KEY (`id`),\n"
      "  CONSTRAINT `fk_1` FOREIGN KEY (`id`) REFERENCES `p` (`id`),\n  CONSTRAINT `ck` CHECK (`id` > 0)\n)";
  CHECK(foreign_keys_of(text) == std::vector<std::string>{"fk_1"});
}
