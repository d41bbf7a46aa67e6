#include "core/sql/charset.hpp"
#include "core/sql/parser.hpp"

namespace sluice::sql {

Statement Parser::alter_table(bool ignore) {
  Clause base;
  base.statement = StatementKind::AlterTable;
  base.if_exists = c_.accept({"IF", "EXISTS"});
  const TableRef name = table_name();
  base.schema = name.schema;
  base.table = name.table;
  wait_option();
  base.head.push_back(
      fixed(std::string("ALTER ") + (ignore ? "IGNORE " : "") + "TABLE " + (base.if_exists ? "IF EXISTS " : "")));
  base.head.push_back(table_fragment(base.schema, base.table));
  base.head.push_back(fixed(" "));
  base.if_exists = false;

  Statement statement{StatementKind::AlterTable, {}};
  Clause modifier = base;
  modifier.kind = ClauseKind::Modifier;
  for (bool more = true; more;) {
    const size_t begin = c_.index();
    if (c_.accept("ALGORITHM") || c_.accept("LOCK")) {
      c_.accept_symbol('=');
      c_.value("a value");
    } else if (!c_.accept({"WITH", "VALIDATION"}) && !c_.accept({"WITHOUT", "VALIDATION"})) {
      alter_item(statement, base);
      more = c_.accept_symbol(',') || at_partitioning();
      continue;
    }
    if (!modifier.body.empty()) modifier.body.push_back(fixed(", "));
    append(modifier.body, c_.emit(begin, c_.index()));
    more = c_.accept_symbol(',') || at_partitioning();
  }
  if (!c_.at_end()) c_.fail("`,` or the end of ALTER TABLE");
  // How to do it (ALGORITHM, LOCK) is the target's business; alone it still is a statement.
  if (statement.clauses.empty()) statement.clauses.push_back(std::move(modifier));
  if (statement.clauses.size() > 1) {
    for (Clause& clause : statement.clauses) clause.one_of_many = true;
  }
  return statement;
}

bool Parser::at_partitioning() const { return c_.at({"PARTITION", "BY"}) || c_.at({"REMOVE", "PARTITIONING"}); }

void Parser::alter_item(Statement& statement, Clause clause) {
  const size_t begin = c_.index();
  if (alter_partition(clause)) {
  } else if (c_.accept("ADD")) {
    alter_add(statement, clause);
    if (clause.kind == ClauseKind::None) return;  // a list in parentheses, already stored
  } else if (c_.accept("DROP")) {
    alter_drop(clause);
  } else if (c_.accept("MODIFY")) {
    alter_modify(clause, false);
  } else if (c_.accept("CHANGE")) {
    alter_modify(clause, true);
  } else if (c_.accept("ALTER")) {
    alter_alter(clause);
  } else if (c_.accept("RENAME")) {
    alter_rename(clause);
  } else if (c_.accept("CONVERT")) {
    alter_convert(clause);
  } else if (!alter_misc(clause)) {
    clause.kind = ClauseKind::TableOptions;
    table_options(clause, nullptr, false);
    if (c_.index() == begin) c_.fail("a clause of ALTER TABLE");
  }
  append(clause.body, c_.emit(begin, c_.index()));
  statement.clauses.push_back(std::move(clause));
}

void Parser::alter_add(Statement& statement, Clause& clause) {
  if (at_key(true)) return key_definition(clause, nullptr);
  c_.accept("COLUMN");
  clause.if_not_exists = c_.accept({"IF", "NOT", "EXISTS"});
  if (c_.at_symbol('(')) return add_column_list(statement, clause);
  clause.kind = ClauseKind::AddColumn;
  clause.definitions.push_back(column_definition(clause));
  clause.column = clause.definitions[0].name;
  column_position(clause);
}

void Parser::add_column_list(Statement& statement, const Clause& base) {
  c_.expect_symbol('(');
  do {
    Clause clause = base;
    clause.from_list = true;
    const size_t begin = c_.index();
    if (at_key(false)) {
      key_definition(clause, nullptr);
      clause.body.push_back(fixed("ADD "));
    } else {
      clause.kind = ClauseKind::AddColumn;
      clause.definitions.push_back(column_definition(clause));
      clause.column = clause.definitions[0].name;
      clause.body.push_back(fixed(clause.if_not_exists ? "ADD COLUMN IF NOT EXISTS " : "ADD COLUMN "));
    }
    append(clause.body, c_.emit(begin, c_.index()));
    statement.clauses.push_back(std::move(clause));
  } while (c_.accept_symbol(','));
  c_.expect_symbol(')');
}

void Parser::column_position(Clause& clause) {
  if (c_.accept("FIRST")) {
    clause.position = Position::First;
  } else if (c_.accept("AFTER")) {
    clause.position = Position::After;
    clause.after = c_.name("a column");
  }
}

void Parser::alter_drop(Clause& clause) {
  const auto named = [&](ClauseKind kind) {
    clause.kind = kind;
    clause.if_exists = c_.accept({"IF", "EXISTS"});
    clause.index = c_.name("a name");
  };
  if (c_.accept({"PRIMARY", "KEY"})) {
    clause.kind = ClauseKind::DropPrimaryKey;
    clause.index = "PRIMARY";
  } else if (c_.accept("INDEX") || c_.accept("KEY")) {
    named(ClauseKind::DropIndex);
    if (equals_ignore_case(clause.index, "PRIMARY")) clause.kind = ClauseKind::DropPrimaryKey;
  } else if (c_.accept({"FOREIGN", "KEY"})) {
    named(ClauseKind::DropForeignKey);
  } else if (c_.accept("CONSTRAINT")) {
    named(ClauseKind::DropConstraint);
  } else if (c_.accept("CHECK")) {
    named(ClauseKind::DropCheck);
  } else if (c_.accept({"SYSTEM", "VERSIONING"})) {
    clause.kind = ClauseKind::SystemVersioning;
  } else if (c_.accept({"PERIOD", "FOR"})) {
    clause.kind = ClauseKind::Period;
    c_.skip_item();
  } else {
    c_.accept("COLUMN");
    clause.kind = ClauseKind::DropColumn;
    clause.if_exists = c_.accept({"IF", "EXISTS"});
    clause.column = c_.name("a column");
    if (!c_.accept("RESTRICT")) c_.accept("CASCADE");
  }
}

void Parser::alter_modify(Clause& clause, bool change) {
  c_.accept("COLUMN");
  clause.if_exists = c_.accept({"IF", "EXISTS"});
  clause.kind = change ? ClauseKind::ChangeColumn : ClauseKind::ModifyColumn;
  if (change) clause.column = c_.name("a column");
  clause.definitions.push_back(column_definition(clause));
  if (!change) clause.column = clause.definitions[0].name;
  clause.new_name = clause.definitions[0].name;
  column_position(clause);
}

void Parser::alter_alter(Clause& clause) {
  if (c_.accept("INDEX") || c_.accept("KEY")) {
    clause.kind = ClauseKind::AlterIndexVisibility;
    clause.if_exists = c_.accept({"IF", "EXISTS"});
    clause.index = c_.name("an index");
    clause.make_visible = c_.accept("VISIBLE") || c_.accept({"NOT", "IGNORED"});
    if (!clause.make_visible && !c_.accept("INVISIBLE")) c_.expect("IGNORED");
    return;
  }
  if (c_.accept("CHECK") || c_.accept("CONSTRAINT")) {
    clause.kind = ClauseKind::AlterConstraint;
    clause.index = c_.name("a constraint");
    c_.accept("NOT");
    c_.expect("ENFORCED");
    return;
  }
  c_.accept("COLUMN");
  clause.if_exists = c_.accept({"IF", "EXISTS"});
  clause.column = c_.name("a column");
  clause.kind = ClauseKind::AlterColumnDefault;
  if (c_.accept({"SET", "DEFAULT"})) {
    clause.default_text = default_value();
  } else if (c_.accept({"DROP", "DEFAULT"})) {
    clause.drop_default = true;
  } else {
    c_.expect("SET");
    clause.kind = ClauseKind::AlterColumnVisibility;
    clause.make_visible = c_.accept("VISIBLE");
    if (!clause.make_visible) c_.expect("INVISIBLE");
  }
}

void Parser::alter_rename(Clause& clause) {
  const bool column = c_.at("COLUMN") && c_.at_name(1);
  const bool index = (c_.at("INDEX") || c_.at("KEY")) && c_.at_name(1);
  if (column || index) {
    c_.next();
    clause.if_exists = c_.accept({"IF", "EXISTS"});
    (column ? clause.column : clause.index) = c_.name("a name");
    c_.expect("TO");
    clause.new_name = c_.name("the new name");
    clause.kind = column ? ClauseKind::RenameColumn : ClauseKind::RenameIndex;
    return;
  }
  if (!c_.accept("TO") && !c_.accept("AS")) c_.accept_symbol('=');
  const TableRef other = table_name();
  clause.kind = ClauseKind::RenameTable;
  clause.others.push_back({OtherRole::RenameTo, other.schema, other.table});
}

void Parser::alter_convert(Clause& clause) {
  if (c_.accept("PARTITION") || c_.accept("TABLE")) {  // MariaDB 10.7: a partition becomes a table, or back
    clause.kind = ClauseKind::OtherPartition;
    const bool to_table = c_.at("TO", 1);
    if (to_table) {
      c_.name("a partition");
      c_.expect("TO");
      c_.expect("TABLE");
    }
    const TableRef other = table_name();
    clause.others.push_back({OtherRole::ExchangeWith, other.schema, other.table});
    c_.skip_item();
    return;
  }
  clause.kind = ClauseKind::ConvertCharset;
  c_.expect("TO");
  if (!c_.accept({"CHARACTER", "SET"}) && !c_.accept({"CHAR", "SET"})) c_.expect("CHARSET");
  const bool by_default = c_.at("DEFAULT");
  clause.charset = canonical_charset(c_.value("a character set"));
  if (by_default) clause.charset.clear();
  clause.collation = collation_of(clause.charset);
  if (c_.accept("COLLATE")) {
    c_.accept_symbol('=');
    clause.collation = canonical_collation(c_.value("a collation"));
  }
}

bool Parser::alter_partition(Clause& clause) {
  struct Kind {
    const char* verb;
    ClauseKind kind;
  };
  static constexpr Kind kKinds[] = {
      {"ADD", ClauseKind::AddPartition},           {"DROP", ClauseKind::DropPartition},
      {"TRUNCATE", ClauseKind::TruncatePartition}, {"REORGANIZE", ClauseKind::ReorganizePartition},
      {"REBUILD", ClauseKind::RebuildPartition},   {"COALESCE", ClauseKind::CoalescePartition},
      {"EXCHANGE", ClauseKind::ExchangePartition}, {"ANALYZE", ClauseKind::OtherPartition},
      {"CHECK", ClauseKind::OtherPartition},       {"OPTIMIZE", ClauseKind::OtherPartition},
      {"REPAIR", ClauseKind::OtherPartition},      {"DISCARD", ClauseKind::OtherPartition},
      {"IMPORT", ClauseKind::OtherPartition}};
  if (at_partitioning() || c_.at({"UPGRADE", "PARTITIONING"})) {
    clause.kind = c_.at("PARTITION") ? ClauseKind::PartitionBy : ClauseKind::RemovePartitioning;
    if (c_.at("UPGRADE")) clause.kind = ClauseKind::Force;
    if (clause.kind == ClauseKind::PartitionBy) {
      skip_partitioning();
    } else {
      c_.next();
      c_.next();
    }
    return true;
  }
  for (const Kind& kind : kKinds) {
    if (!c_.at({kind.verb, "PARTITION"})) continue;
    clause.kind = kind.kind;
    while (!c_.at_end()) {
      if (kind.kind == ClauseKind::ExchangePartition && c_.accept({"WITH", "TABLE"})) {
        const TableRef other = table_name();
        clause.others.push_back({OtherRole::ExchangeWith, other.schema, other.table});
      } else {
        c_.next();
      }
    }
    return true;
  }
  return false;
}

bool Parser::alter_misc(Clause& clause) {
  if (c_.accept({"ORDER", "BY"})) {
    clause.kind = ClauseKind::OrderBy;
    while (!c_.at_end()) c_.next();
  } else if (c_.accept({"ENABLE", "KEYS"}) || c_.accept({"DISABLE", "KEYS"})) {
    clause.kind = ClauseKind::EnableDisableKeys;
  } else if (c_.accept({"DISCARD", "TABLESPACE"}) || c_.accept({"IMPORT", "TABLESPACE"})) {
    clause.kind = ClauseKind::Tablespace;
  } else if (c_.accept("FORCE")) {
    clause.kind = ClauseKind::Force;
  } else {
    return false;
  }
  return true;
}

}  // namespace sluice::sql
