#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/units/checkpoints.hpp"
#include "sluice/abi/sink.h"

namespace sluice::host {
class Sink;
}

namespace sluice::units {

/// One writer of a sink, opened on demand, with errors turned into ours. One thread at a time.
class SinkSession {
 public:
  explicit SinkSession(std::shared_ptr<host::Sink> sink);
  SinkSession(const SinkSession&) = delete;
  SinkSession& operator=(const SinkSession&) = delete;
  ~SinkSession();

  Status open();  ///< no effect when open
  void close();
  /// SLUICE_ERROR_* of the last failure; 0 after a success. After RECONNECT the writer has been closed already.
  uint32_t last_flags() const { return last_flags_; }
  /// The row of the batch that the last failure is about, from 1; 0 when the sink does not know.
  uint64_t last_row() const { return last_row_; }

  /// `batch.arena` is filled in here.
  Status apply(sluice_batch batch, sluice_sink_result& result);
  Status execute(const sluice_statement& statement);
  /// Pulls the rows of `load` into the target, all or nothing where the sink has transactions.
  Status load(const sluice_load& load);
  Status flush();
  /// The CREATE TABLE text; nullopt when there is no such table or the sink cannot tell.
  Result<std::optional<std::string>> create_table(const std::string& schema, const std::string& table);
  Result<bool> has_rows(const std::string& schema, const std::string& table);

  bool holds_marks() const;
  bool holds_checkpoints() const;
  Result<std::map<std::string, std::string>> marks(const std::string& scope);
  Status clear_marks(const std::string& scope);
  Result<std::vector<CheckpointRow>> read_checkpoints(const std::string& source);
  Status write_checkpoints(const std::string& source, std::span<const CheckpointRow> rows, std::span<const Mark> marks);
  Status remove_checkpoint(const std::string& schema, const std::string& table);
  Status drop_metadata();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
  uint32_t last_flags_ = 0;
  uint64_t last_row_ = 0;
};

/// Checkpoints that the sink keeps beside its data. REQUIRES: the sink holds marks and checkpoints.
class SinkCheckpoints : public Checkpoints {
 public:
  SinkCheckpoints(std::shared_ptr<host::Sink> sink, std::string source);
  Result<std::vector<CheckpointRow>> read() override;
  Status write(std::span<const CheckpointRow> rows, std::span<const Mark> marks) override;
  Status remove_table(const std::string& schema, const std::string& table) override;
  Result<std::map<std::string, std::string>> marks(const std::string& scope) override;
  Status clear_marks(const std::string& scope) override;
  bool in_sink() const override { return true; }

 private:
  template <typename F>
  auto retried(F&& call) -> decltype(call());
  std::mutex mutex_;  // the checkpointer's thread and the one that executes DDL both write
  SinkSession session_;
  std::string source_;
};

}  // namespace sluice::units
