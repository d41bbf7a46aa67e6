#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "check.hpp"
#include "sluice/host/host.hpp"

namespace sluice::testkit {

/// The host that plugins see. How much of it exists can be varied, to try plugins against older and newer hosts.
class TestHost {
 public:
  enum class Shape {
    kUsual,
    kBare,   ///< no services at all
    kShort,  ///< every service table ends before its last function
    kLong    ///< every table is longer than we know, filled with garbage behind our part
  };
  explicit TestHost(Shape shape = Shape::kUsual);
  TestHost(const TestHost&) = delete;
  TestHost& operator=(const TestHost&) = delete;
  ~TestHost();

  const sluice_host* raw() const;
  /// Requests that reached the API, and the operation of the last one.
  int dispatched() const;
  std::string last_operation() const;

  /// What an instance has added to the API; texts are the plugin's.
  struct AddedOperation {
    const void* instance;
    sluice_operation_handler handler;
  };
  std::vector<AddedOperation> operations() const;

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

/// A library, loaded and initialised; undone in reverse order.
class Library {
 public:
  /// Fails the check with the loader's or the plugin's own words.
  explicit Library(const std::string& file, TestHost::Shape shape = TestHost::Shape::kUsual);
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library();

  const sluice_plugin_entry& entry() const { return entry_; }
  const TestHost& host() const { return host_; }
  /// A sized copy. Fails the check when there is no such thing.
  sluice_descriptor descriptor(const std::string& kind, const std::string& id) const;
  std::vector<sluice_setting> settings(const sluice_descriptor& descriptor) const;

  /// The configuration as the host would hand it over: validated, with defaults and the name. Skips the check when a
  /// required setting is absent (it must be given with --config), fails it when a value is wrong.
  std::string complete(const Subject& subject) const;
  /// An instance with complete().
  host::Instance create(const Subject& subject) const;
  sluice_status try_create(const std::string& kind, const std::string& id, const std::string& config,
                           host::Instance& out, sluice_error& error) const;

 private:
  TestHost host_;
  void* handle_ = nullptr;
  sluice_plugin_entry entry_{};
  bool initialised_ = false;
};

/// A library opened and its entry read, but not initialised.
void* open_library(const std::string& file, sluice_plugin_entry& entry);
void close_library(void* handle);

/// "message (number N)" of a record.
std::string said(const sluice_error& error);

template <typename Handle>
Handle as(host::Instance instance) {
  auto error = make_sized<sluice_error>();
  auto handle = Handle::from(std::move(instance), error);
  if (!handle) fail(said(error));
  return std::move(*handle);
}

}  // namespace sluice::testkit
