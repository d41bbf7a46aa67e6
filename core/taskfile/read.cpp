#include <array>
#include <functional>

#include "core/taskfile/base64.hpp"
#include "core/taskfile/read_parts.hpp"

namespace sluice::taskfile {
namespace {

using model::Json;
using FileReader = std::function<Result<std::string>(const std::string&)>;

void take_over(const Json& from, Json& into) {
  for (const auto& member : *from.as_object()) {
    if (!into.find(member.name)) into.set(member.name, member.value);
  }
}

/// As text, members in one order.
std::string with_defaults(const Units& units) {
  const model::FullMigrateConf full;
  const model::IncrMigrateConf incr;
  const auto text = [](const Json& json, const Json& defaults) {
    std::map<std::string, std::string> out;
    for (const Json* from : {&json, &defaults}) {
      for (const auto& member : *from->as_object()) out.emplace(member.name, to_text(member.value));
    }
    std::string joined;
    for (const auto& [name, value] : out) joined += name + "=" + value + "\n";
    return joined;
  };
  Json full_defaults = Json::object();
  full_defaults.set("export_threads", full.export_threads).set("import_threads", full.import_threads);
  full_defaults.set("data_dir", full.data_dir).set("consistency", full.consistency);
  full_defaults.set("import_mode", full.import_mode);
  Json incr_defaults = Json::object();
  incr_defaults.set("repl_threads", incr.repl_threads).set("repl_batch", incr.repl_batch);
  incr_defaults.set("safe_mode", incr.safe_mode);
  return units.on_duplicate + "\n" + text(units.full, full_defaults) + text(units.incr, incr_defaults);
}

class Reader {
 public:
  Reader(const Value& top, const FileReader& read_file)
      : read_file_(read_file), file_(&top, "", status_), units_(file_, status_), rules_(file_, status_) {}

  Result<TaskFile> read() {
    TaskFile out;
    out.base = Json::object();
    read_top(out.base);
    read_target(out.base);
    read_instances(out);
    units_.refuse_unused();
    rules_.refuse_unused();
    refuse_what_has_no_word();
    file_.finish();
    if (!status_.ok()) return status_;
    out.lists = std::move(rules_.lists);
    out.filters = std::move(rules_.filters);
    return out;
  }

 private:
  void read_top(Json& base) {
    base.set("name", file_.required("name"));
    base.set("task_mode", file_.required("task-mode"));
    read_shard_mode(base);
    if (file_.boolean("strict-optimistic-shard-mode").value_or(false)) base.set("strict_optimistic_shard_mode", true);
    for (const auto& [key, member] : {std::pair("meta-schema", "meta_schema"), std::pair("timezone", "timezone")}) {
      if (const auto text = file_.text(key); text && !text->empty()) base.set(member, *text);
    }
    read_online_ddl(base);
    if (const auto items = file_.texts("ignore-checking-items"); !items.empty()) {
      base.set("ignore_checking_items", items);
    }
  }

  void read_shard_mode(Json& base) {
    const auto sharding = file_.boolean("is-sharding");
    const std::string mode = file_.text("shard-mode").value_or("");
    if (sharding == false && !mode.empty()) {
      file_.fail(20033, "is-sharding", "is false, but shard-mode is " + mode, "Remove is-sharding.");
    }
    if (!mode.empty()) {
      base.set("shard_mode", mode);
    } else if (sharding == true) {
      base.set("shard_mode", "pessimistic");
    }
  }

  void read_online_ddl(Json& base) {
    const std::string scheme = file_.text("online-ddl-scheme").value_or("");
    if (!scheme.empty() && scheme != "pt" && scheme != "gh-ost") {
      file_.fail(20007, "online-ddl-scheme", scheme + " not supported: only gh-ost and pt are");
    }
    const auto online = file_.boolean("online-ddl");
    if (online == false && !scheme.empty()) {
      file_.fail(20003, "online-ddl", "is false, but there is an online-ddl-scheme", "Remove online-ddl-scheme.");
    }
    base.set("enhance_online_schema_change", online.value_or(true));
    only_list("shadow-table-rules", "^_(.+)_(?:new|gho)$");
    only_list("trash-table-rules", "^_(.+)_(?:ghc|del|old)$");
  }

  void only_list(const char* key, const char* usual) {
    const auto rules = file_.texts(key);
    if (rules.empty() || (rules.size() == 1 && rules[0] == usual)) return;
    file_.fail(20003, key, "cannot be expressed: names of ghost tables are those of gh-ost and pt", "Remove the key.");
  }

  void read_target(Json& base) {
    const Value* value = file_.map("target-database");
    if (!value) return file_.fail(20021, "target-database", "is missing: must specify target-database");
    Section section(value, "target-database", status_);
    Json target = Json::object();
    target.set("host", section.required("host"));
    const auto port = section.integer("port", 1, 65535);
    if (!port) section.fail(20003, "port", "is missing");
    target.set("port", port.value_or(0)).set("user", section.required("user"));
    target.set("password", section.text("password").value_or(""));
    section.only("max-allowed-packet", "", "the sink asks the target for it");
    if (const Value* security = section.map("security")) target.set("security", read_security(security));
    if (const Value* session = section.map("session"); session && !session->members.empty()) {
      target.set("session", read_session(session));
    }
    section.finish();
    base.set("target_config", std::move(target));
  }

  Json read_security(const Value* value) {
    Section section(value, "target-database.security", status_);
    Json out = Json::object();
    for (const std::string name : {"ssl-ca", "ssl-cert", "ssl-key"}) {
      std::string member = name + "_content";
      member[3] = '_';
      out.set(member, read_content(section, name));
      section.only(name + "-bytes", "", "give the content in " + name + "-base64");
    }
    if (const auto names = section.texts("cert-allowed-cn"); !names.empty()) out.set("cert_allowed_cn", names);
    section.finish();
    return out;
  }

  std::string read_content(Section& section, const std::string& name) {
    const auto path = section.text(name);
    const auto coded = section.text(name + "-base64");
    if (path && !path->empty()) {
      if (coded && !coded->empty()) section.fail(20003, name, "and " + name + "-base64 stand both");
      if (!read_file_) {
        section.fail(20003, name, "names a file, which is not read here",
                     "Give the content in " + name + "-base64 (base64 -w0 FILE).");
        return {};
      }
      auto content = read_file_(*path);
      if (!content.ok()) section.fail(20003, name, "cannot be read: " + content.error().message);
      return content.ok() ? *content : std::string();
    }
    if (!coded || coded->empty()) return {};
    const auto content = from_base64(*coded);
    if (!content) section.fail(20003, name + "-base64", "is no Base64");
    return content.value_or("");
  }

  Json read_session(const Value* value) {
    Section section(value, "target-database.session", status_);
    std::string checks = section.text("foreign_key_checks").value_or("0");
    if (checks == "ON" || checks == "on" || checks == "true") checks = "1";
    if (checks == "OFF" || checks == "off" || checks == "false") checks = "0";
    if (status_.ok() && checks != "0" && checks != "1") section.fail(20003, "foreign_key_checks", "must be 0 or 1");
    for (const auto& [name, variable] : value->members) {
      if (name == "foreign_key_checks") continue;
      section.fail(20003, name, "cannot be expressed: of the session's variables only foreign_key_checks can be set",
                   "Remove the key; sql_mode follows the source.");
    }
    return Json::object().set("foreign_key_checks", checks);
  }

  void read_instances(TaskFile& out) {
    const Value* list = file_.list("mysql-instances");
    if (!list || list->items.empty()) {
      return file_.fail(20013, "mysql-instances", "is missing: must specify at least one mysql-instances");
    }
    Json conf = Json::array();
    std::optional<Units> units;
    for (size_t i = 0; i < list->items.size() && status_.ok(); ++i) {
      Section section(&list->items[i], "mysql-instances[" + std::to_string(i) + "]", status_);
      Instance instance;
      Json source = read_source(section, instance);
      rules_.read(section, instance);
      if (const auto names = rules_.read_expressions(section); !names.empty()) {
        source.set("expression_filter_rule", names);
      }
      conf.push(std::move(source));
      Units own = units_.read(section);
      merge_units(section, units, std::move(own));
      section.only("column-mapping-rules", "", "columns are not mapped");
      section.only("validator-config-name", "", "there is no continuous validation");
      section.finish();
      out.instances.push_back(std::move(instance));
    }
    if (!status_.ok()) return;
    Json config = Json::object();
    if (!units->full.as_object()->empty()) config.set("full_migrate_conf", std::move(units->full));
    if (!units->incr.as_object()->empty()) config.set("incr_migrate_conf", std::move(units->incr));
    config.set("source_conf", std::move(conf));
    if (!rules_.expressions.as_object()->empty()) {
      out.base.set("expression_filter_rule", std::move(rules_.expressions));
    }
    out.base.set("on_duplicate", units->on_duplicate).set("source_config", std::move(config));
  }

  Json read_source(Section& section, Instance& instance) {
    instance.source = section.text("source-id").value_or("");
    if (status_.ok() && instance.source.empty()) section.fail(20005, "source-id", "is missing or empty");
    Json out = Json::object().set("source_name", instance.source);
    const Value* value = section.map("meta");
    if (!value) return out;
    Section meta(value, section.path_of("meta"), status_);
    const std::string name = meta.text("binlog-name").value_or("");
    const int64_t pos = meta.integer("binlog-pos", 0, UINT32_MAX).value_or(0);
    const std::string gtid = meta.text("binlog-gtid").value_or("");
    if (status_.ok() && name.empty() && gtid.empty()) {
      section.fail(20011, "meta", "must specify binlog-name or binlog-gtid");
    }
    if (!name.empty()) out.set("binlog_name", name);
    if (pos != 0) out.set("binlog_pos", pos);
    if (!gtid.empty()) out.set("binlog_gtid", gtid);
    meta.finish();
    return out;
  }

  /// The API has one configuration of the units for all sources of a task.
  void merge_units(Section& section, std::optional<Units>& all, Units own) {
    if (!all) {
      all = std::move(own);
      return;
    }
    if (!status_.ok()) return;
    if (with_defaults(*all) == with_defaults(own)) {
      // A default that one of them spells out is spelled out for all.
      take_over(own.full, all->full);
      take_over(own.incr, all->incr);
      return;
    }
    section.fail(20003, "source-id",
                 "cannot be expressed: its mydumper, loader or syncer says something else than that of the first "
                 "instance, and a task has one configuration for all its sources",
                 "Make them alike, or use one task for each.");
  }

  void refuse_what_has_no_word() {
    file_.only("case-sensitive", "false", "names are compared as the source itself compares them");
    file_.only("clean-dump-file", "true", "a copy leaves no files behind, so none can be kept");
    file_.only("collation_compatible", "loose", "collations are not made explicit");
    file_.only("remove-meta", "false", "remove_meta is an argument of start");
    file_.only("column-mappings", "", "columns are not mapped");
    file_.only("validators", "", "there is no continuous validation");
    file_.only("mariadb2tidb", "", "structures are not converted");
    if (const Value* value = file_.map("experimental")) {
      Section section(value, "experimental", status_);
      section.only("async-checkpoint-flush", "false", "positions are stored with the rows they belong to");
      section.finish();
    }
    for (const char* key :
         {"enable-heartbeat", "heartbeat-update-interval", "heartbeat-report-interval", "ansi-quotes"}) {
      file_.without_effect(key);
    }
  }

  const FileReader& read_file_;
  Status status_;
  Section file_;
  UnitConfigs units_;
  RuleConfigs rules_;
};

}  // namespace

Result<TaskFile> read_yaml(const std::string& yaml, const FileReader& read_file) {
  auto top = parse_yaml(yaml);
  if (!top.ok()) return top.status();
  return Reader(*top, read_file).read();
}

}  // namespace sluice::taskfile
