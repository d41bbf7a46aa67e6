// A source, a target, users of little rights on both, and a task between them.
#pragma once

#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/plugin/registry.hpp"
#include "core/precheck/run.hpp"
#include "core/task/sink_factory.hpp"
#include "sluice/host/sink.hpp"
#include "sluice/host/store.hpp"
#include "tests/support/server.hpp"

namespace sluice::test {

class Bench {
 public:
  Bench(DatabaseServer& from, DatabaseServer& to)
      : source_server(from), target_server(to), registry_(plugin::HostServices{}) {
    for (const Error& error : registry_.load({SLUICE_PLUGIN_DIR})) throw std::runtime_error(error.one_line());
    store_ = registry_.create_store("memory", "test", "{}").value();
    task.name = "t1";
    task.task_mode = "all";
    task.source_conf.push_back({"mysql-01", "", 0, ""});
    source.name = "mysql-01";
    source.flavor = from.connect().value("SELECT VERSION()").find("MariaDB") == std::string::npos ? "mysql" : "mariadb";
    use(from, "reader", source.endpoint);
    use(to, "writer", task.target.endpoint);
    take("shop", "*");
  }

  /// Replaces the rules by one.
  void take(const std::string& schema, const std::string& table) {
    task.table_migrate_rule.clear();
    add_rule(schema, table);
  }
  void add_rule(const std::string& schema, const std::string& table, const std::string& to_schema = "",
                const std::string& to_table = "") {
    model::TableMigrateRule rule;
    rule.source_name = source.name;
    rule.schema = schema;
    rule.table = table;
    rule.target_schema = to_schema;
    rule.target_table = to_table;
    task.table_migrate_rule.push_back(rule);
  }

  Result<precheck::Report> try_run(bool fresh = true) {
    precheck::Services services;
    services.target = [this](const model::Source& of) {
      task::SubtaskConfig config;
      config.task = task;
      config.source = of;
      return task::make_sink(config, {&registry_, store_});
    };
    const std::vector<model::Source> sources{source};
    return precheck::run({task, sources, fresh}, services);
  }
  precheck::Report run(bool fresh = true) {
    auto report = try_run(fresh);
    if (!report.ok()) throw std::runtime_error(report.error().one_line());
    return *report;
  }

  /// Runs the statement that each remedy of the report ends with; returns how many there were.
  size_t mend(const precheck::Report& report) {
    static const std::regex statement(R"((?:^| )((?:GRANT|SET GLOBAL|DROP|ALTER USER) [^;]*);$)");
    size_t count = 0;
    for (const auto& item : report.items) {
      for (const auto& finding : item.findings) {
        std::smatch found;
        if (!std::regex_search(finding.remedy, found, statement)) continue;
        (item.source.empty() ? target_server : source_server).connect().exec(found[1].str());
        ++count;
      }
    }
    return count;
  }

  DatabaseServer& source_server;
  DatabaseServer& target_server;
  model::Source source;
  model::Task task;

 private:
  static void use(DatabaseServer& server, const std::string& user, model::Endpoint& out) {
    server.connect().exec("GRANT USAGE ON *.* TO '" + user + "'@'127.0.0.1' IDENTIFIED BY '" + secret("checked") + "'");
    out.host = server.host();
    out.port = server.port();
    out.user = user;
    out.password = secret("checked");
  }

  plugin::Registry registry_;
  std::shared_ptr<host::Store> store_;
};

/// All findings of an item in one text, "success" without any, "absent" when the item was not run.
inline std::string said(const precheck::Report& report, const std::string& item) {
  std::string out = "absent";
  for (const auto& have : report.items) {
    if (have.name != item) continue;
    if (out == "absent") out = "";
    for (const auto& finding : have.findings) {
      out += std::string(precheck::name_of(finding.state)) + ": " + finding.what + " | " + finding.remedy + "\n";
    }
  }
  return out.empty() ? "success" : out;
}

}  // namespace sluice::test
