#include <atomic>
#include <cstring>
#include <mutex>
#include <thread>

#include "check.hpp"
#include "exercise.hpp"
#include "library.hpp"
#include "settings.hpp"

namespace sluice::testkit {

namespace {

void create_destroy(const Subject& subject) {
  const Library library(subject.file);
  for (int i = 0; i < 10; ++i) library.create(subject).reset();
}

void refuses_unknown_id(const Subject& subject) {
  const Library library(subject.file);
  const std::string config = library.complete(subject);
  const std::pair<std::string, std::string> wrong[] = {{subject.kind, "no-such-thing"},
                                                       {subject.kind, subject.id + "x"},
                                                       {subject.kind, subject.id + " "},
                                                       {subject.kind, subject.id + "\n"},
                                                       {subject.kind, ""},
                                                       {"no-such-kind", subject.id},
                                                       {subject.kind + "s", subject.id},
                                                       {"", subject.id}};
  for (const auto& [kind, id] : wrong) {
    host::Instance instance;
    auto error = make_sized<sluice_error>();
    expect(library.try_create(kind, id, config, instance, error) != SLUICE_OK,
           "create accepts the kind `" + kind + "` with the id `" + id + "`");
  }
}

void unknown_interface(const Subject& subject) {
  const Library library(subject.file);
  const host::Instance instance = library.create(subject);
  const auto get = [&](const std::string& id) { return instance.raw()->get_interface(instance.self(), id.c_str()); };
  expect(get("sluice." + subject.kind + "/1") != nullptr, "get_interface(\"sluice." + subject.kind + "/1\") is null");
  for (const std::string& id : {std::string("sluice.nothing/1"), "sluice." + subject.kind + "/1x",
                                "sluice." + subject.kind + "/999", std::string("")}) {
    expect(get(id) == nullptr, "get_interface(\"" + id + "\") is not null");
  }
  for (const char* kind : {"filter", "sink", "store", "transport"}) {
    if (subject.kind == kind) continue;
    expect(get(std::string("sluice.") + kind + "/1") == nullptr,
           "a " + subject.kind + " answers to sluice." + kind + "/1");
  }
}

std::string value_of_another_type(int32_t type) {
  switch (type) {
    case SLUICE_SETTING_STRING: return "{\"a\":1}";
    case SLUICE_SETTING_INT:
    case SLUICE_SETTING_BYTES: return "\"many\"";
    case SLUICE_SETTING_BOOL: return "\"perhaps\"";
    case SLUICE_SETTING_DURATION: return "\"soon\"";
    case SLUICE_SETTING_LIST: return "{\"a\":1}";
    default: return "";
  }
}

void settings_are_named(const Subject& subject) {
  const Library library(subject.file);
  const std::string config = library.complete(subject);
  for (const sluice_setting& s : library.settings(library.descriptor(subject.kind, subject.id))) {
    const std::string name = s.name;
    host::Instance instance;
    auto error = make_sized<sluice_error>();
    if (s.flags & SLUICE_SETTING_REQUIRED) {
      expect(library.try_create(subject.kind, subject.id, without(config, name), instance, error) != SLUICE_OK,
             "create accepts a configuration without the required setting `" + name + "`");
      expect(said(error).find(name) != std::string::npos,
             "the error for the absent setting `" + name + "` does not name it: " + said(error));
    }
    const std::string wrong = value_of_another_type(s.type);
    if (wrong.empty()) continue;
    // The host validates types, so accepting is no fault; refusing without the name is.
    if (library.try_create(subject.kind, subject.id, replaced(config, name, wrong), instance, error) != SLUICE_OK) {
      expect(said(error).find(name) != std::string::npos,
             "the error for `" + name + "` = " + wrong + " does not name the setting: " + said(error));
    }
  }
}

std::string& first_misbehaviour() {
  static std::string text;
  return text;
}
std::mutex& misbehaviour_mutex() {
  static std::mutex mutex;
  return mutex;
}

void note_misbehaviour(const char* where, const char* rule) {
  const std::lock_guard<std::mutex> lock(misbehaviour_mutex());
  if (first_misbehaviour().empty()) first_misbehaviour() = std::string("in ") + where + ": " + rule;
}

void error_record(const Subject& subject) {
  const Library library(subject.file);
  const std::string config = library.complete(subject);
  host::set_misbehaviour_handler(&note_misbehaviour);
  host::set_check_level(host::CheckLevel::kLog);
  host::Instance instance;
  auto error = make_sized<sluice_error>();
  (void)library.try_create(subject.kind, "no-such-thing", config, instance, error);
  (void)library.try_create(subject.kind, subject.id, "{ this is no JSON", instance, error);
  exercise(library.create(subject), subject);
  if (!first_misbehaviour().empty()) fail(first_misbehaviour());
}

/// A caller built against an older header has a shorter record: nothing behind its size may be written.
void error_record_size(const Subject& subject) {
  const Library library(subject.file);
  struct {
    sluice_error error;
    unsigned char behind[64];
  } box;
  for (const size_t size :
       {offsetof(sluice_error, workaround), offsetof(sluice_error, message), sizeof(sluice_error)}) {
    std::memset(&box, 0, sizeof box);
    std::memset(reinterpret_cast<char*>(&box) + size, 0x5A, sizeof box - size);
    box.error.struct_size = static_cast<uint32_t>(size);
    auto out = make_sized<sluice_instance>();
    const sluice_status status =
        library.entry().create(subject.kind.c_str(), "no-such-thing", to_str("{}"), &out, &box.error);
    expect(status != SLUICE_OK, "create accepts an unknown id");
    for (size_t i = size; i < sizeof box; ++i) {
      expect(reinterpret_cast<unsigned char*>(&box)[i] == 0x5A,
             "an error record of struct_size " + std::to_string(size) + " was written behind its end");
    }
    expect(box.error.struct_size == size, "struct_size of the caller's error record was changed");
  }
}

void with_host(const Subject& subject, TestHost::Shape shape) {
  const Library library(subject.file, shape);
  exercise(library.create(subject), subject);
}

/// Refusing to be created is a fair answer too: a transport has nothing to serve without the API.
void bare_host(const Subject& subject) {
  const Library library(subject.file, TestHost::Shape::kBare);
  host::Instance instance;
  auto error = make_sized<sluice_error>();
  if (library.try_create(subject.kind, subject.id, library.complete(subject), instance, error) == SLUICE_OK) {
    exercise(std::move(instance), subject);
  } else {
    expect(error.message[0] != '\0', "create refuses a host without services and does not say why");
  }
}
void short_host(const Subject& subject) { with_host(subject, TestHost::Shape::kShort); }
void long_host(const Subject& subject) { with_host(subject, TestHost::Shape::kLong); }

void concurrent_calls(const Subject& subject) {
  const Library library(subject.file);
  Exerciser exerciser(library.create(subject), subject);
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::string problem;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      try {
        for (int round = 0; round < 20; ++round) exerciser.any_calls(i, round);
      } catch (const Failed& f) {
        const std::lock_guard<std::mutex> lock(mutex);
        problem = f.why;
      }
    });
  }
  for (auto& t : threads) t.join();
  if (!problem.empty()) fail(problem);
}

}  // namespace

const std::vector<Check>& instance_checks() {
  static const std::vector<Check> kChecks = {
      {"create-destroy", "*", "An instance can be destroyed without having been used, ten times.", &create_destroy},
      {"unknown-id", "*", "create refuses unknown kinds and ids, also with garbage behind a known one.",
       &refuses_unknown_id},
      {"unknown-interface", "*", "get_interface gives the table of the kind and null for all others.",
       &unknown_interface},
      {"settings-named", "*", "create refuses absent required settings and names the wrong one.", &settings_are_named},
      {"error-record", "*", "The error record is filled on failure and untouched on success.", &error_record},
      {"error-record-size", "*", "Nothing is written behind the caller's error record.", &error_record_size},
      {"bare-host", "*", "With a host that offers no services the plugin works, or refuses with a reason.", &bare_host},
      {"short-host", "*", "The plugin works with a host whose tables are shorter.", &short_host},
      {"long-host", "*", "The plugin works with a host whose tables are longer.", &long_host},
      {"concurrent-calls", "*", "Functions tagged [any] may be called from many threads.", &concurrent_calls, 60},
  };
  return kChecks;
}

}  // namespace sluice::testkit
