#include <algorithm>
#include <charconv>

#include "core/sql/parser.hpp"
#include "core/sql/quote.hpp"

namespace sluice::sql {

const Token& Cursor::peek(size_t ahead) const { return list_.tokens[std::min(at_ + ahead, list_.tokens.size() - 1)]; }

const Token& Cursor::next() {
  const Token& token = peek();
  if (token.kind != TokenKind::End) ++at_;
  return token;
}

bool Cursor::at_end() const {
  size_t ahead = 0;
  while (at_symbol(';', ahead)) ++ahead;
  return peek(ahead).kind == TokenKind::End;
}

bool Cursor::at(const char* word, size_t ahead) const {
  const Token& token = peek(ahead);
  return token.kind == TokenKind::Word && equals_ignore_case(token.value, word);
}

bool Cursor::at(std::initializer_list<const char*> words) const {
  size_t ahead = 0;
  for (const char* word : words) {
    if (!at(word, ahead++)) return false;
  }
  return true;
}

bool Cursor::at_any(std::initializer_list<const char*> words) const {
  return std::any_of(words.begin(), words.end(), [this](const char* word) { return at(word); });
}

bool Cursor::accept(std::initializer_list<const char*> words) {
  if (!at(words)) return false;
  at_ += words.size();
  return true;
}

void Cursor::expect(const char* word) {
  if (!accept(word)) fail(word);
}

bool Cursor::at_symbol(char c, size_t ahead) const {
  const Token& token = peek(ahead);
  return token.kind == TokenKind::Symbol && token.value[0] == c;
}

bool Cursor::accept_symbol(char c) {
  if (!at_symbol(c)) return false;
  ++at_;
  return true;
}

void Cursor::expect_symbol(char c) {
  if (!accept_symbol(c)) fail(std::string("`") + c + "`");
}

bool Cursor::at_name(size_t ahead) const {
  const TokenKind kind = peek(ahead).kind;
  return kind == TokenKind::Word || kind == TokenKind::Identifier;
}

std::string Cursor::name(const char* what) {
  if (!at_name()) fail(what);
  return next().value;
}

std::string Cursor::value(const char* what) {
  const TokenKind kind = peek().kind;
  if (kind == TokenKind::Symbol || kind == TokenKind::End) fail(what);
  return next().value;
}

void Cursor::skip_parens() {
  if (!at_symbol('(')) fail("`(`");
  size_t depth = 0;
  do {
    const Token& token = peek();
    if (token.kind == TokenKind::End) fail("`)`");
    if (at_symbol('(')) ++depth;
    if (at_symbol(')')) --depth;
    ++at_;
  } while (depth > 0);
}

void Cursor::skip_item() {
  while (!at_end() && !at_symbol(',') && !at_symbol(')')) {
    if (at_symbol('(')) {
      skip_parens();
    } else {
      ++at_;
    }
  }
}

uint32_t Cursor::number(const char* what) {
  const Token& token = peek();
  uint32_t value = 0;
  const char* end = token.value.data() + token.value.size();
  const auto [stop, error] = std::from_chars(token.value.data(), end, value);
  if (token.kind != TokenKind::Number || error != std::errc() || stop != end) fail(what);
  ++at_;
  return value;
}

void Cursor::fail(const std::string& expected) const {
  const Token& token = peek();
  const size_t shown = std::min<size_t>(list_.sql.size() - token.offset, 60);
  const std::string near =
      token.kind == TokenKind::End ? "the end" : "\"" + std::string(list_.sql.substr(token.offset, shown)) + "\"";
  throw ParseError("expected " + expected + " at " + near + " (byte " + std::to_string(token.offset) + ")");
}

void Cursor::note_name(size_t begin, size_t end, const std::string& schema, const std::string& table) {
  const auto after = std::find_if(names_.begin(), names_.end(), [&](const NameRef& n) { return n.begin >= begin; });
  if (after != names_.end() && after->begin == begin) return;
  names_.insert(after, {begin, end, schema, table});
}

void Cursor::elide(size_t begin, size_t end) {
  for (size_t i = begin; i < end && i < elided_.size(); ++i) elided_[i] = true;
}

const Cursor::NameRef* Cursor::name_at(size_t index) const {
  const auto found =
      std::lower_bound(names_.begin(), names_.end(), index, [](const NameRef& n, size_t i) { return n.begin < i; });
  return found != names_.end() && found->begin == index ? &*found : nullptr;
}

namespace {

/// Independent of ANSI_QUOTES: names in backticks, strings in single quotes.
std::string token_text(const Token& token, const TokenList& list, bool as_written) {
  const std::string_view raw = list.sql.substr(token.offset, token.length);
  if (!as_written && !list.backslash_escapes && token.kind == TokenKind::String) return quote_string(token.value);
  if (raw.empty() || raw[0] != '"') return std::string(raw);
  if (token.kind == TokenKind::Identifier) return quote_identifier(token.value);
  if (token.kind == TokenKind::String) return quote_string(token.value, !list.backslash_escapes);
  return std::string(raw);
}

}  // namespace

std::vector<Fragment> Cursor::emit(size_t begin, size_t end, bool as_written) const {
  std::vector<Fragment> out;
  std::string text;
  int comment = -1;
  bool spaced = false;
  end = std::min(end, list_.tokens.size() - 1);
  for (size_t i = begin; i < end; ++i) {
    const Token& token = list_.tokens[i];
    spaced = spaced || token.spaced;
    if (elided_[i]) continue;
    const int inside = as_written ? token.comment : -1;
    if (comment != inside && comment >= 0) text += " */";
    if (!(out.empty() && text.empty()) && (spaced || comment != inside)) text += ' ';
    spaced = false;
    if (comment != inside && inside >= 0) {
      text += list_.comments[static_cast<size_t>(inside)] + " ";
    }
    comment = inside;
    if (as_written) text += token.hint;
    if (const NameRef* name = name_at(i)) {
      if (!text.empty()) out.push_back(fixed(std::move(text)));
      text.clear();
      out.push_back(table_fragment(name->schema, name->table));
      i = name->end - 1;
    } else {
      text += token_text(token, list_, as_written);
    }
  }
  if (comment >= 0) text += " */";
  if (!text.empty()) out.push_back(fixed(std::move(text)));
  return out;
}

std::string Cursor::text(size_t begin, size_t end) const {
  std::string out;
  for (const Fragment& fragment : emit(begin, end, false)) {
    out += fragment.is_name ? quote_table(fragment.schema, fragment.table) : fragment.text;
  }
  return out;
}

Fragment fixed(std::string text) { return {false, std::move(text), {}, {}}; }
Fragment table_fragment(const std::string& schema, const std::string& table) { return {true, {}, schema, table}; }
void append(std::vector<Fragment>& to, std::vector<Fragment> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace sluice::sql
