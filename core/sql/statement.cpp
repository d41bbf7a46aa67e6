#include "core/sql/statement.hpp"

#include "core/sql/parser.hpp"
#include "core/sql/quote.hpp"

namespace sluice::sql {

Result<Statement> parse_ddl(std::string_view sql, const ParseOptions& options) {
  auto tokens = tokenize(sql, options.sql_mode, options.dialect);
  if (!tokens.ok()) return std::move(tokens.error());
  try {
    return Parser(*tokens, options).run();
  } catch (const ParseError& problem) {
    Error error = make_error(36067, std::string("this DDL statement cannot be parsed: ") + problem.what(), {},
                             "let a filter rule ignore it by its text (ignore_sql), or skip or replace the statement");
    error.statement = std::string(sql.substr(0, 1024));
    return error;
  }
}

Statement Parser::run() {
  Statement statement;
  if (c_.accept({"SET", "STATEMENT"})) {  // MariaDB: SET STATEMENT variable = value FOR …
    while (!c_.at_end() && !c_.at("FOR")) c_.next();
    c_.expect("FOR");
  }
  if (c_.accept("CREATE")) {
    statement = create();
  } else if (c_.accept("ALTER")) {
    statement = alter();
  } else if (c_.accept("DROP")) {
    statement = drop();
  } else if (c_.accept("TRUNCATE")) {
    statement = truncate();
  } else if (c_.accept("RENAME")) {
    statement = rename();
  } else {
    c_.fail("CREATE, ALTER, DROP, TRUNCATE or RENAME");
  }
  return statement;
}

void Parser::refuse_sequence() {
  if (c_.at("SEQUENCE")) c_.fail("a table, database, index or view: sequences are not replicated;");
}

Statement Parser::create() {
  const size_t start = c_.index() - 1;
  const bool or_replace = c_.accept({"OR", "REPLACE"});
  const bool temporary = c_.accept("TEMPORARY");
  refuse_sequence();
  if (c_.accept("TABLE")) return create_table(or_replace, temporary);
  if (c_.accept("DATABASE") || c_.accept("SCHEMA")) return create_database(or_replace);
  if (!c_.accept("ONLINE")) c_.accept("OFFLINE");
  if (c_.at_any({"INDEX", "UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR"})) return create_index(or_replace, start);
  return view(StatementKind::CreateView, start);
}

Statement Parser::alter() {
  const size_t start = c_.index() - 1;
  if (!c_.accept("ONLINE")) c_.accept("OFFLINE");
  const bool ignore = c_.accept("IGNORE");
  refuse_sequence();
  if (c_.accept("TABLE")) return alter_table(ignore);
  if (c_.accept("DATABASE") || c_.accept("SCHEMA")) return alter_database();
  return view(StatementKind::AlterView, start);
}

Statement Parser::drop() {
  const bool temporary = c_.accept("TEMPORARY");
  refuse_sequence();
  if (c_.accept("TABLE") || c_.accept("TABLES")) return drop_tables(temporary);
  if (c_.accept("DATABASE") || c_.accept("SCHEMA")) return drop_database();
  if (!c_.accept("ONLINE")) c_.accept("OFFLINE");
  if (c_.accept("INDEX")) return drop_index();
  if (c_.accept("VIEW")) return drop_view();
  c_.fail("TABLE, DATABASE, INDEX or VIEW");
}

TableRef Parser::table_name() {
  const size_t begin = c_.index();
  TableRef ref{options_.default_schema, {}};
  c_.accept_symbol('.');  // `.t` is a table of the current schema
  ref.table = c_.name("a table name");
  if (c_.accept_symbol('.')) {
    ref.schema = std::move(ref.table);
    ref.table = c_.name("a table name");
  }
  if (ref.table.empty()) c_.fail("a table name that is not empty");
  c_.note_name(begin, c_.index(), ref.schema, ref.table);
  return ref;
}

/// MariaDB: WAIT n, NOWAIT
void Parser::wait_option() {
  const size_t begin = c_.index();
  if (c_.accept("WAIT")) {
    c_.value("seconds");
  } else {
    c_.accept("NOWAIT");
  }
  c_.elide(begin, c_.index());
}

void Parser::database_options(Clause& clause) {
  while (!c_.at_end()) {
    if (c_.at_any({"DEFAULT", "CHARACTER", "CHARSET", "CHAR", "COLLATE"}) && !c_.at({"DEFAULT", "ENCRYPTION"})) {
      std::string ignored;
      if (!table_option(clause, ignored)) c_.next();
    } else {
      c_.next();  // COMMENT, ENCRYPTION, READ ONLY, UPGRADE DATA DIRECTORY NAME
    }
  }
}

Statement Parser::create_database(bool or_replace) {
  Clause clause;
  clause.statement = StatementKind::CreateDatabase;
  clause.or_replace = or_replace;
  clause.if_not_exists = c_.accept({"IF", "NOT", "EXISTS"});
  clause.schema = c_.name("a database name");
  const size_t rest = c_.index();
  database_options(clause);
  clause.body = {fixed(or_replace ? "CREATE OR REPLACE DATABASE " : "CREATE DATABASE IF NOT EXISTS "),
                 table_fragment(clause.schema, {}), fixed(" ")};
  append(clause.body, c_.emit(rest, c_.index()));
  return {StatementKind::CreateDatabase, {std::move(clause)}};
}

Statement Parser::alter_database() {
  Clause clause;
  clause.statement = StatementKind::AlterDatabase;
  clause.schema = options_.default_schema;
  const bool unnamed = c_.at_any({"DEFAULT", "CHARACTER", "CHARSET", "COLLATE", "COMMENT", "ENCRYPTION"}) &&
                       (c_.peek(1).kind != TokenKind::End);
  if (!unnamed || c_.peek().kind == TokenKind::Identifier) clause.schema = c_.name("a database name");
  if (clause.schema.empty()) c_.fail("a database name");
  const size_t rest = c_.index();
  database_options(clause);
  clause.body = {fixed("ALTER DATABASE "), table_fragment(clause.schema, {}), fixed(" ")};
  append(clause.body, c_.emit(rest, c_.index()));
  return {StatementKind::AlterDatabase, {std::move(clause)}};
}

Statement Parser::drop_database() {
  Clause clause;
  clause.statement = StatementKind::DropDatabase;
  clause.if_exists = c_.accept({"IF", "EXISTS"});
  clause.schema = c_.name("a database name");
  if (!c_.at_end()) c_.fail("the end of DROP DATABASE");
  clause.body = {fixed("DROP DATABASE IF EXISTS "), table_fragment(clause.schema, {})};
  return {StatementKind::DropDatabase, {std::move(clause)}};
}

Statement Parser::drop_tables(bool temporary) {
  Statement statement{StatementKind::DropTable, {}};
  const bool if_exists = c_.accept({"IF", "EXISTS"});
  do {
    const TableRef name = table_name();
    Clause clause;
    clause.statement = StatementKind::DropTable;
    clause.if_exists = if_exists;
    clause.temporary = temporary;
    clause.schema = name.schema;
    clause.table = name.table;
    clause.body = {fixed(temporary ? "DROP TEMPORARY TABLE IF EXISTS " : "DROP TABLE IF EXISTS "),
                   table_fragment(name.schema, name.table)};
    statement.clauses.push_back(std::move(clause));
  } while (c_.accept_symbol(','));
  if (!c_.accept("RESTRICT")) c_.accept("CASCADE");
  wait_option();
  if (!c_.at_end()) c_.fail("`,` or the end of DROP TABLE");
  return statement;
}

Statement Parser::truncate() {
  c_.accept("TABLE");
  const TableRef name = table_name();
  wait_option();
  if (!c_.at_end()) c_.fail("the end of TRUNCATE TABLE");
  Clause clause;
  clause.statement = StatementKind::TruncateTable;
  clause.schema = name.schema;
  clause.table = name.table;
  clause.body = {fixed("TRUNCATE TABLE "), table_fragment(name.schema, name.table)};
  return {StatementKind::TruncateTable, {std::move(clause)}};
}

Statement Parser::rename() {
  if (!c_.accept("TABLE")) c_.expect("TABLES");
  const bool if_exists = c_.accept({"IF", "EXISTS"});
  Statement statement{StatementKind::RenameTable, {}};
  do {
    const TableRef from = table_name();
    wait_option();
    c_.expect("TO");
    const TableRef to = table_name();
    Clause clause;
    clause.statement = StatementKind::RenameTable;
    clause.if_exists = if_exists;
    clause.schema = from.schema;
    clause.table = from.table;
    clause.others.push_back({OtherRole::RenameTo, to.schema, to.table});
    clause.body = {fixed(if_exists ? "RENAME TABLE IF EXISTS " : "RENAME TABLE "),
                   table_fragment(from.schema, from.table), fixed(" TO "), table_fragment(to.schema, to.table)};
    statement.clauses.push_back(std::move(clause));
  } while (c_.accept_symbol(','));
  if (!c_.at_end()) c_.fail("`,` or the end of RENAME TABLE");
  return statement;
}

}  // namespace sluice::sql
