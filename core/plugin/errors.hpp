#pragma once

#include "core/model/error.hpp"
#include "sluice/abi/base.h"

namespace sluice::plugin {

/// The record a plugin filled, as the error that the rest of the host knows. `status` is what the call returned.
/// A record that the plugin left empty still gives an error: it says so and names the plugin's duty.
Error to_error(const sluice_error& record);

/// The other way, for callbacks that the host gives to plugins (sluice_load.next). Texts are cut at a UTF-8
/// boundary and flagged as truncated. Never throws.
void fill_error(sluice_error* record, const Error& error) noexcept;

/// A zeroed record with its size set, as every fallible call of the waist wants it.
sluice_error empty_error() noexcept;

/// A record's SLUICE_ERROR_FENCED, OUTCOME_UNKNOWN and RECONNECT flags have no place in Error: ask the record.
inline bool is_fenced(const sluice_error& record) { return (record.flags & SLUICE_ERROR_FENCED) != 0; }

}  // namespace sluice::plugin
