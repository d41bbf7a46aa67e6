#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "sluice/host/checks.hpp"
#include "sluice/host/entry.hpp"

namespace sluice::host {

/// A live object of a plugin. Move-only; destroys it, then lets go of the library. The address of the sluice_instance
/// stays the same for its whole life: plugins use it as their identity towards services.
class Instance {
 public:
  Instance() = default;
  Instance(Instance&&) noexcept = default;
  Instance& operator=(Instance&& other) noexcept {
    reset();
    keep_alive_ = std::move(other.keep_alive_);
    raw_ = std::move(other.raw_);
    return *this;
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance() { reset(); }

  /// `keep_alive` holds the library loaded. `config` is the validated JSON object. [control]
  static sluice_status create(const sluice_plugin_entry& entry, const char* kind, const char* id,
                              std::string_view config, std::shared_ptr<const void> keep_alive, Instance& out,
                              sluice_error& error) {
    out.reset();
    auto raw = std::make_unique<sluice_instance>(make_sized<sluice_instance>());
    const sluice_status status =
        call("create", error, [&](sluice_error* e) { return entry.create(kind, id, to_str(config), raw.get(), e); });
    if (status != SLUICE_OK) return status;
    if (!raw->get_interface || !raw->destroy) {
      misbehaved("create", "the instance lacks get_interface or destroy");
      return refuse(error, 50000, "the plugin returned an instance without get_interface or destroy");
    }
    if (raw->reserved != 0) misbehaved("create", "the reserved field of the instance is not zero");
    out.raw_ = std::move(raw);
    out.keep_alive_ = std::move(keep_alive);
    return SLUICE_OK;
  }

  explicit operator bool() const { return raw_ != nullptr; }
  /// The identity that host services get to see; null when empty.
  const sluice_instance* raw() const { return raw_.get(); }
  void* self() const { return raw_->self; }

  /// A zeroed copy of the table of an interface; `offered` is false when the plugin does not have it. Functions that
  /// an older plugin lacks are null. [any]
  template <typename Table>
  Table table(const char* id, bool& offered) const {
    const auto* found = static_cast<const Table*>(raw_ ? raw_->get_interface(raw_->self, id) : nullptr);
    offered = found != nullptr;
    if (found && checking() && (found->struct_size < 2 * sizeof(uint32_t) || found->reserved != 0)) {
      misbehaved(id, "struct_size of the table is too small or its reserved field is not zero");
    }
    return copy_sized(found);
  }

  void reset() noexcept {
    if (raw_) raw_->destroy(raw_->self);
    raw_.reset();
    keep_alive_.reset();
  }

 private:
  std::shared_ptr<const void> keep_alive_;
  std::unique_ptr<sluice_instance> raw_;
};

namespace detail {

/// What all handles share: the instance and the copied table.
template <typename Table>
struct Held {
  Instance instance;
  Table api{};
  void* self() const { return instance.self(); }
};

template <typename Table>
std::shared_ptr<Held<Table>> hold(Instance instance, const char* id, sluice_error& error) {
  bool offered = false;
  const Table table = instance.table<Table>(id, offered);
  if (!offered) {
    refuse(error, 50000, std::string("the plugin does not offer `") + id + "`");
    return nullptr;
  }
  auto held = std::make_shared<Held<Table>>();
  held->instance = std::move(instance);
  held->api = table;
  return held;
}

// Not inlined: it is cold, and g++ 12 raises a false -Warray-bounds where the text is known at compile time.
[[gnu::cold, gnu::noinline]] inline sluice_status missing(const char* what, sluice_error& error) {
  return refuse(error, 50000, std::string("the plugin lacks the function ") + what);
}

}  // namespace detail

}  // namespace sluice::host
