#include "core/sql/parser.hpp"

namespace sluice::sql {

/// Does a key or constraint start here, rather than a column?
bool Parser::at_key(bool in_alter) const {
  if (c_.at_any({"PRIMARY", "UNIQUE", "INDEX", "KEY", "FULLTEXT", "SPATIAL", "FOREIGN", "CONSTRAINT", "CHECK"}))
    return true;
  if (c_.at({"PERIOD", "FOR"})) return true;
  if (c_.at({"VECTOR", "INDEX"}) || c_.at({"VECTOR", "KEY"})) return true;
  return in_alter && c_.at({"SYSTEM", "VERSIONING"});
}

void Parser::key_definition(Clause& clause, std::vector<CheckDef>* checks) {
  std::string constraint;
  if (c_.accept("CONSTRAINT")) {
    c_.accept({"IF", "NOT", "EXISTS"});
    if (!c_.at_any({"PRIMARY", "UNIQUE", "FOREIGN", "CHECK"})) constraint = c_.name("a constraint name");
  }
  if (c_.accept({"PRIMARY", "KEY"})) {
    clause.kind = ClauseKind::AddPrimaryKey;
    clause.keys.push_back(index_definition(clause, KeyType::Primary, constraint));
    clause.keys.back().name = "PRIMARY";
  } else if (c_.accept("UNIQUE")) {
    if (!c_.accept("INDEX")) c_.accept("KEY");
    clause.kind = ClauseKind::AddUniqueKey;
    clause.keys.push_back(index_definition(clause, KeyType::Unique, constraint));
  } else if (c_.accept("FOREIGN")) {
    c_.expect("KEY");
    foreign_key(clause);
  } else if (c_.at("CHECK")) {
    clause.kind = ClauseKind::AddCheck;
    clause.index = constraint;
    std::string text = check(clause);
    if (checks) checks->push_back({constraint, text});
    clause.default_text = std::move(text);
  } else if (c_.accept({"PERIOD", "FOR"})) {
    clause.kind = ClauseKind::Period;
    c_.skip_item();
  } else if (c_.accept({"SYSTEM", "VERSIONING"})) {
    clause.kind = ClauseKind::SystemVersioning;
  } else {
    clause.kind = ClauseKind::AddIndex;
    KeyType type = KeyType::Index;
    if (c_.accept("FULLTEXT")) type = KeyType::Fulltext;
    if (c_.accept("SPATIAL") || c_.accept("VECTOR")) type = KeyType::Spatial;
    if (type != KeyType::Index) clause.kind = ClauseKind::AddFulltextOrSpatial;
    if (!c_.accept("INDEX") && !c_.accept("KEY") && type == KeyType::Index) c_.fail("a key");
    clause.keys.push_back(index_definition(clause, type, constraint));
  }
}

/// [name] [USING type] (parts) options
KeyDef Parser::index_definition(Clause& clause, KeyType type, const std::string& constraint) {
  KeyDef key;
  key.type = type;
  key.name = constraint;
  clause.if_not_exists = c_.accept({"IF", "NOT", "EXISTS"}) || clause.if_not_exists;
  const bool using_type = c_.at("USING") && (c_.at("BTREE", 1) || c_.at("HASH", 1) || c_.at("RTREE", 1));
  if (!c_.at_symbol('(') && !using_type) key.name = c_.name("an index name");
  const size_t before = c_.index();
  if (c_.accept("USING") || c_.accept("TYPE")) c_.name("an index type");
  key.options = c_.text(before, c_.index());
  key_parts(key);
  const size_t after = c_.index();
  c_.skip_item();
  const std::string options = c_.text(after, c_.index());
  if (!key.options.empty() && !options.empty()) key.options += ' ';
  key.options += options;
  return key;
}

void Parser::key_parts(KeyDef& key) {
  c_.expect_symbol('(');
  do {
    KeyPart part;
    if (c_.at_symbol('(')) {
      const size_t begin = c_.index();
      c_.skip_parens();
      part.expression = c_.text(begin, c_.index());
    } else {
      part.column = c_.name("a column of the key");
      if (c_.accept_symbol('(')) {
        part.prefix = c_.number("a prefix length");
        c_.expect_symbol(')');
      }
    }
    if (c_.accept("DESC")) {
      part.descending = true;
    } else {
      c_.accept("ASC");
    }
    if (c_.accept({"WITHOUT", "OVERLAPS"})) {
      // The period itself is no column of the row: as a key for rows it is an expression.
      part.expression = "(" + part.column + ")";
      part.column.clear();
    }
    key.parts.push_back(std::move(part));
  } while (c_.accept_symbol(','));
  c_.expect_symbol(')');
}

void Parser::foreign_key(Clause& clause) {
  clause.kind = ClauseKind::AddForeignKey;
  c_.accept({"IF", "NOT", "EXISTS"});
  if (!c_.at_symbol('(')) c_.name("a foreign key name");
  c_.skip_parens();
  references(clause);
}

void Parser::references(Clause& clause) {
  c_.expect("REFERENCES");
  const TableRef other = table_name();
  clause.others.push_back({OtherRole::References, other.schema, other.table});
  clause.has_foreign_key = true;
  if (c_.at_symbol('(')) c_.skip_parens();
  for (;;) {
    if (c_.accept("MATCH")) {
      c_.name("FULL, PARTIAL or SIMPLE");
    } else if (c_.accept({"ON", "DELETE"}) || c_.accept({"ON", "UPDATE"})) {
      if (!c_.accept({"SET", "NULL"}) && !c_.accept({"SET", "DEFAULT"}) && !c_.accept({"NO", "ACTION"})) {
        c_.name("an action");
      }
    } else {
      return;
    }
  }
}

/// CHECK (…) [[NOT] ENFORCED]
std::string Parser::check(const Clause& clause) {
  const size_t begin = c_.index();
  c_.expect("CHECK");
  expression(clause);
  if (!c_.accept({"NOT", "ENFORCED"})) c_.accept("ENFORCED");
  return c_.text(begin, c_.index());
}

}  // namespace sluice::sql
