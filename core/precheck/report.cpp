#include "core/precheck/report.hpp"

#include <algorithm>

namespace sluice::precheck {
namespace {

struct Known {
  const char* name;
  const char* description;
};
// The order of the report. The last three are ours.
constexpr Known kKnown[] = {
    {"version", "the version of the source is one that is tested"},
    {"server_id", "the source has a server id"},
    {"binlog_enable", "the binary log of the source is on"},
    {"binlog_format", "the binary log of the source holds rows"},
    {"binlog_row_image", "row changes in the binary log are complete"},
    {"binlog_db", "binlog-do-db and binlog-ignore-db hide no selected schema"},
    {"dump_privilege", "the user of the source may read the tables and take a consistent snapshot"},
    {"replication_privilege", "the user of the source may read the binary log"},
    {"table_schema", "the structures of the tables suit replication and the tables of the target"},
    {"schema_of_shard_tables", "tables that are merged have structures that fit together"},
    {"auto_increment_ID", "tables that are merged have no auto-increment keys that collide"},
    {"online_ddl", "no online DDL is under way"},
    {"meta_position", "the position to begin at can be read"},
    {"conn_number", "the server has connections enough"},
    {"target_privilege", "the user of the target may write there"},
    {"primary_key", "the tables have primary keys"},
    {"binlog_retention", "the source keeps its binary log long enough for a pause"},
    {"target_settings", "the settings of the target let what the source sends in"},
    {"target_triggers", "the tables of the target have no triggers"},
};

size_t rank(std::string_view name) {
  return static_cast<size_t>(
      std::find_if(std::begin(kKnown), std::end(kKnown), [&](const Known& known) { return name == known.name; }) -
      std::begin(kKnown));
}

std::string where(const Item& item) {
  return item.source.empty() ? item.name : "source " + item.source + ": " + item.name;
}

model::Json to_json(const Item& item, size_t id) {
  model::Json::Array errors;
  std::string instruction;
  for (const Finding& finding : item.findings) {
    errors.push_back(model::Json::object()
                         .set("severity", name_of(finding.state))
                         .set("short_error", finding.what)
                         .set("object", finding.object)
                         .set("instruction", finding.remedy));
    if (instruction.empty()) instruction = finding.remedy;
  }
  return model::Json::object()
      .set("id", static_cast<int64_t>(id))
      .set("name", item.name)
      .set("desc", item.description)
      .set("state", name_of(item.state()))
      .set("errors", std::move(errors))
      .set("instruction", instruction)
      .set("extra", item.source.empty() ? std::string() : "source " + item.source);
}

}  // namespace

const char* name_of(State state) {
  return state == State::Success ? "success" : state == State::Warn ? "warn" : "fail";
}

State Item::state() const {
  State out = State::Success;
  for (const Finding& finding : findings) out = std::max(out, finding.state);
  return out;
}

size_t Report::count(State state) const {
  return static_cast<size_t>(
      std::count_if(items.begin(), items.end(), [&](const Item& item) { return item.state() == state; }));
}

std::string Report::text(State state, size_t most) const {
  std::string out;
  for (const Item& item : items) {
    size_t shown = 0;
    size_t all = 0;
    for (const Finding& finding : item.findings) {
      if (finding.state != state || ++all > most) continue;
      ++shown;
      out += where(item) + ": " + finding.what + (finding.remedy.empty() ? ". " : ". " + finding.remedy + " ");
    }
    if (all > shown) out += where(item) + ": and " + std::to_string(all - shown) + " more. ";
  }
  return out;
}

model::Json to_json(const Report& report) {
  model::Json::Array results;
  for (size_t i = 0; i < report.items.size(); ++i) results.push_back(to_json(report.items[i], i));
  const auto count = [&](State state) { return static_cast<int64_t>(report.count(state)); };
  return model::Json::object()
      .set("results", std::move(results))
      .set("summary", model::Json::object()
                          .set("passed", report.passed())
                          .set("total", static_cast<int64_t>(report.items.size()))
                          .set("successful", count(State::Success))
                          .set("failed", count(State::Fail))
                          .set("warning", count(State::Warn)));
}

Findings::Findings(const model::Task& task) : task_(task) {}

bool Findings::ignored(std::string_view item) const {
  const auto& items = task_.ignore_checking_items;
  return std::any_of(items.begin(), items.end(), [&](const std::string& i) { return i == "all" || i == item; });
}

Item* Findings::find(std::string_view item, std::string_view source) {
  const auto it = std::find_if(items_.begin(), items_.end(),
                               [&](const Item& have) { return have.name == item && have.source == source; });
  return it == items_.end() ? nullptr : &*it;
}

bool Findings::begin(std::string_view item, std::string_view source) {
  if (ignored(item)) return false;
  const std::lock_guard lock(mutex_);
  if (find(item, source)) return true;
  const size_t known = rank(item);
  items_.push_back(
      {std::string(item), known < std::size(kKnown) ? kKnown[known].description : "", std::string(source), {}});
  return true;
}

void Findings::add(std::string_view item, std::string_view source, Finding finding) {
  const std::lock_guard lock(mutex_);
  if (Item* have = find(item, source)) have->findings.push_back(std::move(finding));
}

Report Findings::take() {
  const std::lock_guard lock(mutex_);
  const auto before = [](const Item& a, const Item& b) {
    return std::make_pair(rank(a.name), a.source) < std::make_pair(rank(b.name), b.source);
  };
  std::stable_sort(items_.begin(), items_.end(), before);
  for (Item& item : items_) {  // many threads added them
    std::stable_sort(item.findings.begin(), item.findings.end(),
                     [](const Finding& a, const Finding& b) { return a.object < b.object; });
  }
  return {std::move(items_)};
}

}  // namespace sluice::precheck
