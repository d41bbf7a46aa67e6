#include <dlfcn.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "sluice/host/host.hpp"
#include "sluice/plugin/failure.hpp"

using namespace sluice;

namespace {

sluice_plugin_entry some_entry() {
  auto e = make_sized<sluice_plugin_entry>();
  e.abi_major = SLUICE_ABI_MAJOR;
  e.init = [](const sluice_host*, sluice_error*) noexcept -> sluice_status { return SLUICE_OK; };
  e.deinit = []() noexcept {};
  e.count = []() noexcept -> size_t { return 0; };
  e.descriptor = [](size_t) noexcept -> const sluice_descriptor* { return nullptr; };
  e.create = [](const char*, const char*, sluice_str, sluice_instance*, sluice_error*) noexcept -> sluice_status {
    return SLUICE_FAILED;
  };
  return e;
}

std::string refusal(const sluice_plugin_entry* entry) {
  sluice_plugin_entry out;
  auto error = make_sized<sluice_error>();
  return host::read_entry(entry, out, error) == SLUICE_OK ? "" : std::string(field_text(error.message));
}

std::vector<std::string>& misbehaviours() {
  static std::vector<std::string> all;
  return all;
}

/// Checked mode for one test.
struct Checked {
  Checked() {
    misbehaviours().clear();
    host::set_misbehaviour_handler(
        [](const char* where, const char* rule) { misbehaviours().push_back(std::string(where) + ": " + rule); });
    host::set_check_level(host::CheckLevel::kLog);
  }
  ~Checked() { host::set_check_level(host::CheckLevel::kOff); }
};

struct Loaded {
  void* handle;
  sluice_plugin_entry entry{};
  explicit Loaded(const char* file) : handle(::dlopen(file, RTLD_NOW | RTLD_LOCAL)) {
    REQUIRE(handle != nullptr);
    auto error = make_sized<sluice_error>();
    REQUIRE(host::read_entry(::dlsym(handle, SLUICE_PLUGIN_SYMBOL), entry, error) == SLUICE_OK);
    REQUIRE(entry.init(nullptr, &error) == SLUICE_OK);
  }
  ~Loaded() {
    entry.deinit();
    ::dlclose(handle);
  }
  host::Filter filter(const char* id) const {
    host::Instance instance;
    auto error = make_sized<sluice_error>();
    REQUIRE(host::Instance::create(entry, "filter", id, "{}", nullptr, instance, error) == SLUICE_OK);
    auto f = host::Filter::from(std::move(instance), error);
    REQUIRE(f);
    return std::move(*f);
  }
};

int32_t statement_action(const host::Filter& filter) {
  auto statement = make_sized<sluice_filter_statement>();
  auto verdict = make_sized<sluice_verdict>();
  auto error = make_sized<sluice_error>();
  REQUIRE(filter.decide_statement(statement, verdict, error) == SLUICE_OK);
  return verdict.action;
}

}  // namespace

TEST_CASE("plugin entry: each refusal says what was expected and found", "[abi]") {
  CHECK(refusal(nullptr).find("sluice_plugin_v1") != std::string::npos);
  auto e = some_entry();
  CHECK(refusal(&e).empty());
  e.abi_major = 2;
  CHECK(refusal(&e).find("major 2, this host has major 1") != std::string::npos);
  e = some_entry();
  e.needs_host_minor = 99;
  CHECK(refusal(&e).find("needs ABI 1.99 or later, this host has 1." + std::to_string(SLUICE_ABI_MINOR)) !=
        std::string::npos);
  e = some_entry();
  e.struct_size = 4;
  CHECK(refusal(&e).find("size 4") != std::string::npos);
  e = some_entry();
  e.struct_size = offsetof(sluice_plugin_entry, create);
  CHECK(refusal(&e).find("lacks a function") != std::string::npos);
}

TEST_CASE("a plugin built against the headers of 1.0 still loads and answers", "[abi]") {
  const Loaded old(SLUICE_OLD_PLUGIN);
  CHECK(statement_action(old.filter("no-ddl")) == SLUICE_IGNORE);
}

TEST_CASE("a plugin whose table is shorter lacks the functions behind its end", "[abi]") {
  const Loaded shorter(SLUICE_SHORTER_PLUGIN);
  const host::Filter filter = shorter.filter("other-minor");
  CHECK(statement_action(filter) == SLUICE_IGNORE);
  CHECK_FALSE(filter.looks_at_rows());
}

TEST_CASE("a plugin whose tables are longer works with what is known of them", "[abi]") {
  const Loaded longer(SLUICE_LONGER_PLUGIN);
  const host::Filter filter = longer.filter("other-minor");
  CHECK(statement_action(filter) == SLUICE_IGNORE);
  CHECK(filter.looks_at_rows());
}

TEST_CASE("copy_sized: zeroes what the other side does not have and ignores what we do not know", "[abi]") {
  auto in = make_sized<sluice_sink_result>();
  in.rows = 7;
  in.bytes = 8;
  in.unmatched = 9;
  in.struct_size = offsetof(sluice_sink_result, unmatched);
  const auto shorter = copy_sized(&in);
  CHECK(shorter.bytes == 8);
  CHECK(shorter.unmatched == 0);
  in.struct_size = 4096;
  CHECK(copy_sized(&in).unmatched == 9);
  CHECK(copy_sized(&in).struct_size == sizeof in);
  CHECK(copy_sized<sluice_sink_result>(nullptr).rows == 0);
}

TEST_CASE("checked mode: a failure without a record and a success with one are noticed", "[abi]") {
  const Checked checked;
  auto error = make_sized<sluice_error>();
  CHECK(host::call("here", error, [](sluice_error*) { return SLUICE_FAILED; }) == SLUICE_FAILED);
  CHECK(std::string(error.message) == "the plugin failed in here without saying why");
  CHECK(error.number == 50000);
  CHECK(misbehaviours().size() == 2);
  misbehaviours().clear();
  CHECK(host::call("here", error, [](sluice_error* e) { return e->native = 5, SLUICE_OK; }) == SLUICE_OK);
  CHECK(misbehaviours().size() == 1);
  misbehaviours().clear();
  const auto honest = [](sluice_error* e) { return plugin::guard(e, [] { throw plugin::Failure("because"); }); };
  CHECK(host::call("here", error, honest) == SLUICE_FAILED);
  CHECK(misbehaviours().empty());
}

TEST_CASE("checked mode: two calls at a time on one object are noticed", "[abi]") {
  const Checked checked;
  std::atomic<bool> flag{false};
  {
    const host::Busy first("writer", flag);
    CHECK(misbehaviours().empty());
    const host::Busy second("writer", flag);
    CHECK(misbehaviours().size() == 1);
  }
}

TEST_CASE("unchecked mode: nothing is reported, and the record of a failure is still readable", "[abi]") {
  misbehaviours().clear();
  auto error = make_sized<sluice_error>();
  const auto wild = [](sluice_error* e) {
    std::memset(e, 'x', sizeof *e);
    return SLUICE_FAILED;
  };
  CHECK(host::call("here", error, wild) == SLUICE_FAILED);
  CHECK(std::string(error.message).size() == SLUICE_ERROR_MESSAGE_SIZE - 1);
  CHECK(misbehaviours().empty());
}
