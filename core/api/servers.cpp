#include "core/api/servers.hpp"

#include "core/cluster/node.hpp"
#include "core/plugin/errors.hpp"
#include "core/plugin/registry.hpp"
#include "core/precheck/run.hpp"
#include "core/task/sink_factory.hpp"
#include "core/task/task_check.hpp"
#include "sluice/host/filter.hpp"
#include "sluice/host/sink.hpp"

namespace sluice::api {
namespace {

task::SubtaskConfig config_of(const cluster::Node& node, const model::Task& task, const model::Source& source) {
  task::SubtaskConfig out;
  out.task = task;
  out.source = source;
  out.worker_name = node.config().name;
  out.work_dir = node.config().work_dir;
  return out;
}

Status check_target(cluster::Node& node, const model::Task& task, ServerCalls& calls) {
  model::Source source;
  source.name = task.source_conf.front().source_name;
  auto sink = task::make_sink(config_of(node, task, source), {node.plugins(), node.store()});
  if (!sink.ok()) return sink.status();
  calls.watch(*sink);
  sluice_sink_capabilities capabilities{};
  auto record = plugin::empty_error();
  if ((*sink)->capabilities(capabilities, record) == SLUICE_OK) return {};
  Error cause = plugin::to_error(record);
  if (cause.code == 10001) {
    if (cause.workaround.empty()) {
      cause.workaround =
          "Check host, port, user and password in target_config, and that the server lets this user in from this host.";
    }
    return cause;
  }
  Error error =
      make_error(10001, "the target of task " + task.name + " cannot be used", cause.message, cause.workaround);
  error.native = cause.native;
  error.retryable = cause.retryable;
  return error;
}

/// All rules bound to one source, also those that nothing refers to.
model::Task with_every_rule(const model::Task& task) {
  model::Task out = task;
  model::SourceConf conf;
  conf.source_name = task.source_conf.front().source_name;
  for (const auto& [name, rule] : task.expression_filter_rule) conf.expression_filter_rule.push_back(name);
  out.source_conf = {conf};
  model::TableMigrateRule where;
  where.source_name = conf.source_name;
  where.schema = "*";
  for (const auto& [name, rule] : task.binlog_filter_rule) where.binlog_filter_rule.push_back(name);
  out.table_migrate_rule = {where};
  out.filters.clear();
  return out;
}

/// The filters of each source are made and thrown away: their plugin is the one that knows what is valid.
Status check_filters(cluster::Node& node, const model::Task& task) {
  for (const auto& conf : task.source_conf) {
    model::Source source;
    source.name = conf.source_name;
    auto filters = task::make_filters(config_of(node, task, source), {node.plugins(), node.store()});
    if (!filters.ok()) return filters.status();
  }
  model::Source any;
  any.name = task.source_conf.front().source_name;
  auto filters = task::make_filters(config_of(node, with_every_rule(task), any), {node.plugins(), node.store()});
  return filters.ok() ? Status() : filters.status();
}

/// The pre-check as the node runs it: the target is asked through the sink plugin.
Result<precheck::Report> run_precheck(cluster::Node& node, const precheck::Request& request, ServerCalls& calls) {
  precheck::Services services;
  services.canceller = calls.sources();
  services.target = [&](const model::Source& source) {
    auto sink = task::make_sink(config_of(node, request.task, source), {node.plugins(), node.store()});
    if (sink.ok()) calls.watch(*sink);
    return sink;
  };
  return precheck::run(request, services);
}

}  // namespace

void ServerCalls::watch(const std::shared_ptr<host::Sink>& target) {
  const std::lock_guard lock(mutex_);
  targets_.remove_if([](const auto& former) { return former.expired(); });
  targets_.push_back(target);
  if (sources_.cancelled()) target->cancel();
}

void ServerCalls::cancel() {
  const std::lock_guard lock(mutex_);
  sources_.cancel();
  for (const auto& target : targets_) {
    if (const auto sink = target.lock()) sink->cancel();
  }
}

Servers complete(Servers servers, cluster::Node& node) {
  if (!servers.calls) servers.calls = std::make_shared<ServerCalls>();
  const auto calls = servers.calls;
  if (!servers.inspect) {
    servers.inspect = [calls](const model::Endpoint& endpoint) { return upstream::probe(endpoint, calls->sources()); };
  }
  if (!servers.reach) {
    servers.reach = [calls](const model::Endpoint& endpoint) {
      upstream::ConnectionOptions options;
      options.connect_timeout = options.read_timeout = std::chrono::seconds(3);
      return upstream::Connection::open(endpoint, options, calls->sources()).status();
    };
  }
  if (!servers.check_target)
    servers.check_target = [&node, calls](const model::Task& task) { return check_target(node, task, *calls); };
  if (!servers.check_filters)
    servers.check_filters = [&node](const model::Task& task) { return check_filters(node, task); };
  if (!servers.precheck)
    servers.precheck = [&node, calls](const precheck::Request& request) { return run_precheck(node, request, *calls); };
  return servers;
}

Status complete_source(model::Source& source, const Servers& servers) {
  auto seen = servers.inspect(source.endpoint);
  if (!seen.ok()) {
    Error error = seen.error();
    error.source = source.name;
    return error;
  }
  const upstream::ServerInfo& info = *seen;
  const std::string detected = info.mariadb() ? "mariadb" : "mysql";
  if (!source.flavor.empty() && source.flavor != detected) {
    return make_error(11010, "flavor " + source.flavor + " not supported by this server: it is " + info.version, {},
                      "Leave flavor out, or set it to " + detected + ".");
  }
  source.flavor = detected;
  source.case_sensitive = info.lower_case_table_names == 0;
  if (Status start = task::check_relay_start(source); !start) return start;
  if (source.enable_gtid && !info.mariadb() && !info.gtid_on()) {
    return make_error(
        26007, source.name + " has GTID_MODE = " + (info.gtid_mode.empty() ? "OFF" : info.gtid_mode) + " instead of ON",
        {}, "Set gtid_mode=ON and enforce_gtid_consistency=ON on the server, or send enable_gtid: false.");
  }
  if (source.server_id == 0 || source.server_id == info.server_id) {
    auto id = upstream::draw_server_id(info);
    if (!id.ok()) return id.status();
    source.server_id = *id;
  }
  return {};
}

}  // namespace sluice::api
