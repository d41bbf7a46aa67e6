#include "core/sql/charset.hpp"
#include "core/sql/parser.hpp"
#include "core/sql/quote.hpp"

namespace sluice::sql {

/// name type attributes …; keys declared inside go to clause.keys.
ColumnDef Parser::column_definition(Clause& clause) {
  ColumnDef column;
  column.name = c_.name("a column name");
  const bool serial = c_.at("SERIAL");
  column_type(column);
  if (serial) clause.keys.push_back({"", KeyType::Unique, {{column.name, 0, false, {}}}, {}});
  while (column_attribute(clause, column)) {
  }
  if (column.auto_increment) column.not_null = true;
  refresh_type_text(column);
  return column;
}

bool Parser::column_attribute(Clause& clause, ColumnDef& column) {
  if (c_.accept({"NOT", "NULL"})) {
    column.not_null = true;
  } else if (c_.accept("NULL")) {
    column.not_null = false;
  } else if (c_.accept({"SERIAL", "DEFAULT", "VALUE"})) {
    column.not_null = column.auto_increment = true;
    clause.keys.push_back({"", KeyType::Unique, {{column.name, 0, false, {}}}, {}});
  } else if (c_.accept("DEFAULT")) {
    column.default_text = default_value();
  } else if (c_.accept({"ON", "UPDATE"})) {
    column.on_update = default_value();
  } else if (c_.accept("AUTO_INCREMENT")) {
    column.auto_increment = column.not_null = true;
  } else if (c_.accept("UNIQUE")) {
    c_.accept("KEY");
    clause.keys.push_back({"", KeyType::Unique, {{column.name, 0, false, {}}}, {}});
  } else if (c_.accept({"PRIMARY", "KEY"}) || c_.accept("PRIMARY") || c_.accept("KEY")) {
    column.not_null = true;
    clause.keys.push_back({"PRIMARY", KeyType::Primary, {{column.name, 0, false, {}}}, {}});
  } else if (c_.accept("COMMENT")) {
    if (!c_.at_string()) c_.fail("a comment in quotes");
    column.comment = c_.next().value;
  } else if (c_.accept("COLLATE")) {
    const std::string collation = canonical_collation(c_.value("a collation"));
    const std::string charset = sql::charset_of_collation(collation);
    if (!charset.empty() && !column.charset_given) charset_of(column, charset);
    column.collation = collation;
    column.collation_given = true;
  } else if (c_.accept("INVISIBLE")) {
    column.invisible = true;
  } else if (!c_.accept("VISIBLE") && !c_.accept("SIGNED")) {
    return generated_attribute(clause, column) || extra_attribute(clause, column);
  }
  return true;
}

bool Parser::generated_attribute(const Clause& clause, ColumnDef& column) {
  const bool always = c_.accept({"GENERATED", "ALWAYS"});
  if (!always && !c_.at("AS")) return false;
  c_.expect("AS");
  if (c_.accept("ROW")) {  // MariaDB's system versioning: computed by the server
    column.generated = Generated::Stored;
    column.expression = c_.accept("START") ? "ROW START" : "ROW END";
    if (column.expression == "ROW END") c_.expect("END");
    return true;
  }
  column.generated = Generated::Virtual;
  column.expression = expression(clause);
  if (c_.accept("STORED") || c_.accept("PERSISTENT")) {
    column.generated = Generated::Stored;
  } else {
    c_.accept("VIRTUAL");
  }
  return true;
}

/// Attributes that are kept as text.
bool Parser::extra_attribute(Clause& clause, ColumnDef& column) {
  const size_t begin = c_.index();
  if (c_.at("REFERENCES")) {
    references(clause);
    return true;  // parsed and ignored by the servers
  }
  if (c_.at("CHECK") || c_.at("CONSTRAINT")) {
    if (c_.accept("CONSTRAINT") && !c_.at("CHECK")) c_.name("a constraint name");
    check(clause);
  } else if (c_.accept({"WITHOUT", "SYSTEM", "VERSIONING"}) || c_.accept({"WITH", "SYSTEM", "VERSIONING"}) ||
             c_.accept({"NOT", "SECONDARY"})) {
  } else if (c_.accept("COLUMN_FORMAT") || c_.accept("STORAGE") || c_.accept("SRID")) {
    c_.value("a value");
  } else if (c_.accept("REF_SYSTEM_ID") || c_.accept("ENGINE_ATTRIBUTE") || c_.accept("SECONDARY_ENGINE_ATTRIBUTE")) {
    c_.accept_symbol('=');
    c_.value("a value");
  } else if (c_.accept("COMPRESSED")) {
    if (c_.accept_symbol('=')) c_.value("a compression method");
  } else if (c_.accept("AUTO_RANDOM")) {
    if (c_.at_symbol('(')) c_.skip_parens();
  } else {
    return false;
  }
  if (!column.extra.empty()) column.extra += ' ';
  column.extra += c_.text(begin, c_.index());
  return true;
}

/// A literal, a function call, or an expression in parentheses.
std::string Parser::default_value() {
  const size_t begin = c_.index();
  while (c_.accept_symbol('-') || c_.accept_symbol('+')) {
  }
  const TokenKind kind = c_.peek().kind;
  if (c_.at_symbol('(')) {
    c_.skip_parens();
  } else if (kind == TokenKind::String || kind == TokenKind::Number || kind == TokenKind::Bits) {
    c_.next();
    while (kind == TokenKind::String && c_.at_string()) c_.next();
  } else if (kind == TokenKind::Word || kind == TokenKind::Identifier) {
    const bool introducer = c_.peek().value[0] == '_' || c_.at_any({"N", "DATE", "TIME", "TIMESTAMP", "X", "B"});
    c_.next();
    if (introducer && (c_.at_string() || c_.peek().kind == TokenKind::Bits)) {
      while (c_.at_string() || c_.peek().kind == TokenKind::Bits) c_.next();
    } else if (c_.accept({"VALUE", "FOR"})) {  // NEXT VALUE FOR sequence
      c_.name("a sequence");
      if (c_.accept_symbol('.')) c_.name("a sequence");
    } else {
      while (c_.accept_symbol('.')) c_.name("a name");
      if (c_.at_symbol('(')) c_.skip_parens();
    }
  } else {
    c_.fail("a default value");
  }
  return c_.text(begin, c_.index());
}

/// `( … )`. Columns written as table.column lose the qualifier: it would not follow the table to its new name.
std::string Parser::expression(const Clause& clause) {
  const size_t begin = c_.index();
  c_.skip_parens();
  const size_t end = c_.index();
  for (size_t i = begin; i + 2 < end; ++i) {
    c_.rewind(i);
    if (!c_.at_name() || !c_.at_symbol('.', 1) || !c_.at_name(2)) continue;
    if (c_.at_symbol('.', 3) && c_.at_name(4)) {
      if (equals_ignore_case(c_.peek().value, clause.schema) && equals_ignore_case(c_.peek(2).value, clause.table)) {
        c_.elide(i, i + 4);
      }
      i += 4;
    } else {
      if (equals_ignore_case(c_.peek().value, clause.table) && !c_.at_symbol('(', 3)) c_.elide(i, i + 2);
      i += 2;
    }
  }
  c_.rewind(end);
  return c_.text(begin, end);
}

}  // namespace sluice::sql
