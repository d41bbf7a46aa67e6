#include "core/task/task_check.hpp"

#include <string>

#include "core/binlog/gtid.hpp"
#include "core/rules/router.hpp"
#include "core/rules/selection.hpp"

namespace sluice::task {
namespace {

Error of_source(Error error, const model::Source& source) {
  error.source = source.name;
  return error;
}

Status check_gtid(const std::string& text, const std::string& member, const model::Source& source) {
  if (text.empty()) return {};
  const bool mariadb = source.flavor == "mariadb";
  const auto set = binlog::GtidSet::parse(mariadb ? binlog::Flavor::kMariaDb : binlog::Flavor::kMysql, text);
  if (set.ok()) return {};
  return of_source(
      make_error(mariadb ? 11060 : 11059, member + " is not a GTID set of " + (mariadb ? "MariaDB" : "MySQL"),
                 set.error().message,
                 mariadb ? "Give domain-server-sequence of each domain, such as 0-1-100,1-2-5."
                         : "Give uuid:first-last of each server, such as 03fc0263-28c7-11e7-a653-6c0b84d59f30:1-70."),
      source);
}

}  // namespace

Status check_until(const model::Until& until) {
  if (until.binlog_gtid.empty()) return {};
  for (const auto flavor : {binlog::Flavor::kMysql, binlog::Flavor::kMariaDb}) {
    if (binlog::GtidSet::parse(flavor, until.binlog_gtid).ok()) return {};
  }
  return make_error(11058, "until.binlog_gtid " + until.binlog_gtid + " is not a GTID set", {},
                    "Give uuid:first-last of each server (MySQL), or domain-server-sequence of each domain (MariaDB).");
}

Status check_rules(const model::Task& task, const std::vector<model::Source>& sources) {
  for (const auto& source : sources) {
    const auto selection = rules::Selection::build(task, source.name, source.case_sensitive);
    if (!selection.ok()) return of_source(selection.error(), source);
    const auto router = rules::Router::build(task.table_migrate_rule, source.name, source.case_sensitive);
    if (!router.ok()) return of_source(router.error(), source);
    for (const auto& conf : task.source_conf) {
      // Other modes accept where following would begin and do not use it.
      if (conf.source_name != source.name || task.task_mode != "incremental") continue;
      const std::string member = "binlog_gtid of source " + source.name + " in source_conf";
      if (Status gtid = check_gtid(conf.binlog_gtid, member, source); !gtid) return gtid;
    }
  }
  return {};
}

Status check_relay_start(const model::Source& source) {
  if (!source.relay_config) return {};
  return check_gtid(source.relay_config->relay_binlog_gtid, "relay_config.relay_binlog_gtid", source);
}

}  // namespace sluice::task
