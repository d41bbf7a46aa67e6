#include "core/precheck/run.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <thread>

#include "core/precheck/server_checks.hpp"
#include "core/precheck/table_checks.hpp"
#include "core/precheck/target_checks.hpp"
#include "core/units/full/source_tables.hpp"
#include "core/units/sink_session.hpp"
#include "sluice/host/sink.hpp"

namespace sluice::precheck {
namespace {

using TargetName = std::pair<std::string, std::string>;

constexpr size_t kSourcesAtOnce = 4;
constexpr size_t kTablesAtOnce = 4;  // of one source: connections that its users may miss

Error unreachable(const model::Source& source, const Error& cause) {
  Error error = make_error(26002, "cannot connect to source " + source.name + " for the pre-check", cause.message,
                           cause.workaround);
  error.source = source.name;
  error.native = cause.native;
  return error;
}

/// Calls each(i) for 0 <= i < count, `at_once` side by side; the first error ends it.
Status in_parallel(size_t count, size_t at_once, const std::function<Status(size_t)>& each) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  Status first;
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) {
      Status status = each(i);
      if (status.ok()) continue;
      next = count;
      const std::lock_guard lock(mutex);
      if (first.ok()) first = std::move(status);
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(count, at_once); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return first;
}

/// One source and what is known of it.
struct Examined {
  const model::Source* source = nullptr;
  SourceFacts facts;
  std::vector<upstream::TableName> selected;
  std::vector<TargetName> targets;  ///< of selected[i]
};

class Run {
 public:
  Run(const Request& request, const Services& services)
      : request_(request),
        services_(services),
        out_(request.task),
        deadline_(std::chrono::steady_clock::now() + services.limit) {}

  Result<Report> all() {
    examined_.resize(request_.sources.size());
    const size_t count = request_.sources.size();
    if (Status s = in_parallel(count, kSourcesAtOnce, [&](size_t i) { return examine(i); }); !s) return s;
    count_targets();
    if (Status s = check_the_target(); !s) return s;
    if (Status s = in_parallel(count, kSourcesAtOnce, [&](size_t i) { return examine_tables(examined_[i]); }); !s)
      return s;
    check_merges();
    return out_.take();
  }

 private:
  Status examine(size_t i) {
    Examined& e = examined_[i];
    e.source = &request_.sources[i];
    auto facts = services_.look ? services_.look(*e.source) : look_at(*e.source, services_.canceller);
    if (!facts) return unreachable(*e.source, facts.error());
    e.facts = std::move(*facts);
    if (Status routed = route(e); !routed) return routed;
    const Subject subject{request_.task, *e.source, e.facts, e.selected, request_.fresh};
    check_server(subject, out_);
    check_privileges(subject, out_);
    check_connections(subject, out_);
    check_online_ddl(subject, out_);
    check_position(e);
    check_rule(e);
    return {};
  }

  Status route(Examined& e) const {
    if (request_.task.task_mode == "load") return {};  // its files say which tables there are, not the source
    auto rules = units::full::TableRules::build(request_.task, *e.source);
    if (!rules) return rules.status();
    for (const auto& name : e.facts.tables) {
      if (rules->selection.table(name.schema, name.table)) e.selected.push_back(name);
    }
    std::sort(e.selected.begin(), e.selected.end());
    for (const auto& name : e.selected) {
      auto target = rules->router.route(name.schema, name.table);
      if (!target) {
        Error error = target.error();
        error.source = e.source->name;
        return error;
      }
      e.targets.push_back(std::move(*target));
    }
    return {};
  }

  /// A source without any rule, while others have one, migrates everything: that may be meant, but is said.
  void check_rule(const Examined& e) {
    const auto& rules = request_.task.table_migrate_rule;
    if (rules.empty() || request_.task.has_list(e.source->name) || !out_.begin("table_schema", e.source->name)) return;
    if (std::any_of(rules.begin(), rules.end(), [&](const auto& rule) { return rule.source_name == e.source->name; }))
      return;
    out_.add("table_schema", e.source->name,
             {State::Warn, "",
              "source " + e.source->name + " has no rule in table_migrate_rule: all its tables are migrated",
              "Give it a rule if that is not meant."});
  }

  void check_position(const Examined& e) {
    if (request_.task.task_mode != "incremental" || !request_.fresh) return;
    for (const auto& conf : request_.task.source_conf) {
      if (conf.source_name != e.source->name || (conf.binlog_name.empty() && conf.binlog_gtid.empty())) continue;
      if (!e.facts.info.log_bin || !out_.begin("meta_position", e.source->name)) continue;
      const Status tried = services_.look ? Status() : try_position(*e.source, conf, e.facts.info, services_.canceller);
      if (tried.ok()) continue;
      const bool by_gtid = conf.binlog_name.empty() || (e.source->enable_gtid && !conf.binlog_gtid.empty());
      const std::string place =
          by_gtid ? "GTID set " + conf.binlog_gtid : conf.binlog_name + ":" + std::to_string(conf.binlog_pos);
      out_.add("meta_position", e.source->name,
               {State::Fail, place,
                "the source cannot be read from " + place + ": " + tried.error().message +
                    (tried.error().raw_cause.empty() ? "" : " (" + tried.error().raw_cause + ")"),
                tried.error().workaround.empty()
                    ? "Give a position that SHOW BINARY LOGS still lists in source_conf, or use task_mode all."
                    : tried.error().workaround});
    }
  }

  void count_targets() {
    for (const Examined& e : examined_) {
      for (const TargetName& target : e.targets) ++writers_[target];
    }
  }

  Status check_the_target() {
    if (!services_.target || request_.task.task_mode == "dump" || examined_.empty()) return {};
    auto sink = services_.target(*examined_.front().source);
    if (!sink) return sink.status();
    sink_ = std::move(*sink);
    uint64_t packet = 0;
    for (const Examined& e : examined_) packet = std::max(packet, e.facts.info.max_allowed_packet);
    return check_target(sink_, {target_connections(request_.task), packet, writers_}, out_);
  }

  /// The connections with which one thread looks at tables.
  struct Hands {
    std::optional<upstream::Connection> source;
    std::unique_ptr<units::SinkSession> target;
  };

  Status examine_tables(const Examined& e) {
    const bool keys = out_.begin("table_schema", e.source->name);
    const auto& optional = request_.task.checking_items;
    const bool primary = std::find(optional.begin(), optional.end(), "primary_key") != optional.end() &&
                         out_.begin("primary_key", e.source->name);
    const bool merges = std::any_of(writers_.begin(), writers_.end(), [](const auto& w) { return w.second > 1; });
    if ((!keys && !primary && !merges) || e.selected.empty()) return {};
    std::vector<Hands> hands(std::min(kTablesAtOnce, e.selected.size()));
    std::atomic<size_t> next{0};
    return in_parallel(hands.size(), hands.size(), [&](size_t me) -> Status {
      // The first one is needed, the others help.
      auto connection = connect_to(*e.source, services_.canceller, me == 0);
      if (!connection && me > 0) return {};
      if (!connection) return unreachable(*e.source, connection.error());
      hands[me].source = std::move(*connection);
      for (size_t i = next++; i < e.selected.size(); i = next++) {
        if (Status status = examine_table(e, i, hands[me]); !status) {
          next = e.selected.size();
          return status;
        }
      }
      return {};
    });
  }

  Status examine_table(const Examined& e, size_t i, Hands& hands) {
    if (std::chrono::steady_clock::now() > deadline_) {
      return make_error(
          26005,
          "the pre-check did not end within its limit of " +
              std::to_string(std::chrono::duration_cast<std::chrono::minutes>(services_.limit).count()) + " minutes",
          {}, "Name table_schema, schema_of_shard_tables and auto_increment_ID in ignore_checking_items.");
    }
    const upstream::TableName& name = e.selected[i];
    auto described = units::full::describe_table(*hands.source, e.facts.info, name);
    if (!described && described.error().native == 1146) return {};  // gone meanwhile
    if (!described) {
      // Without the privilege to read it: dump_privilege says so. A structure that cannot be read is the units' matter.
      out_.add("table_schema", e.source->name,
               {State::Warn, name.schema + "." + name.table,
                "the structure of " + name.schema + "." + name.table + " cannot be read: " + described.error().message,
                described.error().workaround});
      return {};
    }
    TableFacts table{e.source->name, described->info, foreign_keys_of(described->create_sql)};
    check_table(table, out_);
    Status compared = compare(table, e.targets[i], hands);
    if (writers_.at(e.targets[i]) > 1) {
      const std::lock_guard lock(mutex_);
      merged_[e.targets[i]].push_back(std::move(table));
    }
    return compared;
  }

  Status compare(const TableFacts& table, const TargetName& target, Hands& hands) {
    if (!sink_ || !sink_->has_structure() || !request_.fresh) return {};
    if (!hands.target) hands.target = std::make_unique<units::SinkSession>(sink_);
    auto create = hands.target->create_table(target.first, target.second);
    if (!create) return create.status();
    if (!*create) return {};
    auto info = schema::parse_create_table(**create, 0);
    if (!info) return {};  // a view, or a structure of another system
    info->schema = target.first;
    info->name = target.second;
    compare_with_target(table, *info, out_);
    return {};
  }

  void check_merges() {
    for (auto& [target, tables] : merged_) {
      if (tables.size() < 2) continue;
      std::sort(tables.begin(), tables.end(), [](const TableFacts& a, const TableFacts& b) {
        return std::tie(a.source, a.info->schema, a.info->name) < std::tie(b.source, b.info->schema, b.info->name);
      });
      const bool structures = request_.fresh && request_.task.dumps();
      check_merge(request_.task, target.first + "." + target.second, tables, structures, out_);
    }
  }

  const Request& request_;
  const Services& services_;
  Findings out_;
  std::chrono::steady_clock::time_point deadline_;
  std::vector<Examined> examined_;
  std::map<TargetName, size_t> writers_;  ///< how many source tables go there
  std::shared_ptr<host::Sink> sink_;
  std::mutex mutex_;
  std::map<TargetName, std::vector<TableFacts>> merged_;
};

}  // namespace

Result<Report> run(const Request& request, const Services& services) {
  const auto& ignored = request.task.ignore_checking_items;
  if (std::find(ignored.begin(), ignored.end(), "all") != ignored.end()) return Report{};
  return Run(request, services).all();
}

Error to_error(const Report& report) {
  return make_error(
      26005, "pre-check failed, " + std::to_string(report.count(State::Fail)) + " item(s): " + report.text(State::Fail),
      {}, "Correct these, or name the items in ignore_checking_items.");
}

}  // namespace sluice::precheck
