#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "batch_rows.hpp"
#include "bulk_update.hpp"
#include "shared.hpp"
#include "sluice/plugin/sink.hpp"
#include "structure.hpp"

namespace sluice::mysql {

/// One session on the target.
class Writer final : public plugin::SinkWriter {
 public:
  explicit Writer(Shared& shared) : shared_(shared), connection_(shared.connect()), bulk_(*connection_) {}

  plugin::SinkResult apply(const plugin::Batch& batch) override;
  void execute(const plugin::Statement& statement) override;
  plugin::SinkResult load(const plugin::Load& load) override;

  void read_marks(std::string_view scope, const EachMark& each) override;
  void clear_marks(std::string_view scope) override;
  void read_checkpoints(const EachCheckpoint& each) override;
  void write_checkpoints(Strided<sluice_checkpoint> rows, std::span<const sluice_mark> marks) override;
  void remove_checkpoints(std::string_view schema, std::string_view table) override;
  void drop_checkpoints() override;
  std::string create_table(std::string_view schema, std::string_view table) override;
  bool has_rows(std::string_view schema, std::string_view table) override;

 private:
  /// Runs `body`; a failure after `cancel` becomes "cancelled".
  template <typename Body>
  auto guarded(Body&& body) -> decltype(body());
  /// Runs `body` between BEGIN and COMMIT, again after a deadlock. `body` gets the pipeline.
  template <typename Body>
  uint64_t transaction(bool again, Body&& body);
  void commit();
  void rollback() noexcept;
  void wait_before_retry(int attempt) const;

  /// After a refusal: the row of the batch that is refused alone for the same reason, from 1; 0 when there is none.
  uint64_t find_refused(const plugin::Batch& batch, const std::vector<const TablePlan*>& plans,
                        const RowOptions& options, const plugin::Failure& refusal);
  /// The same for a transaction that is open and will be rolled back.
  uint64_t try_rows(const plugin::Batch& batch, const std::vector<const TablePlan*>& plans, const RowOptions& options,
                    const plugin::Failure& refusal);

  const TablePlan& plan_of(const sluice_table& table);
  Dialect dialect() const;
  void need_marks(std::span<const sluice_mark> marks);

  void set_strict(bool strict);
  plugin::SinkResult load_rows(const plugin::Load& load, const TablePlan& plan);
  void run_ddl(const plugin::Statement& statement);

  Shared& shared_;
  std::shared_ptr<Connection> connection_;
  std::unordered_map<uint64_t, TablePlan> plans_;
  bool strict_ = true;  ///< the session's sql_mode
  BulkUpdates bulk_;    ///< its statements refer to plans_ and connection_
  uint64_t plans_epoch_ = 0;
};

template <typename Body>
auto Writer::guarded(Body&& body) -> decltype(body()) {
  if (shared_.cancelled) throw plugin::Failure::cancelled();
  try {
    return body();
  } catch (const plugin::Failure&) {
    if (shared_.cancelled) throw plugin::Failure::cancelled();
    throw;
  }
}

template <typename Body>
uint64_t Writer::transaction(bool again, Body&& body) {
  constexpr int kAttempts = 6;
  for (int attempt = 1;; ++attempt) {
    try {
      Pipeline pipeline(*connection_, shared_.settings.max_statement_bytes);
      pipeline.statement({}, "BEGIN");
      body(pipeline);
      pipeline.flush();
      commit();
      return pipeline.unmatched();
    } catch (const plugin::Failure& failure) {
      const bool lost = (failure.flags() & SLUICE_ERROR_RECONNECT) != 0;
      if (!lost) rollback();
      const bool transient = (failure.flags() & SLUICE_ERROR_RETRYABLE) != 0;
      if (!again || lost || !transient || attempt == kAttempts || shared_.cancelled) throw;
      wait_before_retry(attempt);
    } catch (...) {
      rollback();
      throw;
    }
  }
}

}  // namespace sluice::mysql
