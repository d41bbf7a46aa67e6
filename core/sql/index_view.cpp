#include "core/sql/parser.hpp"
#include "core/sql/quote.hpp"

namespace sluice::sql {

Statement Parser::create_index(bool or_replace, size_t start) {
  Clause clause;
  clause.statement = StatementKind::CreateIndex;
  clause.or_replace = or_replace;
  clause.kind = ClauseKind::AddIndex;
  KeyDef key;
  if (c_.accept("UNIQUE")) {
    key.type = KeyType::Unique;
    clause.kind = ClauseKind::AddUniqueKey;
  } else if (c_.accept("FULLTEXT") || c_.accept("SPATIAL") || c_.accept("VECTOR")) {
    key.type = KeyType::Fulltext;
    clause.kind = ClauseKind::AddFulltextOrSpatial;
  }
  c_.expect("INDEX");
  clause.if_not_exists = c_.accept({"IF", "NOT", "EXISTS"});
  key.name = c_.name("an index name");
  if (c_.accept("USING") || c_.accept("TYPE")) key.options = "USING " + c_.name("an index type");
  c_.expect("ON");
  const TableRef name = table_name();
  clause.schema = name.schema;
  clause.table = name.table;
  wait_option();
  key_parts(key);
  finish_index();
  clause.keys.push_back(std::move(key));
  append(clause.body, c_.emit(start, c_.index()));
  return {StatementKind::CreateIndex, {std::move(clause)}};
}

/// Index options are kept; ALGORITHM and LOCK say how the source did it.
void Parser::finish_index() {
  while (!c_.at_end()) {
    const size_t begin = c_.index();
    if (c_.accept("ALGORITHM") || c_.accept("LOCK")) {
      c_.accept_symbol('=');
      c_.value("a value");
      c_.elide(begin, c_.index());
    } else if (c_.at_symbol(',')) {
      c_.fail("the end of CREATE INDEX");
    } else {
      c_.next();
    }
  }
}

Statement Parser::drop_index() {
  Clause clause;
  clause.statement = StatementKind::DropIndex;
  clause.kind = ClauseKind::DropIndex;
  clause.if_exists = c_.accept({"IF", "EXISTS"});
  clause.index = c_.name("an index name");
  c_.expect("ON");
  const TableRef name = table_name();
  clause.schema = name.schema;
  clause.table = name.table;
  wait_option();
  finish_index();
  // render() puts `DROP INDEX [IF EXISTS] ` before it.
  clause.body = {fixed(quote_identifier(clause.index) + " ON "), table_fragment(clause.schema, clause.table)};
  return {StatementKind::DropIndex, {std::move(clause)}};
}

/// CREATE/ALTER [ALGORITHM = …] [DEFINER = …] [SQL SECURITY …] VIEW name …: views are never executed, so only the
/// name is read.
Statement Parser::view(StatementKind kind, size_t start) {
  while (!c_.at("VIEW")) {
    if (c_.at_any({"ALGORITHM", "DEFINER", "SQL", "SECURITY", "INVOKER", "MERGE", "UNDEFINED", "TEMPTABLE"}) ||
        c_.at_symbol('=') || c_.at_symbol('@') || c_.at_symbol('(') || c_.at_symbol(')') ||
        c_.peek().kind == TokenKind::Identifier || c_.at_string() || c_.peek().kind == TokenKind::Variable ||
        (c_.at_name() && (c_.peek(1).kind == TokenKind::Variable || c_.at("VIEW", 1) || c_.at_symbol('(', 1)))) {
      c_.next();
    } else {
      c_.fail("TABLE, DATABASE, INDEX or VIEW");
    }
  }
  c_.next();
  Clause clause;
  clause.statement = kind;
  clause.if_not_exists = c_.accept({"IF", "NOT", "EXISTS"});
  const TableRef name = table_name();
  clause.schema = name.schema;
  clause.table = name.table;
  while (!c_.at_end()) c_.next();
  append(clause.body, c_.emit(start, c_.index()));
  return {kind, {std::move(clause)}};
}

Statement Parser::drop_view() {
  Statement statement{StatementKind::DropView, {}};
  const bool if_exists = c_.accept({"IF", "EXISTS"});
  do {
    const TableRef name = table_name();
    Clause clause;
    clause.statement = StatementKind::DropView;
    clause.if_exists = if_exists;
    clause.schema = name.schema;
    clause.table = name.table;
    clause.body = {fixed("DROP VIEW IF EXISTS "), table_fragment(name.schema, name.table)};
    statement.clauses.push_back(std::move(clause));
  } while (c_.accept_symbol(','));
  if (!c_.accept("RESTRICT")) c_.accept("CASCADE");
  if (!c_.at_end()) c_.fail("`,` or the end of DROP VIEW");
  return statement;
}

}  // namespace sluice::sql
