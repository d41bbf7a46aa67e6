#include "core/sql/charset.hpp"
#include "core/sql/parser.hpp"

namespace sluice::sql {
namespace {

/// Options that may come without `=`; with it, any word is taken for one, so that those of new servers pass.
bool known_option(const std::string& word) {
  static constexpr const char* kOptions[] = {"autoextend_size",
                                             "auto_increment",
                                             "avg_row_length",
                                             "checksum",
                                             "comment",
                                             "compression",
                                             "connection",
                                             "data",
                                             "delay_key_write",
                                             "encryption",
                                             "engine",
                                             "index",
                                             "insert_method",
                                             "key_block_size",
                                             "max_rows",
                                             "min_rows",
                                             "pack_keys",
                                             "page_checksum",
                                             "password",
                                             "row_format",
                                             "secondary_engine",
                                             "stats_persistent",
                                             "stats_auto_recalc",
                                             "stats_sample_pages",
                                             "storage",
                                             "table_checksum",
                                             "tablespace",
                                             "transactional",
                                             "type",
                                             "union",
                                             "with",
                                             "without",
                                             "engine_attribute",
                                             "secondary_engine_attribute"};
  for (const char* option : kOptions) {
    if (equals_ignore_case(word, option)) return true;
  }
  return false;
}

}  // namespace
Statement Parser::create_table(bool or_replace, bool temporary) {
  Clause clause;
  clause.statement = StatementKind::CreateTable;
  clause.or_replace = or_replace;
  clause.temporary = temporary;
  clause.if_not_exists = c_.accept({"IF", "NOT", "EXISTS"});
  const TableRef name = table_name();
  clause.schema = name.schema;
  clause.table = name.table;
  const size_t begin = c_.index();
  const bool in_parens = c_.at_symbol('(') && c_.at("LIKE", 1);
  auto table = std::make_shared<TableDef>();
  if (in_parens || c_.at("LIKE")) {
    if (in_parens) c_.next();
    c_.expect("LIKE");
    const TableRef other = table_name();
    clause.others.push_back({OtherRole::Like, other.schema, other.table});
    if (in_parens) c_.expect_symbol(')');
    if (!c_.at_end()) c_.fail("the end of CREATE TABLE LIKE");
  } else {
    const bool has_list = c_.at_symbol('(') && !c_.at("SELECT", 1) && !c_.at("WITH", 1) && !c_.at_symbol('(', 1);
    if (has_list) create_definitions(clause, *table);
    table_options(clause, table.get(), true);
    const size_t partition = c_.index();
    if (c_.at({"PARTITION", "BY"})) skip_partitioning();
    table->partition = c_.text(partition, c_.index());
    if (!c_.at_end() && !at_query()) c_.fail("a table option or the end of CREATE TABLE");
    if (!has_list) c_.fail("a list of columns (the structure of CREATE TABLE ... SELECT is known to the source only)");
    settle(*table, clause);
    clause.definition = std::move(table);
  }
  clause.body.push_back(fixed(std::string("CREATE ") + (or_replace ? "OR REPLACE " : "") +
                              (temporary ? "TEMPORARY " : "") + "TABLE " + (or_replace ? "" : "IF NOT EXISTS ")));
  clause.body.push_back(table_fragment(clause.schema, clause.table));
  clause.body.push_back(fixed(" "));
  append(clause.body, c_.emit(begin, c_.index()));
  return {StatementKind::CreateTable, {std::move(clause)}};
}

/// `( columns, keys, checks )`
void Parser::create_definitions(Clause& clause, TableDef& table) {
  c_.expect_symbol('(');
  do {
    if (at_key(false)) {
      const bool if_not_exists = clause.if_not_exists;
      key_definition(clause, &table.checks);
      clause.kind = ClauseKind::None;
      clause.if_not_exists = if_not_exists;
    } else {
      table.columns.push_back(column_definition(clause));
    }
  } while (c_.accept_symbol(','));
  c_.expect_symbol(')');
  table.keys = std::move(clause.keys);
  clause.keys.clear();
  clause.index.clear();
  clause.default_text.clear();
}

/// What holds only once all of the statement is known: character sets, NOT NULL of the primary key, names of keys.
void Parser::settle(TableDef& table, const Clause& clause) const {
  if (!clause.charset.empty() || !clause.collation.empty()) {
    table.charset = clause.charset;
    table.collation = clause.collation;
    table.charset_given = true;
    table.collation_given = true;
  } else {
    table.charset = canonical_charset(options_.default_charset);
    table.collation = canonical_collation(options_.default_collation);
    if (table.collation.empty() && !table.charset.empty()) {
      table.collation = collation_of(table.charset);
    }
  }
  for (ColumnDef& column : table.columns) resolve_charset(column, table.charset, table.collation);
  settle_keys(table);
}

std::string Parser::collation_of(const std::string& charset) const {
  if (charset == "utf8mb4" && !options_.utf8mb4_collation.empty())
    return canonical_collation(options_.utf8mb4_collation);
  return default_collation(charset, options_.dialect == Dialect::MariaDb);
}

bool Parser::at_query() const {
  return c_.at_any({"AS", "SELECT", "IGNORE", "REPLACE", "WITH", "VALUES", "TABLE"}) || c_.at_symbol('(');
}

/// Options separated by blanks (and, in CREATE, commas). In ALTER a comma ends the clause.
void Parser::table_options(Clause& clause, TableDef* table, bool in_create) {
  std::string kept;
  for (;;) {
    if (in_create && c_.at_symbol(',')) c_.next();
    if (c_.at_end() || c_.at_symbol(',') || c_.at({"PARTITION", "BY"}) || c_.at({"REMOVE", "PARTITIONING"})) break;
    if (in_create && (c_.at_any({"AS", "SELECT", "IGNORE", "REPLACE", "VALUES", "TABLE"}) || c_.at_symbol('('))) break;
    if (in_create && c_.at("WITH") && !c_.at("SYSTEM", 1)) break;
    const size_t begin = c_.index();
    if (c_.accept({"START", "TRANSACTION"})) {
      // MySQL 8.0.21 marks an atomic CREATE TABLE … SELECT so in the binlog; nobody could execute it.
      c_.elide(begin, c_.index());
      continue;
    }
    std::string text;
    if (!table_option(clause, text)) break;
    if (!text.empty() && !kept.empty()) kept += ' ';
    kept += text;
  }
  if (table) table->options = std::move(kept);
}

/// One option. `kept` gets its text unless it is a character set.
bool Parser::table_option(Clause& clause, std::string& kept) {
  const size_t begin = c_.index();
  const bool by_default = c_.accept("DEFAULT");
  if (c_.accept({"CHARACTER", "SET"}) || c_.accept("CHARSET") || c_.accept({"CHAR", "SET"})) {
    c_.accept_symbol('=');
    clause.charset = canonical_charset(c_.value("a character set"));
    if (charset_of_collation(clause.collation) != clause.charset) {
      clause.collation = collation_of(clause.charset);
    }
    clause.options.push_back("charset");
    return true;
  }
  if (c_.accept("COLLATE")) {
    c_.accept_symbol('=');
    clause.collation = canonical_collation(c_.value("a collation"));
    const std::string charset = sql::charset_of_collation(clause.collation);
    if (!charset.empty() && clause.collation.rfind("uca1400", 0) != 0) clause.charset = charset;
    clause.options.push_back("collate");
    return true;
  }
  if (by_default) c_.fail("a character set or a collation");
  if (c_.peek().kind != TokenKind::Word || !(c_.at_symbol('=', 1) || known_option(c_.peek().value))) return false;
  clause.options.push_back(to_lower(c_.next().value));
  const std::string& option = clause.options.back();
  if (option == "with" || option == "without") {
    c_.expect("SYSTEM");
    c_.expect("VERSIONING");
  } else if (option == "union") {
    c_.accept_symbol('=');
    c_.expect_symbol('(');
    if (!c_.at_symbol(')')) {
      do {
        table_name();
      } while (c_.accept_symbol(','));
    }
    c_.expect_symbol(')');
  } else {
    if (option == "data" || option == "index") c_.expect("DIRECTORY");
    c_.accept_symbol('=');
    if (c_.at_symbol('(')) {
      c_.skip_parens();
    } else {
      c_.value("the value of a table option");
    }
  }
  kept = c_.text(begin, c_.index());
  return true;
}

/// PARTITION BY … up to the end or the query of CREATE TABLE … SELECT.
void Parser::skip_partitioning() {
  while (!c_.at_end() && !c_.at_any({"AS", "SELECT", "IGNORE", "REPLACE"})) {
    if (c_.at_symbol('(')) {
      c_.skip_parens();
    } else {
      c_.next();
    }
  }
}

}  // namespace sluice::sql
