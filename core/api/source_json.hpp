#pragma once

#include <vector>

#include "core/cluster/views.hpp"
#include "core/model/json.hpp"

namespace sluice::api {

struct Servers;

/// A source as replies show it: secrets masked; with `with_status` also status_list and task_name_list.
model::Json source_reply(const cluster::SourceView& view, bool with_status);
/// Sets the error of each view whose upstream cannot be reached now. Blocks for as long as one of them may take.
void ask_upstreams(std::vector<cluster::SourceView>& views, const Servers& servers);
/// SourceStatus items (api.md 3.6).
model::Json::Array source_statuses(const cluster::SourceView& view);

/// Puts the stored secrets where an update left them out, masked, or blanked (api.md section 9).
void keep_secrets(model::Json& target, const model::Json& stored);

}  // namespace sluice::api
