#include "core/sql/quote.hpp"
#include "core/sql/statement.hpp"

namespace sluice::sql {
namespace {

std::string trimmed(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

void put(std::string& out, const std::vector<Fragment>& fragments, const NameMap& names) {
  for (const Fragment& fragment : fragments) {
    if (!fragment.is_name) {
      out += fragment.text;
      continue;
    }
    const auto [schema, table] = names(fragment.schema, fragment.table);
    if (fragment.table.empty()) {
      out += quote_identifier(schema);
    } else {
      out += quote_table(schema, table);
    }
  }
}

/// PARTITION BY and REMOVE PARTITIONING follow the other clauses without a comma.
bool without_comma(const Clause& clause) {
  return clause.kind == ClauseKind::PartitionBy || clause.kind == ClauseKind::RemovePartitioning;
}

}  // namespace

std::pair<std::string, std::string> same_name(const std::string& schema, const std::string& table) {
  return {schema, table};
}

std::string render(const Clause& clause, const NameMap& names, const RenderOptions& options) {
  return render(std::vector<const Clause*>{&clause}, names, options);
}

std::string render(const std::vector<const Clause*>& clauses, const NameMap& names, const RenderOptions& options) {
  std::string out;
  const Clause& first = *clauses.front();
  if (first.statement == StatementKind::DropIndex) {
    out = options.drop_index_if_exists || first.if_exists ? "DROP INDEX IF EXISTS " : "DROP INDEX ";
  }
  put(out, first.head, names);
  bool begun = false;
  for (const Clause* clause : clauses) {
    if (begun) out += without_comma(*clause) ? " " : ", ";
    begun = true;
    put(out, clause->body, names);
  }
  return trimmed(std::move(out));
}

const char* statement_kind_name(StatementKind kind) {
  switch (kind) {
    case StatementKind::CreateDatabase: return "CREATE DATABASE";
    case StatementKind::AlterDatabase: return "ALTER DATABASE";
    case StatementKind::DropDatabase: return "DROP DATABASE";
    case StatementKind::CreateTable: return "CREATE TABLE";
    case StatementKind::AlterTable: return "ALTER TABLE";
    case StatementKind::DropTable: return "DROP TABLE";
    case StatementKind::TruncateTable: return "TRUNCATE TABLE";
    case StatementKind::RenameTable: return "RENAME TABLE";
    case StatementKind::CreateIndex: return "CREATE INDEX";
    case StatementKind::DropIndex: return "DROP INDEX";
    case StatementKind::CreateView: return "CREATE VIEW";
    case StatementKind::AlterView: return "ALTER VIEW";
    case StatementKind::DropView: return "DROP VIEW";
  }
  return "";
}

}  // namespace sluice::sql
