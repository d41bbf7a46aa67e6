#include "library.hpp"

#include <dlfcn.h>

#include <cstring>
#include <filesystem>

#include "settings.hpp"
#include "sluice/plugin/json.hpp"

namespace sluice::testkit {

std::string said(const sluice_error& error) {
  return std::string(field_text(error.message)) + " (number " + std::to_string(error.number) + ")";
}

void* open_library(const std::string& file, sluice_plugin_entry& entry) {
  const std::string path = std::filesystem::absolute(file).string();
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char* why = ::dlerror();
    fail(std::string("cannot be loaded: ") + (why ? why : "unknown reason"));
  }
  auto error = make_sized<sluice_error>();
  if (host::read_entry(::dlsym(handle, SLUICE_PLUGIN_SYMBOL), entry, error) != SLUICE_OK) fail(said(error));
  return handle;
}

void close_library(void* handle) { ::dlclose(handle); }

Library::Library(const std::string& file, TestHost::Shape shape) : host_(shape) {
  handle_ = open_library(file, entry_);
  auto error = make_sized<sluice_error>();
  if (entry_.init(host_.raw(), &error) != SLUICE_OK) fail("init: " + said(error));
  initialised_ = true;
}

Library::~Library() {
  if (initialised_) entry_.deinit();
  if (handle_) close_library(handle_);
}

sluice_descriptor Library::descriptor(const std::string& kind, const std::string& id) const {
  const size_t count = entry_.count();
  for (size_t i = 0; i < count; ++i) {
    const sluice_descriptor d = copy_sized(entry_.descriptor(i));
    if (d.kind && d.id && kind == d.kind && id == d.id) return d;
  }
  fail("the library has no " + kind + " `" + id + "`");
}

std::vector<sluice_setting> Library::settings(const sluice_descriptor& descriptor) const {
  std::vector<sluice_setting> all;
  for (const sluice_setting& s :
       Strided<sluice_setting>(descriptor.settings, descriptor.setting_count, descriptor.setting_stride)) {
    all.push_back(copy_sized(&s));
  }
  return all;
}

std::string Library::complete(const Subject& subject) const {
  return complete_settings(settings(descriptor(subject.kind, subject.id)), subject.config);
}

sluice_status Library::try_create(const std::string& kind, const std::string& id, const std::string& config,
                                  host::Instance& out, sluice_error& error) const {
  return host::Instance::create(entry_, kind.c_str(), id.c_str(), config, nullptr, out, error);
}

host::Instance Library::create(const Subject& subject) const {
  host::Instance instance;
  auto error = make_sized<sluice_error>();
  if (try_create(subject.kind, subject.id, complete(subject), instance, error) != SLUICE_OK) {
    fail("create: " + said(error));
  }
  return instance;
}

}  // namespace sluice::testkit
