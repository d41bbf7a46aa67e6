#include "core/plugin/library.hpp"

#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>
#include <filesystem>
#include <set>

#include "core/plugin/errors.hpp"
#include "core/plugin/host_table.hpp"
#include "sluice/host/entry.hpp"

namespace sluice::plugin {

class Library::Handle {
 public:
  boost::dll::shared_library library;
};

namespace {

Error refused(const std::string& file, const std::string& problem, const std::string& cause,
              const std::string& remedy) {
  return make_error(50000, "plugin library " + file + ": " + problem, cause, remedy);
}

std::string text(const char* value) { return value ? value : ""; }

SettingInfo copy_setting(const sluice_setting& other) {
  const sluice_setting raw = copy_sized(&other);
  return {text(raw.name),          raw.type,          raw.flags,         text(raw.unit),
          text(raw.default_value), text(raw.minimum), text(raw.maximum), text(raw.help)};
}

/// Empty when fine, else what is wrong.
std::string check_descriptor(const sluice_descriptor& raw) {
  const std::string kind = text(raw.kind);
  if (kind != "transport" && kind != "filter" && kind != "sink" && kind != "store") {
    return "its kind is `" + kind + "`; transport, filter, sink or store is expected";
  }
  if (text(raw.id).empty()) return "it has no id";
  if (raw.setting_count > 0 && (!raw.settings || raw.setting_stride < sizeof(uint32_t))) {
    return "it declares " + std::to_string(raw.setting_count) + " settings without giving them";
  }
  if (raw.setting_count > 1000) return "it declares " + std::to_string(raw.setting_count) + " settings";
  return {};
}

/// Why the loader refused, in a sentence: only the thrown exception carries its text.
std::string loader_text(const std::exception& failure) {
  std::string why = failure.what();
  while (!why.empty() && (why.back() == '\n' || why.back() == ' ')) why.pop_back();
  return why;
}

}  // namespace

Library::Library(std::unique_ptr<Handle> handle, std::shared_ptr<HostTable> host)
    : host_(std::move(host)), handle_(std::move(handle)) {}

Library::~Library() {
  if (initialized_) entry_.deinit();
}

Result<std::shared_ptr<Library>> Library::open(const std::string& file, std::shared_ptr<HostTable> host) {
  auto handle = std::make_unique<Handle>();
  const void* symbol = nullptr;
  try {
    handle->library.load(std::filesystem::absolute(file),
                         boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    if (handle->library.has(SLUICE_PLUGIN_SYMBOL)) {
      symbol = &handle->library.get<const sluice_plugin_entry>(SLUICE_PLUGIN_SYMBOL);
    }
  } catch (const std::exception& failure) {
    return refused(file, "the system cannot load it", loader_text(failure),
                   "rebuild or reinstall it for this system, with the libraries it needs, or remove the file");
  }
  std::shared_ptr<Library> library(new Library(std::move(handle), std::move(host)));
  auto error = empty_error();
  if (host::read_entry(symbol, library->entry_, error) != SLUICE_OK) {
    return refused(file, to_error(error).message, "", "use a build of the plugin for this host, or remove the file");
  }
  if (host::call("init", error, [&](sluice_error* e) { return library->entry_.init(library->host_->raw(), e); }) !=
      SLUICE_OK) {
    return refused(file, "its init failed", to_error(error).message, to_error(error).workaround);
  }
  library->initialized_ = true;
  if (Status status = library->read_descriptors(file); !status) return status;
  return library;
}

Status Library::read_descriptors(const std::string& file) {
  const size_t count = entry_.count();
  if (count == 0 || count > 1000) {
    return refused(file, "it says that it brings " + std::to_string(count) + " plugins; 1 to 1000 are expected", "",
                   "report this to the author of the plugin");
  }
  std::set<std::pair<std::string, std::string>> seen;
  for (size_t i = 0; i < count; ++i) {
    const sluice_descriptor* found = entry_.descriptor(i);
    const std::string which = "plugin " + std::to_string(i + 1) + " of " + std::to_string(count);
    if (!found) return refused(file, which + " has no descriptor", "", "report this to the author of the plugin");
    const sluice_descriptor raw = copy_sized(found);
    std::string problem = check_descriptor(raw);
    if (problem.empty() && !seen.emplace(raw.kind, raw.id).second) problem = "its kind and id are there twice";
    if (!problem.empty()) {
      return refused(file, which + " (`" + text(raw.id) + "`): " + problem, "",
                     "report this to the author of the plugin");
    }
    PluginInfo info{file, raw.kind, raw.id, text(raw.version), text(raw.summary), entry_.abi_major, entry_.abi_minor,
                    {}};
    for (const sluice_setting& setting : Strided(raw.settings, raw.setting_count, raw.setting_stride)) {
      info.settings.push_back(copy_setting(setting));
    }
    plugins_.push_back(std::move(info));
  }
  return {};
}

}  // namespace sluice::plugin
