#include <dlfcn.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <set>

#include "check.hpp"
#include "elf.hpp"
#include "library.hpp"
#include "settings.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLUICE_UNDER_SANITIZER 1
#endif

namespace sluice::testkit {

namespace {

void one_exported_symbol(const Subject& subject) {
  const auto symbols = exported_symbols(subject.file);
  std::string extra;
  bool found = false;
  for (const std::string& s : symbols) {
    if (s == SLUICE_PLUGIN_SYMBOL) found = true;
#ifdef SLUICE_UNDER_SANITIZER
    else if (s.rfind("__asan", 0) == 0 || s.rfind("__tsan", 0) == 0 || s.rfind("__odr_asan", 0) == 0 || s[0] == '_')
      continue;
#endif
    else
      extra += " " + s;
  }
  expect(found, "the library does not export " SLUICE_PLUGIN_SYMBOL);
  if (!extra.empty()) {
    if (extra.size() > 300) extra = extra.substr(0, 300) + " ...";
    fail("besides " SLUICE_PLUGIN_SYMBOL " the library exports:" + extra +
         " (hide them: -fvisibility=hidden and a version script)");
  }
}

void entry_is_readable(const Subject& subject) {
  sluice_plugin_entry entry;
  close_library(open_library(subject.file, entry));
}

void load_and_unload(const Subject& subject) {
  for (int i = 0; i < 50; ++i) {
    const Library library(subject.file);
    expect(library.entry().count() > 0, "the library offers nothing: count() is 0");
  }
#ifndef SLUICE_UNDER_SANITIZER
  const std::string path = std::filesystem::absolute(subject.file).string();
  if (::dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD)) {
    throw Warned{"the library stays in memory after dlclose (unique symbols or nodelete?)"};
  }
#endif
}

void init_twice(const Subject& subject) {
  const Library library(subject.file);
  for (int i = 0; i < 3; ++i) {
    library.entry().deinit();
    auto error = make_sized<sluice_error>();
    expect(library.entry().init(library.host().raw(), &error) == SLUICE_OK, "init after deinit fails: " + said(error));
    expect(library.entry().count() > 0, "count() is 0 after init, deinit, init");
  }
}

void check_setting(const sluice_setting& s, std::set<std::string>& names) {
  expect(s.name && s.name[0], "a setting has no name");
  const std::string name = s.name;
  expect(names.insert(name).second, "the setting `" + name + "` is listed twice");
  expect(name != "name", "`name` is given by the host and cannot be a setting");
  expect(s.help && s.help[0], "the setting `" + name + "` has no help text");
  expect(s.unit && s.default_value && s.minimum && s.maximum, "the setting `" + name + "` has a null text; use \"\"");
  expect(s.type >= SLUICE_SETTING_STRING && s.type <= SLUICE_SETTING_OBJECT,
         "the setting `" + name + "` has the unknown type " + std::to_string(s.type));
  expect(s.reserved == 0, "the setting `" + name + "` has a reserved field that is not zero");
  if (s.default_value[0] == '\0') return;
  expect(!(s.flags & SLUICE_SETTING_REQUIRED), "the setting `" + name + "` is required and has a default");
  try {
    const std::string problem = wrong_with(s, plugin::Json::parse(s.default_value));
    expect(problem.empty(), "the default does not suit its own setting " + problem);
  } catch (const plugin::Failure& f) {
    fail("the default of `" + name + "` is not JSON: " + f.message());
  }
}

void descriptors(const Subject& subject) {
  const Library library(subject.file);
  const size_t count = library.entry().count();
  expect(library.entry().descriptor(count) == nullptr, "descriptor(count()) is not null");
  expect(library.entry().descriptor(static_cast<size_t>(-1)) == nullptr, "descriptor(SIZE_MAX) is not null");
  std::set<std::string> seen;
  for (size_t i = 0; i < count; ++i) {
    const auto* raw = library.entry().descriptor(i);
    expect(raw != nullptr,
           "descriptor(" + std::to_string(i) + ") is null although count() is " + std::to_string(count));
    const sluice_descriptor d = copy_sized(raw);
    expect(d.kind && d.id && d.version && d.summary, "a text of a descriptor is null");
    const std::string kind = d.kind;
    expect(kind == "filter" || kind == "sink" || kind == "store" || kind == "transport", "unknown kind `" + kind + "`");
    expect(d.id[0] && d.version[0] && d.summary[0], "a text of the descriptor of a " + kind + " is empty");
    expect(seen.insert(kind + "/" + d.id).second, "the " + kind + " `" + d.id + "` is listed twice");
    expect(d.setting_count == 0 || d.setting_stride >= sizeof(uint32_t), "setting_stride is too small");
    std::set<std::string> names;
    for (const sluice_setting& s : library.settings(d)) check_setting(s, names);
  }
}

}  // namespace

const std::vector<Check>& library_checks() {
  static const std::vector<Check> kChecks = {
      {"one-exported-symbol", "", "The dynamic symbol table shows sluice_plugin_v1 and nothing else.",
       &one_exported_symbol},
      {"entry", "", "The entry can be read by this host: size, versions, functions.", &entry_is_readable},
      {"load-unload", "", "The library can be loaded, initialised and unloaded 50 times.", &load_and_unload, 60},
      {"init-twice", "", "init works again after deinit.", &init_twice},
      {"descriptors", "", "Everything the library lists is complete, unique and has valid defaults.", &descriptors},
  };
  return kChecks;
}

}  // namespace sluice::testkit
