#include <algorithm>
#include <charconv>
#include <exception>

#include "load_stream.hpp"
#include "writer.hpp"

namespace sluice::mysql {
namespace {

using plugin::Failure;

constexpr unsigned kInfileRefused[] = {1148, 2068, 3948, 4166};

bool is_infile_refused(unsigned error) {
  for (const unsigned refused : kInfileRefused) {
    if (error == refused) return true;
  }
  return false;
}

/// "Records: 3  Deleted: 0  Skipped: 1  Warnings: 1"
uint64_t count_in(const std::string& info, std::string_view label) {
  const size_t at = info.find(label);
  if (at == std::string::npos) return 0;
  const char* from = info.c_str() + at + label.size();
  return std::strtoull(from, nullptr, 10);
}

std::string insert_prefix(const TablePlan& plan, int32_t on_duplicate) {
  switch (on_duplicate) {
    case SLUICE_DUPLICATE_REPLACE: return plan.replace_prefix;
    case SLUICE_DUPLICATE_IGNORE: return "INSERT IGNORE INTO " + plan.name + plan.column_list + "VALUES";
    default: return plan.insert_prefix;
  }
}

/// LOAD DATA LOCAL IGNOREs duplicates unasked. Where they are errors, skipped rows tell; the first of the server's
/// warnings names the key.
void refuse_skipped(Connection& connection, const TablePlan& plan, const std::string& info) {
  const uint64_t skipped = count_in(info, "Skipped: ");
  if (skipped == 0) return;
  std::string text = std::to_string(skipped) + " rows are duplicates";
  for (const Row& warning : connection.query("SHOW WARNINGS LIMIT 1", "read the warnings of a load")) {
    if (warning.size() > 2 && warning[2]) text += "; the first: " + *warning[2];
  }
  throw server_failure(1062, text, "load into " + plan.name);
}

/// Warnings that mean: what is stored is not what was sent. (Data truncated, out of range, NULL for NOT NULL, incorrect
/// value, bad characters; fields missing or left over.) Or that a row is not there: no partition takes it, a CHECK
/// refuses it (MariaDB, MySQL).
constexpr unsigned kLossy[] = {1048, 1261, 1262, 1263, 1264, 1265, 1292, 1300,
                               1366, 1406, 1411, 1526, 1748, 1977, 3819, 4025};

bool is_lossy(unsigned code, const std::string& text, const TablePlan& plan) {
  if (std::find(std::begin(kLossy), std::end(kLossy), code) == std::end(kLossy)) return false;
  // The number 0 is what an ENUM or SET holds that was once given something else; storing it warns.
  return std::none_of(plan.columns.begin(), plan.columns.end(), [&](const ColumnPlan& column) {
    const std::string name = "'" + column.name.substr(1, column.name.size() - 2) + "'";
    return code == 1265 && (column.type == SLUICE_ENUM || column.type == SLUICE_SET) &&
           text.find(name) != std::string::npos;
  });
}

/// LOAD DATA LOCAL turns errors of values into warnings, whatever the sql_mode says, and leaves out rows that a CHECK
/// refuses. A value that arrived as another one, or a row that did not, ends the load.
void refuse_changed(Connection& connection, const TablePlan& plan, const std::string& info, uint64_t rows) {
  const bool counted = info.find("Records: ") != std::string::npos;
  const uint64_t arrived = counted ? count_in(info, "Records: ") : rows;
  if (count_in(info, "Warnings: ") == 0 && arrived >= rows) return;
  for (const Row& warning : connection.query("SHOW WARNINGS", "read the warnings of a load")) {
    if (warning.size() < 3 || !warning[1] || !warning[2]) continue;
    const auto code = static_cast<unsigned>(std::strtoul(warning[1]->c_str(), nullptr, 10));
    if (is_lossy(code, *warning[2], plan)) throw server_failure(code, *warning[2], "load into " + plan.name);
  }
  if (arrived < rows) {
    throw Failure("load into " + plan.name + ": the target took " + std::to_string(arrived) + " of " +
                  std::to_string(rows) + " rows and does not say why it left out the others");
  }
}

}  // namespace

plugin::SinkResult Writer::load(const plugin::Load& load) {
  return guarded([&] {
    need_marks(load.marks());
    const TablePlan& plan = plan_of(load.table());
    const bool checked = shared_.settings.foreign_key_checks;
    if (checked) connection_->execute("SET SESSION foreign_key_checks=0", "prepare a load");
    const auto restore = [&] {
      if (checked) connection_->try_execute("SET SESSION foreign_key_checks=1");
    };
    try {
      const plugin::SinkResult result = load_rows(load, plan);
      restore();
      return result;
    } catch (...) {
      restore();
      throw;
    }
  });
}

plugin::SinkResult Writer::load_rows(const plugin::Load& load, const TablePlan& plan) {
  const uint64_t before = connection_->bytes_sent();
  LoadStream stream(load, plan);
  const bool infile = !shared_.no_infile && !plan.written.empty();
  // A load from a file reports each value that changed, strict or not; ENUMs of 0 only pass when not.
  set_strict(!infile && plan.enums.empty() && !plan.implies_values);
  // Rows cannot be pulled twice: no second attempt here, the host repeats the chunk.
  transaction(false, [&](Pipeline& pipeline) {
    shared_.metadata.append_marks(pipeline, load.marks(), connection_->backslash_escapes());
    if (stream.at_end()) return;
    if (infile) {
      pipeline.flush();
      const unsigned error = connection_->load_data(
          stream.statement(), [&](char* buffer, unsigned size) { return stream.read(buffer, size); });
      connection_->count_bytes(stream.bytes());
      stream.rethrow();
      if (error == 0) {
        const std::string info = connection_->info();
        refuse_changed(*connection_, plan, info, stream.rows());
        if (load.on_duplicate() == SLUICE_DUPLICATE_ERROR) refuse_skipped(*connection_, plan, info);
        return;
      }
      if (!is_infile_refused(error)) {
        throw server_failure(error, connection_->last_error(), "load into " + plan.name);
      }
      shared_.no_infile = true;
      shared_.log.info("the target refuses LOAD DATA LOCAL; rows are loaded with INSERT, which is slower");
    }
    const std::string prefix = insert_prefix(plan, load.on_duplicate());
    const Dialect how = dialect();
    stream.each_row([&](const sluice_value* row) {
      pipeline.item({StepKind::kInsert, false, 1, &plan}, {prefix, ",", "", shared_.settings.max_rows},
                    [&](std::string& out) { append_tuple(out, plan, row, how); });
    });
    pipeline.flush();
  });
  return {stream.rows(), connection_->bytes_sent() - before, 0};
}

}  // namespace sluice::mysql
