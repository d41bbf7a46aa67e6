// Inside core/sql only: the parser behind parse_ddl.
#pragma once

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/sql/statement.hpp"

namespace sluice::sql {

/// Never leaves this folder: parse_ddl turns it into a Status. A grammar this wide is hardly readable when each of its
/// hundreds of steps hands an error upwards.
struct ParseError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A position in the tokens, and what was noted about them for rendering.
class Cursor {
 public:
  explicit Cursor(const TokenList& list) : list_(list), elided_(list.tokens.size(), false) {}

  size_t index() const { return at_; }
  void rewind(size_t index) { at_ = index; }
  const Token& peek(size_t ahead = 0) const;
  const Token& next();
  /// The end, or `;` before it.
  bool at_end() const;

  /// Unquoted words from here on, any case.
  bool at(std::initializer_list<const char*> words) const;
  bool at(const char* word, size_t ahead = 0) const;
  bool at_any(std::initializer_list<const char*> words) const;
  bool accept(std::initializer_list<const char*> words);
  bool accept(const char* word) { return accept({word}); }
  void expect(const char* word);
  bool at_symbol(char c, size_t ahead = 0) const;
  bool accept_symbol(char c);
  void expect_symbol(char c);
  bool at_name(size_t ahead = 0) const;
  bool at_string(size_t ahead = 0) const { return peek(ahead).kind == TokenKind::String; }

  /// A column, index, … name.
  std::string name(const char* what);
  /// A word, string or quoted name as the value of an option.
  std::string value(const char* what);
  /// From `(` to behind its `)`.
  void skip_parens();
  /// Up to (not including) `,` or `)` on this level, or the end.
  void skip_item();
  uint32_t number(const char* what);
  [[noreturn]] void fail(const std::string& expected) const;

  // Notes for rendering.
  void note_name(size_t begin, size_t end, const std::string& schema, const std::string& table);
  void elide(size_t begin, size_t end);
  /// The SQL of tokens [begin, end) with names as fragments.
  std::vector<Fragment> emit(size_t begin, size_t end) const { return emit(begin, end, true); }
  /// The same as plain text to be kept: without the frames of versioned comments, readable in any sql_mode.
  std::string text(size_t begin, size_t end) const;

 private:
  struct NameRef {
    size_t begin;
    size_t end;
    std::string schema;
    std::string table;
  };
  const NameRef* name_at(size_t index) const;
  std::vector<Fragment> emit(size_t begin, size_t end, bool as_written) const;

  const TokenList& list_;
  size_t at_ = 0;
  std::vector<NameRef> names_;  ///< ascending
  std::vector<bool> elided_;
};

Fragment fixed(std::string text);
Fragment table_fragment(const std::string& schema, const std::string& table);
void append(std::vector<Fragment>& to, std::vector<Fragment> more);

struct TableRef {
  std::string schema;
  std::string table;
};

class Parser {
 public:
  Parser(const TokenList& list, const ParseOptions& options) : c_(list), options_(options) {}
  Statement run();

 private:
  // statement.cpp
  Statement create();
  Statement alter();
  Statement drop();
  Statement truncate();
  Statement rename();
  Statement create_database(bool or_replace);
  Statement alter_database();
  Statement drop_database();
  Statement create_index(bool or_replace, size_t start);
  Statement drop_index();
  Statement drop_tables(bool temporary);
  Statement view(StatementKind kind, size_t start);
  Statement drop_view();
  TableRef table_name();
  void database_options(Clause& clause);
  void finish_index();
  void wait_option();
  void refuse_sequence();

  // create_table.cpp
  Statement create_table(bool or_replace, bool temporary);
  void create_definitions(Clause& clause, TableDef& table);
  void table_options(Clause& clause, TableDef* table, bool in_create);
  bool table_option(Clause& clause, std::string& kept);
  void skip_partitioning();
  bool at_query() const;
  void settle(TableDef& table, const Clause& clause) const;
  std::string collation_of(const std::string& charset) const;

  // keys.cpp
  bool at_key(bool in_alter) const;
  /// One key, constraint or period. Returns false when it is not tracked (foreign key, period).
  void key_definition(Clause& clause, std::vector<CheckDef>* checks);
  KeyDef index_definition(Clause& clause, KeyType type, const std::string& constraint);
  void key_parts(KeyDef& key);
  void foreign_key(Clause& clause);
  void references(Clause& clause);
  std::string check(const Clause& clause);

  // column.cpp, column_type.cpp
  ColumnDef column_definition(Clause& clause);
  void column_type(ColumnDef& column);
  bool numeric_type(ColumnDef& column, const std::string& word);
  bool temporal_type(ColumnDef& column, const std::string& word);
  bool character_type(ColumnDef& column, const std::string& word);
  bool binary_type(ColumnDef& column, const std::string& word);
  bool other_type(ColumnDef& column, const std::string& word);
  void type_length(ColumnDef& column);
  void type_attributes(ColumnDef& column);
  bool column_attribute(Clause& clause, ColumnDef& column);
  bool generated_attribute(const Clause& clause, ColumnDef& column);
  bool extra_attribute(Clause& clause, ColumnDef& column);
  std::string default_value();
  std::string expression(const Clause& clause);
  void charset_of(ColumnDef& column, const std::string& charset);

  // alter_table.cpp
  Statement alter_table(bool ignore);
  void alter_item(Statement& statement, Clause clause);
  void alter_add(Statement& statement, Clause& clause);
  void add_column_list(Statement& statement, const Clause& base);
  void alter_drop(Clause& clause);
  void alter_modify(Clause& clause, bool change);
  void alter_alter(Clause& clause);
  void alter_rename(Clause& clause);
  void alter_convert(Clause& clause);
  bool alter_partition(Clause& clause);
  bool alter_misc(Clause& clause);
  void column_position(Clause& clause);
  bool at_partitioning() const;

  Cursor c_;
  const ParseOptions& options_;
};

}  // namespace sluice::sql
