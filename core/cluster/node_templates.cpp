#include "core/cluster/dry_run.hpp"
#include "core/cluster/keys.hpp"
#include "core/cluster/node.hpp"
#include "core/cluster/node_impl.hpp"
#include "core/cluster/records.hpp"

namespace sluice::cluster {
namespace {

constexpr int kTries = 10;

Error no_such_template(const std::string& name) {
  return make_error(20051, "the openapi task config for '" + name + "' does not exist", {},
                    "Look at GET /api/v1/tasks/templates for the names.");
}

Result<model::Task> decode(const Entry& entry, const plugin::SecretBox* secrets) {
  auto task = decode_task(entry.value, secrets);
  if (task.ok()) return task;
  return make_error(42502, "the record " + entry.key + " of the state store cannot be read", task.error().message,
                    "Restore the record from a backup of the store, or delete the template.");
}

/// The entry of one template; the prefix may also find names that begin with it.
Result<std::optional<Entry>> find(const StateStore& store, const std::string& name) {
  const std::string key = template_key(name);
  auto entries = store.range(key);
  if (!entries.ok()) return entries.status();
  for (Entry& entry : *entries) {
    if (entry.key == key) return std::optional<Entry>(std::move(entry));
  }
  return std::optional<Entry>();
}

Error contended(const std::string& name) {
  return make_error(46024, "failed to operate resource template " + name + ": other requests keep changing it", {},
                    "Repeat the request.");
}

}  // namespace

Status Node::put_template(const model::Task& task, TemplateWrite how) {
  auto text = encode_task(task, impl_->services.secrets);
  if (!text.ok()) return text.status();
  for (int i = 0; i < kTries; ++i) {
    auto found = find(impl_->store, task.name);
    if (!found.ok()) return found.status();
    if (*found && how == TemplateWrite::Create) {
      return make_error(20050, "the openapi task config for '" + task.name + "' already exist", {},
                        "Choose another name, or replace it: PUT /api/v1/tasks/templates/" + task.name +
                            ", or import with overwrite.");
    }
    if (!*found && how == TemplateWrite::Replace) return no_such_template(task.name);
    if (DryRun::active()) return dry_run_end();
    const std::string key = template_key(task.name);
    auto done = impl_->store.commit({{key, *found ? (*found)->mod_revision : 0}}, {{key, *text, 0}});
    if (!done.ok()) return done.status();
    if (*done) return {};
  }
  return contended(task.name);
}

Status Node::delete_template(const std::string& name) {
  for (int i = 0; i < kTries; ++i) {
    auto found = find(impl_->store, name);
    if (!found.ok()) return found.status();
    if (!*found) return {};
    if (DryRun::active()) return dry_run_end();
    const std::string key = template_key(name);
    auto done = impl_->store.commit({{key, (*found)->mod_revision}}, {{key, std::nullopt, 0}});
    if (!done.ok()) return done.status();
    if (*done) return {};
  }
  return contended(name);
}

Result<std::vector<model::Task>> Node::templates() const {
  auto entries = impl_->store.range(kTemplateRoot);
  if (!entries.ok()) return entries.status();
  std::vector<model::Task> out;
  for (const Entry& entry : *entries) {
    auto task = decode(entry, impl_->services.secrets);
    if (!task.ok()) return task.status();
    out.push_back(std::move(task).value());
  }
  return out;
}

Result<model::Task> Node::task_template(const std::string& name) const {
  auto found = find(impl_->store, name);
  if (!found.ok()) return found.status();
  if (!*found) return no_such_template(name);
  return decode(**found, impl_->services.secrets);
}

}  // namespace sluice::cluster
