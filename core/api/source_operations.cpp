#include <algorithm>

#include "core/api/handlers.hpp"
#include "core/api/servers.hpp"
#include "core/api/source_json.hpp"
#include "core/model/definitions.hpp"
#include "core/model/json_reader.hpp"
#include "core/upstream/connection.hpp"

namespace sluice::api::handlers {
namespace {

using model::Json;

Result<model::SourceRequest> read_body(const Json& body, std::string* worker, const Json* stored) {
  auto unwrapped = unwrap(body, "source", "source_name");
  if (!unwrapped.ok()) return unwrapped.status();
  if (worker) *worker = unwrapped->worker_name;
  if (stored) keep_secrets(unwrapped->object, *stored);
  // Members that only the store holds are not the client's to set.
  unwrapped->object.erase("server_id");
  unwrapped->object.erase("case_sensitive");
  auto request = model::read_source(unwrapped->object, unwrapped->path);
  if (!request.ok()) return request;
  if (Status allowed = model::check_request(request->source); !allowed) return allowed;
  return request;
}

Result<upstream::Connection> connect(const Call& call) {
  auto source = call.node.source(call.path("source-name"));
  if (!source.ok()) return source.status();
  upstream::ConnectionOptions options;
  options.read_timeout = std::chrono::seconds(30);
  return upstream::Connection::open(source->source.endpoint, options, call.servers.calls->sources());
}

}  // namespace

Result<Reply> create_source(const Call& call) {
  auto body = call.body();
  if (!body.ok()) return body.status();
  std::string worker;
  auto request = read_body(*body, &worker, nullptr);
  if (!request.ok()) return request.status();
  model::Source& source = request->source;
  if (call.node.source(source.name).ok()) {
    return make_error(46007, "source config with ID " + source.name + " already exists");
  }
  if (Status completed = complete_source(source, call.servers); !completed) return completed;
  if (Status created = call.node.create_source(source, worker); !created) return created;
  auto view = call.node.source(source.name);
  if (!view.ok()) return view.status();
  Json reply = source_reply(*view, false);
  if (call.docs()) reply.set("status_list", source_statuses(*view));
  return call.ok(reply);
}

Result<Reply> list_sources(const Call& call) {
  auto with_status = call.flag("with_status");
  if (!with_status.ok()) return with_status.status();
  auto relay = call.flag("enable_relay");
  if (!relay.ok()) return relay.status();
  auto views = call.node.sources();
  if (!views.ok()) return views.status();
  if (with_status->value_or(false)) ask_upstreams(*views, call.servers);
  Json::Array items;
  for (const auto& view : *views) {
    const bool relays = false;  // no worker pulls a relay log in this release
    if (relay->has_value() && **relay != relays) continue;
    items.push_back(source_reply(view, with_status->value_or(false)));
  }
  return call.ok(list_of(std::move(items)));
}

Result<Reply> get_source(const Call& call) {
  auto with_status = call.flag("with_status");
  if (!with_status.ok()) return with_status.status();
  auto view = call.node.source(call.path("source-name"));
  if (!view.ok()) return view.status();
  std::vector<cluster::SourceView> views{std::move(*view)};
  if (with_status->value_or(false)) ask_upstreams(views, call.servers);
  return call.ok(source_reply(views.front(), with_status->value_or(false)));
}

Result<Reply> update_source(const Call& call) {
  auto body = call.body();
  if (!body.ok()) return body.status();
  const std::string name = call.path("source-name");
  auto old = call.node.source(name);
  const Json stored = old.ok() ? model::write_source(old->source) : Json();
  auto request = read_body(*body, nullptr, old.ok() ? &stored : nullptr);
  if (!request.ok()) return request.status();
  model::Source& source = request->source;
  if (source.name != name) {
    return make_error(49001, "source_name " + source.name + " in the body differs from " + name +
                                 " in the path; a name cannot be changed");
  }
  if (!old.ok()) return old.status();
  if (!request->has_enable) source.enable = old->source.enable;
  source.server_id = old->source.server_id;
  if (Status completed = complete_source(source, call.servers); !completed) return completed;
  if (Status updated = call.node.update_source(source); !updated) return updated;
  auto view = call.node.source(name);
  if (!view.ok()) return view.status();
  return call.ok(source_reply(*view, false));
}

Result<Reply> delete_source(const Call& call) {
  auto force = call.flag("force");
  if (!force.ok()) return force.status();
  if (Status deleted = call.node.delete_source(call.path("source-name"), force->value_or(false)); !deleted)
    return deleted;
  return call.ok();
}

Result<Reply> source_status(const Call& call) {
  auto view = call.node.source(call.path("source-name"));
  if (!view.ok()) return view.status();
  std::vector<cluster::SourceView> views{std::move(*view)};
  ask_upstreams(views, call.servers);
  return call.ok(list_of(source_statuses(views.front())));
}

Result<Reply> enable_source(const Call& call) {
  if (Status done = call.node.set_source_enabled(call.path("source-name"), true); !done) return done;
  return call.ok();
}

Result<Reply> disable_source(const Call& call) {
  if (Status done = call.node.set_source_enabled(call.path("source-name"), false); !done) return done;
  return call.ok();
}

Result<Reply> transfer_source(const Call& call) {
  auto body = call.body();
  if (!body.ok()) return body.status();
  model::JsonReader reader(*body, "");
  const std::string worker = reader.required_text("worker_name");
  if (!reader.ok()) return reader.status();
  if (Status done = call.node.transfer_source(call.path("source-name"), worker); !done) return done;
  return call.ok();
}

Result<Reply> source_schemas(const Call& call) {
  auto connection = connect(call);
  if (!connection.ok()) return connection.status();
  auto names = upstream::list_schemas(*connection);
  if (!names.ok()) return names.status();
  return call.ok(Json(*names));
}

Result<Reply> source_tables(const Call& call) {
  auto connection = connect(call);
  if (!connection.ok()) return connection.status();
  // As SHOW TABLES gives them: views are part of the answer.
  auto rows = connection->query("SHOW TABLES FROM " + upstream::quote_name(call.path("schema-name")));
  if (!rows.ok()) return rows.status();
  Json names = Json::array();
  for (const auto& row : rows->rows) names.push(row.empty() ? Json("") : Json(row[0].value_or("")));
  return call.ok(names);
}

}  // namespace sluice::api::handlers
