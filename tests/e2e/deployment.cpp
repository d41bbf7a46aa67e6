#include "tests/e2e/deployment.hpp"

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <cstdlib>
#include <stdexcept>

namespace sluice::test {
namespace {

using Poco::JSON::Object;

void require_success(const HttpReply& reply, const std::string& what) {
  if (reply.status >= 200 && reply.status < 300) return;
  throw std::runtime_error(what + ": HTTP " + std::to_string(reply.status) + " " + reply.body + reply.error);
}

std::string text_of(const Object& object, const std::string& name) {
  return object.isNull(name) ? std::string() : object.getValue<std::string>(name);
}

void read_location(const std::string& text, SubtaskView& out) {  // (file, position)
  const std::size_t comma = text.find(", ");
  if (comma == std::string::npos) return;
  out.file = text.substr(1, comma - 1);
  out.position = std::stoull(text.substr(comma + 2));
}

void read_sync(const Object& sync, SubtaskView& out) {
  read_location(text_of(sync, "syncer_binlog"), out);
  const Object::Ptr counters = sync.getObject("counters");
  if (counters.isNull()) return;
  out.has_counters = true;
  out.read = counters->getValue<Poco::UInt64>("read");
  out.applied = counters->getValue<Poco::UInt64>("applied");
  out.pending = counters->getValue<Poco::UInt64>("pending");
  const Object::Ptr filtered = counters->getObject("filtered");
  if (filtered.isNull()) return;
  for (const auto& [rule, count] : *filtered) out.filtered[rule] = count.convert<Poco::UInt64>();
}

SubtaskView read_subtask(const Object& object) {
  SubtaskView out;
  out.stage = text_of(object, "stage");
  out.unit = text_of(object, "unit");
  out.error_msg = text_of(object, "error_msg");
  if (const auto errors = object.getArray("errors"); !errors.isNull() && errors->size() > 0) {
    out.code = errors->getObject(0)->getValue<int>("code");
  }
  if (const Object::Ptr sync = object.getObject("sync_status"); !sync.isNull()) read_sync(*sync, out);
  return out;
}

}  // namespace

bool long_run() {
  const char* value = std::getenv("SLUICE_E2E_LONG");
  return value != nullptr && std::string(value) == "1";
}

std::string source_json(const DatabaseServer& server, const std::string& name, const std::string& members) {
  return R"({"source_name":")" + name + R"(","host":")" + server.host() + R"(","port":)" +
         std::to_string(server.port()) + R"(,"user":")" + server.user() + R"(","password":")" + server.password() +
         R"(","enable":true)" + members + "}";
}

std::string target_json(const DatabaseServer& server) {
  return R"({"host":")" + server.host() + R"(","port":)" + std::to_string(server.port()) + R"(,"user":")" +
         server.user() + R"(","password":")" + server.password() + R"("})";
}

std::string task_json(const TaskText& task) {
  std::string sources;
  for (const std::string& name : task.sources) {
    sources += (sources.empty() ? "" : ",") + (R"({"source_name":")" + name + "\"}");
  }
  return R"({"task":{"name":")" + task.name + R"(","task_mode":")" + task.mode +
         R"(","enhance_online_schema_change":true,"on_duplicate":"error","target_config":)" + task.target +
         R"(,"table_migrate_rule":)" + task.rules + R"(,"source_config":{"source_conf":[)" + sources + "]" +
         (task.full_migrate_conf.empty() ? "" : R"(,"full_migrate_conf":)" + task.full_migrate_conf) + "}" +
         task.members + "}}";
}

bool SubtaskView::books_balance() const {
  std::uint64_t sum = applied + pending;
  for (const auto& [rule, count] : filtered) sum += count;
  return has_counters && read == sum;
}

void Deployment::add_source(const DatabaseServer& server, const std::string& name, const std::string& members) {
  require_success(sluiced.api().post("/api/v1/sources", source_json(server, name, members)), "POST /sources");
}

void Deployment::create_task(const TaskText& task) {
  require_success(sluiced.api().post("/api/v1/tasks", task_json(task)), "POST /tasks");
}

void Deployment::start(const std::string& task) {
  require_success(sluiced.api().post("/api/v1/tasks/" + task + "/start"), "POST /tasks/" + task + "/start");
}

SubtaskView Deployment::status(const std::string& source, const std::string& task) const {
  const HttpReply reply = sluiced.api().get("/api/v1/tasks/" + task + "/status");
  if (reply.status != 200) return {};
  const auto root = Poco::JSON::Parser().parse(reply.body).extract<Object::Ptr>();
  for (const auto& item : *root->getArray("data")) {
    const auto& object = *item.extract<Object::Ptr>();
    if (text_of(object, "source_name") != source) continue;
    SubtaskView out = read_subtask(object);
    out.body = reply.body;
    return out;
  }
  return {};
}

void Deployment::wait_unit(const std::string& unit, std::chrono::milliseconds limit) const {
  if (!wait_for([&] { return status().unit == unit; }, limit)) {
    throw std::runtime_error("unit " + unit + " is not reached: " + status().body);
  }
}

void Deployment::wait_synced(const DatabaseServer& server, std::chrono::milliseconds limit, const std::string& source,
                             const std::string& task) const {
  const Row end = server.connect().query("SHOW MASTER STATUS").at(0);
  const std::string file = *end.at(0);
  const std::uint64_t position = std::stoull(*end.at(1));
  const bool reached = wait_for(
      [&] {
        const SubtaskView now = status(source, task);
        const bool there = now.file > file || (now.file == file && now.position >= position);
        return now.stage == "Running" && now.unit == "sync" && there;
      },
      limit);
  if (reached) return;
  throw std::runtime_error("(" + file + ", " + std::to_string(position) + ") is not reached: " +
                           status(source, task).body + "\n" + tail(sluiced.folder() / "log", 15));
}

}  // namespace sluice::test
