#pragma once

#include <memory>
#include <string>

#include "core/units/checkpoints.hpp"

namespace sluice::host {
class Store;
}

namespace sluice::task {

/// Checkpoints in the state store, for sinks that cannot hold them: delivery is then at least once.
/// Keys: /sluice/v1/checkpoints/<task>/<source>/t/<schema>/<table> and …/m/<scope>/<key>, names percent-encoded.
class StoreCheckpoints : public units::Checkpoints {
 public:
  StoreCheckpoints(std::shared_ptr<host::Store> store, const std::string& task, const std::string& source);

  Result<std::vector<units::CheckpointRow>> read() override;
  Status write(std::span<const units::CheckpointRow> rows, std::span<const units::Mark> marks) override;
  Status remove_table(const std::string& schema, const std::string& table) override;
  Result<std::map<std::string, std::string>> marks(const std::string& scope) override;
  Status clear_marks(const std::string& scope) override;
  bool in_sink() const override { return false; }

  /// Everything of a task, all its sources.
  static Status remove_all(host::Store& store, const std::string& task);

 private:
  std::string row_key(const std::string& schema, const std::string& table) const;
  std::string mark_prefix(const std::string& scope) const;
  Status remove(const std::string& key, bool prefix);

  std::shared_ptr<host::Store> store_;
  std::string prefix_;
};

}  // namespace sluice::task
