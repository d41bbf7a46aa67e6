#pragma once

/// Everything that a host needs to use plugins.
#include "sluice/host/checks.hpp"
#include "sluice/host/entry.hpp"
#include "sluice/host/filter.hpp"
#include "sluice/host/instance.hpp"
#include "sluice/host/operations.hpp"
#include "sluice/host/sink.hpp"
#include "sluice/host/store.hpp"
#include "sluice/host/transport.hpp"
