#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::cluster {

/// Everything this folder keeps in the store lies below this prefix, so that one read gives one consistent picture.
inline constexpr const char* kStateRoot = "/sluice/v1/state/";

/// "/sluice/v1/state/<kind>/<part>/<part>"; parts are escaped, so any name makes a key.
std::string key_of(std::string_view kind, std::string_view part);
std::string key_of(std::string_view kind, std::string_view part, std::string_view second);
/// Task templates lie beside the state: nothing that runs depends on them.
inline constexpr const char* kTemplateRoot = "/sluice/v1/templates/";
std::string template_key(std::string_view task);
/// Where a living process leaves the id of its run, under its lease.
std::string process_key(std::string_view node);
/// What was answered to requests that carry a key.
inline constexpr const char* kKeyedRoot = "/sluice/v1/keyed_requests/";
/// A name as one part of a key: without "/" and control characters.
std::string key_part(std::string_view name);
/// Kind and parts of a key below the root; empty when it is none.
std::vector<std::string> parts_of(std::string_view key);

// Kinds.
inline constexpr const char* kSources = "sources";             ///< <source>: definition
inline constexpr const char* kTasks = "tasks";                 ///< <task>: definition
inline constexpr const char* kStages = "stages";               ///< <task>/<source>: desired stage
inline constexpr const char* kObserved = "observed";           ///< <task>/<source>: last report of the worker
inline constexpr const char* kBindings = "bindings";           ///< <source>: worker
inline constexpr const char* kBound = "bound";                 ///< <worker>: source; always written with the binding
inline constexpr const char* kLastBound = "last_bound";        ///< <source>: worker
inline constexpr const char* kWorkers = "workers";             ///< <worker>: address
inline constexpr const char* kMasters = "masters";             ///< <master>: address
inline constexpr const char* kAliveWorkers = "alive_workers";  ///< <worker>, leased
inline constexpr const char* kAliveMasters = "alive_masters";  ///< <master>, leased
inline constexpr const char* kLeader = "leader";               ///< "leader", leased: name of the master that schedules
inline constexpr const char* kTransfers =
    "transfers";                                      ///< <source>: a transfer that has paused tasks and not moved yet
inline constexpr const char* kCluster = "cluster";    ///< id, topology
inline constexpr const char* kRemovals = "removals";  ///< <task>: a deleted task whose target still has metadata

}  // namespace sluice::cluster
