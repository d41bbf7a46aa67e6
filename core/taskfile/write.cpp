#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "core/taskfile/base64.hpp"
#include "core/taskfile/task_file.hpp"

namespace sluice::taskfile {
namespace {

using model::Json;

/// Texts are quoted, always: what looks like a number, a date or a null stays a text.
struct Text {
  const std::string& value;
};
YAML::Emitter& operator<<(YAML::Emitter& out, const Text& text) { return out << YAML::DoubleQuoted << text.value; }

class Writer {
 public:
  explicit Writer(const TaskFile& file) : file_(file) {}

  std::string write() {
    name_routes();
    out_.SetIndent(2);
    out_ << YAML::BeginMap;
    write_top();
    write_target();
    write_instances();
    write_routes();
    write_filters();
    write_expressions();
    write_lists();
    write_units();
    out_ << YAML::EndMap;
    return std::string(out_.c_str()) + "\n";
  }

 private:
  void key(const std::string& name) { out_ << YAML::Key << name << YAML::Value; }
  void own_key(const std::string& name) { out_ << YAML::Key << Text{name} << YAML::Value; }
  void text(const char* name, const std::string& value) {
    key(name);
    out_ << Text{value};
  }
  void text_if(const char* name, const std::string& value) {
    if (!value.empty()) text(name, value);
  }
  void texts_if(const char* name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    key(name);
    out_ << YAML::BeginSeq;
    for (const auto& value : values) out_ << Text{value};
    out_ << YAML::EndSeq;
  }
  /// A member of a JSON object under a key of the file, when it is there.
  void copy(const Json& from, const char* member, const char* name) {
    const Json* value = from.find(member);
    if (!value) return;
    if (const auto* flag = value->as_bool()) {
      key(name);
      out_ << *flag;
    } else if (const auto* number = value->as_int()) {
      key(name);
      out_ << *number;
    } else if (const auto* word = value->as_string()) {
      text(name, *word);
    }
  }

  void write_top() {
    const Json& base = file_.base;
    copy(base, "name", "name");
    copy(base, "task_mode", "task-mode");
    copy(base, "shard_mode", "shard-mode");
    copy(base, "strict_optimistic_shard_mode", "strict-optimistic-shard-mode");
    copy(base, "meta_schema", "meta-schema");
    copy(base, "timezone", "timezone");
    copy(base, "enhance_online_schema_change", "online-ddl");
    if (const Json* items = base.find("ignore_checking_items")) texts_if("ignore-checking-items", strings(*items));
  }

  static std::vector<std::string> strings(const Json& list) {
    std::vector<std::string> out;
    for (const Json& item : *list.as_array()) out.push_back(*item.as_string());
    return out;
  }

  void write_target() {
    const Json& target = *file_.base.find("target_config");
    key("target-database");
    out_ << YAML::BeginMap;
    for (const char* name : {"host", "port", "user", "password"}) copy(target, name, name);
    if (const Json* security = target.find("security"); security && security->is_object()) {
      key("security");
      out_ << YAML::BeginMap;
      for (const auto& [member, name] :
           {std::pair("ssl_ca_content", "ssl-ca-base64"), std::pair("ssl_cert_content", "ssl-cert-base64"),
            std::pair("ssl_key_content", "ssl-key-base64")}) {
        text(name, to_base64(*security->find(member)->as_string()));
      }
      if (const Json* names = security->find("cert_allowed_cn")) texts_if("cert-allowed-cn", strings(*names));
      out_ << YAML::EndMap;
    }
    if (const Json* session = target.find("session"); session && session->is_object()) {
      key("session");
      out_ << YAML::BeginMap;
      copy(*session, "foreign_key_checks", "foreign_key_checks");
      out_ << YAML::EndMap;
    }
    out_ << YAML::EndMap;
  }

  void write_instances() {
    const auto& conf = *file_.base.find("source_config")->find("source_conf")->as_array();
    key("mysql-instances");
    out_ << YAML::BeginSeq;
    for (size_t i = 0; i < file_.instances.size(); ++i) {
      const Instance& instance = file_.instances[i];
      out_ << YAML::BeginMap;
      text("source-id", instance.source);
      write_meta(conf[i]);
      if (instance.list) text("block-allow-list", *instance.list);
      std::vector<std::string> names;
      for (const Route& route : instance.routes) names.push_back(route_name(route));
      texts_if("route-rules", names);
      texts_if("filter-rules", instance.filters);
      if (const Json* rules = conf[i].find("expression_filter_rule")) texts_if("expression-filters", strings(*rules));
      if (has_mydumper()) text("mydumper-config-name", kUnits);
      if (has_loader()) text("loader-config-name", kUnits);
      if (incr()) text("syncer-config-name", kUnits);
      out_ << YAML::EndMap;
    }
    out_ << YAML::EndSeq;
  }

  void write_meta(const Json& conf) {
    if (!conf.find("binlog_name") && !conf.find("binlog_gtid")) return;
    key("meta");
    out_ << YAML::BeginMap;
    copy(conf, "binlog_name", "binlog-name");
    copy(conf, "binlog_pos", "binlog-pos");
    copy(conf, "binlog_gtid", "binlog-gtid");
    out_ << YAML::EndMap;
  }

  void name_routes() {
    for (const Instance& instance : file_.instances) {
      for (const Route& route : instance.routes) {
        if (std::find(routes_.begin(), routes_.end(), route) == routes_.end()) routes_.push_back(route);
      }
    }
  }

  std::string route_name(const Route& route) const {
    return "route-" + std::to_string(std::find(routes_.begin(), routes_.end(), route) - routes_.begin() + 1);
  }

  void pattern(const Pattern& source) {
    text("schema-pattern", source.first);
    text_if("table-pattern", source.second);
  }

  void write_routes() {
    if (routes_.empty()) return;
    key("routes");
    out_ << YAML::BeginMap;
    for (const Route& route : routes_) {
      own_key(route_name(route));
      out_ << YAML::BeginMap;
      pattern(route.source);
      text("target-schema", route.target.first);
      text_if("target-table", route.target.second);
      out_ << YAML::EndMap;
    }
    out_ << YAML::EndMap;
  }

  void write_filters() {
    if (file_.filters.empty()) return;
    key("filters");
    out_ << YAML::BeginMap;
    for (const auto& [name, filter] : file_.filters) {
      own_key(name);
      out_ << YAML::BeginMap;
      pattern(filter.source);
      texts_if("events", filter.events);
      texts_if("sql-pattern", filter.sql);
      text("action", filter.action);
      out_ << YAML::EndMap;
    }
    out_ << YAML::EndMap;
  }

  void write_expressions() {
    const Json* rules = file_.base.find("expression_filter_rule");
    if (!rules) return;
    key("expression-filter");
    out_ << YAML::BeginMap;
    for (const auto& rule : *rules->as_object()) {
      own_key(rule.name);
      out_ << YAML::BeginMap;
      for (const auto& [member, name] : {std::pair("schema", "schema"), std::pair("table", "table"),
                                         std::pair("insert_value_expr", "insert-value-expr"),
                                         std::pair("update_old_value_expr", "update-old-value-expr"),
                                         std::pair("update_new_value_expr", "update-new-value-expr"),
                                         std::pair("delete_value_expr", "delete-value-expr")}) {
        copy(rule.value, member, name);
      }
      out_ << YAML::EndMap;
    }
    out_ << YAML::EndMap;
  }

  void tables_if(const char* name, const std::vector<model::BlockAllowList::Table>& tables) {
    if (tables.empty()) return;
    key(name);
    out_ << YAML::BeginSeq;
    for (const auto& table : tables) {
      out_ << YAML::BeginMap;
      text("db-name", table.schema);
      text("tbl-name", table.table);
      out_ << YAML::EndMap;
    }
    out_ << YAML::EndSeq;
  }

  void write_lists() {
    if (file_.lists.empty()) return;
    key("block-allow-list");
    out_ << YAML::BeginMap;
    for (const auto& [name, list] : file_.lists) {
      own_key(name);
      out_ << YAML::BeginMap;
      texts_if("do-dbs", list.do_dbs);
      tables_if("do-tables", list.do_tables);
      texts_if("ignore-dbs", list.ignore_dbs);
      tables_if("ignore-tables", list.ignore_tables);
      out_ << YAML::EndMap;
    }
    out_ << YAML::EndMap;
  }

  const Json* full() const { return file_.base.find("source_config")->find("full_migrate_conf"); }
  const Json* incr() const { return file_.base.find("source_config")->find("incr_migrate_conf"); }
  const std::string& on_duplicate() const { return *file_.base.find("on_duplicate")->as_string(); }
  bool has_mydumper() const { return full() != nullptr; }
  bool has_loader() const { return full() || on_duplicate() != "replace"; }

  void begin_unit(const char* name) {
    key(name);
    out_ << YAML::BeginMap;
    own_key(kUnits);
    out_ << YAML::BeginMap;
  }
  void end_unit() { out_ << YAML::EndMap << YAML::EndMap; }

  void write_units() {
    if (has_mydumper()) {
      begin_unit("mydumpers");
      copy(*full(), "export_threads", "threads");
      const std::string& consistency = *full()->find("consistency")->as_string();
      if (consistency != "auto") text("extra-args", "--consistency " + consistency);
      end_unit();
    }
    if (has_loader()) {
      begin_unit("loaders");
      if (full()) write_loader(*full());
      text("on-duplicate-logical", on_duplicate());
      end_unit();
    }
    if (incr()) {
      begin_unit("syncers");
      copy(*incr(), "repl_threads", "worker-count");
      copy(*incr(), "repl_batch", "batch");
      copy(*incr(), "safe_mode", "safe-mode");
      end_unit();
    }
  }

  void write_loader(const Json& from) {
    for (const auto& [member, name] :
         {std::pair("import_threads", "pool-size"), std::pair("data_dir", "dir"),
          std::pair("import_mode", "import-mode"), std::pair("sorting_dir", "sorting-dir-physical"),
          std::pair("on_duplicate_physical", "on-duplicate-physical"), std::pair("disk_quota", "disk-quota-physical"),
          std::pair("checksum", "checksum-physical"), std::pair("analyze", "analyze"),
          std::pair("range_concurrency", "range-concurrency"), std::pair("compress-kv-pairs", "compress-kv-pairs"),
          std::pair("pd_addr", "pd-addr")}) {
      copy(from, member, name);
    }
  }

  inline static const std::string kUnits = "global";
  const TaskFile& file_;
  std::vector<Route> routes_;
  YAML::Emitter out_;
};

}  // namespace

std::string write_yaml(const TaskFile& file) { return Writer(file).write(); }

}  // namespace sluice::taskfile
