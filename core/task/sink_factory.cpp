#include "core/task/sink_factory.hpp"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <algorithm>
#include <sstream>

#include "core/plugin/registry.hpp"
#include "core/rules/filter_chain.hpp"
#include "core/task/store_checkpoints.hpp"
#include "core/units/sink_session.hpp"
#include "sluice/host/sink.hpp"

namespace sluice::task {
namespace {

using Poco::JSON::Array;
using Poco::JSON::Object;

std::string text(const Object& object) {
  std::ostringstream out;
  object.stringify(out);
  return out.str();
}

Result<Object::Ptr> parse(const std::string& json, const std::string& what) {
  try {
    return Poco::JSON::Parser().parse(json.empty() ? "{}" : json).extract<Object::Ptr>();
  } catch (const Poco::Exception& e) {
    return make_error(49001, what + " is not a JSON object", e.displayText(), "correct the definition");
  }
}

void set_security(Object& object, const std::optional<model::Security>& security) {
  if (!security || (!security->has_certificates() && security->cert_allowed_cn.empty())) return;
  Object::Ptr out = new Object;
  out->set("ssl_ca_content", security->ssl_ca_content);
  out->set("ssl_cert_content", security->ssl_cert_content);
  out->set("ssl_key_content", security->ssl_key_content);
  Array::Ptr names = new Array;
  for (const std::string& name : security->cert_allowed_cn) names->add(name);
  out->set("cert_allowed_cn", names);
  object.set("security", out);
}

// Settings that the host fills in for any sink that declares them and was not told otherwise.
void set_known(Object& settings, const plugin::PluginInfo& info, const SubtaskConfig& config) {
  const auto put = [&](const char* name, const auto& value) {
    const bool declared = std::any_of(info.settings.begin(), info.settings.end(),
                                      [&](const plugin::SettingInfo& setting) { return setting.name == name; });
    if (declared) settings.set(name, value);
  };
  const model::Endpoint& target = config.task.target.endpoint;
  put("task", config.task.name);
  put("source", config.source.name);
  put("meta_schema", config.task.meta_schema);
  if (target.host.empty()) return;
  put("host", target.host);
  put("port", target.port);
  put("user", target.user);
  put("password", target.password);
  put("foreign_key_checks", config.task.target.foreign_key_checks);
  set_security(settings, target.security);
}

Object::Ptr rule_object(const std::string& name, const model::TableMigrateRule& where,
                        const model::BinlogFilterRule& rule) {
  Object::Ptr out = new Object;
  out->set("name", name);
  out->set("schema", where.schema);
  out->set("table", where.table);
  Array::Ptr events = new Array;
  for (const std::string& event : rule.ignore_event) events->add(event);
  out->set("ignore_event", events);
  Array::Ptr sql = new Array;
  for (const std::string& expression : rule.ignore_sql) sql->add(expression);
  out->set("ignore_sql", sql);
  out->set("action", rule.action);
  return out;
}

Result<std::string> rules_config(const SubtaskConfig& config) {
  Array::Ptr rules = new Array;
  for (const model::TableMigrateRule& where : config.task.table_migrate_rule) {
    if (where.source_name != config.source.name) continue;
    for (const std::string& name : where.binlog_filter_rule) {
      const auto rule = config.task.binlog_filter_rule.find(name);
      if (rule == config.task.binlog_filter_rule.end()) {
        return make_error(49001, "filter rule name " + name + " not found.");
      }
      rules->add(rule_object(name, where, rule->second));
    }
  }
  if (rules->size() == 0) return std::string();
  Object settings;
  settings.set("case_sensitive", config.source.case_sensitive);
  settings.set("rules", rules);
  return text(settings);
}

std::string expression_config(const SubtaskConfig& config, const model::ExpressionFilterRule& rule) {
  Object settings;
  settings.set("schema", rule.schema);
  settings.set("table", rule.table);
  settings.set("case_sensitive", config.source.case_sensitive);
  settings.set("insert_value_expr", rule.insert_value_expr);
  settings.set("update_old_value_expr", rule.update_old_value_expr);
  settings.set("update_new_value_expr", rule.update_new_value_expr);
  settings.set("delete_value_expr", rule.delete_value_expr);
  return text(settings);
}

/// One filter for each rule: rows that it drops are counted under the rule's name.
Status add_expression_filters(const SubtaskConfig& config, const SubtaskServices& services, const std::string& prefix,
                              std::vector<rules::NamedFilter>& out) {
  for (const model::SourceConf& conf : config.task.source_conf) {
    if (conf.source_name != config.source.name) continue;
    for (const std::string& name : conf.expression_filter_rule) {
      const auto rule = config.task.expression_filter_rule.find(name);
      if (rule == config.task.expression_filter_rule.end()) {
        return make_error(20040, "expression filter rule " + name + " not found.");
      }
      auto filter = services.plugins->create_filter("expression", prefix + "expression/" + name,
                                                    expression_config(config, rule->second));
      if (!filter.ok()) return filter.status().with("expression_filter_rule." + name);
      out.push_back({name, std::move(filter.value())});
    }
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<host::Sink>> make_sink(const SubtaskConfig& config, const SubtaskServices& services) {
  const std::string& id = config.task.target.plugin;
  const plugin::PluginInfo* info = services.plugins->find("sink", id);
  if (info == nullptr) {
    return make_error(
        49001, "the task needs the sink plugin \"" + id + "\", which is not loaded", {},
        "put its library into a folder of [plugins] path and restart, or name another sink in target_config.plugin");
  }
  auto settings = parse(config.task.target.settings_json, "target_config");
  if (!settings.ok()) return settings.status();
  Object& object = *settings.value();
  object.remove("plugin");
  set_known(object, *info, config);
  return services.plugins->create_sink(id, config.task.name + "/" + config.source.name, text(object));
}

Result<std::shared_ptr<rules::FilterChain>> make_filters(const SubtaskConfig& config, const SubtaskServices& services) {
  std::vector<rules::NamedFilter> out;
  const std::string prefix = config.task.name + "/" + config.source.name + "/";
  auto rules = rules_config(config);
  if (!rules.ok()) return rules.status();
  if (!rules.value().empty()) {
    auto filter = services.plugins->create_filter("binlog_event", prefix + "binlog_event", rules.value());
    if (!filter.ok()) return filter.status();
    out.push_back({"binlog_event", std::move(filter.value())});
  }
  if (Status status = add_expression_filters(config, services, prefix, out); !status.ok()) return status;
  for (const model::FilterPlugin& extra : config.task.filters) {
    auto filter = services.plugins->create_filter(extra.plugin, prefix + extra.plugin, extra.settings_json);
    if (!filter.ok()) return filter.status();
    out.push_back({extra.plugin, std::move(filter.value())});
  }
  return std::make_shared<rules::FilterChain>(config.source.name, std::move(out));
}

std::unique_ptr<units::Checkpoints> make_checkpoints(const SubtaskConfig& config, const SubtaskServices& services,
                                                     const std::shared_ptr<host::Sink>& sink) {
  if (sink->has_marks() && sink->has_checkpoint()) {
    return std::make_unique<units::SinkCheckpoints>(sink, config.source.name);
  }
  return std::make_unique<StoreCheckpoints>(services.store, config.task.name, config.source.name);
}

}  // namespace sluice::task
