#include "core/plugin/registry.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>

#include "core/plugin/errors.hpp"
#include "core/plugin/host_table.hpp"
#include "core/plugin/library.hpp"
#include "core/plugin/secret_box.hpp"
#include "sluice/host/host.hpp"

namespace sluice::plugin {
namespace {

namespace fs = std::filesystem;

const char* remedy_for_missing() {
  return "install the plugin's library into one of the folders of [plugins] path, or correct the name";
}

std::string describe(const std::string& kind, const std::string& id, const std::string& instance) {
  return kind + " plugin `" + id + "`" + (instance.empty() || instance == id ? "" : " (" + instance + ")");
}

HostTable::SecretOpener opener(const HostServices& services) {
  if (services.secrets) return [box = services.secrets](const std::string& text) { return box->open(text); };
  if (services.open_secret) return services.open_secret;
  return [](const std::string& text) { return Result<std::string>(text); };
}

}  // namespace

class Registry::Impl {
 public:
  explicit Impl(HostServices services)
      : host(std::make_shared<HostTable>(std::move(services.name), std::move(services.version),
                                         services.metrics ? services.metrics : std::make_shared<Metrics>(),
                                         opener(services))) {
    host->offer_api(services.api);
  }

  Status add(const std::string& file) {
    std::error_code ignored;
    const std::string real = fs::weakly_canonical(file, ignored).string();
    if (libraries.contains(real)) return {};
    auto library = Library::open(file, host);
    if (!library) return library.status();
    for (const PluginInfo& info : (*library)->plugins()) {
      const Known* other = find(info.kind, info.id);
      if (other) {
        return make_error(50000,
                          "plugin library " + file + ": it brings the " + describe(info.kind, info.id, "") +
                              ", which " + other->info.file + " has brought already",
                          "", "remove one of the two files from [plugins] path; the first one is in use");
      }
    }
    for (const PluginInfo& info : (*library)->plugins()) known.push_back({info, *library});
    libraries.emplace(real, *library);
    return {};
  }

  struct Known {
    PluginInfo info;
    std::shared_ptr<Library> library;
  };

  const Known* find(const std::string& kind, const std::string& id) const {
    for (const Known& one : known) {
      if (one.info.kind == kind && one.info.id == id) return &one;
    }
    return nullptr;
  }

  Error missing(const std::string& kind, const std::string& id, const std::string& instance) const {
    std::string have;
    for (const Known& one : known) {
      if (one.info.kind == kind) have += (have.empty() ? "" : ", ") + one.info.id;
    }
    std::string cause;
    for (const RefusedLibrary& one : refused) cause += (cause.empty() ? "" : "; ") + one.why.message;
    return make_error(
        49001,
        describe(kind, id, instance) + " is not loaded; loaded plugins of this kind: " + (have.empty() ? "none" : have),
        cause, remedy_for_missing());
  }

  template <typename Handle>
  Result<std::shared_ptr<Handle>> create(const char* kind, const std::string& id, const std::string& instance,
                                         const std::string& config_json) {
    const Known* one = find(kind, id);
    if (!one) return missing(kind, id, instance);
    const std::string what = describe(kind, id, instance);
    auto config = complete_settings(one->info.settings, what, instance, config_json);
    if (!config) return config.status();
    auto error = empty_error();
    host::Instance made;
    sluice_status status = SLUICE_OK;
    {
      HostTable::Creating creating(*host, kind, id, instance);
      status = host::Instance::create(one->library->entry(), kind, id.c_str(), *config, one->library, made, error);
      if (status == SLUICE_OK) creating.keep(made.raw());
    }
    const auto fail = [&] {
      return Status(to_error(error)).with(what + " from " + one->info.file + " cannot be created");
    };
    if (status != SLUICE_OK) return fail();
    const void* identity = made.raw();
    host->remember(identity, {kind, id, instance, std::chrono::system_clock::now()});
    auto handle = Handle::from(std::move(made), error);
    if (!handle) {
      host->forget(identity);
      return fail();
    }
    // The table and the library outlive the object; the operations end before it does.
    const auto forget = [table = host, identity](Handle* object) {
      table->forget(identity);
      delete object;
    };
    return std::shared_ptr<Handle>(new Handle(std::move(*handle)), forget);
  }

  std::shared_ptr<HostTable> host;
  std::vector<Known> known;
  std::map<std::string, std::shared_ptr<Library>> libraries;
  std::vector<RefusedLibrary> refused;
};

Registry::Registry(HostServices services) : impl_(std::make_shared<Impl>(std::move(services))) {}
Registry::~Registry() = default;

std::vector<Error> Registry::load(const std::vector<std::string>& search_paths) {
  std::vector<Error> problems;
  for (const std::string& path : search_paths) {
    std::error_code why;
    std::vector<std::string> files;
    for (fs::directory_iterator at(path, why), end; !why && at != end; at.increment(why)) {
      if (at->path().extension() == ".so") files.push_back(fs::absolute(at->path()).string());
    }
    if (why) {
      problems.push_back(make_error(50000, "plugin folder " + path + " cannot be read: " + why.message(), "",
                                    "correct [plugins] path or create the folder"));
    }
    std::sort(files.begin(), files.end());
    for (const std::string& file : files) {
      if (Status status = load_file(file); !status) problems.push_back(status.error());
    }
  }
  return problems;
}

Status Registry::load_file(const std::string& file) {
  Status status = impl_->add(file);
  if (!status) impl_->refused.push_back({fs::absolute(file).string(), status.error()});
  return status;
}

std::vector<PluginInfo> Registry::list() const {
  std::vector<PluginInfo> all;
  for (const Impl::Known& one : impl_->known) all.push_back(one.info);
  return all;
}

std::vector<RefusedLibrary> Registry::refused() const { return impl_->refused; }
std::vector<InstanceInfo> Registry::instances() const { return impl_->host->instances(); }

const PluginInfo* Registry::find(const std::string& kind, const std::string& id) const {
  const Impl::Known* one = impl_->find(kind, id);
  return one ? &one->info : nullptr;
}

Result<std::string> Registry::complete_config(const std::string& kind, const std::string& id,
                                              const std::string& instance_name, const std::string& config_json) const {
  const Impl::Known* one = impl_->find(kind, id);
  if (!one) return impl_->missing(kind, id, instance_name);
  return complete_settings(one->info.settings, describe(kind, id, instance_name), instance_name, config_json);
}

Result<std::shared_ptr<host::Sink>> Registry::create_sink(const std::string& id, const std::string& instance_name,
                                                          const std::string& config_json) {
  return impl_->create<host::Sink>("sink", id, instance_name, config_json);
}
Result<std::shared_ptr<host::Filter>> Registry::create_filter(const std::string& id, const std::string& instance_name,
                                                              const std::string& config_json) {
  return impl_->create<host::Filter>("filter", id, instance_name, config_json);
}
Result<std::shared_ptr<host::Store>> Registry::create_store(const std::string& id, const std::string& instance_name,
                                                            const std::string& config_json) {
  return impl_->create<host::Store>("store", id, instance_name, config_json);
}
Result<std::shared_ptr<host::Transport>> Registry::create_transport(const std::string& id,
                                                                    const std::string& instance_name,
                                                                    const std::string& config_json) {
  return impl_->create<host::Transport>("transport", id, instance_name, config_json);
}

void Registry::offer_api(const sluice_host_api* api) { impl_->host->offer_api(api); }
Metrics& Registry::metrics() { return impl_->host->metrics(); }
PluginOperations& Registry::operations() { return impl_->host->operations(); }

}  // namespace sluice::plugin
