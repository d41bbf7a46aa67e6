#include "core/api/source_json.hpp"

#include <algorithm>
#include <future>

#include "core/api/api.hpp"
#include "core/model/definitions.hpp"

namespace sluice::api {

using model::Json;

void ask_upstreams(std::vector<cluster::SourceView>& views, const Servers& servers) {
  constexpr size_t kAtOnce = 16;
  for (size_t begin = 0; begin < views.size(); begin += kAtOnce) {
    std::vector<std::future<Status>> asked;
    const size_t end = std::min(views.size(), begin + kAtOnce);
    for (size_t i = begin; i < end; ++i) {
      asked.push_back(std::async(std::launch::async, [&reach = servers.reach, endpoint = views[i].source.endpoint] {
        return reach(endpoint);
      }));
    }
    for (size_t i = begin; i < end; ++i) {
      const Status reached = asked[i - begin].get();
      if (!reached.ok() && views[i].error.empty()) views[i].error = reached.error().one_line();
    }
  }
}

Json::Array source_statuses(const cluster::SourceView& view) {
  Json item = Json::object();
  item.set("source_name", view.source.name).set("worker_name", view.worker);
  if (!view.error.empty()) item.set("error_msg", view.error);
  return {item};
}

Json source_reply(const cluster::SourceView& view, bool with_status) {
  Json out = model::write_source(view.source);
  model::mask_source(out);
  if (with_status) out.set("status_list", source_statuses(view)).set("task_name_list", view.tasks);
  return out;
}

void keep_secrets(Json& target, const Json& stored) {
  if (!target.is_object() || !stored.is_object()) return;
  if (const Json* old = stored.find("password"); old && !old->is_null()) {
    const Json* given = target.find("password");
    if (!given || given->is_null()) target.set("password", *old);
  }
  for (const auto& member : *stored.as_object()) {
    const Json* given = target.find(member.name);
    if (given && given->as_string() && *given->as_string() == model::kMasked) target.set(member.name, member.value);
  }
  Json* security = target.find("security");
  const Json* old = stored.find("security");
  if (!security || !security->is_object() || !old || !old->is_object()) return;
  const auto blank = [&](const char* name) {
    const Json* value = security->find(name);
    return !value || value->is_null() || (value->as_string() && value->as_string()->empty());
  };
  constexpr const char* kContents[] = {"ssl_ca_content", "ssl_cert_content", "ssl_key_content"};
  if (!blank(kContents[0]) || !blank(kContents[1]) || !blank(kContents[2])) return;
  for (const char* name : kContents) {
    if (const Json* value = old->find(name)) security->set(name, *value);
  }
}

}  // namespace sluice::api
