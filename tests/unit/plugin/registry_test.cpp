#include "core/plugin/registry.hpp"

#include <stdlib.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "core/plugin/errors.hpp"
#include "core/plugin/metrics.hpp"
#include "core/plugin/operations.hpp"
#include "sluice/host/host.hpp"

using namespace sluice;
using namespace sluice::plugin;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

// A plugin library made by the test: C source against the waist, built with the system's compiler.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "sluice-plugins-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  std::string path() const { return path_.string(); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(path_ / name) << content;
    return file(name);
  }
  std::string compile(const std::string& name, const std::string& source) const {
    write(name + ".c", source);
    const std::string command = std::string("cc -std=c11 -shared -fPIC -I") + SLUICE_SOURCE_DIR + "/sdk/include -o " +
                                file(name + ".so") + " " + file(name + ".c") + " 2> " + file("errors");
    if (std::system(command.c_str()) != 0) {
      std::ifstream errors(file("errors"));
      throw std::runtime_error(std::string(std::istreambuf_iterator<char>(errors), {}));
    }
    return file(name + ".so");
  }

 private:
  fs::path path_;
};

// A store without functions whose `create` records its configuration in the error when the setting asks for it.
std::string store_source(const std::string& entry, const std::string& id = "tiny",
                         const std::string& init = "return 0;") {
  return R"(#include <string.h>
#include "sluice/abi/plugin.h"
#include "sluice/abi/store.h"
static const sluice_host *the_host;
static sluice_store_api table = {sizeof(sluice_store_api)};
static const void *get_interface(void *self, const char *id) { (void)self; return strcmp(id, "sluice.store/1") == 0 ? &table : 0; }
static void destroy(void *self) { (void)self; }
static void fail(sluice_error *e, const char *text, size_t len) {
  e->number = 42501; strcpy(e->error_class, "ha"); strcpy(e->scope, "internal"); strcpy(e->level, "high");
  e->flags = SLUICE_ERROR_RETRYABLE; memcpy(e->message, text, len); e->message[len] = 0; strcpy(e->workaround, "start it");
}
static sluice_status init(const sluice_host *host, sluice_error *e) { the_host = host; (void)e; )" +
         init + R"( }
static void deinit(void) { the_host = 0; }
static size_t count(void) { return 1; }
static const sluice_setting settings[] = {
  {sizeof(sluice_setting), SLUICE_SETTING_STRING, SLUICE_SETTING_REQUIRED, 0, "file", "", "", "", "", "where it lives"},
  {sizeof(sluice_setting), SLUICE_SETTING_BOOL, 0, 0, "fail", "", "false", "", "", ""}};
static const sluice_descriptor d = {sizeof d, 0, "store", ")" +
         id + R"(", "1.2.3", "a store", settings, 2, sizeof settings[0]};
static const sluice_descriptor *descriptor(size_t i) { return i == 0 ? &d : 0; }
static sluice_status create(const char *kind, const char *id, sluice_str config, sluice_instance *out, sluice_error *e) {
  (void)kind; (void)id;
  if (strstr(config.data, "\"fail\":true")) { fail(e, config.data, config.len); return 1; }
  const sluice_host_metrics *m = the_host->get_service(the_host->self, "sluice.metrics/1");
  sluice_str name = {"tiny_created", 12}; m->counter_add(m->self, name, 0, 0, 1);
  out->self = 0; out->get_interface = get_interface; out->destroy = destroy; return 0;
}
)" +
         (entry.empty()
              ? "SLUICE_EXPORT const sluice_plugin_entry sluice_plugin_v1 = {sizeof(sluice_plugin_entry), 1, 0, 0, "
                "init, deinit, count, descriptor, create};\n"
              : entry);
}

std::string load_error(const std::string& file) {
  Registry registry({});
  const Status status = registry.load_file(file);
  REQUIRE_FALSE(status.ok());
  CHECK(registry.list().empty());
  CHECK_THAT(status.error().message, Contains(file));
  return status.error().one_line();
}

}  // namespace

TEST_CASE("registry: a file that is no plugin is refused with file, finding and remedy", "[unit][plugin]") {
  const Folder folder;
  CHECK_THAT(load_error(folder.write("text.so", "not a library")), Contains("cannot load") && Contains("Workaround"));
  CHECK_THAT(load_error(folder.file("absent.so")), Contains("No such file"));
  CHECK_THAT(load_error(folder.compile("empty", "int nothing;")), Contains("exports no symbol `sluice_plugin_v1`"));
}

TEST_CASE("registry: a plugin of another ABI is refused before anything of it is called", "[unit][plugin]") {
  const Folder folder;
  const auto entry = [](const std::string& head) {
    return "static sluice_status bad(const sluice_host *h, sluice_error *e) { (void)h; (void)e; __builtin_trap(); }\n"
           "SLUICE_EXPORT const sluice_plugin_entry sluice_plugin_v1 = {" +
           head + ", bad, deinit, count, descriptor, create};\n";
  };
  const std::string size = "sizeof(sluice_plugin_entry)";
  CHECK_THAT(load_error(folder.compile("major", store_source(entry(size + ", 2, 0, 0")))),
             Contains("ABI major 2") && Contains("major 1"));
  CHECK_THAT(load_error(folder.compile("minor", store_source(entry(size + ", 1, 99, 99")))),
             Contains("needs ABI 1.99"));
  CHECK_THAT(load_error(folder.compile("size", store_source(entry("4, 1, 0, 0")))), Contains("size 4"));
  CHECK_THAT(load_error(folder.compile("short", store_source(entry("24, 1, 0, 0")))), Contains("lacks a function"));
}

TEST_CASE("registry: what a plugin says when init fails reaches the reader", "[unit][plugin]") {
  const Folder folder;
  const std::string text =
      load_error(folder.compile("init", store_source("", "tiny", "fail(e, \"no licence\", 10); return 1;")));
  CHECK_THAT(text, Contains("init failed") && Contains("no licence") && Contains("start it"));
}

TEST_CASE("registry: a folder is searched, broken files are reported and left out", "[unit][plugin]") {
  const Folder folder;
  folder.compile("a_good", store_source(""));
  folder.compile("b_twin", store_source(""));
  folder.write("c_broken.so", "x");
  folder.write("readme.txt", "x");
  Registry registry({});
  const auto problems = registry.load({folder.path(), folder.path() + "/none"});
  REQUIRE(problems.size() == 3);
  CHECK_THAT(problems[0].one_line(), Contains("b_twin.so") && Contains("a_good.so has brought already"));
  CHECK_THAT(problems[1].one_line(), Contains("c_broken.so"));
  CHECK_THAT(problems[2].one_line(), Contains("/none"));
  const auto list = registry.list();
  REQUIRE(list.size() == 1);
  CHECK(list[0].kind == "store");
  CHECK(list[0].id == "tiny");
  CHECK(list[0].version == "1.2.3");
  CHECK(list[0].abi_major == 1);
  CHECK(list[0].settings.size() == 2);
  CHECK_THAT(list[0].file, Contains("a_good.so"));
  CHECK(registry.load_file(folder.file("a_good.so")).ok());
  const auto refused = registry.refused();
  REQUIRE(refused.size() == 2);
  CHECK_THAT(refused[0].file, Contains("b_twin.so"));
  CHECK_THAT(refused[1].why.one_line(), Contains("c_broken.so"));
}

TEST_CASE("registry: the operations of an instance come and go with it, one that cannot be created leaves none",
          "[unit][plugin]") {
  const Folder folder;
  std::string source = store_source("");
  const std::string create = "  (void)kind; (void)id;\n";
  const size_t at = source.find(create);
  REQUIRE(at != std::string::npos);
  source.insert(at + create.size(), R"(
  static const sluice_operation op = {sizeof op, 0, {"hi", 2}, {"GET", 3}, {"/hi", 3}, {"says hi", 7}};
  sluice_operation_handler handler = {sizeof handler, 0, op, 0, handle};
  const sluice_host_operations *operations = the_host->get_service(the_host->self, "sluice.operations/1");
  if (operations->add(operations->self, out, &handler, e)) return 1;
)");
  source.insert(source.find("static sluice_status create("), R"(
static void handle(void *self, const sluice_request *request, const sluice_reply_sink *reply) {
  (void)self; (void)request;
  sluice_str type = {"application/json", 16}, body = {"\"hi\"", 4};
  reply->done(reply->self, 200, type, body);
}
)");
  folder.compile("tiny", source);
  Registry registry({});
  REQUIRE(registry.load({folder.path()}).empty());
  CHECK_FALSE(registry.create_store("tiny", "bad", R"({"file":"f","fail":true})").ok());
  CHECK(registry.operations().list().empty());
  auto made = registry.create_store("tiny", "good", R"({"file":"f"})");
  REQUIRE(made.ok());
  REQUIRE(registry.operations().list().size() == 1);
  const auto reply = registry.operations().run("good", "hi", make_sized<sluice_request>());
  REQUIRE(reply.ok());
  CHECK(reply->body == "\"hi\"");
  CHECK_FALSE(registry.operations().run("bad", "hi", make_sized<sluice_request>()).ok());
  made->reset();
  CHECK(registry.operations().list().empty());
}

TEST_CASE("registry: instances are told as long as they live, the oldest first", "[unit][plugin]") {
  const Folder folder;
  folder.compile("tiny", store_source(""));
  Registry registry({});
  REQUIRE(registry.load({folder.path()}).empty());
  CHECK(registry.instances().empty());
  auto first = registry.create_store("tiny", "z", R"({"file":"f"})");
  auto second = registry.create_store("tiny", "a", R"({"file":"f"})");
  REQUIRE((first.ok() && second.ok()));
  const auto both = registry.instances();
  REQUIRE(both.size() == 2);
  CHECK(both[0].created <= both[1].created);
  CHECK(both[0].kind + "/" + both[0].plugin == "store/tiny");
  first->reset();
  REQUIRE(registry.instances().size() == 1);
  CHECK(registry.instances()[0].name == "a");
}

TEST_CASE("registry: a missing plugin is named beside those that are there and what failed to load", "[unit][plugin]") {
  const Folder folder;
  folder.compile("tiny", store_source(""));
  folder.write("etcd.so", "x");
  Registry registry({});
  (void)registry.load({folder.path()});
  const auto made = registry.create_store("etcd", "store", "{}");
  REQUIRE_FALSE(made.ok());
  CHECK_THAT(made.error().one_line(),
             Contains("store plugin `etcd`") && Contains("tiny") && Contains("etcd.so") && Contains("[plugins] path"));
}

TEST_CASE("registry: the configuration is checked and completed before create sees it", "[unit][plugin]") {
  const Folder folder;
  folder.compile("tiny", store_source(""));
  Registry registry({});
  REQUIRE(registry.load({folder.path()}).empty());
  const auto unknown = registry.create_store("tiny", "store", R"({"file":"f","color":"red"})");
  REQUIRE_FALSE(unknown.ok());
  CHECK_THAT(unknown.error().one_line(), Contains("store plugin `tiny` (store)") && Contains("`color` is unknown"));
  const auto failed = registry.create_store("tiny", "store", R"({"file":"f","fail":true})");
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == 42501);
  CHECK(failed.error().retryable);
  CHECK(failed.error().workaround == "start it");
  CHECK_THAT(failed.error().message, Contains("tiny.so") && Contains(R"("file":"f")") && Contains(R"("name":"store")"));
  const auto complete = registry.complete_config("store", "tiny", "s", R"({"file":"f"})");
  REQUIRE(complete.ok());
  CHECK_THAT(*complete, Contains(R"("fail":false)"));
}

TEST_CASE("registry: an instance keeps its library and the host's services after the registry is gone",
          "[unit][plugin]") {
  const Folder folder;
  folder.compile("tiny", store_source(""));
  HostServices services;
  services.metrics = std::make_shared<Metrics>();
  const auto metrics = services.metrics;
  std::shared_ptr<host::Store> store;
  {
    Registry registry(std::move(services));
    REQUIRE(registry.load({folder.path()}).empty());
    auto made = registry.create_store("tiny", "store", R"({"file":"f"})");
    REQUIRE(made.ok());
    store = *made;
  }
  auto error = empty_error();
  int64_t lease = 0;
  CHECK(store->lease_grant(1000, lease, error) != SLUICE_OK);
  CHECK_THAT(to_error(error).message, Contains("lacks the function"));
  CHECK(metrics->value("tiny_created") == 1);
}

TEST_CASE("errors: a record survives the way into the host and back", "[unit][plugin]") {
  Error error = make_error(36027, "column count");
  error.retryable = true;
  error.native = 1136;
  error.workaround = std::string(300, 'w');
  auto record = empty_error();
  fill_error(&record, error);
  CHECK((record.flags & SLUICE_ERROR_TRUNCATED) != 0);
  const Error back = to_error(record);
  CHECK(back.code == 36027);
  CHECK(back.error_class == "sync-unit");
  CHECK(back.native == 1136);
  CHECK(back.retryable);
  CHECK(back.message == "column count");
  CHECK(to_error(empty_error()).code == 50000);
}
