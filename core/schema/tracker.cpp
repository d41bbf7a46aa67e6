#include "core/schema/tracker.hpp"

#include <algorithm>

#include "core/schema/alter.hpp"
#include "core/sql/charset.hpp"

namespace sluice::schema {
namespace {

bool changes_table(sql::StatementKind kind) {
  return kind == sql::StatementKind::AlterTable || kind == sql::StatementKind::CreateIndex ||
         kind == sql::StatementKind::DropIndex;
}

const sql::OtherTable* other(const sql::Clause& clause, sql::OtherRole role) {
  const auto found = std::find_if(clause.others.begin(), clause.others.end(),
                                  [role](const sql::OtherTable& o) { return o.role == role; });
  return found == clause.others.end() ? nullptr : &*found;
}

bool single_column_key(const KeyInfo& key, const std::string& column) {
  return key.parts.size() == 1 && sql::equals_ignore_case(key.parts[0].column, column);
}

}  // namespace

Tracker::Key Tracker::key(const std::string& schema, const std::string& table) const {
  return case_sensitive_ ? Key(schema, table) : Key(sql::to_lower(schema), sql::to_lower(table));
}

TablePtr Tracker::get(const std::string& schema, const std::string& table) const {
  const auto found = tables_.find(key(schema, table));
  return found == tables_.end() ? nullptr : found->second;
}

TablePtr Tracker::set(TableInfo table) {
  if (table.version == 0) table.touch();
  auto shared = std::make_shared<const TableInfo>(std::move(table));
  set(shared);
  return shared;
}

void Tracker::set(TablePtr table) {
  const Key where = key(table->schema, table->name);
  tables_[where] = std::move(table);
}

void Tracker::forget(const std::string& schema, const std::string& table) { tables_.erase(key(schema, table)); }

void Tracker::clear() {
  tables_.clear();
  charsets_.clear();
}

std::vector<std::pair<std::string, std::string>> Tracker::missing(const sql::Statement& statement) const {
  std::vector<std::pair<std::string, std::string>> out;
  const auto need = [&](const std::string& schema, const std::string& table) {
    const std::pair<std::string, std::string> name(schema, table);
    if (!get(schema, table) && std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
  };
  for (const sql::Clause& clause : statement.clauses) {
    if (changes_table(clause.statement)) need(clause.schema, clause.table);
    if (const auto* like = other(clause, sql::OtherRole::Like)) need(like->schema, like->table);
  }
  return out;
}

Status Tracker::apply(const sql::Statement& statement) {
  std::vector<const sql::Clause*> clauses;
  for (const sql::Clause& clause : statement.clauses) clauses.push_back(&clause);
  if (changes_table(statement.kind)) return apply_alter(clauses);
  switch (statement.kind) {
    case sql::StatementKind::CreateTable: return apply_create(statement.clauses.front());
    case sql::StatementKind::RenameTable: apply_rename(clauses); break;
    case sql::StatementKind::CreateDatabase:
    case sql::StatementKind::AlterDatabase:
    case sql::StatementKind::DropDatabase: apply_database(statement.clauses.front()); break;
    case sql::StatementKind::DropTable:
      for (const sql::Clause* clause : clauses) {
        if (!clause->temporary) forget(clause->schema, clause->table);
      }
      break;
    default: break;  // TRUNCATE and views change no structure
  }
  return {};
}

Status Tracker::apply_alter(const std::vector<const sql::Clause*>& clauses) {
  const sql::Clause& first = *clauses.front();
  const TablePtr before = get(first.schema, first.table);
  if (!before) return {};
  TableInfo table = *before;
  if (Status status = apply_ddl(table, clauses); !status.ok()) {
    status.error().table = first.schema + "." + first.table;
    return status;
  }
  forget(first.schema, first.table);
  set(std::move(table));
  return {};
}

Status Tracker::apply_create(const sql::Clause& clause) {
  if (clause.temporary) return {};
  const TablePtr present = get(clause.schema, clause.table);
  if (present && clause.if_not_exists) return {};
  TableInfo table;
  if (clause.definition) {
    static_cast<sql::TableDef&>(table) = *clause.definition;
    const auto [charset, collation] = schema_charset(clause.schema);
    if (table.charset.empty() && !charset.empty()) {
      table.charset = charset;
      table.collation = collation;
      for (ColumnInfo& column : table.columns) sql::resolve_charset(column, charset, collation);
    }
  } else if (const auto* like = other(clause, sql::OtherRole::Like)) {
    const TablePtr model = get(like->schema, like->table);
    if (!model) {
      forget(clause.schema, clause.table);
      return {};
    }
    table = *model;
  }
  table.schema = clause.schema;
  table.name = clause.table;
  normalize(table);
  set(std::move(table));
  return {};
}

void Tracker::apply_rename(const std::vector<const sql::Clause*>& clauses) {
  for (const sql::Clause* clause : clauses) {
    const sql::OtherTable* to = other(*clause, sql::OtherRole::RenameTo);
    const TablePtr before = get(clause->schema, clause->table);
    if (!to) continue;
    forget(clause->schema, clause->table);
    forget(to->schema, to->table);  // what was known under that name is another table
    if (!before) continue;
    TableInfo table = *before;
    table.schema = to->schema;
    table.name = to->table;
    table.touch();
    set(std::move(table));
  }
}

void Tracker::apply_database(const sql::Clause& clause) {
  if (clause.statement == sql::StatementKind::DropDatabase) {
    const std::string schema = key(clause.schema, {}).first;
    std::erase_if(tables_, [&](const auto& entry) { return entry.first.first == schema; });
    charsets_.erase(schema);
  } else if (!clause.charset.empty() || !clause.collation.empty()) {
    set_schema_charset(clause.schema, clause.charset, clause.collation);
  }
}

sql::ColumnLookup Tracker::lookup() const {
  return [this](const std::string& schema, const std::string& table,
                const std::string& column) -> std::optional<sql::OldColumn> {
    const TablePtr info = get(schema, table);
    const ColumnInfo* found = info ? info->find_column(column) : nullptr;
    if (!found) return std::nullopt;
    sql::OldColumn old{*found, false, false};
    for (const KeyInfo& k : info->keys) {
      if (!single_column_key(k, column)) continue;
      old.primary_key = old.primary_key || k.type == sql::KeyType::Primary;
      old.unique_key = old.unique_key || k.type == sql::KeyType::Unique;
    }
    return old;
  };
}

void Tracker::set_schema_charset(const std::string& schema, std::string charset, std::string collation) {
  charsets_[key(schema, {}).first] = {std::move(charset), std::move(collation)};
}

std::pair<std::string, std::string> Tracker::schema_charset(const std::string& schema) const {
  const auto found = charsets_.find(key(schema, {}).first);
  return found == charsets_.end() ? std::pair<std::string, std::string>() : found->second;
}

std::vector<std::string> Tracker::schemas() const {
  std::set<std::string> names;
  for (const auto& [where, table] : tables_) names.insert(table->schema);
  return {names.begin(), names.end()};
}

std::vector<std::string> Tracker::tables(const std::string& schema) const {
  std::vector<std::string> names;
  for (const auto& [where, table] : tables_) {
    if (where.first == key(schema, {}).first) names.push_back(table->name);
  }
  return names;
}

}  // namespace sluice::schema
