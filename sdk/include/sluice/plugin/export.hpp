#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "sluice/abi/plugin.h"
#include "sluice/plugin/config.hpp"
#include "sluice/plugin/filter.hpp"
#include "sluice/plugin/host.hpp"
#include "sluice/plugin/sink.hpp"
#include "sluice/plugin/store.hpp"
#include "sluice/plugin/transport.hpp"

namespace sluice::plugin {

namespace detail {

template <typename T>
using BoxOf =
    std::conditional_t<std::is_base_of_v<Filter, T>, FilterBox,
                       std::conditional_t<std::is_base_of_v<Sink, T>, SinkBox,
                                          std::conditional_t<std::is_base_of_v<Store, T>, StoreBox, TransportBox>>>;

template <typename T>
const sluice_descriptor* descriptor_of() {
  static const std::vector<sluice_setting> kSettings = [] {
    std::vector<sluice_setting> raw;
    for (const Setting& setting : T::settings()) raw.push_back(setting.raw());
    return raw;
  }();
  static const sluice_descriptor kDescriptor = [] {
    auto d = make_sized<sluice_descriptor>();
    d.kind = T::kKind;
    d.id = T::kId;
    d.version = T::kVersion;
    d.summary = T::kSummary;
    d.settings = kSettings.data();
    d.setting_count = kSettings.size();
    d.setting_stride = sizeof(sluice_setting);
    return d;
  }();
  return &kDescriptor;
}

template <typename T>
void create_instance(std::string_view json, sluice_instance* out) {
  static_assert(std::is_base_of_v<Filter, T> || std::is_base_of_v<Sink, T> || std::is_base_of_v<Store, T> ||
                    std::is_base_of_v<Transport, T>,
                "derive from sluice::plugin::Filter, Sink, Store or Transport");
  using Box = BoxOf<T>;
  auto box = std::make_unique<Box>(std::make_unique<T>(Config(json, out)));
  auto raw = make_sized<sluice_instance>();
  raw.self = box.release();
  raw.get_interface = [](void* self, const char* id) noexcept -> const void* {
    return id ? static_cast<Box*>(self)->get_interface(id) : nullptr;
  };
  raw.destroy = [](void* self) noexcept { guard_silent([&] { delete static_cast<Box*>(self); }); };
  write_sized(out, raw);
}

}  // namespace detail

/// The entry point behind SLUICE_EXPORT_PLUGIN.
template <typename... Classes>
class Library {
 public:
  static constexpr sluice_plugin_entry entry() {
    return {sizeof(sluice_plugin_entry),
            SLUICE_ABI_MAJOR,
            SLUICE_ABI_MINOR,
            0,
            &init,
            &deinit,
            &count,
            &descriptor,
            &create};
  }

 private:
  static sluice_status init(const sluice_host* host, sluice_error* error) noexcept {
    return guard(error, [&] { Host::attach(host); });
  }
  static void deinit() noexcept {
    guard_silent([] { Host::detach(); });
  }
  static size_t count() noexcept { return sizeof...(Classes); }
  static const sluice_descriptor* descriptor(size_t index) noexcept {
    const sluice_descriptor* found = nullptr;
    guard_silent([&] {
      size_t at = 0;
      ((at++ == index ? (void)(found = detail::descriptor_of<Classes>()) : (void)0), ...);
    });
    return found;
  }
  template <typename T>
  static bool try_create(std::string_view kind, std::string_view id, sluice_str config, sluice_instance* out) {
    if (kind != T::kKind || id != T::kId) return false;
    detail::create_instance<T>(view(config), out);
    return true;
  }
  static sluice_status create(const char* kind, const char* id, sluice_str config, sluice_instance* out,
                              sluice_error* error) noexcept {
    return guard(error, [&] {
      const std::string_view k = kind ? kind : "";
      const std::string_view i = id ? id : "";
      if (out == nullptr || out->struct_size < offsetof(sluice_instance, destroy) + sizeof(out->destroy)) {
        throw Failure("the host's sluice_instance is too small");
      }
      if (!(try_create<Classes>(k, i, config, out) || ...)) {
        throw Failure("this library has no " + std::string(k) + " `" + std::string(i) + "`");
      }
    });
  }
};

}  // namespace sluice::plugin

/// Once per library, at namespace scope: SLUICE_EXPORT_PLUGIN(MyFilter, MySink). Each class derives from Filter,
/// Sink, Store or Transport and has `static constexpr const char* kId, kVersion, kSummary`,
/// `static std::vector<sluice::plugin::Setting> settings()` and a constructor from `const sluice::plugin::Config&`.
#define SLUICE_EXPORT_PLUGIN(...)                                                               \
  extern "C" {                                                                                  \
  extern SLUICE_EXPORT const sluice_plugin_entry sluice_plugin_v1;                              \
  const sluice_plugin_entry sluice_plugin_v1 = ::sluice::plugin::Library<__VA_ARGS__>::entry(); \
  }
