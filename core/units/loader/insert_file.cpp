#include "core/units/loader/insert_file.hpp"

#include <array>
#include <cstring>

#include "core/sql/lexer.hpp"
#include "core/units/loader/file_error.hpp"

namespace sluice::units::loader {
namespace {

constexpr const char* kRemedy =
    "The folder must hold what mode dump, Dumpling or mydumper wrote, unchanged. Mend the file or dump the table "
    "again, "
    "then resume the task.";

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Bytes that end a stretch of a row which needs no look: quotes, parentheses, the end of a statement.
constexpr std::array<bool, 256> make_marks() {
  std::array<bool, 256> out{};
  for (const char c : {'\'', '"', '`', '(', ')', ';'}) out[static_cast<unsigned char>(c)] = true;
  return out;
}
constexpr std::array<bool, 256> kMarks = make_marks();

/// The `;` that ends the statement at the start of `text`; npos when it is not there.
size_t statement_end(std::string_view text) {
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\' && quote != '`') {
        ++i;
      } else if (c == quote) {
        quote = 0;
      }
    } else if (c == '\'' || c == '"' || c == '`') {
      quote = c;
    } else if (c == ';') {
      return i;
    }
  }
  return std::string_view::npos;
}

/// Reads the head of an INSERT word by word. What is missing at the end of the text makes it `cut`.
class HeadReader {
 public:
  explicit HeadReader(std::string_view text) : text_(text) {}

  bool cut() const { return cut_; }
  size_t at() const { return at_; }
  char peek() {
    skip();
    if (at_ >= text_.size()) cut_ = true;
    return cut_ ? '\0' : text_[at_];
  }
  bool accept(char c) {
    if (peek() != c || cut_) return false;
    ++at_;
    return true;
  }
  /// An unquoted word from here on; "" when there is none.
  std::string_view word() {
    skip();
    size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    if (end == text_.size()) cut_ = true;
    return text_.substr(at_, end - at_);
  }
  bool accept(const char* wanted) {
    const std::string_view found = word();
    if (cut_ || !sql::equals_ignore_case(found, wanted)) return false;
    at_ += found.size();
    return true;
  }
  std::optional<std::string> name() {
    if (peek() != '`') {
      const std::string found(word());
      at_ += found.size();
      return cut_ || found.empty() ? std::nullopt : std::optional(found);
    }
    std::string out;
    for (size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] != '`') {
        out += text_[i];
      } else if (i + 1 < text_.size() && text_[i + 1] == '`') {
        out += '`';
        ++i;
      } else if (i + 1 < text_.size()) {
        at_ = i + 1;
        return out;
      }
    }
    cut_ = true;
    return std::nullopt;
  }

 private:
  void skip() {
    while (at_ < text_.size()) {
      if (is_space(text_[at_])) {
        ++at_;
      } else if (text_.compare(at_, 2, "/*") == 0) {
        const size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) {
          at_ = text_.size();
        } else {
          at_ = end + 2;
        }
      } else {
        return;
      }
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  bool cut_ = false;
};

bool ends_with_word(std::string_view name, std::string_view word) {
  return name.size() >= word.size() && sql::equals_ignore_case(name.substr(name.size() - word.size()), word) &&
         (name.size() == word.size() || name[name.size() - word.size() - 1] == '.' ||
          name[name.size() - word.size() - 1] == '@');
}

}  // namespace

Error InsertFile::error_at(uint64_t offset, const std::string& why) const {
  return file_error(window_.path(), offset, why, kRemedy);
}

Status InsertFile::open(const std::string& path) {
  if (Status status = window_.open(path); !status) return status;
  for (;;) {
    auto step = this->step();
    if (!step) return step.status();
    if (*step == Step::Window) {
      if (Status status = next_window(); !status) return status;
      continue;
    }
    // The row that was found is read again by the first step().
    if (*step == Step::Row) {
      state_ = State::BeforeRow;
      at_ = row_begin_;
    }
    settled_ = true;
    return {};
  }
}

Status InsertFile::seek(const RowPlace& place) {
  if (place.statement >= place.row || place.row >= window_.file_size()) {
    return file_error(window_.path(), "it is not the file with which the load began",
                      "Put the folder back as it was, or empty the target tables and start the task with remove_meta.");
  }
  if (Status status = window_.seek(place.statement); !status) return status;
  at_ = place.statement;
  state_ = State::Statements;
  const uint64_t before = head_number_;
  while (head_number_ == before) {
    auto step = this->step();
    if (!step) return step.status();
    if (*step == Step::End) break;
    if (*step == Step::Window) {
      if (Status status = next_window(); !status) return status;
    }
  }
  if (head_number_ == before || head_.offset != place.statement) {
    return error_at(place.statement, "no INSERT statement begins here, though one did when the load began");
  }
  if (Status status = window_.seek(place.row); !status) return status;
  at_ = place.row;
  state_ = State::BeforeRow;
  return {};
}

Status InsertFile::next_window() {
  const uint64_t keep = state_ == State::InRow ? row_begin_ : at_;
  const size_t most = state_ == State::InRow ? most_row_ : kMostHeadBytes;
  const uint64_t before = window_.end();
  if (Status status = window_.more(keep, most); !status) return status;
  if (window_.end() != before || window_.at_end()) return {};
  if (state_ == State::InRow) {
    return file_error(window_.path(), row_begin_,
                      "the row that begins here is longer than " + std::to_string(most_row_) + " bytes",
                      "No server takes such a row. Look for a quote that is missing before this place.");
  }
  return error_at(
      keep, "the statement that begins here is longer than " + std::to_string(most) + " bytes before its first row");
}

Result<bool> InsertFile::next() {
  for (;;) {
    auto found = step();
    if (!found) return found.status();
    if (*found != Step::Window) return *found == Step::Row;
    if (Status status = next_window(); !status) return status;
  }
}

Result<InsertFile::Step> InsertFile::step() {
  for (;;) {
    Result<Found> found = state_ == State::Statements  ? between_statements()
                          : state_ == State::BeforeRow ? before_row()
                          : state_ == State::InRow     ? in_row()
                                                       : after_row();
    if (!found) return found.status();
    if (*found == Found::NeedMore) {
      if (!window_.at_end()) return Step::Window;
      if (state_ == State::Statements && at_ == window_.end()) return Step::End;
      const uint64_t where = state_ == State::InRow ? row_begin_ : at_;
      return error_at(where, state_ == State::Statements ? "the file ends within the statement that begins here"
                                                         : "the file ends within an INSERT statement: it was cut off");
    }
    if (*found == Found::Yes) return Step::Row;
  }
}

/// Moves to the next byte that is not white space; false when the window ends before.
bool InsertFile::skip_blanks() {
  while (has(at_) && is_space(at(at_))) ++at_;
  return has(at_);
}

Result<InsertFile::Found> InsertFile::between_statements() {
  if (!skip_blanks()) return Found::NeedMore;
  std::string_view text = rest();
  if (text.front() == ';') {
    ++at_;
    return Found::No;
  }
  const bool dashes = text.starts_with("--") || (text == "-" && !window_.at_end());
  if (dashes || text.front() == '#') {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos && !window_.at_end()) return Found::NeedMore;
    at_ = end == std::string_view::npos ? window_.end() : at_ + end;
    return Found::No;
  }
  if (text.front() == '/' && text.size() < 4 && !window_.at_end()) return Found::NeedMore;
  if (text.starts_with("/*") && !text.starts_with("/*!") && !text.starts_with("/*M!")) {
    const size_t end = text.find("*/", 2);
    if (end == std::string_view::npos) return Found::NeedMore;
    at_ += end + 2;
    return Found::No;
  }
  HeadReader head(text);
  const std::string_view word = text.front() == '/' ? std::string_view() : head.word();
  if (head.cut() && !window_.at_end()) return Found::NeedMore;
  if (sql::equals_ignore_case(word, "INSERT") || sql::equals_ignore_case(word, "REPLACE")) return insert_head();
  return other_statement(text);
}

// Statements that mean nothing for the rows are passed over; those that do are read; any other is refused.
Result<InsertFile::Found> InsertFile::other_statement(std::string_view text) {
  const size_t end = statement_end(text);
  if (end == std::string_view::npos) return Found::NeedMore;
  const std::string_view statement = text.substr(0, end);
  if (Status status = read_setting(statement, at_); !status) return status;
  at_ += end + 1;
  return Found::No;
}

Status InsertFile::read_setting(std::string_view statement, uint64_t offset) {
  auto list = sql::tokenize(statement, 0, sql::Dialect::MySql);
  if (!list) return error_at(offset, "the statement cannot be read: " + list.error().message);
  const auto& tokens = list->tokens;
  const auto is = [&](size_t i, const char* word) {
    return i < tokens.size() && tokens[i].kind == sql::TokenKind::Word &&
           sql::equals_ignore_case(tokens[i].value, word);
  };
  if (tokens.front().kind == sql::TokenKind::End) return {};
  for (const char* harmless : {"LOCK", "UNLOCK", "START", "BEGIN", "COMMIT", "USE"}) {
    if (is(0, harmless)) return {};
  }
  if (is(0, "ALTER") && (is(3, "DISABLE") || is(3, "ENABLE")) && is(4, "KEYS")) return {};
  if (!is(0, "SET")) {
    return error_at(offset, "a statement that is no INSERT: " + std::string(statement.substr(0, 80)));
  }
  FileSettings now = settings_;
  if (is(1, "NAMES") && tokens.size() > 2) now.charset = sql::to_lower(tokens[2].value);
  for (size_t i = 1; i + 2 < tokens.size(); ++i) {
    const bool assigned = tokens[i + 1].kind == sql::TokenKind::Symbol && tokens[i + 1].value == "=" &&
                          tokens[i + 2].kind == sql::TokenKind::String;
    if (!assigned) continue;  // from a variable: the setting of before, given back
    const std::string& value = tokens[i + 2].value;
    if (ends_with_word(tokens[i].value, "TIME_ZONE")) now.time_zone = value;
    if (ends_with_word(tokens[i].value, "SQL_MODE")) {
      const std::string mode = sql::to_lower(value);
      now.backslash_escapes = mode.find("no_backslash_escapes") == std::string::npos;
      if (mode.find("ansi") != std::string::npos) return error_at(offset, "sql_mode ANSI_QUOTES is not supported");
    }
  }
  if (settled_ && !(now == settings_)) {
    return error_at(offset, "settings that rows before this place were not written with");
  }
  settings_ = std::move(now);
  return {};
}

Result<InsertFile::Found> InsertFile::insert_head() {
  const std::string_view text = rest();
  HeadReader head(text);
  (void)(head.accept("INSERT") || head.accept("REPLACE"));
  for (const char* word : {"LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "IGNORE", "INTO"}) (void)head.accept(word);
  InsertHead found;
  found.offset = at_;
  auto name = head.name();
  if (name && head.accept('.')) {
    found.schema = std::move(*name);
    name = head.name();
  }
  if (name) found.table = std::move(*name);
  if (head.accept('(')) {
    found.has_columns = true;
    if (!head.accept(')')) {
      do {
        auto column = head.name();
        if (!column) break;
        found.columns.push_back(std::move(*column));
      } while (head.accept(','));
      if (!head.accept(')') && !head.cut()) return error_at(at_ + head.at(), "a column list that cannot be read");
    }
  }
  const bool values = head.accept("VALUES") || head.accept("VALUE");
  const bool row = values && head.peek() == '(';
  if (head.cut()) return Found::NeedMore;
  if (!name || !row) return error_at(at_ + head.at(), "an INSERT that is not of the form INSERT INTO t (…) VALUES (…)");
  head_ = std::move(found);
  ++head_number_;
  at_ += head.at();
  state_ = State::BeforeRow;
  return Found::No;
}

Result<InsertFile::Found> InsertFile::before_row() {
  if (!skip_blanks()) return Found::NeedMore;
  if (at(at_) != '(') return error_at(at_, "a row is expected here, in parentheses");
  row_begin_ = at_++;
  depth_ = 1;
  quote_ = 0;
  state_ = State::InRow;
  return Found::No;
}

Result<InsertFile::Found> InsertFile::in_row() {
  const char* const begin = window_.at(at_);
  const char* const end = window_.at(window_.end());
  const char* p = begin;
  const auto here = [&] { return at_ + static_cast<uint64_t>(p - begin); };
  while (p < end) {
    if (quote_ != 0) {
      while (p < end && *p != quote_ && *p != '\\') ++p;
      if (p == end) break;
      if (*p == '\\' && quote_ != '`' && settings_.backslash_escapes) {
        if (end - p < 2) break;  // both bytes at once
        p += 2;
        continue;
      }
      if (*p == quote_) quote_ = 0;
      ++p;
      continue;
    }
    while (p < end && !kMarks[static_cast<unsigned char>(*p)]) ++p;
    if (p == end) break;
    const char c = *p;
    if (c == ';') return error_at(here(), "the statement ends within a row");
    ++p;
    if (c == '(') {
      ++depth_;
    } else if (c == ')') {
      if (--depth_ > 0) continue;
      row_end_ = here();
      at_ = row_end_;
      state_ = State::AfterRow;
      if (row_end_ - row_begin_ > most_row_) {
        return error_at(row_begin_, "the row is longer than " + std::to_string(most_row_) + " bytes");
      }
      return Found::Yes;
    } else {
      quote_ = c;
    }
  }
  at_ = here();
  return Found::NeedMore;
}

Result<InsertFile::Found> InsertFile::after_row() {
  if (!skip_blanks()) return Found::NeedMore;
  const char c = at(at_);
  if (c != ',' && c != ';') return error_at(at_, "a comma or a semicolon is expected behind a row");
  ++at_;
  state_ = c == ',' ? State::BeforeRow : State::Statements;
  return Found::No;
}

}  // namespace sluice::units::loader
