// Random tasks become files and tasks again, random files become tasks and files again: nothing may change on the way.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include "core/model/definitions.hpp"
#include "core/rules/router.hpp"
#include "core/rules/selection.hpp"
#include "core/taskfile/convert.hpp"

using namespace sluice;
using namespace sluice::taskfile;
using model::Json;

namespace {

uint64_t first_seed() {
  const char* text = std::getenv("SLUICE_SEED");
  return text ? std::strtoull(text, nullptr, 10) : 1;  // the same in every run unless asked for others
}

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}
  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(engine_); }
  int between(int a, int b) { return std::uniform_int_distribution<int>(a, b)(engine_); }
  bool often() { return below(4) != 0; }
  bool maybe() { return below(2) == 0; }
  bool rarely() { return below(5) == 0; }
  template <typename T>
  T one_of(std::initializer_list<T> list) {
    return *(list.begin() + below(list.size()));
  }
  /// Names that YAML could take for something else, and names of every script.
  std::string name() {
    static const std::vector<std::string> kWords{
        "shop",  "db-1",   "true", "null", "~",    "123",  "1e5",   "2001-01-01", "a: b",  "- x",     "#c",
        "'q'",   "\"dq\"", "ta b", "<<",   "0x1F", "名前", "ñandú", "x\ty",       "nl\ny", "back\\s", "%tag",
        "*star", "&anc",   "!t",   "no",   "=",    "@at",  "{b}",   "😀",          "[l]",   " lead",   "trail "};
    return maybe() ? kWords[below(kWords.size())] + std::to_string(below(9)) : kWords[below(kWords.size())];
  }
  /// A pattern that compiles.
  std::string pattern() {
    return one_of<std::string>({"a", "b", "c", "a*", "*", "t?", "t[0-9]", "~^b.$", "Ab", "t_1"});
  }

 private:
  std::mt19937_64 engine_;
};

model::FullMigrateConf random_full(Dice& dice) {
  model::FullMigrateConf full;
  if (dice.maybe()) full.export_threads = dice.between(1, 1024);
  if (dice.maybe()) full.import_threads = dice.between(1, 1024);
  if (dice.maybe()) full.data_dir = dice.name();
  full.consistency = dice.one_of<std::string>({"auto", "flush", "snapshot", "lock", "none"});
  full.import_mode = dice.one_of<std::string>({"logical", "physical"});
  full.on_duplicate_physical = dice.one_of<std::string>({"", "none", "manual"});
  full.sorting_dir = dice.maybe() ? dice.name() : "";
  full.disk_quota = dice.one_of<std::string>({"", "80G", "1.5 TiB"});
  full.checksum = dice.one_of<std::string>({"", "required", "optional", "off"});
  full.analyze = dice.one_of<std::string>({"", "required", "optional", "off"});
  full.range_concurrency = dice.maybe() ? dice.between(0, 100) : 0;
  full.compress_kv_pairs = dice.one_of<std::string>({"", "gzip"});
  full.pd_addr = dice.one_of<std::string>({"", "127.0.0.1:2379"});
  return full;
}

Json random_target(Dice& dice) {
  Json target = Json::object().set("host", dice.name()).set("port", dice.between(1, 65535)).set("user", dice.name());
  target.set("password", dice.maybe() ? dice.name() : "");
  if (dice.rarely()) {
    const std::string pem = "-----BEGIN X-----\n" + dice.name() + "\n-----END X-----\n";
    Json security = Json::object().set("ssl_ca_content", pem);
    security.set("ssl_cert_content", "").set("ssl_key_content", "");
    if (dice.maybe()) security.set("cert_allowed_cn", std::vector<std::string>{dice.name(), dice.name()});
    target.set("security", std::move(security));
  }
  if (dice.maybe()) target.set("session", Json::object().set("foreign_key_checks", dice.one_of({"0", "1"})));
  return target;
}

model::BlockAllowList random_list(Dice& dice) {
  model::BlockAllowList list;
  for (auto* dbs : {&list.do_dbs, &list.ignore_dbs}) {
    for (size_t i = dice.maybe() ? dice.below(3) : 0; i > 0; --i) dbs->push_back(dice.pattern());
  }
  for (auto* tables : {&list.do_tables, &list.ignore_tables}) {
    for (size_t i = dice.maybe() ? dice.below(3) : 0; i > 0; --i) tables->push_back({dice.pattern(), dice.pattern()});
  }
  return list;
}

model::BinlogFilterRule random_filter(Dice& dice) {
  model::BinlogFilterRule rule;
  for (size_t i = dice.below(3); i > 0; --i) {
    rule.ignore_event.push_back(dice.one_of<std::string>({"all dml", "insert", "DROP TABLE", "none ddl"}));
  }
  for (size_t i = dice.below(3); i > 0; --i)
    rule.ignore_sql.push_back(dice.one_of<std::string>({"^drop", "\\s+x", "'"}));
  if (!rule.ignore_event.empty() && dice.maybe()) rule.action = "Do";
  return rule;
}

model::ExpressionFilterRule random_expression(Dice& dice) {
  model::ExpressionFilterRule rule;
  rule.schema = dice.name();
  rule.table = dice.name();
  const auto text = [&] {
    return dice.one_of<std::string>({"c > 1", "a = 'x: y'", "`b c` IS NULL", "\"q\" <> s", "#", "n\nl"});
  };
  switch (dice.below(4)) {
    case 0: rule.insert_value_expr = text(); break;
    case 1: rule.delete_value_expr = text(); break;
    case 2: rule.update_old_value_expr = text(); [[fallthrough]];
    default: rule.update_new_value_expr = text(); break;
  }
  return rule;
}

/// A task that a task file can say.
model::Task random_task(Dice& dice) {
  model::Task task;
  task.name = dice.name();
  task.task_mode = dice.one_of<std::string>({"all", "full", "incremental", "dump", "load"});
  task.shard_mode = dice.one_of<std::string>({"", "pessimistic", "optimistic"});
  task.strict_optimistic_shard_mode = task.shard_mode == "optimistic" && dice.maybe();
  if (dice.maybe()) task.meta_schema = dice.name();
  task.timezone = dice.one_of<std::string>({"", "+09:00", "Asia/Tokyo"});
  task.enhance_online_schema_change = dice.maybe();
  task.on_duplicate = dice.one_of<std::string>({"replace", "error", "ignore"});
  if (dice.maybe()) task.full_migrate_conf = random_full(dice);
  if (dice.maybe()) task.incr_migrate_conf = {dice.between(1, 1024), dice.between(1, 99999), dice.maybe()};
  if (dice.rarely()) task.ignore_checking_items = {"all", "version"};
  const size_t sources = 1 + dice.below(3);
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> filter_patterns;
  for (size_t i = 0; i < sources; ++i) {
    model::SourceConf conf;
    conf.source_name = dice.name() + "." + std::to_string(i);
    if (dice.maybe()) {
      conf.binlog_name = "bin.000001";
      conf.binlog_pos = dice.maybe() ? static_cast<uint64_t>(dice.between(4, 100000)) : 4294967295U;
    }
    if (dice.rarely()) conf.binlog_gtid = "0-1-100";
    if (dice.maybe()) {
      conf.block_allow_list = dice.rarely() ? "" : "list " + std::to_string(dice.below(2));
      if (!conf.block_allow_list->empty()) task.block_allow_list.emplace(*conf.block_allow_list, random_list(dice));
    }
    for (size_t k = dice.below(3); k > 0; --k) {
      const std::string name = dice.name() + std::to_string(k);
      conf.expression_filter_rule.push_back(name);
      task.expression_filter_rule.emplace(name, random_expression(dice));
    }
    bool kept = false;
    std::set<std::pair<std::string, std::string>> seen;
    for (size_t k = dice.below(4); k > 0; --k) {
      model::TableMigrateRule rule;
      rule.source_name = conf.source_name;
      rule.schema = dice.pattern();
      rule.table = dice.rarely() ? "" : dice.pattern();
      if (!seen.emplace(rule.schema, rule.table).second) continue;
      if (dice.maybe()) {
        rule.target_schema = dice.name();
        rule.target_table = dice.maybe() ? dice.name() : "";
      }
      for (size_t f = dice.below(3); f > 0; --f) {
        const std::string name = "filter " + std::to_string(dice.below(4));
        if (std::count(rule.binlog_filter_rule.begin(), rule.binlog_filter_rule.end(), name) != 0) continue;
        rule.binlog_filter_rule.push_back(name);
        task.binlog_filter_rule.emplace(name, random_filter(dice));
      }
      if (conf.block_allow_list && rule.target_schema.empty() && rule.binlog_filter_rule.empty()) continue;
      task.table_migrate_rule.push_back(std::move(rule));
      kept = true;
    }
    if (!kept && conf.block_allow_list == "") conf.block_allow_list.reset();  // says nothing
    task.source_conf.push_back(std::move(conf));
  }
  const Json json = model::write_task(task).set("target_config", random_target(dice));
  const auto read = model::read_task(*model::parse_json(to_text(json)));
  if (!read.ok()) FAIL(read.error().one_line());
  return read->task;
}

/// Rules of a source in one order: a file does not keep it, and it means nothing.
std::string text_of(model::Task task) {
  std::map<std::string, size_t> place;
  for (size_t i = 0; i < task.source_conf.size(); ++i) place[task.source_conf[i].source_name] = i;
  std::sort(task.table_migrate_rule.begin(), task.table_migrate_rule.end(), [&](const auto& a, const auto& b) {
    return std::tuple(place[a.source_name], a.schema, a.table) < std::tuple(place[b.source_name], b.schema, b.table);
  });
  return to_text(model::write_task(task), 1);
}

/// Whole schemas beside single tables, which a file cannot always tell from all tables of the schema.
bool mixes(const model::Task& task) {
  for (const auto& conf : task.source_conf) {
    bool schemas = false;
    bool tables = false;
    for (const auto& rule : task.table_migrate_rule) {
      if (rule.source_name != conf.source_name) continue;
      (rule.table.empty() ? schemas : tables) = true;
    }
    if (!conf.block_allow_list && schemas && tables) return true;
  }
  return false;
}

struct TextRoute {
  std::string schema, table, target_schema, target_table;
};

/// A random file in its own words, and what it means.
struct RandomFile {
  std::string text;
  std::map<std::string, std::optional<model::BlockAllowList>> lists;  ///< by source
  std::map<std::string, std::vector<TextRoute>> routes;               ///< by source
};

std::string quote(const std::string& text) { return to_text(Json(text)); }

std::string list_text(const model::BlockAllowList& list) {
  std::string out = "{";
  for (const auto& [key, dbs] : {std::pair("do-dbs", &list.do_dbs), std::pair("ignore-dbs", &list.ignore_dbs)}) {
    if (!dbs->empty()) out += (out.size() > 1 ? ", " : "") + std::string(key) + ": " + to_text(Json(*dbs));
  }
  for (const auto& [key, tables] :
       {std::pair("do-tables", &list.do_tables), std::pair("ignore-tables", &list.ignore_tables)}) {
    if (tables->empty()) continue;
    out += (out.size() > 1 ? ", " : "") + std::string(key) + ": [";
    for (const auto& table : *tables) {
      out += (out.back() == '[' ? "{db-name: " : ", {db-name: ") + quote(table.schema) +
             ", tbl-name: " + quote(table.table) + "}";
    }
    out += "]";
  }
  return out + "}";
}

/// The last one could stand for the rules of a task.
std::string list_name(size_t i) { return i == 2 ? "table-migrate-rule-7" : "list " + std::to_string(i); }

RandomFile random_file(Dice& dice) {
  RandomFile file;
  std::vector<std::string> parts{
      "name: t\n", "task-mode: all\n",
      "target-database: {host: h, port: 4000, user: root, password: " + quote(dice.name()) + "}\n"};
  std::vector<model::BlockAllowList> lists;
  std::string text = "block-allow-list:\n";
  for (size_t i = 0; i < 3; ++i) {
    lists.push_back(random_list(dice));
    text += "  \"" + list_name(i) + "\": " + list_text(lists.back()) + "\n";
  }
  parts.push_back(text);
  std::vector<TextRoute> routes;
  std::vector<bool> used_routes(4);
  std::set<std::pair<std::string, std::string>> patterns;
  while (routes.size() < 4) {
    TextRoute route{dice.pattern(), dice.rarely() ? "" : dice.pattern(), "to", dice.maybe() ? "t" : ""};
    if (patterns.emplace(route.schema, route.table).second) routes.push_back(route);
  }
  std::string instances = "mysql-instances:\n";
  for (size_t i = 0, count = 1 + dice.below(3); i < count; ++i) {
    const std::string source = "source-" + std::to_string(i);
    instances += "- source-id: " + source + "\n";
    if (dice.often()) {
      const size_t list = dice.below(lists.size());
      file.lists[source] = lists[list];
      instances +=
          std::string(dice.maybe() ? "  block-allow-list" : "  black-white-list") + ": \"" + list_name(list) + "\"\n";
    } else {
      file.lists[source] = std::nullopt;
    }
    std::string names;
    for (size_t r = 0; r < routes.size(); ++r) {
      if (dice.maybe()) continue;
      names += (names.empty() ? "" : ", ") + ("r" + std::to_string(r));
      used_routes[r] = true;
      file.routes[source].push_back(routes[r]);
    }
    if (!names.empty()) instances += "  route-rules: [" + names + "]\n";
  }
  parts.push_back(instances);
  text.clear();
  for (size_t r = 0; r < routes.size(); ++r) {
    if (!used_routes[r]) continue;
    text += "  r" + std::to_string(r) + ": {schema-pattern: " + quote(routes[r].schema);
    if (!routes[r].table.empty()) text += ", table-pattern: " + quote(routes[r].table);
    text += ", target-schema: to";
    if (!routes[r].target_table.empty()) text += ", target-table: " + routes[r].target_table;
    text += "}\n";
  }
  if (!text.empty()) parts.push_back("routes:\n" + text);
  for (size_t i = parts.size(); i > 1; --i) std::swap(parts[i - 1], parts[dice.below(i)]);
  for (const auto& part : parts) file.text += part;
  return file;
}

std::string route_text(const rules::Router& router, const std::string& schema, const std::string& table) {
  const auto route = router.route(schema, table);
  return route.ok() ? route->first + "." + route->second : std::to_string(route.error().code);
}

/// The task selects and renames what the file says, source by source.
void same_meaning(const RandomFile& file, const model::Task& task) {
  for (const auto& [source, list] : file.lists) {
    const auto expected = rules::Selection::build(list.value_or(model::BlockAllowList()), "l", true);
    const auto actual = rules::Selection::build(task, source, true);
    std::vector<model::TableMigrateRule> rules;
    const auto routes = file.routes.find(source);
    for (const auto& r : routes == file.routes.end() ? std::vector<TextRoute>() : routes->second) {
      rules.push_back({source, r.schema, r.table, r.target_schema, r.target_table, {}});
    }
    const auto to = rules::Router::build(rules, source, true);
    const auto to_actual = rules::Router::build(task.table_migrate_rule, source, true);
    REQUIRE((expected.ok() && actual.ok() && to.ok() && to_actual.ok()));
    for (const char* schema : {"a", "b", "c", "ab", "t1", "bx", "Ab", "t_1", "z", "mysql"}) {
      CHECK(actual->schema(schema) == expected->schema(schema));
      for (const char* table : {"a", "t1", "b", "bx", "t_1", "zz"}) {
        INFO(source << " " << schema << "." << table);
        CHECK(actual->table(schema, table) == expected->table(schema, table));
        CHECK(route_text(*to_actual, schema, table) == route_text(*to, schema, table));
      }
    }
  }
}

}  // namespace

TEST_CASE("task file: random tasks come back from a file as they were", "[unit][taskfile]") {
  const uint64_t seed = first_seed();
  size_t refused = 0;
  constexpr size_t kTasks = 400;
  for (size_t i = 0; i < kTasks; ++i) {
    INFO("SLUICE_SEED=" << seed + i);
    Dice dice(seed + i);
    const model::Task task = random_task(dice);
    INFO(text_of(task));
    const auto yaml = write_task_file(task);
    if (!yaml.ok()) {
      // Refused, never changed; and nothing but this is.
      INFO(yaml.error().one_line());
      REQUIRE(mixes(task));
      ++refused;
      continue;
    }
    INFO(*yaml);
    const auto back = read_task_file(*yaml);
    if (!back.ok()) FAIL(back.error().one_line());
    REQUIRE(text_of(*back) == text_of(task));
    REQUIRE(*write_task_file(*back) == *write_task_file(*read_task_file(*write_task_file(*back))));
  }
  CHECK(refused < kTasks / 4);
}

TEST_CASE("task file: random files mean the same as a task, and as a file again", "[unit][taskfile]") {
  const uint64_t seed = first_seed();
  for (size_t i = 0; i < 200; ++i) {
    INFO("SLUICE_SEED=" << seed + i);
    Dice dice(seed + i);
    const RandomFile file = random_file(dice);
    INFO(file.text);
    const auto task = read_task_file(file.text);
    if (!task.ok()) FAIL(task.error().one_line());
    INFO(text_of(*task));
    same_meaning(file, *task);
    const auto again = write_task_file(*task);
    if (!again.ok()) FAIL(again.error().one_line());
    INFO(*again);
    const auto back = read_task_file(*again);
    if (!back.ok()) FAIL(back.error().one_line());
    REQUIRE(text_of(*back) == text_of(*task));
    same_meaning(file, *back);
  }
}

TEST_CASE("task file: damaged files are refused, or are tasks that come back unchanged", "[unit][taskfile]") {
  const uint64_t seed = first_seed();
  size_t accepted = 0;
  for (size_t i = 0; i < 600; ++i) {
    INFO("SLUICE_SEED=" << seed + i);
    Dice dice(seed + i);
    std::string text = random_file(dice).text;
    if (const auto yaml = write_task_file(random_task(dice)); dice.maybe() && yaml.ok()) text = *yaml;
    for (size_t k = 1 + dice.below(3); k > 0; --k) {
      const size_t at = dice.below(text.size());
      const size_t length = std::min<size_t>(dice.below(12), text.size() - at);
      const std::string piece = text.substr(dice.below(text.size()), dice.below(30));
      switch (dice.below(4)) {
        case 0: text.erase(at, length); break;
        case 1: text.insert(at, piece); break;
        case 2:
          text.replace(at, length,
                       dice.one_of<std::string>({"[", "}", ": ", "\n", "&a ", "*a", "\"", "- ", "<<: ", "0"}));
          break;
        default: text[at] = static_cast<char>(dice.below(256)); break;
      }
      if (text.empty()) text = "x";
    }
    INFO(text);
    const auto task = read_task_file(text);
    if (!task.ok()) {
      CHECK_FALSE(task.error().message.empty());
      continue;
    }
    ++accepted;
    const auto again = write_task_file(*task);
    if (!again.ok()) FAIL(again.error().one_line());
    const auto back = read_task_file(*again);
    if (!back.ok()) FAIL(back.error().one_line());
    REQUIRE(text_of(*back) == text_of(*task));
  }
  CHECK(accepted > 0);
}
