#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/plugin/plugin.hpp"

/// Plugins that keep every rule of the contract, in memory, and break exactly one when the library's fault says so.
/// The same objects are linked into each library of this folder; only fault.cpp differs.
extern "C" const char* const sluice_fault;

namespace sluice::reference {

inline bool fault(const char* name) { return std::strcmp(sluice_fault, name) == 0; }

/// The settings that all of them share.
std::vector<plugin::Setting> common_settings();
/// Reads them, so that wrong ones are refused.
void read_settings(const plugin::Config& config);

class ReferenceFilter : public plugin::Filter, public plugin::FilterByRow {
 public:
  static constexpr const char *kId = "reference", *kVersion = "1.0", *kSummary = "Ignores one schema.";
  static std::vector<plugin::Setting> settings() { return common_settings(); }
  explicit ReferenceFilter(const plugin::Config& config);
  ~ReferenceFilter() override;
  plugin::Verdict decide_statement(const plugin::FilterStatement& statement) override;
  plugin::Verdict decide_rows(std::string_view source, std::string_view schema, std::string_view table,
                              int32_t kind) override;
  void filter_rows(const plugin::FilterRows& rows) override;

 private:
  plugin::Verdict decide(std::string_view schema, const char* rule) const;
  std::string schema_;
  plugin::Operations operations_;
};

class ReferenceStore : public plugin::Store {
 public:
  static constexpr const char *kId = "reference", *kVersion = "1.0", *kSummary = "Keeps everything in memory.";
  static std::vector<plugin::Setting> settings() { return common_settings(); }
  explicit ReferenceStore(const plugin::Config& config);
  ~ReferenceStore() override;
  int64_t range(std::string_view prefix, bool exact, const Each& each) override;
  plugin::TxnResult txn(const plugin::Txn& txn) override;
  std::unique_ptr<plugin::StoreWatch> watch(std::string_view prefix, int64_t from, plugin::Watcher watcher) override;
  int64_t lease_grant(std::chrono::milliseconds ttl) override;
  void lease_keep_alive(int64_t lease) override;
  void lease_revoke(int64_t lease) override;
  struct State;

 private:
  std::shared_ptr<State> state_;
};

class ReferenceSink : public plugin::Sink {
 public:
  static constexpr const char *kId = "reference", *kVersion = "1.0", *kSummary = "Writes to tables in memory.";
  static std::vector<plugin::Setting> settings() { return common_settings(); }
  explicit ReferenceSink(const plugin::Config& config);
  plugin::SinkInterfaces interfaces() const override { return {true, true, true}; }
  plugin::SinkCapabilities capabilities() override;
  std::unique_ptr<plugin::SinkWriter> open_writer() override;
  void cancel() override;
  struct State;

 private:
  std::shared_ptr<State> state_;
};

class ReferenceTransport : public plugin::Transport {
 public:
  static constexpr const char *kId = "reference", *kVersion = "1.0", *kSummary = "Accepts and closes connections.";
  static std::vector<plugin::Setting> settings() { return common_settings(); }
  explicit ReferenceTransport(const plugin::Config& config);
  ~ReferenceTransport() override;
  void start() override;
  void stop(std::chrono::milliseconds timeout) override;
  std::string address() const override;

 private:
  struct Server;
  std::unique_ptr<Server> server_;
};

}  // namespace sluice::reference
