#pragma once

#include "sluice/abi/plugin.h"

/// The functions behind the entry of each library of this folder.
extern "C" {
sluice_status reference_init(const sluice_host* host, sluice_error* error) noexcept;
void reference_deinit(void) noexcept;
size_t reference_count(void) noexcept;
const sluice_descriptor* reference_descriptor(size_t index) noexcept;
sluice_status reference_create(const char* kind, const char* id, sluice_str config, sluice_instance* out,
                               sluice_error* error) noexcept;
}
