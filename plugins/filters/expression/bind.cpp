#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "lexer.hpp"
#include "moment.hpp"
#include "program.hpp"
#include "sluice/common/text.hpp"
#include "sluice/plugin/failure.hpp"

namespace expression {
namespace {

using Encoding = Collation::Encoding;

Number exact_literal(const std::string& text, std::string_view expression, size_t place) {
  if (const auto number = Number::parse(text)) return *number;
  refuse_at(expression, place, "the number has more than 65 digits, or more than 30 behind the point");
}

double real_literal(const std::string& text, std::string_view expression, size_t place) {
  const double real = std::strtod(text.c_str(), nullptr);
  if (!std::isfinite(real)) refuse_at(expression, place, "the number is out of range");
  return real;
}

DateLiteral date_literal(const std::string& text, bool with_time, std::string_view expression, size_t place) {
  const auto date = parse_date(text);
  if (!date) {
    refuse_at(expression, place, "this is no date of the form 2024-12-31 or 2024-12-31 23:59:59 that exists");
  }
  if (date->has_time && !with_time) {
    refuse_at(expression, place, "a DATE is compared with a time of day", "leave the time out of the literal");
  }
  return *date;
}

int64_t time_literal(const std::string& text, std::string_view expression, size_t place) {
  if (const auto time = parse_time(text)) return *time;
  refuse_at(expression, place, "this is no time of the form 23:59:59 or -12:00:00.5");
}

Function function_of(const std::string& name) {
  if (name == "ABS") return Function::Abs;
  if (name == "IFNULL" || name == "COALESCE") return Function::Coalesce;
  if (name == "LENGTH" || name == "OCTET_LENGTH") return Function::Length;
  if (name == "CHAR_LENGTH" || name == "CHARACTER_LENGTH") return Function::CharLength;
  if (name == "LOWER" || name == "LCASE") return Function::Lower;
  if (name == "UPPER" || name == "UCASE") return Function::Upper;
  if (name == "YEAR") return Function::Year;
  if (name == "MONTH") return Function::Month;
  if (name == "DAY" || name == "DAYOFMONTH") return Function::Day;
  if (name == "DATE") return Function::Date;
  if (name == "HOUR") return Function::Hour;
  if (name == "MINUTE") return Function::Minute;
  return Function::Second;
}

const char* type_name(const Bound& node) {
  switch (node.type) {
    case Type::Null: return "NULL";
    case Type::Exact:
    case Type::Real: return "a number";
    case Type::Text: return "a text";
    case Type::Date: return node.date_only ? "a DATE" : "a DATETIME";
    case Type::Time: return "a TIME";
    case Type::Stamp: return "a TIMESTAMP";
    case Type::Hex: return "a hexadecimal literal";
    default: return "a SET, JSON, GEOMETRY or VECTOR";
  }
}

bool is_number(const Bound& node) { return node.type == Type::Exact || node.type == Type::Real; }
bool is_moment(const Bound& node) {
  return node.type == Type::Date || node.type == Type::Time || node.type == Type::Stamp;
}

class Binder {
 public:
  Binder(std::string_view expression, const sluice_table& table) : expression_(expression), table_(table) {}

  Bound bind_truth(const Node& node) {
    Bound out = bind(node);
    require_truth(out);
    return out;
  }

 private:
  [[noreturn]] void refuse(const Bound& node, const std::string& what, const std::string& remedy = {}) const {
    refuse_at(expression_, node.place, what, remedy);
  }

  void require_truth(const Bound& node) const {
    if (is_number(node) || node.type == Type::Null) return;
    refuse(node, std::string(type_name(node)) + " stands where a truth value is wanted", "compare it with something");
  }
  void require_number(Bound& node) const {
    if (node.type == Type::Hex) hex_to_number(node);
    if (is_number(node) || node.type == Type::Null) return;
    refuse(node, std::string(type_name(node)) + " stands where a number is wanted");
  }

  Bound bind(const Node& node) {
    Bound out;
    out.op = node.op;
    out.place = node.place;
    switch (node.op) {
      case Op::Column: bind_column(node, out); return out;
      case Op::Exact:
      case Op::Boolean:
        out.type = Type::Exact;
        out.value = {false, exact_literal(node.text, expression_, node.place), 0, {}, 0};
        out.scale = out.value.exact.scale();
        return out;
      case Op::Real:
        out.type = Type::Real;
        out.value = {false, {}, real_literal(node.text, expression_, node.place), {}, 0};
        return out;
      case Op::String:
      case Op::Hex:
        out.type = node.op == Op::String ? Type::Text : Type::Hex;
        out.literal = true;
        out.text = node.text;
        out.value.null = false;
        out.collation.encoding = Encoding::Utf8;
        return out;
      case Op::Date:
      case Op::Stamp: {
        const DateLiteral date = date_literal(node.text, node.op == Op::Stamp, expression_, node.place);
        out.type = Type::Date;
        out.date_only = node.op == Op::Date;
        out.value = {false, {}, 0, {}, date.packed};
        return out;
      }
      case Op::Time:
        out.type = Type::Time;
        out.value = {false, {}, 0, {}, time_literal(node.text, expression_, node.place)};
        return out;
      case Op::Null: return out;
      default: break;
    }
    for (const NodePtr& argument : node.arguments) out.arguments.push_back(bind(*argument));
    bind_operator(node, out);
    return out;
  }

  void bind_operator(const Node& node, Bound& out) {
    switch (node.op) {
      case Op::And:
      case Op::Or:
      case Op::Xor:
      case Op::Not:
      case Op::IsTrue:
      case Op::IsFalse:
        for (const Bound& argument : out.arguments) require_truth(argument);
        out.type = Type::Exact;
        return;
      case Op::IsNull: out.type = Type::Exact; return;
      case Op::Equal:
      case Op::NullSafeEqual:
      case Op::NotEqual:
      case Op::In: return bind_comparison(out, false);
      case Op::Less:
      case Op::LessEqual:
      case Op::Greater:
      case Op::GreaterEqual:
      case Op::Between: return bind_comparison(out, true);
      case Op::Like: return bind_like(node, out);
      case Op::Collate: return bind_collate(node, out);
      case Op::Binary:
        if (out.arguments[0].type != Type::Text) refuse(out, "BINARY needs a text");
        out.type = Type::Text;
        out.literal = false;
        out.collation = Collation{};
        out.collation.is_explicit = true;
        return;
      case Op::Call: return bind_call(node, out);
      default: return bind_arithmetic(out);
    }
  }

  // ---- Columns ----

  void bind_column(const Node& node, Bound& out) const {
    const sluice::Strided<sluice_column> columns{table_.columns, table_.column_count, table_.column_stride};
    const std::string wanted = lower(node.text);
    for (size_t i = 0; i < columns.size(); ++i) {
      const sluice_column column = columns[i];
      if (lower(sluice::view(column.name)) != wanted) continue;
      out.column = i;
      return take_type(column, out);
    }
    refuse(out,
           "the table `" + std::string(sluice::view(table_.source_schema)) + "`.`" +
               std::string(sluice::view(table_.source_table)) + "` has no column `" + node.text + "`",
           "correct the expression in expression_filter_rule of the task, then resume it");
  }

  void take_type(const sluice_column& column, Bound& out) const {
    switch (column.type) {
      case SLUICE_YEAR: out.year = true; [[fallthrough]];
      case SLUICE_INT:
      case SLUICE_UINT:
      case SLUICE_BIT: out.type = Type::Exact; return;
      case SLUICE_DECIMAL:
        out.type = Type::Exact;
        out.scale = decimal_scale(sluice::view(column.type_text));
        if (out.scale > Number::kMaxScale) refuse(out, "the column has more than 30 digits behind the point");
        return;
      case SLUICE_FLOAT:
      case SLUICE_DOUBLE: out.type = Type::Real; return;
      case SLUICE_STRING:
      case SLUICE_BYTES:
      case SLUICE_ENUM: out.type = Type::Text; return take_collation(column, out);
      case SLUICE_DATE: out.date_only = true; [[fallthrough]];
      case SLUICE_DATETIME: out.type = Type::Date; return;
      case SLUICE_TIME: out.type = Type::Time; return;
      case SLUICE_TIMESTAMP: out.type = Type::Stamp; return;
      default: out.type = Type::Opaque; return;
    }
  }

  /// 2 of "decimal(10,2)"; 0 of "decimal(10)".
  static int decimal_scale(std::string_view type) {
    const size_t comma = type.find(',');
    const size_t close = type.find(')');
    int scale = 0;
    if (comma == std::string_view::npos || close == std::string_view::npos || close < comma) return 0;
    for (size_t i = comma + 1; i < close; ++i) {
      if (type[i] >= '0' && type[i] <= '9' && scale < 100) scale = scale * 10 + (type[i] - '0');
    }
    return scale;
  }

  void take_collation(const sluice_column& column, Bound& out) const {
    if (column.type == SLUICE_BYTES) return;
    const std::string name = lower(sluice::view(column.collation));
    if (const auto known = find_collation(name)) {
      out.collation = *known;
    } else {
      // IS NULL and LENGTH work, and what names a collation of its own; common_collation refuses the rest.
      out.collation.name = name.empty() ? "of the column" : name;
      const auto by_bytes = find_collation(lower(sluice::view(column.charset)) + "_bin");
      if (by_bytes) out.collation.encoding = by_bytes->encoding;
    }
    if (column.type != SLUICE_ENUM) return;
    for (Token& token : tokens_of(sluice::view(column.type_text))) {
      if (token.kind != TokenKind::String) continue;
      const bool other = out.collation.encoding != Encoding::Utf8 && !is_ascii(token.text);
      if (other) refuse(out, "the ENUM has members outside ASCII in a character set other than utf8");
      out.members.push_back(std::move(token.text));
    }
  }

  // ---- Comparisons ----

  void bind_comparison(Bound& out, bool ordered) {
    for (size_t i = 1; i < out.arguments.size(); ++i) pair(out.arguments[0], out.arguments[i], out, ordered);
    if (out.op == Op::Between) {
      // One type for all three, as the servers do it.
      const bool real = out.arguments[1].as == Type::Real || out.arguments[2].as == Type::Real;
      const bool exact = out.arguments[1].as == Type::Exact || out.arguments[2].as == Type::Exact;
      if (real && exact) out.arguments[1].as = out.arguments[2].as = Type::Real;
    }
    out.type = Type::Exact;
  }

  void pair(Bound& a, Bound& b, const Bound& at, bool ordered) {
    if (a.type == Type::Hex && b.type == Type::Hex) refuse(at, "two literals are compared");
    for (auto [literal, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
      if (literal->type == Type::Hex) resolve_hex(*literal, *other, at);
      if (literal->type == Type::Text && literal->literal && is_moment(*other)) text_to_moment(*literal, *other);
      if (other->year && is_number(*literal) && !literal->year) require_full_year(*literal, at);
    }
    if (a.type == Type::Null || b.type == Type::Null) return;  // unknown, whatever the other one is
    if (is_number(a) && is_number(b)) {
      b.as = a.type == Type::Real || b.type == Type::Real ? Type::Real : Type::Exact;
    } else if (a.type == Type::Text && b.type == Type::Text) {
      b.as = Type::Text;
      b.comparison = common_collation(a, b, at);
      if (ordered && !b.comparison.ordered) {
        refuse(at,
               "the order of texts in the collation " + b.comparison.name + " is not known here, only their equality",
               "write BINARY before the column, or COLLATE and a _bin collation behind it");
      }
    } else if (is_moment(a) && a.type == b.type) {
      b.as = a.type;
    } else {
      refuse_pair(a, b, at);
    }
  }

  /// Servers read what a YEAR is compared with as a year: 20 may be 2020.
  void require_full_year(const Bound& other, const Bound& at) const {
    const bool full = other.op == Op::Exact && Number::compare(other.value.exact, Number::of(100)) >= 0;
    if (full) return;
    refuse(at, "servers do not agree how a YEAR compares with anything but a year of four digits",
           "write the year in full, or column + 0");
  }

  [[noreturn]] void refuse_pair(const Bound& a, const Bound& b, const Bound& at) const {
    const bool stamp = a.type == Type::Stamp || b.type == Type::Stamp;
    const bool number = is_number(a) || is_number(b);
    refuse(at, std::string(type_name(a)) + " cannot be compared exactly with " + type_name(b),
           stamp    ? "compare a TIMESTAMP with a text such as '2024-12-31 23:59:59+00:00'"
           : number ? "write a number without quotes, a text in quotes"
                    : "");
  }

  void resolve_hex(Bound& hex, const Bound& other, const Bound& at) const {
    if (is_number(other) || other.type == Type::Null) return hex_to_number(hex);
    if (other.type != Type::Text || other.literal) refuse_pair(other, hex, at);
    hex.type = Type::Text;
    hex.literal = false;
    hex.collation = other.collation;  // which a column gives, not a literal
  }

  void hex_to_number(Bound& hex) const {
    const char first = expression_.substr(hex.place, 1)[0];
    if (first == 'x' || first == 'X') {
      refuse(hex, "servers do not agree on X'...' as a number", "write 0x and the digits");
    }
    if (hex.text.size() > 8) refuse(hex, "a hexadecimal number has more than 8 bytes");
    uint64_t value = 0;
    for (const char c : hex.text) value = value << 8 | static_cast<unsigned char>(c);
    hex.type = Type::Exact;
    hex.op = Op::Exact;
    hex.literal = false;
    hex.value = {false, Number::of_unsigned(value), 0, {}, 0};
  }

  void text_to_moment(Bound& text, const Bound& other) const {
    text.literal = false;
    text.op = Op::Time;
    text.type = other.type;
    if (other.type == Type::Time) {
      text.value.moment = time_literal(text.text, expression_, text.place);
    } else if (other.type == Type::Date) {
      text.value.moment = date_literal(text.text, !other.date_only, expression_, text.place).packed;
      text.date_only = other.date_only;
    } else if (const auto instant = parse_instant(text.text)) {
      text.value.moment = *instant;
    } else {
      refuse(text, "a TIMESTAMP is compared with a text that does not say its offset from UTC",
             "write it as '2024-12-31 23:59:59+00:00'");
    }
  }

  Collation common_collation(Bound& a, Bound& b, const Bound& at) const {
    const bool a_says = a.collation.is_explicit;
    const bool b_says = b.collation.is_explicit;
    if (a.literal && b.literal && !a_says && !b_says) {
      refuse(at, "two texts are compared, and no column says by which collation");
    }
    const bool a_decides = a_says || (!b_says && !a.literal);
    const Collation chosen = a_decides ? a.collation : b.collation;
    const bool columns = !a_says && !b_says && !a.literal && !b.literal;
    for (const Bound* node : {&a, &b}) {
      if (columns && node->collation.name == "binary") return node->collation;
    }
    if ((columns || (a_says && b_says)) && a.collation.name != b.collation.name) {
      refuse(at, "the collations " + a.collation.name + " and " + b.collation.name + " do not mix",
             "write COLLATE and a collation behind one of them");
    }
    if (!find_collation(chosen.name)) {
      refuse(at, "how the collation " + chosen.name + " compares texts is not known here",
             "write BINARY before the column, or COLLATE and a _bin collation behind it");
    }
    for (Bound* node : {&a, &b}) encode(*node, chosen);
    return chosen;
  }

  /// Brings a literal into the encoding of what it is compared with.
  void encode(Bound& node, const Collation& collation) const {
    if (collation.encoding == Encoding::Bytes) return;
    if (!node.literal) {
      const bool same = node.collation.encoding == collation.encoding || node.op == Op::Hex;
      if (!same) refuse(node, "texts of two character sets are compared");
      return;
    }
    if (collation.encoding == Encoding::Utf8 || is_ascii(node.text)) return settle(node, collation);
    std::string out;
    for (size_t i = 0; i < node.text.size(); ++i) {
      const auto lead = static_cast<unsigned char>(node.text[i]);
      if (lead < 0x80) {
        out += node.text[i];
        continue;
      }
      const bool latin = collation.encoding == Encoding::Latin1 && (lead == 0xC2 || lead == 0xC3) &&
                         i + 1 < node.text.size() &&
                         static_cast<unsigned char>(node.text[i + 1]) >= (lead == 0xC2 ? 0xA0 : 0x80);
      if (!latin) refuse(node, "the text has characters that the column's character set does not have");
      out += static_cast<char>((lead & 0x03U) << 6U | (static_cast<unsigned char>(node.text[++i]) & 0x3FU));
    }
    node.text = std::move(out);
    settle(node, collation);
  }
  static void settle(Bound& literal, const Collation& collation) {
    literal.literal = false;
    literal.collation = collation;
  }

  void bind_like(const Node& node, Bound& out) {
    Bound& value = out.arguments[0];
    Bound& pattern = out.arguments[1];
    out.type = Type::Exact;
    if (value.type == Type::Null) return;
    const Op inner = pattern.op == Op::String    ? Op::String
                     : pattern.arguments.empty() ? pattern.op
                                                 : pattern.arguments[0].op;
    if (value.type != Type::Text || inner != Op::String) {
      refuse(out, std::string("LIKE compares a text with a pattern in quotes, not ") + type_name(value));
    }
    Bound& literal = pattern.op == Op::String ? pattern : pattern.arguments[0];
    const Collation collation = common_collation(value, pattern, out);
    pattern.comparison = collation;
    out.pattern = LikePattern(literal.text, node.text[0], collation);
  }

  void bind_collate(const Node& node, Bound& out) {
    Bound& inner = out.arguments[0];
    if (inner.type != Type::Text) refuse(out, "COLLATE needs a text");
    out.collation = *find_collation(node.text);  // check_literals saw to it
    if (inner.literal) encode(inner, out.collation);
    if (inner.collation.encoding != out.collation.encoding) {
      refuse(out, "the collation " + node.text + " does not belong to the character set of the text");
    }
    out.type = Type::Text;
    out.collation.is_explicit = true;
  }

  // ---- Arithmetic and functions ----

  void bind_arithmetic(Bound& out) {
    bool real = false;
    bool null = false;
    for (Bound& argument : out.arguments) {
      require_number(argument);
      real = real || argument.type == Type::Real;
      null = null || argument.type == Type::Null;
    }
    if (null) return;
    out.type = real ? Type::Real : Type::Exact;
    if (real && out.op == Op::DivideWhole) refuse(out, "DIV needs exact numbers, not FLOAT or DOUBLE");
    if (real) return;
    const int first = out.arguments[0].scale;
    const int second = out.arguments.size() > 1 ? out.arguments[1].scale : 0;
    out.scale = out.op == Op::Multiply      ? first + second
                : out.op == Op::Divide      ? Number::quotient_scale(first, second)
                : out.op == Op::DivideWhole ? 0
                                            : std::max(first, second);
    if (out.scale > Number::kMaxScale) refuse(out, "the result has more than 30 digits behind the point");
  }

  void bind_call(const Node& node, Bound& out) {
    if (node.text == "MOD") {
      out.op = Op::Remainder;
      return bind_arithmetic(out);
    }
    out.function = function_of(node.text);
    Bound& first = out.arguments[0];
    if (out.function == Function::Coalesce) return bind_coalesce(out);
    if (first.type == Type::Null) return;
    switch (out.function) {
      case Function::Abs:
        require_number(first);
        out.type = first.type;
        out.scale = first.scale;
        return;
      case Function::Length:
      case Function::CharLength:
        require(out, first.type == Type::Text, node.text + " needs a text");
        if (out.function == Function::CharLength && first.collation.encoding == Encoding::Bytes &&
            first.collation.name != "binary") {
          refuse(out, "characters of the collation " + first.collation.name + " cannot be counted here");
        }
        out.type = Type::Exact;
        return;
      case Function::Lower:
      case Function::Upper:
        require(out, first.type == Type::Text && !first.literal, node.text + " needs a text column");
        out.type = Type::Text;
        out.collation = first.collation;
        return;
      case Function::Date:
        require(out, first.type == Type::Date, "DATE needs a DATE or DATETIME");
        out.type = Type::Date;
        out.date_only = true;
        return;
      case Function::Year:
      case Function::Month:
      case Function::Day:
        require(out, first.type == Type::Date, node.text + " needs a DATE or DATETIME");
        out.type = Type::Exact;
        return;
      default:
        require(out, first.type == Type::Time || (first.type == Type::Date && !first.date_only),
                node.text + " needs a TIME or DATETIME");
        out.type = Type::Exact;
        return;
    }
  }

  void require(const Bound& node, bool fits, const std::string& what) const {
    if (!fits) refuse(node, what + ", not " + type_name(node.arguments[0]));
  }

  void bind_coalesce(Bound& out) {
    const auto decides = [](const Bound& node) { return node.type != Type::Null && !node.literal; };
    const auto first = std::find_if(out.arguments.begin(), out.arguments.end(), decides);
    if (first == out.arguments.end()) refuse(out, "a column must stand among the arguments");
    out.type = first->type;
    out.collation = first->collation;
    out.date_only = first->date_only;
    for (Bound& argument : out.arguments) {
      if (argument.type == Type::Null || &argument == &*first) continue;
      const bool numbers = is_number(*first) && is_number(argument);
      if (argument.type == Type::Text && first->type == Type::Text) {
        out.collation = common_collation(*first, argument, out);
      } else if (!numbers && (argument.type != first->type || argument.date_only != first->date_only ||
                              argument.type == Type::Opaque)) {
        refuse(out, std::string("the arguments are ") + type_name(*first) + " and " + type_name(argument));
      }
      if (numbers && argument.type == Type::Real) out.type = Type::Real;
    }
    for (const Bound& argument : out.arguments) out.scale = std::max(out.scale, argument.scale);
  }

  std::string_view expression_;
  const sluice_table& table_;
};

}  // namespace

void check_literals(const Node& node, std::string_view expression) {
  switch (node.op) {
    case Op::Exact: exact_literal(node.text, expression, node.place); break;
    case Op::Real: real_literal(node.text, expression, node.place); break;
    case Op::Date: date_literal(node.text, false, expression, node.place); break;
    case Op::Stamp: date_literal(node.text, true, expression, node.place); break;
    case Op::Time: time_literal(node.text, expression, node.place); break;
    case Op::Collate:
      if (!find_collation(node.text)) {
        refuse_at(expression, node.place, "how the collation " + node.text + " compares texts is not known here",
                  "write one that ends with _bin");
      }
      break;
    default: break;
  }
  for (const NodePtr& argument : node.arguments) check_literals(*argument, expression);
}

Program::Program(const Node& tree, std::string_view expression, const sluice_table& table)
    : root_(Binder(expression, table).bind_truth(tree)) {}

}  // namespace expression
