#include <algorithm>

#include "core/taskfile/read_parts.hpp"

namespace sluice::taskfile {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// An entry of a named mapping, null when the name has no value.
const Value* entry_of(const Value& value) { return value.kind == Value::Kind::Null ? nullptr : &value; }

std::vector<model::BlockAllowList::Table> read_tables(Section& list, const char* key, Status& status) {
  std::vector<model::BlockAllowList::Table> out;
  const Value* tables = list.list(key);
  if (!tables) return out;
  for (size_t i = 0; i < tables->items.size(); ++i) {
    Section table(&tables->items[i], list.path_of(key) + "[" + std::to_string(i) + "]", status);
    model::BlockAllowList::Table entry;
    entry.schema = table.required("db-name");
    entry.table = table.required("tbl-name");
    table.finish();
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace

RuleConfigs::RuleConfigs(Section& file, Status& status) : file_(file), status_(status) {
  read_routes();
  read_filters();
  read_lists();
  read_expression_filters();
}

void RuleConfigs::read_routes() {
  const Value* all = file_.map("routes");
  if (!all) return;
  for (const auto& [name, value] : all->members) {
    Section section(entry_of(value), "routes." + name, status_);
    Route route;
    route.source = {section.required("schema-pattern"), section.text("table-pattern").value_or("")};
    route.target = {section.required("target-schema"), section.text("target-table").value_or("")};
    for (const char* key : {"extract-table", "extract-schema", "extract-source"}) {
      section.only(key, "", "columns cannot be made from names");
    }
    section.finish();
    routes_.emplace(name, std::move(route));
  }
}

void RuleConfigs::read_filters() {
  const Value* all = file_.map("filters");
  if (!all) return;
  for (const auto& [name, value] : all->members) {
    Section section(entry_of(value), "filters." + name, status_);
    Filter filter;
    filter.source = {section.required("schema-pattern"), section.text("table-pattern").value_or("")};
    filter.events = section.texts("events");
    filter.sql = section.texts("sql-pattern");
    const std::string action = lower(section.required("action"));
    filter.action = action == "do" ? "Do" : "Ignore";
    if (status_.ok() && action != "do" && action != "ignore") {
      section.fail(20037, "action", "must be Do or Ignore", "An event that is to stop a task cannot be named.");
    }
    section.finish();
    filters.emplace(name, std::move(filter));
  }
}

void RuleConfigs::read_lists() {
  // The older name counts when the newer one is not there.
  const Value* older = file_.map("black-white-list");
  const Value* newer = file_.map("block-allow-list");
  const Value* all = newer && !newer->members.empty() ? newer : older;
  if (!all) return;
  const std::string key = all == newer ? "block-allow-list" : "black-white-list";
  if (newer && older && !newer->members.empty() && !older->members.empty()) {
    file_.fail(20003, "black-white-list", "and block-allow-list stand both", "Keep block-allow-list alone.");
  }
  for (const auto& [name, value] : all->members) {
    Section section(entry_of(value), key + "." + name, status_);
    model::BlockAllowList list;
    list.do_dbs = section.texts("do-dbs");
    list.ignore_dbs = section.texts("ignore-dbs");
    list.do_tables = read_tables(section, "do-tables", status_);
    list.ignore_tables = read_tables(section, "ignore-tables", status_);
    section.finish();
    lists.emplace(name, std::move(list));
  }
}

void RuleConfigs::read_expression_filters() {
  const Value* all = file_.map("expression-filter");
  if (!all) return;
  for (const auto& [name, value] : all->members) {
    Section section(entry_of(value), "expression-filter." + name, status_);
    model::Json rule = model::Json::object();
    rule.set("schema", section.text("schema").value_or("")).set("table", section.text("table").value_or(""));
    for (const auto& [key, member] : {std::pair("insert-value-expr", "insert_value_expr"),
                                      std::pair("update-old-value-expr", "update_old_value_expr"),
                                      std::pair("update-new-value-expr", "update_new_value_expr"),
                                      std::pair("delete-value-expr", "delete_value_expr")}) {
      if (const auto text = section.text(key); text && !text->empty()) rule.set(member, *text);
    }
    section.finish();
    expressions.set(name, std::move(rule));
  }
}

std::vector<std::string> RuleConfigs::read_expressions(Section& instance) {
  std::vector<std::string> out = names(instance, "expression-filters");
  for (const std::string& name : out) {
    if (!expressions.find(name)) {
      instance.fail(20040, "expression-filters", "names " + name + ", which does not exist in expression-filter");
    }
    used_.insert("expression-filter." + name);
  }
  return out;
}

std::vector<std::string> RuleConfigs::names(Section& instance, const std::string& key) {
  std::vector<std::string> out = instance.texts(key);
  for (size_t i = 0; i < out.size(); ++i) {
    if (std::find(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(i), out[i]) !=
        out.begin() + static_cast<std::ptrdiff_t>(i)) {
      instance.fail(20032, key, "names " + out[i] + " twice");
    }
  }
  return out;
}

void RuleConfigs::read(Section& instance, Instance& out) {
  for (const std::string& name : names(instance, "route-rules")) {
    const auto route = routes_.find(name);
    if (route == routes_.end())
      return instance.fail(20023, "route-rules", "names " + name + ", which is not in routes");
    used_.insert("routes." + name);
    for (const Route& other : out.routes) {
      if (other.source != route->second.source) continue;
      instance.fail(20045, "route-rules",
                    "has two routes for `" + other.source.first + "`.`" + other.source.second + "`");
    }
    out.routes.push_back(route->second);
  }
  for (const std::string& name : names(instance, "filter-rules")) {
    if (!filters.contains(name)) {
      return instance.fail(20024, "filter-rules", "names " + name + ", which is not in filters");
    }
    used_.insert("filters." + name);
    out.filters.push_back(name);
  }
  auto list = instance.text("block-allow-list");
  if (const auto older = instance.text("black-white-list"); !list || list->empty()) list = older;
  if (!list || list->empty()) return;
  if (!lists.contains(*list)) {
    instance.fail(20026, instance.has("block-allow-list") ? "block-allow-list" : "black-white-list",
                  "names " + *list + ", which does not exist in block-allow-list");
  }
  out.list = *list;
}

void RuleConfigs::refuse_unused() {
  for (const char* kind : {"routes", "filters", "expression-filter"}) {
    const Value* all = file_.map(kind);
    if (!all) continue;
    Section section(all, kind, status_);
    for (const auto& [name, value] : all->members) {
      if (used_.count(std::string(kind) + "." + name) != 0) continue;
      section.fail(20038, name, "is set in global configuration but instances don't use it",
                   "Remove it, or name it in an instance.");
    }
  }
}

}  // namespace sluice::taskfile
