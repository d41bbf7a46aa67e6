#include <algorithm>
#include <array>

#include "lexer.hpp"
#include "syntax.hpp"

namespace expression {
namespace {

struct Function {
  std::string_view name;
  size_t least;
  size_t most;
};
constexpr std::array kFunctions = {
    Function{"ABS", 1, 1},         Function{"MOD", 2, 2},    Function{"IFNULL", 2, 2},
    Function{"COALESCE", 1, 64},   Function{"LENGTH", 1, 1}, Function{"OCTET_LENGTH", 1, 1},
    Function{"CHAR_LENGTH", 1, 1}, Function{"LOWER", 1, 1},  Function{"CHARACTER_LENGTH", 1, 1},
    Function{"LCASE", 1, 1},       Function{"UPPER", 1, 1},  Function{"UCASE", 1, 1},
    Function{"YEAR", 1, 1},        Function{"MONTH", 1, 1},  Function{"DAY", 1, 1},
    Function{"DAYOFMONTH", 1, 1},  Function{"DATE", 1, 1},   Function{"HOUR", 1, 1},
    Function{"MINUTE", 1, 1},      Function{"SECOND", 1, 1}};

/// Words of MySQL that are no column without backquotes.
constexpr std::array<std::string_view, 37> kReserved = {
    "AND",     "OR",     "XOR",      "NOT",    "IN",     "IS",     "NULL",  "TRUE", "FALSE", "BETWEEN",
    "LIKE",    "DIV",    "MOD",      "BINARY", "CASE",   "SELECT", "WHEN",  "THEN", "ELSE",  "EXISTS",
    "COLLATE", "REGEXP", "RLIKE",    "CAST",   "MATCH",  "FROM",   "WHERE", "ALL",  "ANY",   "CONVERT",
    "DEFAULT", "VALUES", "INTERVAL", "ROW",    "HAVING", "GROUP",  "ORDER"};

bool is_reserved(std::string_view word) {
  return std::find(kReserved.begin(), kReserved.end(), word) != kReserved.end();
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), tokens_(tokens_of(text)) {}

  NodePtr whole() {
    if (tokens_[0].kind == TokenKind::End) refuse_at(text_, 0, "the expression is empty");
    NodePtr out = expression();
    if (now().kind != TokenKind::End) refuse("unexpected " + name(now()));
    return out;
  }

 private:
  /// Counts the nesting while a part is read.
  class Depth {
   public:
    explicit Depth(Parser& parser) : parser_(parser) {
      if (++parser.depth_ > kMaxHeight) parser.refuse("the expression is nested too deeply");
    }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    ~Depth() { --parser_.depth_; }

   private:
    Parser& parser_;
  };

  const Token& now() const { return tokens_[at_]; }
  const Token& ahead() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  bool is_word(std::string_view word) const { return now().kind == TokenKind::Word && now().upper == word; }
  bool is_symbol(std::string_view symbol) const { return now().kind == TokenKind::Symbol && now().text == symbol; }
  bool accept_word(std::string_view word) { return is_word(word) && (++at_, true); }
  bool accept_symbol(std::string_view symbol) { return is_symbol(symbol) && (++at_, true); }
  void expect_word(std::string_view word) {
    if (!accept_word(word)) refuse(std::string(word) + " is missing before " + name(now()));
  }
  void expect_symbol(std::string_view symbol) {
    if (!accept_symbol(symbol)) refuse("`" + std::string(symbol) + "` is missing before " + name(now()));
  }
  [[noreturn]] void refuse(const std::string& what, const std::string& remedy = {}) const {
    refuse_at(text_, now().place, what, remedy);
  }
  static std::string name(const Token& token) {
    switch (token.kind) {
      case TokenKind::End: return "the end";
      case TokenKind::String: return "a text";
      case TokenKind::Hex: return "a hexadecimal literal";
      case TokenKind::Exact:
      case TokenKind::Real: return "a number";
      default: return "`" + token.text + "`";
    }
  }

  template <typename... Arguments>
  NodePtr make(Op op, size_t place, Arguments... arguments) {
    auto node = std::make_unique<Node>();
    node->op = op;
    node->place = place;
    (add(*node, std::move(arguments)), ...);
    return node;
  }
  void add(Node& node, NodePtr argument) {
    node.height = std::max(node.height, argument->height + 1);
    if (node.height > kMaxHeight) refuse_at(text_, node.place, "the expression is nested too deeply");
    node.arguments.push_back(std::move(argument));
  }
  NodePtr leaf(Op op, size_t place, std::string text) {
    NodePtr node = make(op, place);
    node->text = std::move(text);
    return node;
  }
  NodePtr negated(NodePtr node) {
    const size_t place = node->place;
    return make(Op::Not, place, std::move(node));
  }

  // From the loosest to the tightest, as MySQL's grammar has them. Chains of AND and OR are one node each.
  NodePtr expression() {
    const Depth depth(*this);
    return chain(
        Op::Or, [this] { return exclusive(); }, [this] { return accept_word("OR") || accept_symbol("||"); });
  }
  NodePtr exclusive() {
    NodePtr left = conjunction();
    while (is_word("XOR")) {
      const size_t place = now().place;
      ++at_;
      left = make(Op::Xor, place, std::move(left), conjunction());
    }
    return left;
  }
  NodePtr conjunction() {
    return chain(
        Op::And, [this] { return negation(); }, [this] { return accept_word("AND") || accept_symbol("&&"); });
  }
  template <typename Part, typename More>
  NodePtr chain(Op op, Part part, More more) {
    NodePtr first = part();
    size_t place = now().place;
    if (!more()) return first;
    NodePtr node = make(op, place, std::move(first));
    do {
      add(*node, part());
    } while (more());
    return node;
  }

  NodePtr negation() {
    const size_t place = now().place;
    if (!accept_word("NOT")) return test();
    const Depth depth(*this);
    return make(Op::Not, place, negation());
  }

  /// Comparisons, and IS [NOT] NULL, TRUE, FALSE, UNKNOWN.
  NodePtr test() {
    NodePtr left = predicate();
    for (;;) {
      const size_t place = now().place;
      if (accept_word("IS")) {
        left = is_something(std::move(left), place);
        continue;
      }
      const auto op = comparison();
      if (op == Op::Null) return left;
      left = make(op, place, std::move(left), predicate());
    }
  }

  NodePtr is_something(NodePtr left, size_t place) {
    const bool negative = accept_word("NOT");
    Op op = Op::IsNull;
    if (accept_word("TRUE")) {
      op = Op::IsTrue;
    } else if (accept_word("FALSE")) {
      op = Op::IsFalse;
    } else if (!accept_word("NULL") && !accept_word("UNKNOWN")) {
      refuse("NULL, TRUE, FALSE or UNKNOWN must follow IS, not " + name(now()));
    }
    NodePtr node = make(op, place, std::move(left));
    return negative ? negated(std::move(node)) : std::move(node);
  }

  /// Op::Null when no comparison stands here.
  Op comparison() {
    static constexpr std::array<std::pair<std::string_view, Op>, 8> kSymbols = {{{"<=>", Op::NullSafeEqual},
                                                                                 {"<>", Op::NotEqual},
                                                                                 {"!=", Op::NotEqual},
                                                                                 {"<=", Op::LessEqual},
                                                                                 {">=", Op::GreaterEqual},
                                                                                 {"=", Op::Equal},
                                                                                 {"<", Op::Less},
                                                                                 {">", Op::Greater}}};
    for (const auto& [symbol, op] : kSymbols) {
      if (accept_symbol(symbol)) return op;
    }
    return Op::Null;
  }

  NodePtr predicate() {
    NodePtr left = sum();
    const size_t place = now().place;
    const bool negative =
        is_word("NOT") && (ahead().upper == "IN" || ahead().upper == "BETWEEN" || ahead().upper == "LIKE");
    if (negative) ++at_;
    NodePtr node;
    if (accept_word("IN")) {
      node = in_list(std::move(left), place);
    } else if (accept_word("BETWEEN")) {
      NodePtr low = sum();
      expect_word("AND");
      const Depth depth(*this);
      node = make(Op::Between, place, std::move(left), std::move(low), predicate());
    } else if (accept_word("LIKE")) {
      node = like(std::move(left), place);
    } else {
      return left;
    }
    return negative ? negated(std::move(node)) : std::move(node);
  }

  NodePtr in_list(NodePtr left, size_t place) {
    NodePtr node = make(Op::In, place, std::move(left));
    expect_symbol("(");
    do {
      add(*node, expression());
    } while (accept_symbol(","));
    expect_symbol(")");
    return node;
  }

  NodePtr like(NodePtr left, size_t place) {
    if (now().kind != TokenKind::String) refuse("the pattern of LIKE must be a text in quotes");
    NodePtr pattern = simple();
    NodePtr node = make(Op::Like, place, std::move(left), std::move(pattern));
    node->text = "\\";
    if (accept_word("ESCAPE")) {
      if (now().kind != TokenKind::String || now().text.size() != 1 || static_cast<unsigned char>(now().text[0]) > 0x7F)
        refuse("ESCAPE needs a text of one ASCII character");
      node->text = now().text;
      ++at_;
    }
    return node;
  }

  NodePtr sum() {
    NodePtr left = term();
    for (;;) {
      const size_t place = now().place;
      const Op op = accept_symbol("+") ? Op::Add : accept_symbol("-") ? Op::Subtract : Op::Null;
      if (op == Op::Null) return left;
      left = make(op, place, std::move(left), term());
    }
  }

  NodePtr term() {
    NodePtr left = simple();
    for (;;) {
      const size_t place = now().place;
      const Op op = accept_symbol("*")                         ? Op::Multiply
                    : accept_symbol("/")                       ? Op::Divide
                    : accept_symbol("%") || accept_word("MOD") ? Op::Remainder
                    : accept_word("DIV")                       ? Op::DivideWhole
                                                               : Op::Null;
      if (op == Op::Null) return left;
      left = make(op, place, std::move(left), simple());
    }
  }

  NodePtr simple() {
    NodePtr node = unary();
    while (is_word("COLLATE")) {
      const size_t place = now().place;
      ++at_;
      if (now().kind != TokenKind::Word && now().kind != TokenKind::QuotedName)
        refuse("COLLATE needs the name of a collation");
      node = make(Op::Collate, place, std::move(node));
      node->text = lower(now().text);
      ++at_;
    }
    return node;
  }

  NodePtr unary() {
    const size_t place = now().place;
    const Op op = accept_symbol("-")      ? Op::Negate
                  : accept_symbol("!")    ? Op::Not
                  : accept_word("BINARY") ? Op::Binary
                                          : Op::Null;
    if (op != Op::Null) {
      const Depth depth(*this);
      return make(op, place, unary());
    }
    if (accept_symbol("+")) {
      const Depth depth(*this);
      return unary();
    }
    return primary();
  }

  NodePtr primary() {
    const Token& token = now();
    switch (token.kind) {
      case TokenKind::Exact: return ++at_, leaf(Op::Exact, token.place, token.text);
      case TokenKind::Real: return ++at_, leaf(Op::Real, token.place, token.text);
      case TokenKind::Hex: return ++at_, leaf(Op::Hex, token.place, token.text);
      case TokenKind::String: return string();
      case TokenKind::QuotedName: return column();
      case TokenKind::Word: return word();
      default: break;
    }
    if (!accept_symbol("(")) refuse("a column, a literal or `(` is missing before " + name(token));
    NodePtr inner = expression();
    if (is_symbol(",")) refuse("rows of several values are not supported");
    expect_symbol(")");
    return inner;
  }

  NodePtr string() {
    const Token& token = now();
    ++at_;
    if (now().kind == TokenKind::String) refuse("a text follows a text: write them as one");
    return leaf(Op::String, token.place, token.text);
  }

  NodePtr column() {
    const Token& token = now();
    ++at_;
    if (is_symbol(".")) refuse("a column is named without its table", "remove the table's name and the dot");
    return leaf(Op::Column, token.place, token.text);
  }

  NodePtr word() {
    const Token& token = now();
    const std::string& word = token.upper;
    if (word == "NULL") return ++at_, leaf(Op::Null, token.place, {});
    if (word == "TRUE" || word == "FALSE") return ++at_, leaf(Op::Boolean, token.place, word == "TRUE" ? "1" : "0");
    if (ahead().kind == TokenKind::Symbol && ahead().text == "(") return call();
    if (ahead().kind == TokenKind::String) {
      const Op op = word == "DATE" ? Op::Date : word == "TIME" ? Op::Time : word == "TIMESTAMP" ? Op::Stamp : Op::Null;
      if (op == Op::Null) refuse(name(token) + " before a text is not understood here");
      ++at_;
      NodePtr literal = string();
      literal->op = op;
      return literal;
    }
    if (is_reserved(word)) {
      refuse(
          name(token) + " is not understood here",
          "a column of this name is written in backquotes; docs/expression-filter.md says what an expression may hold");
    }
    return column();
  }

  NodePtr call() {
    const Token& token = now();
    const auto function =
        std::find_if(kFunctions.begin(), kFunctions.end(), [&](const Function& f) { return f.name == token.upper; });
    if (function == kFunctions.end()) {
      refuse("the function " + token.text + " is not supported", "docs/expression-filter.md lists the functions");
    }
    NodePtr node = leaf(Op::Call, token.place, token.upper);
    at_ += 2;
    if (!is_symbol(")")) {
      do {
        add(*node, expression());
      } while (accept_symbol(","));
    }
    expect_symbol(")");
    if (node->arguments.size() < function->least || node->arguments.size() > function->most) {
      refuse_at(text_, node->place,
                token.text + " takes " + std::to_string(function->least) +
                    (function->most > function->least ? " or more" : "") + " arguments, not " +
                    std::to_string(node->arguments.size()));
    }
    return node;
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

NodePtr parse(std::string_view text) {
  if (text.size() > kMaxLength) {
    refuse_at(text, kMaxLength, "the expression is longer than " + std::to_string(kMaxLength) + " bytes");
  }
  return Parser(text).whole();
}

}  // namespace expression
