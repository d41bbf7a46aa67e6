#include "entry.hpp"

#include "reference.hpp"

namespace {

using namespace sluice::reference;  // NOLINT(google-build-using-namespace): the one user of all four

constexpr sluice_plugin_entry kEntry =
    sluice::plugin::Library<ReferenceFilter, ReferenceStore, ReferenceSink, ReferenceTransport>::entry();

}  // namespace

namespace sluice::reference {

std::vector<plugin::Setting> common_settings() {
  using plugin::Setting;
  return {Setting::string("schema").required().help("What the filter ignores; the others only read it."),
          Setting::integer("limit").fallback("10").range("1", "100").help("Read and not used."),
          Setting::duration("pause").fallback("\"1s\"").help("Read and not used.")};
}

void read_settings(const plugin::Config& config) {
  if (fault("setting-not-named") && !config.has("schema")) throw plugin::Failure("something is missing");
  (void)config.string("schema");
  (void)config.integer("limit", 10);
  (void)config.duration("pause", std::chrono::seconds(1));
}

}  // namespace sluice::reference

extern "C" {

sluice_status reference_init(const sluice_host* host, sluice_error* error) noexcept { return kEntry.init(host, error); }
void reference_deinit(void) noexcept { kEntry.deinit(); }
size_t reference_count(void) noexcept { return kEntry.count(); }
const sluice_descriptor* reference_descriptor(size_t index) noexcept { return kEntry.descriptor(index); }

sluice_status reference_create(const char* kind, const char* id, sluice_str config, sluice_instance* out,
                               sluice_error* error) noexcept {
  if (fault("accepts-garbage-id") && id && std::strncmp(id, "reference", 9) == 0) id = "reference";
  if (fault("needs-a-service") && !sluice::plugin::Host::get().service(SLUICE_LOG_SERVICE)) std::abort();
  const bool unknown = !id || std::strcmp(id, "reference") != 0;
  if (fault("record-not-filled") && unknown) return SLUICE_FAILED;
  const sluice_status status = kEntry.create(kind, id, config, out, error);
  if (fault("record-overrun") && status != SLUICE_OK && error) error->workaround[0] = 'x';
  if (fault("record-touched") && status == SLUICE_OK) error->native = 1;
  return status;
}
}
