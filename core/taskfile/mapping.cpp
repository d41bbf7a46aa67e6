#include <algorithm>
#include <set>

#include "core/model/definitions.hpp"
#include "core/taskfile/convert.hpp"
#include "core/taskfile/task_file.hpp"

// A task file selects tables with a list, renames them with routes and filters them with filters, each with patterns of
// its own. A task of the API does all three with one rule per pattern. This is the way from one to the other.
namespace sluice::taskfile {
namespace {

using model::Json;
using Tables = std::vector<model::BlockAllowList::Table>;

Error cannot(const std::string& what, const std::string& remedy = {}) {
  return make_error(20003, "a task file cannot express " + what, {}, remedy);
}

std::string quoted(const Pattern& pattern) { return "`" + pattern.first + "`.`" + pattern.second + "`"; }

/// Lists that stand for the selection by rules have such names in a file; any other list is block_allow_list.
constexpr const char* kMadeUp = "table-migrate-rule-";

bool is_made_up(const std::string& list) {
  const std::string_view prefix = kMadeUp;
  return list.size() > prefix.size() && list.compare(0, prefix.size(), prefix) == 0 &&
         list.find_first_not_of("0123456789", prefix.size()) == std::string::npos;
}

// ---- File to task ----

/// "f@2" is the second pattern of filter f when both say the same of different tables; `families` off: a name like any.
std::string rule_of(const TaskFile& file, const std::string& name, bool families) {
  const size_t at = name.rfind('@');
  if (!families || at == std::string::npos || at == 0) return name;
  const std::string number = name.substr(at + 1);
  const bool counts = !number.empty() && number.size() < 6 && number[0] != '0' && number != "1" &&
                      std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
  const auto base = file.filters.find(name.substr(0, at));
  if (!counts || base == file.filters.end()) return name;
  const Filter& own = file.filters.at(name);
  const Filter& first = base->second;
  const bool same = own.events == first.events && own.sql == first.sql && own.action == first.action;
  return same ? base->first : name;
}

struct Rule {
  Pattern source;
  std::optional<Pattern> target;
  std::vector<std::string> filters;
};

/// One rule for each pattern of the instance's routes and filters.
std::vector<Rule> rules_of(const TaskFile& file, const Instance& instance, bool families) {
  std::vector<Rule> out;
  for (const Route& route : instance.routes) out.push_back({route.source, route.target, {}});
  for (const std::string& name : instance.filters) {
    const Pattern& source = file.filters.at(name).source;
    auto rule = std::find_if(out.begin(), out.end(), [&](const Rule& r) { return r.source == source; });
    if (rule == out.end()) rule = out.insert(out.end(), Rule{source, std::nullopt, {}});
    rule->filters.push_back(rule_of(file, name, families));
  }
  return out;
}

/// The patterns of a list that only names schemas, or only names tables; nothing for any other list.
std::vector<Pattern> plain_patterns(const model::BlockAllowList& list) {
  if (!list.ignore_dbs.empty() || !list.ignore_tables.empty()) return {};
  if (!list.do_dbs.empty() && !list.do_tables.empty()) return {};
  std::vector<Pattern> out;
  for (const auto& schema : list.do_dbs) out.emplace_back(schema, "");
  for (const auto& table : list.do_tables) out.emplace_back(table.schema, table.table);
  std::set<Pattern> unique(out.begin(), out.end());
  return unique.size() == out.size() ? out : std::vector<Pattern>{};
}

/// The rules in which selection, routes and filters coincide; nothing when they do not.
std::optional<std::vector<Rule>> joined(const model::BlockAllowList& list, std::vector<Rule> rules) {
  std::vector<Rule> out;
  const auto take = [&](const Pattern& pattern) {
    const auto rule = std::find_if(rules.begin(), rules.end(), [&](const Rule& r) { return r.source == pattern; });
    if (rule == rules.end()) return false;
    out.push_back(std::move(*rule));
    rules.erase(rule);
    return true;
  };
  for (const Pattern& pattern : plain_patterns(list)) {
    bool taken = take(pattern);
    // Beside tables, a list names a whole schema by all its tables.
    if (pattern.second == "*") taken = take({pattern.first, ""}) || taken;
    if (!taken) out.push_back({pattern, std::nullopt, {}});
  }
  if (out.empty() || !rules.empty()) return std::nullopt;
  return out;
}

Json rule_json(const std::string& source, const Rule& rule) {
  Json from = Json::object().set("source_name", source);
  from.set("schema", rule.source.first).set("table", rule.source.second);
  Json out = Json::object().set("source", std::move(from));
  if (rule.target) {
    Json target = Json::object().set("schema", rule.target->first);
    if (!rule.target->second.empty()) target.set("table", rule.target->second);
    out.set("target", std::move(target));
  }
  if (!rule.filters.empty()) out.set("binlog_filter_rule", rule.filters);
  return out;
}

Json tables_json(const Tables& tables) {
  Json out = Json::array();
  for (const auto& table : tables) out.push(Json::object().set("schema", table.schema).set("table", table.table));
  return out;
}

Json list_json(const model::BlockAllowList& list) {
  Json out = Json::object().set("do_dbs", list.do_dbs).set("do_tables", tables_json(list.do_tables));
  return out.set("ignore_dbs", list.ignore_dbs).set("ignore_tables", tables_json(list.ignore_tables));
}

class TaskMaker {
 public:
  TaskMaker(const TaskFile& file, bool families, bool plain)
      : file_(file), families_(families), plain_(plain), task_(file.base) {}

  Result<model::Task> make() {
    conf_ = *task_.find("source_config")->find("source_conf")->as_array();
    for (const auto& [name, list] : file_.lists) {
      const auto uses = [&, &wanted = name](const Instance& i) { return i.list == wanted; };
      if (std::none_of(file_.instances.begin(), file_.instances.end(), uses)) kept_.insert(name);
    }
    for (size_t i = 0; i < file_.instances.size(); ++i) add(file_.instances[i], conf_[i]);
    task_.find("source_config")->set("source_conf", std::move(conf_));
    task_.set("table_migrate_rule", std::move(rules_));
    add_filters();
    Json lists = Json::object();
    for (const std::string& name : kept_) lists.set(name, list_json(file_.lists.at(name)));
    if (!kept_.empty()) task_.set("block_allow_list", std::move(lists));
    auto read = model::read_task(task_);
    if (!read.ok()) return read.status().with("task file");
    return std::move(read).value().task;
  }

 private:
  void add(const Instance& instance, Json& conf) {
    std::vector<Rule> rules = rules_of(file_, instance, families_);
    if (instance.list) {
      auto plain = plain_ && is_made_up(*instance.list) ? joined(file_.lists.at(*instance.list), rules) : std::nullopt;
      if (plain) {
        rules = std::move(*plain);
      } else {
        conf.set("block_allow_list", *instance.list);
        kept_.insert(*instance.list);
      }
    } else if (!rules.empty()) {
      conf.set("block_allow_list", "");
    }
    for (const Rule& rule : rules) rules_.push(rule_json(instance.source, rule));
  }

  void add_filters() {
    Json filters = Json::object();
    for (const auto& [name, filter] : file_.filters) {
      const std::string rule = rule_of(file_, name, families_);
      if (filters.find(rule)) continue;
      Json json = Json::object().set("action", filter.action);
      filters.set(rule, json.set("ignore_event", filter.events).set("ignore_sql", filter.sql));
    }
    if (!file_.filters.empty()) task_.set("binlog_filter_rule", std::move(filters));
  }

  const TaskFile& file_;
  const bool families_;
  const bool plain_;
  Json task_;
  Json::Array conf_;
  Json rules_ = Json::array();
  std::set<std::string> kept_;
};

// ---- Task to file ----

class FileMaker {
 public:
  explicit FileMaker(const model::Task& task) : task_(task) {}

  Result<TaskFile> make() {
    for (Status (FileMaker::*step)() : {&FileMaker::check_members, &FileMaker::check_rules, &FileMaker::make_base}) {
      if (Status done = (this->*step)(); !done) return done;
    }
    file_.lists = task_.block_allow_list;
    for (const auto& conf : task_.source_conf) add(conf);
    return std::move(file_);
  }

 private:
  Status check_members() {
    if (!task_.filters.empty()) return cannot("filters: plugins of a task");
    if (task_.target.plugin != "mysql") return cannot("target_config.plugin " + task_.target.plugin);
    auto settings = model::parse_json(task_.target.settings_json);
    if (!settings.ok()) return settings.status();
    for (const auto& member : *settings->as_object()) {
      const std::set<std::string> known{"host", "port", "user", "password", "security", "session"};
      if (!known.contains(member.name)) return cannot("target_config." + member.name);
    }
    for (const auto& conf : task_.source_conf) {
      if (conf.binlog_pos != 0 && conf.binlog_name.empty() && conf.binlog_gtid.empty()) {
        return cannot("binlog_pos of source " + conf.source_name + " without binlog_name");
      }
    }
    if (!task_.full_migrate_conf) return {};
    if (task_.full_migrate_conf->security) return cannot("source_config.full_migrate_conf.security");
    if (task_.full_migrate_conf->import_mode == "import-into") return cannot("import_mode import-into");
    return {};
  }

  Status check_rules() {
    std::set<std::string> used;
    std::map<std::pair<std::string, Pattern>, size_t> seen;
    for (size_t i = 0; i < task_.table_migrate_rule.size(); ++i) {
      const model::TableMigrateRule& rule = task_.table_migrate_rule[i];
      const std::string where = "table_migrate_rule[" + std::to_string(i) + "]";
      const Pattern pattern{rule.schema, rule.table};
      const auto [other, fresh] = seen.emplace(std::pair(rule.source_name, pattern), i);
      if (!fresh) {
        return cannot(where + ": it repeats the pattern " + quoted(pattern) + " of table_migrate_rule[" +
                          std::to_string(other->second) + "]",
                      "Join the two rules.");
      }
      if (rule.target_schema.empty() && !rule.target_table.empty()) {
        return cannot(where + ": a target table without a target schema", "Give target.schema.");
      }
      if (std::set<std::string>(rule.binlog_filter_rule.begin(), rule.binlog_filter_rule.end()).size() !=
          rule.binlog_filter_rule.size()) {
        return cannot(where + ": it names a filter twice");
      }
      used.insert(rule.binlog_filter_rule.begin(), rule.binlog_filter_rule.end());
      if (task_.has_list(rule.source_name) && rule.target_schema.empty() && rule.binlog_filter_rule.empty()) {
        return cannot(where + ": beside a block_allow_list it neither renames nor filters", "Remove the rule.");
      }
    }
    for (const auto& [name, rule] : task_.binlog_filter_rule) {
      if (!used.contains(name)) {
        return cannot("binlog_filter_rule." + name + ": no table_migrate_rule uses it", "Remove it, or use it.");
      }
    }
    return check_expressions();
  }

  Status check_expressions() {
    std::set<std::string> used;
    for (const auto& conf : task_.source_conf) {
      used.insert(conf.expression_filter_rule.begin(), conf.expression_filter_rule.end());
    }
    for (const auto& [name, rule] : task_.expression_filter_rule) {
      if (used.contains(name)) continue;
      return cannot("expression_filter_rule." + name + ": no source_conf uses it", "Remove it, or use it.");
    }
    return {};
  }

  Status make_base() {
    model::Task plain = task_;
    plain.table_migrate_rule.clear();
    plain.binlog_filter_rule.clear();
    plain.block_allow_list.clear();
    for (auto& conf : plain.source_conf) conf.block_allow_list.reset();
    // The one that counts; a file has no other.
    if (auto& full = plain.full_migrate_conf; full && !full->on_duplicate_logical.empty()) {
      plain.on_duplicate = full->on_duplicate_logical;
      full->on_duplicate_logical.clear();
    }
    // Through text, so that numbers look as if they had been read.
    auto base = model::parse_json(to_text(model::write_task(plain)));
    if (!base.ok()) return base.status();
    file_.base = std::move(base).value();
    return {};
  }

  void add(const model::SourceConf& conf) {
    Instance instance;
    instance.source = conf.source_name;
    std::vector<const model::TableMigrateRule*> rules;
    for (const auto& rule : task_.table_migrate_rule) {
      if (rule.source_name == conf.source_name) rules.push_back(&rule);
    }
    if (conf.block_allow_list) {
      if (!conf.block_allow_list->empty()) instance.list = *conf.block_allow_list;
    } else if (!rules.empty()) {
      instance.list = list_of(rules);
    }
    for (const auto* rule : rules) {
      const Pattern pattern{rule->schema, rule->table};
      if (!rule->target_schema.empty()) {
        instance.routes.push_back({pattern, {rule->target_schema, rule->target_table}});
      }
      for (const auto& name : rule->binlog_filter_rule) instance.filters.push_back(filter_of(name, pattern));
    }
    file_.instances.push_back(std::move(instance));
  }

  /// The list that selects what the rules select. Its name is made up.
  std::string list_of(const std::vector<const model::TableMigrateRule*>& rules) {
    model::BlockAllowList list;
    const bool schemas = std::all_of(rules.begin(), rules.end(), [](const auto* rule) { return rule->table.empty(); });
    std::set<Pattern> seen;
    for (const auto* rule : rules) {
      const std::string table = rule->table.empty() && !schemas ? "*" : rule->table;
      if (!seen.emplace(rule->schema, table).second) continue;
      if (schemas) {
        list.do_dbs.push_back(rule->schema);
      } else {
        list.do_tables.push_back({rule->schema, table});
      }
    }
    for (size_t i = 1;; ++i) {
      const std::string name = kMadeUp + std::to_string(i);
      const auto [at, fresh] = file_.lists.emplace(name, list);
      const bool same = made_.contains(name) && to_text(list_json(at->second)) == to_text(list_json(list));
      if (fresh) made_.insert(name);
      if (fresh || same) return name;
    }
  }

  /// The filter of a rule for one pattern: f, f@2, ... in the order of the patterns.
  std::string filter_of(const std::string& rule, const Pattern& pattern) {
    auto& patterns = patterns_[rule];
    for (const auto& user : task_.table_migrate_rule) {
      const auto& names = user.binlog_filter_rule;
      if (std::find(names.begin(), names.end(), rule) != names.end()) patterns.emplace(user.schema, user.table);
    }
    const auto number = std::distance(patterns.begin(), patterns.find(pattern)) + 1;
    const std::string name = number == 1 ? rule : rule + "@" + std::to_string(number);
    const model::BinlogFilterRule& body = task_.binlog_filter_rule.at(rule);
    file_.filters.emplace(name, Filter{pattern, body.ignore_event, body.ignore_sql, body.action});
    return name;
  }

  const model::Task& task_;
  TaskFile file_;
  std::set<std::string> made_;
  std::map<std::string, std::set<Pattern>> patterns_;
};

// ---- The way back ----

/// A file in words that do not depend on labels and order.
std::string essence(const TaskFile& file) {
  const auto base = [&] {
    Json json = file.base;
    json.set("table_migrate_rule", Json::array());
    auto read = model::read_task(json);
    return read.ok() ? to_text(model::write_task(read->task)) : to_text(json);
  };
  std::string out = base();
  for (const Instance& instance : file.instances) {
    out +=
        "\n" + instance.source + " list " + (instance.list ? to_text(list_json(file.lists.at(*instance.list))) : "-");
    auto routes = instance.routes;
    std::sort(routes.begin(), routes.end());
    for (const Route& r : routes) {
      Json json = Json::array();
      json.push(r.source.first).push(r.source.second).push(r.target.first).push(r.target.second);
      out += "\n  " + to_text(json);
    }
    auto filters = instance.filters;
    std::sort(filters.begin(), filters.end());
    for (const std::string& name : filters) {
      const Filter& f = file.filters.at(name);
      Json json = Json::array();
      json.push(name).push(f.source.first).push(f.source.second).push(f.events).push(f.sql).push(f.action);
      out += "\n  " + to_text(json);
    }
  }
  return out;
}

/// A task in words that do not depend on the order of its rules, or on how it says what is meant without a word.
Json essence(model::Task task) {
  for (auto& conf : task.source_conf) {
    const auto own = [&](const auto& rule) { return rule.source_name == conf.source_name; };
    const auto& rules = task.table_migrate_rule;
    if (conf.block_allow_list == "" && std::none_of(rules.begin(), rules.end(), own)) conf.block_allow_list.reset();
  }
  std::map<std::string, size_t> place;
  for (size_t i = 0; i < task.source_conf.size(); ++i) place[task.source_conf[i].source_name] = i;
  std::sort(task.table_migrate_rule.begin(), task.table_migrate_rule.end(), [&](const auto& a, const auto& b) {
    return std::tuple(place[a.source_name], a.schema, a.table) < std::tuple(place[b.source_name], b.schema, b.table);
  });
  if (auto& full = task.full_migrate_conf; full && !full->on_duplicate_logical.empty()) {
    task.on_duplicate = full->on_duplicate_logical;
    full->on_duplicate_logical.clear();
  }
  return model::write_task(task);
}

/// The first member in which two tasks differ.
std::string difference(const Json& a, const Json& b, const std::string& path) {
  if (a.is_object() && b.is_object()) {
    for (const auto& member : *a.as_object()) {
      const Json* other = b.find(member.name);
      if (!other || !(*other == member.value)) {
        return difference(member.value, other ? *other : Json(), path.empty() ? member.name : path + "." + member.name);
      }
    }
  }
  if (a.is_array() && b.is_array()) {
    for (size_t i = 0; i < a.as_array()->size() && i < b.as_array()->size(); ++i) {
      const Json& mine = (*a.as_array())[i];
      const Json& other = (*b.as_array())[i];
      if (!(mine == other)) return difference(mine, other, path + "[" + std::to_string(i) + "]");
    }
  }
  return path;
}

}  // namespace

Result<model::Task> to_task(const TaskFile& file) {
  const std::string before = essence(file);
  // What a name suggests is taken back when it leads astray.
  for (const auto& [families, plain] : {std::pair(true, true), {false, true}, {true, false}, {false, false}}) {
    auto task = TaskMaker(file, families, plain).make();
    if (!task.ok()) return task;
    const auto back = FileMaker(*task).make();
    if (back.ok() && essence(*back) == before) return task;
  }
  return make_error(20003, "task file: its routes, filters and lists cannot be expressed as a task without a change",
                    {}, "Give each filter a name without @ and a number, and no filter twice.");
}

Result<TaskFile> from_task(const model::Task& task) {
  auto file = FileMaker(task).make();
  if (!file.ok()) return file;
  const auto back = to_task(*file);
  if (!back.ok()) return cannot("the task", back.error().message);
  const Json mine = essence(task);
  const Json other = essence(*back);
  if (mine == other) return file;
  return cannot("the task without a change: " + difference(mine, other, ""),
                "Say a whole schema beside single tables with table \"*\"; give filters names without @ and a number.");
}

Result<model::Task> read_task_file(const std::string& yaml, const FileReader& read_file) {
  auto file = read_yaml(yaml, read_file);
  if (!file.ok()) return file.status();
  return to_task(*file);
}

Result<std::string> write_task_file(const model::Task& task) {
  auto file = from_task(task);
  if (!file.ok()) return file.status();
  std::string yaml = write_yaml(*file);
  const auto back = read_yaml(yaml, {});
  if (!back.ok()) return cannot("the task", back.error().message);
  if (essence(*back) != essence(*file)) return cannot("the task: it holds a text that YAML would change");
  return yaml;
}

}  // namespace sluice::taskfile
