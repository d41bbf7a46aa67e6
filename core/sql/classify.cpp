#include "core/sql/classify.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::sql {
namespace {

constexpr size_t kTokens = 64;  // a DEFINER and an ALGORITHM fit in well

/// The first words of a statement.
class Words {
 public:
  explicit Words(const TokenList& list) : list_(list) {
    while (symbol('(')) ++at_;
    if (at("SET") && at("STATEMENT", 1)) {  // MariaDB: SET STATEMENT variable = value FOR …
      size_t i = at_;
      while (i + 1 < list_.tokens.size() && !is(i, "FOR")) ++i;
      if (is(i, "FOR")) at_ = i + 1;
    }
  }
  bool at(const char* word, size_t ahead = 0) const { return is(at_ + ahead, word); }
  bool symbol(char c, size_t ahead = 0) const {
    const Token& token = get(at_ + ahead);
    return token.kind == TokenKind::Symbol && token.value[0] == c;
  }
  bool accept(const char* word) {
    if (!at(word)) return false;
    ++at_;
    return true;
  }
  void skip() { ++at_; }
  bool is_name() const { return token().kind == TokenKind::Word || token().kind == TokenKind::Identifier; }
  bool ended() const { return token().kind == TokenKind::End; }
  const Token& token() const { return get(at_); }
  std::string word() const {
    std::string text = token().kind == TokenKind::Word ? token().value : "";
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
    return text;
  }

 private:
  const Token& get(size_t i) const { return list_.tokens[std::min(i, list_.tokens.size() - 1)]; }
  bool is(size_t i, const char* word) const {
    const Token& token = get(i);
    return token.kind == TokenKind::Word && equals_ignore_case(token.value, word);
  }
  const TokenList& list_;
  size_t at_ = 0;
};

template <size_t N>
const char* any_of(const Words& words, const std::array<const char*, N>& list) {
  for (const char* word : list) {
    if (words.at(word)) return word;
  }
  return nullptr;
}

// Objects that are no part of a table's structure or content.
constexpr std::array kObjects = {"TRIGGER", "PROCEDURE", "FUNCTION", "VIEW",     "EVENT",   "TABLESPACE", "USER",
                                 "ROLE",    "SERVER",    "LOGFILE",  "INSTANCE", "PACKAGE", "RESOURCE"};

/// Passes over OR REPLACE, AGGREGATE, DEFINER = …, ALGORITHM = …, SQL SECURITY …
void skip_prefix(Words& words) {
  while (!words.ended()) {
    if (words.accept("OR")) {
      words.accept("REPLACE");
    } else if (words.accept("SQL")) {
      words.accept("SECURITY");
      words.skip();
    } else if (words.at("DEFINER") || words.at("ALGORITHM")) {
      words.skip();
      if (words.symbol('=')) words.skip();
      words.skip();  // the user's name, CURRENT_USER or the algorithm
      if (words.symbol('(')) {
        words.skip();
        if (words.symbol(')')) words.skip();
      }
      if (words.token().kind == TokenKind::Variable) words.skip();
      if (words.symbol('@')) {
        words.skip();
        words.skip();
      }
    } else if (!words.accept("AGGREGATE") && !words.accept("UNDO")) {
      return;
    }
  }
}

std::string object_skip(Words words, const std::string& verb) {
  skip_prefix(words);
  if (words.at("TEMPORARY") && words.at("TABLE", 1)) return verb + " temporary table";
  if (words.at("TEMPORARY") && words.at("TABLES", 1)) return verb + " temporary table";
  if (words.at("SPATIAL") && words.at("REFERENCE", 1)) return verb + " spatial reference system";
  const char* object = any_of(words, kObjects);
  return object ? verb + " " + to_lower(object) : std::string();
}

std::string skip_reason(Words words) {
  for (const char* verb : {"create", "alter", "drop", "rename"}) {
    if (words.accept(verb)) return object_skip(words, verb);
  }
  for (const char* verb : {"savepoint", "flush", "grant", "revoke", "install", "uninstall"}) {
    if (words.at(verb)) return verb;
  }
  for (const char* verb : {"optimize", "analyze", "repair"}) {
    if (!words.accept(verb)) continue;
    if (!words.accept("NO_WRITE_TO_BINLOG")) words.accept("LOCAL");
    return words.at("TABLE") || words.at("TABLES") ? verb + std::string(" table") : std::string();
  }
  if (words.accept("SET")) {
    if (words.at("PASSWORD")) return "set password";
    if (words.at("ROLE") || (words.at("DEFAULT") && words.at("ROLE", 1))) return "set role";
  }
  return {};
}

// A SELECT is in the binlog only for a function that changes data.
constexpr std::array kDml = {"INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "WITH", "CALL", "DO", "IMPORT", "SELECT"};
constexpr std::array kDdl = {"CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME"};

/// What may follow the table of an UPDATE or DELETE that changes this one alone. A list, a join, USING: others may
/// change.
bool one_table(Words words, bool update) {
  if (words.accept("AS")) words.skip();
  if (update) {
    if (!words.at("SET")) words.skip();  // an alias
    return words.at("SET");
  }
  constexpr std::array kEnds = {"WHERE", "ORDER", "LIMIT", "RETURNING"};
  return words.ended() || words.symbol(';') || any_of(words, kEnds);
}

/// INSERT [LOW_PRIORITY] [IGNORE] [INTO] t, DELETE [QUICK] FROM t, LOAD DATA … INTO TABLE t
void find_table(Words words, Query& query) {
  const bool load = words.at("LOAD");
  const bool update = words.at("UPDATE");
  const bool remove = words.at("DELETE");
  words.skip();
  while (load && !words.ended() && !words.at("TABLE")) words.skip();
  constexpr std::array kNoise = {"LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "QUICK",
                                 "IGNORE",       "INTO",          "FROM",    "TABLE"};
  bool from = false;
  for (; any_of(words, kNoise); words.skip()) from = from || words.at("FROM");
  if (!words.is_name() || (remove && !from)) return;
  std::string schema;
  std::string table = words.token().value;
  words.skip();
  if (words.symbol('.')) {
    words.skip();
    if (!words.is_name()) return;
    schema = std::exchange(table, words.token().value);
    words.skip();
  }
  if ((update || remove) && !one_table(words, update)) return;
  query.schema = std::move(schema);
  query.table = std::move(table);
}

bool transaction_word(Words words, Query& query) {
  if (words.at("BEGIN") || (words.at("START") && words.at("TRANSACTION", 1))) {
    query.kind = QueryClass::Begin;
  } else if (words.at("COMMIT")) {
    query.kind = QueryClass::Commit;
  } else if (words.at("SAVEPOINT") || words.at("RELEASE")) {
    query.kind = QueryClass::Savepoint;
  } else if (words.at("ROLLBACK")) {
    words.skip();
    words.accept("WORK");
    query.kind = words.at("TO") ? QueryClass::Savepoint : QueryClass::Rollback;
  } else if (words.accept("XA")) {
    query.kind = QueryClass::Xa;
    query.what = words.word();
  } else {
    return false;
  }
  return true;
}

/// A text that is broken further on may still be told by its beginning.
Result<TokenList> first_tokens(std::string_view sql, uint64_t sql_mode, Dialect dialect) {
  auto tokens = tokenize(sql, sql_mode, dialect, kTokens);
  for (size_t limit = kTokens / 2; !tokens.ok() && limit > 0; limit /= 2)
    tokens = tokenize(sql, sql_mode, dialect, limit);
  return tokens;
}

}  // namespace

Query classify_query(std::string_view sql, uint64_t sql_mode, Dialect dialect) {
  Query query;
  if (equals_ignore_case(sql, "BEGIN") || equals_ignore_case(sql, "COMMIT")) {  // nearly all query events of row format
    query.kind = sql.size() == 5 ? QueryClass::Begin : QueryClass::Commit;
    query.what = sql.size() == 5 ? "BEGIN" : "COMMIT";
    return query;
  }
  const auto tokens = first_tokens(sql, sql_mode, dialect);
  if (!tokens.ok()) return query;
  const Words words(*tokens);
  query.what = words.word();
  if (transaction_word(words, query)) return query;
  if (std::string reason = skip_reason(words); !reason.empty()) {
    query.kind = QueryClass::Skip;
    query.what = std::move(reason);
  } else if (any_of(words, kDdl)) {
    query.kind = QueryClass::Ddl;
  } else if (any_of(words, kDml)) {
    query.kind = QueryClass::Dml;
    if (!words.at("WITH") && !words.at("CALL") && !words.at("DO") && !words.at("SELECT")) find_table(words, query);
  }
  return query;
}

std::string builtin_skip(std::string_view sql, uint64_t sql_mode, Dialect dialect) {
  const auto tokens = first_tokens(sql, sql_mode, dialect);
  return tokens.ok() ? skip_reason(Words(*tokens)) : std::string();
}

}  // namespace sluice::sql
