#pragma once

#include <string>

#include "sluice/abi/plugin.h"
#include "sluice/host/checks.hpp"

namespace sluice::host {

/// Reads the entry of a library before anything of it is called: size first, then versions. On failure the text says
/// what was expected and what was found; the caller adds the file name. `symbol` is the address of `sluice_plugin_v1`.
inline sluice_status read_entry(const void* symbol, sluice_plugin_entry& out, sluice_error& error) {
  out = make_sized<sluice_plugin_entry>();
  if (symbol == nullptr) {
    return refuse(error, 50000, "it exports no symbol `" SLUICE_PLUGIN_SYMBOL "`: not a Sluice plugin");
  }
  const auto* found = static_cast<const sluice_plugin_entry*>(symbol);
  constexpr uint32_t kHeader = 4 * sizeof(uint32_t);
  if (found->struct_size < kHeader) {
    return refuse(error, 50000,
                  "its entry says size " + std::to_string(found->struct_size) + ", at least " +
                      std::to_string(kHeader) + " is expected: damaged or not a plugin");
  }
  if (found->abi_major != SLUICE_ABI_MAJOR) {
    return refuse(error, 50000,
                  "it was built for ABI major " + std::to_string(found->abi_major) + ", this host has major " +
                      std::to_string(SLUICE_ABI_MAJOR) + ": build it against the SDK of this host");
  }
  if (found->needs_host_minor > SLUICE_ABI_MINOR) {
    return refuse(error, 50000,
                  "it needs ABI " + std::to_string(found->abi_major) + "." + std::to_string(found->needs_host_minor) +
                      " or later, this host has " + std::to_string(SLUICE_ABI_MAJOR) + "." +
                      std::to_string(SLUICE_ABI_MINOR) + ": upgrade the host or use an older build of the plugin");
  }
  out = copy_sized(found);
  if (!out.init || !out.deinit || !out.count || !out.descriptor || !out.create) {
    return refuse(error, 50000, "its entry lacks a function (init, deinit, count, descriptor, create are expected)");
  }
  return SLUICE_OK;
}

}  // namespace sluice::host
