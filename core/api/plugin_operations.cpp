#include "core/api/contributed.hpp"
#include "core/api/handlers.hpp"
#include "core/model/utc_text.hpp"
#include "core/plugin/registry.hpp"

namespace sluice::api::handlers {
namespace {

using model::Json;

/// As the plugin declares it. A default of a secret would be one for everybody, but is none of the reader's business.
Json setting_json(const plugin::SettingInfo& setting) {
  Json out = Json::object().set("name", setting.name).set("type", setting.type_name());
  out.set("required", setting.required()).set("secret", setting.secret()).set("changeable", setting.changeable());
  const auto add = [&out](const char* name, const std::string& value) {
    if (!value.empty()) out.set(name, value);
  };
  add("unit", setting.unit);
  if (!setting.secret()) add("default", setting.default_value);
  add("minimum", setting.minimum);
  add("maximum", setting.maximum);
  return out.set("help", setting.help);
}

Json operations_json(const std::vector<Contributed>& all, const std::string& instance) {
  Json out = Json::array();
  for (const Contributed& one : all) {
    if (one.operation.instance != instance) continue;
    Json item = Json::object().set("id", one.operation.id).set("method", one.operation.method).set("path", one.path);
    out.push(item.set("summary", one.operation.summary));
  }
  return out;
}

/// `store`: what is wrong with the state store, "" = nothing. No other kind can be asked how it is.
Json instance_json(const plugin::InstanceInfo& instance, const std::string& store,
                   const std::vector<Contributed>& operations) {
  Json out = Json::object().set("name", instance.name).set("created_at", model::utc_text(instance.created));
  Json own = operations_json(operations, instance.name);
  if (!own.as_array()->empty()) out.set("operations", std::move(own));
  if (instance.kind != "store") return out;
  out.set("healthy", store.empty());
  if (!store.empty()) out.set("problem", store);
  return out;
}

Json plugin_json(const plugin::PluginInfo& info) {
  Json settings = Json::array();
  for (const auto& setting : info.settings) settings.push(setting_json(setting));
  Json out = Json::object().set("file", info.file).set("state", "loaded").set("kind", info.kind).set("name", info.id);
  out.set("version", info.version);
  out.set("abi", std::to_string(info.abi_major) + "." + std::to_string(info.abi_minor));
  return out.set("summary", info.summary).set("settings", std::move(settings));
}

}  // namespace

Result<Reply> list_plugins(const Call& call) {
  Json::Array items;
  plugin::Registry* plugins = call.node.plugins();
  if (!plugins) return call.ok(list_of(std::move(items)));
  const std::string store = call.node.health().store;
  const auto instances = plugins->instances();
  const auto operations = contributed(plugins->operations().list());
  const auto add = [&](Json item) { items.push_back(std::move(item.set("node", call.node.config().name))); };
  for (const auto& info : plugins->list()) {
    Json living = Json::array();
    for (const auto& instance : instances) {
      if (instance.kind == info.kind && instance.plugin == info.id)
        living.push(instance_json(instance, store, operations));
    }
    add(plugin_json(info).set("instances", std::move(living)));
  }
  for (const auto& refused : plugins->refused()) {
    add(Json::object().set("file", refused.file).set("state", "refused").set("reason", refused.why.one_line()));
  }
  return call.ok(list_of(std::move(items)));
}

}  // namespace sluice::api::handlers
