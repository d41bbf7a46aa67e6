// Loads a store plugin the plain way (dlopen), so that these tests stand on the SDK alone.
#pragma once

#include <dlfcn.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sluice/host/entry.hpp"
#include "sluice/host/instance.hpp"
#include "sluice/host/store.hpp"

namespace sluice::test {

inline std::string message_of(const sluice_error& error) { return std::string(field_text(error.message)); }

// Throws std::runtime_error with the plugin's message when it refuses.
inline host::Store open_store(const std::string& plugin_folder, const std::string& id, const std::string& config) {
  const std::string file = plugin_folder + "/sluice_store_" + id + ".so";
  void* raw = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (raw == nullptr) throw std::runtime_error(::dlerror());
  std::shared_ptr<const void> library(raw, [](const void* handle) { ::dlclose(const_cast<void*>(handle)); });
  auto error = make_sized<sluice_error>();
  static sluice_host host = [] {
    auto h = make_sized<sluice_host>();
    h.abi_major = SLUICE_ABI_MAJOR;
    h.abi_minor = SLUICE_ABI_MINOR;
    return h;
  }();
  auto entry = make_sized<sluice_plugin_entry>();
  host::Instance instance;
  if (host::read_entry(::dlsym(raw, SLUICE_PLUGIN_SYMBOL), entry, error) != SLUICE_OK ||
      entry.init(&host, &error) != SLUICE_OK ||
      host::Instance::create(entry, "store", id.c_str(), config, library, instance, error) != SLUICE_OK) {
    throw std::runtime_error(message_of(error));
  }
  auto store = host::Store::from(std::move(instance), error);
  if (!store) throw std::runtime_error(message_of(error));
  return std::move(*store);
}

inline sluice_store_op put(std::string_view key, std::string_view value, int64_t lease = 0) {
  return {SLUICE_OP_PUT, 0, to_bytes(key), to_bytes(value), lease};
}
inline sluice_store_op drop(std::string_view key) { return {SLUICE_OP_DELETE, 0, to_bytes(key), {}, 0}; }
inline sluice_store_op drop_prefix(std::string_view key) { return {SLUICE_OP_DELETE_PREFIX, 0, to_bytes(key), {}, 0}; }
inline sluice_compare version_is(std::string_view key, int64_t number) {
  return {SLUICE_COMPARE_VERSION, SLUICE_EQUAL, to_bytes(key), number, {}};
}

struct TxnOutcome {
  bool ok = false;  // the call worked
  bool succeeded = false;
  int64_t revision = 0;
  std::string message;
};

inline TxnOutcome commit(const host::Store& store, const std::vector<sluice_store_op>& then_ops,
                         const std::vector<sluice_compare>& compares = {},
                         const std::vector<sluice_store_op>& else_ops = {}) {
  auto txn = make_sized<sluice_txn>();
  txn.compares = compares.data();
  txn.compare_count = compares.size();
  txn.then_ops = then_ops.data();
  txn.then_count = then_ops.size();
  txn.else_ops = else_ops.data();
  txn.else_count = else_ops.size();
  auto error = make_sized<sluice_error>();
  TxnOutcome out;
  out.ok = store.txn(txn, out.succeeded, out.revision, error) == SLUICE_OK;
  out.message = message_of(error);
  return out;
}

struct Held {
  std::string key, value;
  int64_t create_revision = 0, mod_revision = 0, version = 0, lease = 0;
};

inline Held held(const sluice_kv& kv) {
  return {std::string(view(kv.key)),
          std::string(view(kv.value)),
          kv.create_revision,
          kv.mod_revision,
          kv.version,
          kv.lease};
}

inline std::vector<Held> range(const host::Store& store, std::string_view prefix, int64_t* revision = nullptr) {
  auto error = make_sized<sluice_error>();
  std::vector<Held> all;
  int64_t at = 0;
  const auto each = [&](const sluice_kv& kv) { all.push_back(held(kv)); };
  if (store.range(prefix, false, at, each, error) != SLUICE_OK) throw std::runtime_error(message_of(error));
  if (revision != nullptr) *revision = at;
  return all;
}

inline std::optional<Held> get(const host::Store& store, std::string_view key) {
  auto error = make_sized<sluice_error>();
  std::optional<Held> found;
  int64_t at = 0;
  const auto each = [&](const sluice_kv& kv) { found = held(kv); };
  if (store.range(key, true, at, each, error) != SLUICE_OK) throw std::runtime_error(message_of(error));
  return found;
}

}  // namespace sluice::test
