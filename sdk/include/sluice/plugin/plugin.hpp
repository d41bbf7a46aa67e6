#pragma once

/// Everything that a plugin author needs.
#include "sluice/plugin/arena.hpp"
#include "sluice/plugin/config.hpp"
#include "sluice/plugin/export.hpp"
#include "sluice/plugin/failure.hpp"
#include "sluice/plugin/filter.hpp"
#include "sluice/plugin/host.hpp"
#include "sluice/plugin/json.hpp"
#include "sluice/plugin/sink.hpp"
#include "sluice/plugin/store.hpp"
#include "sluice/plugin/transport.hpp"
#include "sluice/plugin/values.hpp"
