#include "core/schema/alter.hpp"

#include <algorithm>

#include "core/sql/charset.hpp"
#include "core/sql/quote.hpp"

namespace sluice::schema {
namespace {

using sql::Clause;
using sql::ClauseKind;
using sql::equals_ignore_case;

/// One ALTER TABLE at work, in the order in which the servers do it (mysql_prepare_alter_table): first what happens to
/// the old columns, then new and moved ones, then the keys.
class Alteration {
 public:
  Alteration(const TableInfo& before, const std::vector<const Clause*>& clauses)
      : before_(before), after_(before), clauses_(clauses) {}

  Result<TableInfo> run() {
    table_charset();
    after_.columns.clear();
    if (Status s = old_columns(); !s.ok()) return s;
    if (Status s = new_columns(); !s.ok()) return s;
    keys();
    sql::settle_keys(after_);
    finish();
    normalize(after_);
    return std::move(after_);
  }

 private:
  struct Column {
    ColumnInfo info;
    std::string old_name;    ///< "" = added
    bool untouched = false;  ///< neither added nor given a new definition
  };

  Error unknown(const std::string& what, const std::string& name) const {
    return make_error(44006,
                      "the statement concerns the " + what + " " + sql::quote_identifier(name) +
                          " which the known structure of " + sql::quote_table(before_.schema, before_.name) +
                          " does not have",
                      {}, "set the structure that the table had at this location with the API, then resume");
  }

  static bool replaces_column(const Clause& c) {
    return c.kind == ClauseKind::ModifyColumn || c.kind == ClauseKind::ChangeColumn;
  }
  const Clause* clause_on(const std::string& column, bool (*wanted)(const Clause&)) const {
    for (const Clause* c : clauses_) {
      if (wanted(*c) && equals_ignore_case(c->column, column)) return c;
    }
    return nullptr;
  }

  void table_charset() {
    for (const Clause* c : clauses_) {
      if (c->kind != ClauseKind::TableOptions && c->kind != ClauseKind::ConvertCharset) continue;
      if (!c->charset.empty()) after_.charset = c->charset;
      if (!c->collation.empty()) after_.collation = c->collation;
    }
  }

  ColumnInfo resolved(ColumnInfo column) const {
    sql::resolve_charset(column, after_.charset, after_.collation);
    return column;
  }

  Status old_columns() {
    for (const Clause* c : clauses_) {
      const bool names_old = replaces_column(*c) || c->kind == ClauseKind::DropColumn ||
                             c->kind == ClauseKind::RenameColumn || c->kind == ClauseKind::AlterColumnDefault ||
                             c->kind == ClauseKind::AlterColumnVisibility;
      if (names_old && !c->if_exists && !before_.find_column(c->column)) return unknown("column", c->column);
    }
    for (const ColumnInfo& old : before_.columns) {
      if (clause_on(old.name, [](const Clause& c) { return c.kind == ClauseKind::DropColumn; })) continue;
      if (const Clause* c = clause_on(old.name, replaces_column)) {
        if (c->position == sql::Position::Unspecified)
          columns_.push_back({resolved(c->definitions.front()), old.name, false});
        continue;
      }
      columns_.push_back({old, old.name, true});
      small_changes(columns_.back());
    }
    return {};
  }

  void small_changes(Column& column) const {
    for (const Clause* c : clauses_) {
      if (!equals_ignore_case(c->column, column.old_name)) continue;
      if (c->kind == ClauseKind::RenameColumn) column.info.name = c->new_name;
      if (c->kind == ClauseKind::AlterColumnVisibility) column.info.invisible = !c->make_visible;
      if (c->kind == ClauseKind::AlterColumnDefault) {
        column.info.default_text.reset();
        if (!c->drop_default) column.info.default_text = c->default_text;
      }
    }
  }

  /// CONVERT TO: every character column gets the charset, those of this very statement too; TEXT types grow so that as
  /// many characters fit as before.
  void convert(ColumnInfo& column, bool grows) const {
    if (!column.is_character() || column.charset == "binary") return;
    const uint32_t from = sql::max_bytes_per_char(column.charset);
    const uint32_t to = sql::max_bytes_per_char(after_.charset);
    column.charset = after_.charset;
    column.collation = after_.collation;
    if (grows && to > from) {
      using sql::ColumnType;
      if (column.type == ColumnType::MediumText) column.type = ColumnType::LongText;
      if (column.type == ColumnType::Text) column.type = ColumnType::MediumText;
      if (column.type == ColumnType::TinyText) column.type = ColumnType::Text;
    }
    sql::resolve_charset(column, after_.charset, after_.collation);
  }

  Status new_columns() {
    for (const Clause* c : clauses_) {
      const bool moved = replaces_column(*c) && c->position != sql::Position::Unspecified;
      if (c->kind != ClauseKind::AddColumn && !moved) continue;
      if (moved && !before_.find_column(c->column)) continue;  // IF EXISTS
      const ColumnInfo& wanted = c->definitions.front();
      if (find(wanted.name) != columns_.end()) {
        if (c->kind == ClauseKind::AddColumn && c->if_not_exists) continue;
        return make_error(44006, "the column " + sql::quote_identifier(wanted.name) +
                                     " exists already in the known structure of " +
                                     sql::quote_table(before_.schema, before_.name));
      }
      auto place = columns_.end();
      if (c->position == sql::Position::First) place = columns_.begin();
      if (c->position == sql::Position::After) {
        place = find(c->after);
        if (place == columns_.end()) place = find_old(c->after);
        if (place == columns_.end()) return unknown("column", c->after);
        ++place;
      }
      columns_.insert(place, {resolved(wanted), moved ? c->column : std::string(), false});
    }
    const bool converts = std::any_of(clauses_.begin(), clauses_.end(),
                                      [](const Clause* c) { return c->kind == ClauseKind::ConvertCharset; });
    for (Column& column : columns_) {
      if (converts) convert(column.info, column.untouched);
      after_.columns.push_back(std::move(column.info));
    }
    if (after_.columns.empty()) return make_error(44006, "the statement would leave no column");
    return {};
  }

  std::vector<Column>::iterator find(const std::string& name) {
    return std::find_if(columns_.begin(), columns_.end(),
                        [&](const Column& c) { return equals_ignore_case(c.info.name, name); });
  }
  std::vector<Column>::iterator find_old(const std::string& name) {
    return std::find_if(columns_.begin(), columns_.end(),
                        [&](const Column& c) { return equals_ignore_case(c.old_name, name); });
  }

  /// The name of an old column after the statement; "" when it is gone.
  std::string new_name(const std::string& old) const {
    for (const Column& c : columns_) {
      if (!c.old_name.empty() && equals_ignore_case(c.old_name, old)) {
        return after_.columns[static_cast<size_t>(&c - columns_.data())].name;
      }
    }
    return {};
  }

  bool key_dropped(const KeyInfo& key) const {
    return std::any_of(clauses_.begin(), clauses_.end(), [&](const Clause* c) {
      if (c->kind == ClauseKind::DropPrimaryKey) return key.type == sql::KeyType::Primary;
      const bool by_name = c->kind == ClauseKind::DropIndex || c->kind == ClauseKind::DropConstraint;
      // DROP INDEX `PRIMARY` ON t
      return by_name && equals_ignore_case(c->index, key.name);
    });
  }

  // Indexes that are not known are passed over: a foreign key makes one silently.
  void keys() {
    after_.keys.clear();
    for (KeyInfo key : before_.keys) {
      if (key_dropped(key)) continue;
      std::vector<sql::KeyPart> parts;
      for (sql::KeyPart& part : key.parts) {
        if (part.expression.empty()) part.column = new_name(part.column);
        if (!part.column.empty() || !part.expression.empty()) parts.push_back(part);
      }
      if (parts.empty()) continue;
      key.parts = std::move(parts);
      for (const Clause* c : clauses_) {
        if (c->kind == ClauseKind::RenameIndex && equals_ignore_case(c->index, key.name)) {
          key.name = c->new_name;
          break;
        }
      }
      after_.keys.push_back(std::move(key));
    }
    for (const Clause* c : clauses_) {
      for (const KeyInfo& key : c->keys) add_key(*c, key);
    }
  }

  void add_key(const Clause& clause, const KeyInfo& key) {
    const auto same = std::find_if(after_.keys.begin(), after_.keys.end(), [&](const KeyInfo& k) {
      return key.type == sql::KeyType::Primary ? k.type == sql::KeyType::Primary
                                               : !key.name.empty() && equals_ignore_case(k.name, key.name);
    });
    if (same != after_.keys.end()) {
      if (clause.if_not_exists && !clause.or_replace) return;
      after_.keys.erase(same);
    }
    after_.keys.push_back(key);
  }

  void finish() {
    for (const Clause* c : clauses_) {
      switch (c->kind) {
        case ClauseKind::AddCheck: after_.checks.push_back({c->index, c->default_text}); break;
        case ClauseKind::DropCheck:
        case ClauseKind::DropConstraint:
          std::erase_if(after_.checks, [&](const sql::CheckDef& k) { return equals_ignore_case(k.name, c->index); });
          break;
        case ClauseKind::RemovePartitioning: after_.partition.clear(); break;
        case ClauseKind::RenameTable:
          after_.schema = c->others.front().schema;
          after_.name = c->others.front().table;
          break;
        default: break;
      }
    }
  }

  const TableInfo& before_;
  TableInfo after_;
  const std::vector<const Clause*>& clauses_;
  std::vector<Column> columns_;
};

}  // namespace

Status apply_ddl(TableInfo& table, const std::vector<const sql::Clause*>& clauses) {
  auto after = Alteration(table, clauses).run();
  if (!after.ok()) return std::move(after.error());
  table = std::move(*after);
  return {};
}

Status apply_ddl(TableInfo& table, const sql::Clause& clause) { return apply_ddl(table, std::vector{&clause}); }

}  // namespace sluice::schema
