#include "core/task/store_checkpoints.hpp"

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <Poco/URI.h>

#include <sstream>
#include <utility>

#include "core/plugin/errors.hpp"
#include "sluice/host/store.hpp"

namespace sluice::task {
namespace {

using Poco::JSON::Object;

std::string encoded(const std::string& name) {
  std::string out;
  Poco::URI::encode(name, "/%?#", out);
  return out;
}

std::string decoded(const std::string& name) {
  std::string out;
  Poco::URI::decode(name, out);
  return out;
}

std::string task_prefix(const std::string& task) { return "/sluice/v1/checkpoints/" + encoded(task) + "/"; }

sluice_bytes bytes(const std::string& s) { return {reinterpret_cast<const uint8_t*>(s.data()), s.size()}; }
std::string text(sluice_bytes b) {
  return b.len == 0 ? std::string() : std::string(reinterpret_cast<const char*>(b.data), b.len);
}

void put_location(Object& out, const std::string& name, const units::BinlogLocation& location) {
  Object::Ptr object = new Object;
  object->set("binlog_name", location.name);
  object->set("binlog_pos", location.pos);
  object->set("binlog_gtid", location.gtid);
  out.set(name, object);
}

units::BinlogLocation get_location(const Object& in, const std::string& name) {
  const Object::Ptr object = in.getObject(name);
  if (object.isNull()) return {};
  return {object->optValue<std::string>("binlog_name", ""), object->optValue<uint64_t>("binlog_pos", 0),
          object->optValue<std::string>("binlog_gtid", "")};
}

std::string to_json(const units::CheckpointRow& row) {
  Object out;
  out.set("version", 1);
  out.set("is_global", row.is_global);
  out.set("schema", row.schema);
  out.set("table", row.table);
  put_location(out, "location", row.location);
  put_location(out, "exit_safe", row.exit_safe);
  out.set("table_info", row.table_info);
  std::ostringstream stream;
  out.stringify(stream);
  return stream.str();
}

Result<units::CheckpointRow> from_json(const std::string& json) {
  try {
    const Object::Ptr object = Poco::JSON::Parser().parse(json).extract<Object::Ptr>();
    units::CheckpointRow row;
    row.is_global = object->getValue<bool>("is_global");
    row.schema = object->getValue<std::string>("schema");
    row.table = object->getValue<std::string>("table");
    row.location = get_location(*object, "location");
    row.exit_safe = get_location(*object, "exit_safe");
    row.table_info = object->getValue<std::string>("table_info");
    return row;
  } catch (const Poco::Exception& e) {
    return make_error(42502, "a checkpoint in the state store cannot be read", e.displayText(),
                      "start the task with remove_meta to begin anew");
  }
}

}  // namespace

StoreCheckpoints::StoreCheckpoints(std::shared_ptr<host::Store> store, const std::string& task,
                                   const std::string& source)
    : store_(std::move(store)), prefix_(task_prefix(task) + encoded(source) + "/") {}

std::string StoreCheckpoints::row_key(const std::string& schema, const std::string& table) const {
  return prefix_ + "t/" + encoded(schema) + "/" + encoded(table);
}

std::string StoreCheckpoints::mark_prefix(const std::string& scope) const {
  return prefix_ + "m/" + (scope.empty() ? "" : encoded(scope) + "/");
}

Result<std::vector<units::CheckpointRow>> StoreCheckpoints::read() {
  std::vector<std::string> values;
  sluice_error error = plugin::empty_error();
  int64_t revision = 0;
  const auto each = [&](const sluice_kv& kv) { values.push_back(text(kv.value)); };
  if (store_->range(prefix_ + "t/", false, revision, each, error) != SLUICE_OK) return plugin::to_error(error);
  std::vector<units::CheckpointRow> out;
  for (const std::string& value : values) {
    auto row = from_json(value);
    if (!row.ok()) return row.status();
    out.push_back(std::move(row.value()));
  }
  return out;
}

Status StoreCheckpoints::write(std::span<const units::CheckpointRow> rows, std::span<const units::Mark> marks) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& row : rows) pairs.emplace_back(row_key(row.schema, row.table), to_json(row));
  for (const auto& mark : marks) pairs.emplace_back(mark_prefix(mark.scope) + encoded(mark.key), mark.value);
  std::vector<sluice_store_op> ops;
  for (const auto& [key, value] : pairs) ops.push_back({SLUICE_OP_PUT, 0, bytes(key), bytes(value), 0});
  sluice_txn txn{};
  txn.struct_size = sizeof(txn);
  txn.then_ops = ops.data();
  txn.then_count = ops.size();
  sluice_error error = plugin::empty_error();
  bool succeeded = false;
  int64_t revision = 0;
  if (store_->txn(txn, succeeded, revision, error) != SLUICE_OK) return plugin::to_error(error);
  return {};
}

Status StoreCheckpoints::remove(const std::string& key, bool prefix) {
  const sluice_store_op op{prefix ? SLUICE_OP_DELETE_PREFIX : SLUICE_OP_DELETE, 0, bytes(key), {}, 0};
  sluice_txn txn{};
  txn.struct_size = sizeof(txn);
  txn.then_ops = &op;
  txn.then_count = 1;
  sluice_error error = plugin::empty_error();
  bool succeeded = false;
  int64_t revision = 0;
  if (store_->txn(txn, succeeded, revision, error) != SLUICE_OK) return plugin::to_error(error);
  return {};
}

Status StoreCheckpoints::remove_table(const std::string& schema, const std::string& table) {
  return remove(row_key(schema, table), false);
}

Result<std::map<std::string, std::string>> StoreCheckpoints::marks(const std::string& scope) {
  std::map<std::string, std::string> out;
  sluice_error error = plugin::empty_error();
  int64_t revision = 0;
  const std::string prefix = mark_prefix(scope);
  const auto each = [&](const sluice_kv& kv) { out[decoded(text(kv.key).substr(prefix.size()))] = text(kv.value); };
  if (store_->range(prefix, false, revision, each, error) != SLUICE_OK) return plugin::to_error(error);
  return out;
}

Status StoreCheckpoints::clear_marks(const std::string& scope) { return remove(mark_prefix(scope), true); }

Status StoreCheckpoints::remove_all(host::Store& store, const std::string& task) {
  StoreCheckpoints all(std::shared_ptr<host::Store>(&store, [](host::Store*) {}), task, "");
  return all.remove(task_prefix(task), true);
}

}  // namespace sluice::task
