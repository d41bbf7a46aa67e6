#include "writer.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

namespace sluice::mysql {

using plugin::Failure;

namespace {

/// An ENUM of 0 was no member at the source either, and a column that only the target has needs its implied default:
/// both are refused by strict sessions.
bool can_be_strict(const plugin::Batch& batch, const std::vector<const TablePlan*>& plans) {
  const bool any = std::any_of(plans.begin(), plans.end(),
                               [](const TablePlan* plan) { return plan->implies_values || !plan->enums.empty(); });
  if (!any) return true;
  return std::none_of(batch.rows().begin(), batch.rows().end(), [&](const sluice_row& row) {
    const TablePlan& plan = *plans[row.table];
    if (row.after == nullptr) return false;
    return plan.implies_values || std::any_of(plan.enums.begin(), plan.enums.end(), [&](uint32_t column) {
             return row.after[column].kind == SLUICE_ENUM && row.after[column].v.u == 0;
           });
  });
}

}  // namespace

void Writer::set_strict(bool strict) {
  if (strict == strict_) return;
  set_sql_mode(*connection_, session_sql_mode(shared_.settings, strict));
  strict_ = strict;
}

void Writer::commit() {
  const unsigned error = connection_->try_execute("COMMIT");
  if (error == 0) return;
  throw server_failure(error, connection_->last_error(), "commit at the target")
      .outcome_unknown(is_connection_error(error));
}

void Writer::rollback() noexcept {
  // What fails here has lost its connection, and with it the transaction.
  plugin::guard_silent([this] { connection_->try_execute("ROLLBACK"); });
}

void Writer::wait_before_retry(int attempt) const {
  static thread_local std::minstd_rand random(std::random_device{}());
  const int most = 10 << attempt;
  std::this_thread::sleep_for(std::chrono::milliseconds(std::uniform_int_distribution<int>(most / 2, most)(random)));
}

Dialect Writer::dialect() const { return {connection_->backslash_escapes(), connection_->is_mariadb()}; }

void Writer::need_marks(std::span<const sluice_mark> marks) {
  if (marks.empty() || shared_.marks_ready) return;
  shared_.metadata.create_marks(*connection_);
  shared_.marks_ready = true;
}

const TablePlan& Writer::plan_of(const sluice_table& table) {
  const uint64_t epoch = shared_.structure_epoch;
  if (epoch != plans_epoch_) {
    bulk_.clear();
    plans_.clear();
    plans_epoch_ = epoch;
  }
  const auto found = plans_.find(table.version);
  if (found != plans_.end()) return found->second;
  const TargetTable target = read_target_table(*connection_, view(table.schema), view(table.name));
  return plans_.emplace(table.version, make_plan(table, target)).first->second;
}

// Several rows make one statement, and of an array of rows the server does not say which one it refused: they are tried
// one by one, in a transaction that is always rolled back. Where that would leave traces nothing is tried.
uint64_t Writer::find_refused(const plugin::Batch& batch, const std::vector<const TablePlan*>& plans,
                              const RowOptions& options, const Failure& refusal) {
  constexpr uint32_t kOther =
      SLUICE_ERROR_RETRYABLE | SLUICE_ERROR_OUTCOME_UNKNOWN | SLUICE_ERROR_RECONNECT | SLUICE_ERROR_FENCED;
  if ((refusal.flags() & kOther) != 0 || refusal.status() != SLUICE_FAILED || shared_.cancelled) return 0;
  uint64_t row = 0;
  plugin::guard_silent([&] {
    for (const sluice_table* table : batch.tables()) {
      if (!is_transactional(*connection_, view(table->schema), view(table->name))) return;
    }
    try {
      connection_->execute("BEGIN", "look for the row that was refused");
      row = try_rows(batch, plans, options, refusal);
    } catch (...) {
    }
    rollback();
    if (options.safe_mode && options.keep_order) connection_->try_execute("SET SESSION foreign_key_checks=1");
  });
  return row;
}

uint64_t Writer::try_rows(const plugin::Batch& batch, const std::vector<const TablePlan*>& plans,
                          const RowOptions& options, const Failure& refusal) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  for (size_t i = 0; i < batch.rows().size(); ++i) {
    if (shared_.cancelled || std::chrono::steady_clock::now() > until) return 0;
    auto raw = make_sized<sluice_batch>();
    raw.flags = batch.safe_mode() ? SLUICE_BATCH_SAFE_MODE : 0;
    raw.tables = batch.tables().data();
    raw.table_count = batch.tables().size();
    raw.rows = &batch.rows()[i];
    raw.row_count = 1;
    raw.arena = batch.arena();
    try {
      Pipeline pipeline(*connection_, shared_.settings.max_statement_bytes);
      BatchRows(pipeline, bulk_, plans, options).write(plugin::Batch(&raw));
      pipeline.flush();
    } catch (const Failure& failure) {
      return failure.native() == refusal.native() && failure.number() == refusal.number() ? i + 1 : 0;
    }
  }
  return 0;
}

plugin::SinkResult Writer::apply(const plugin::Batch& batch) {
  return guarded([&] {
    need_marks(batch.marks());
    std::vector<const TablePlan*> plans;
    for (const sluice_table* table : batch.tables()) plans.push_back(&plan_of(*table));
    RowOptions options;
    options.dialect = dialect();
    options.safe_mode = batch.safe_mode();
    options.keep_order = shared_.settings.foreign_key_checks;
    options.max_rows = shared_.settings.max_rows;
    const uint64_t before = connection_->bytes_sent();
    set_strict(can_be_strict(batch, plans));
    plugin::SinkResult result;
    const auto write = [&](Pipeline& pipeline) {
      shared_.metadata.append_marks(pipeline, batch.marks(), options.dialect.backslash);
      const bool unchecked = options.safe_mode && options.keep_order;
      if (unchecked) pipeline.statement({}, "SET SESSION foreign_key_checks=0");
      BatchRows(pipeline, bulk_, plans, options).write(batch);
      if (unchecked) pipeline.statement({}, "SET SESSION foreign_key_checks=1");
      pipeline.flush();
    };
    try {
      result.unmatched = transaction(true, write);
    } catch (const Failure& failure) {
      Failure located = failure;
      throw std::move(located).row(find_refused(batch, plans, options, failure));
    }
    result.rows = batch.rows().size();
    result.bytes = connection_->bytes_sent() - before;
    return result;
  });
}

void Writer::read_marks(std::string_view scope, const EachMark& each) {
  guarded([&] {
    if (!shared_.marks_ready) shared_.metadata.create_marks(*connection_);
    shared_.marks_ready = true;
    shared_.metadata.read_marks(*connection_, scope, each);
  });
}

void Writer::clear_marks(std::string_view scope) {
  guarded([&] { shared_.metadata.clear_marks(*connection_, scope); });
}

void Writer::read_checkpoints(const EachCheckpoint& each) {
  guarded([&] { shared_.metadata.read_checkpoint(*connection_, each); });
}

void Writer::write_checkpoints(Strided<sluice_checkpoint> rows, std::span<const sluice_mark> marks) {
  guarded([&] {
    need_marks(marks);
    if (!rows.empty() && !shared_.checkpoint_ready) {
      shared_.metadata.create_checkpoint(*connection_);
      shared_.checkpoint_ready = true;
    }
    const bool backslash = connection_->backslash_escapes();
    transaction(true, [&](Pipeline& pipeline) {
      shared_.metadata.append_marks(pipeline, marks, backslash);
      for (const sluice_checkpoint& row : rows) shared_.metadata.append_checkpoint(pipeline, row, backslash);
    });
  });
}

void Writer::remove_checkpoints(std::string_view schema, std::string_view table) {
  guarded([&] { shared_.metadata.remove_checkpoint(*connection_, schema, table); });
}

void Writer::drop_checkpoints() {
  guarded([&] {
    shared_.marks_ready = false;
    shared_.checkpoint_ready = false;
    shared_.metadata.drop_all(*connection_);
  });
}

std::string Writer::create_table(std::string_view schema, std::string_view table) {
  return guarded([&] { return read_create_table(*connection_, schema, table); });
}

bool Writer::has_rows(std::string_view schema, std::string_view table) {
  return guarded([&] { return table_has_rows(*connection_, schema, table); });
}

}  // namespace sluice::mysql
