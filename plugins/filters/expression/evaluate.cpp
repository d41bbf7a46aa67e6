#include <cmath>

#include "program.hpp"
#include "sluice/plugin/arena.hpp"
#include "sluice/plugin/failure.hpp"
#include "sluice/plugin/values.hpp"

namespace expression {
namespace {

using sluice::plugin::Failure;

[[noreturn]] void fail(const std::string& what) { throw Failure(20041, "config", "internal", "high", what); }

Value of(Number number) {
  Value out;
  out.null = false;
  out.exact = number;
  return out;
}
Value of(double real) {
  if (!std::isfinite(real)) fail("a result is out of range");
  Value out;
  out.null = false;
  out.real = real;
  return out;
}
Value of(std::string_view text) {
  Value out;
  out.null = false;
  out.text = text;
  return out;
}
Value of_moment(int64_t moment) {
  Value out;
  out.null = false;
  out.moment = moment;
  return out;
}

Truth truth_of(bool yes) { return yes ? Truth::True : Truth::False; }
Truth negated(Truth truth) {
  return truth == Truth::Unknown ? truth : truth == Truth::True ? Truth::False : Truth::True;
}

/// Evaluates one expression for one row. The tree's height bounds the recursion.
class Evaluation {
 public:
  Evaluation(const sluice_value* image, const sluice_arena& arena) : image_(image), arena_(arena) {}

  Truth truth(const Bound& node) const {
    switch (node.op) {
      case Op::And: return chain(node, Truth::False);
      case Op::Or: return chain(node, Truth::True);
      case Op::Xor: {
        const Truth a = truth(node.arguments[0]);
        const Truth b = truth(node.arguments[1]);
        return a == Truth::Unknown || b == Truth::Unknown ? Truth::Unknown : truth_of(a != b);
      }
      case Op::Not: return negated(truth(node.arguments[0]));
      case Op::IsTrue: return truth_of(truth(node.arguments[0]) == Truth::True);
      case Op::IsFalse: return truth_of(truth(node.arguments[0]) == Truth::False);
      case Op::IsNull: return truth_of(value(node.arguments[0]).null);
      case Op::Equal:
      case Op::NullSafeEqual:
      case Op::NotEqual:
      case Op::Less:
      case Op::LessEqual:
      case Op::Greater:
      case Op::GreaterEqual: return comparison(node);
      case Op::In: return in(node);
      case Op::Between: return between(node);
      case Op::Like: return like(node);
      default: break;
    }
    const Value v = value(node);
    if (v.null) return Truth::Unknown;
    return truth_of(node.type == Type::Real ? v.real != 0 : !v.exact.is_zero());
  }

 private:
  /// AND ends at the first false, OR at the first true.
  Truth chain(const Bound& node, Truth end) const {
    Truth out = negated(end);
    for (const Bound& argument : node.arguments) {
      const Truth part = truth(argument);
      if (part == end) return end;
      if (part == Truth::Unknown) out = Truth::Unknown;
    }
    return out;
  }

  static double real(const Value& value, const Bound& node) {
    return node.type == Type::Real ? value.real : value.exact.real();
  }

  /// Neither is null. `b_node` says what both are compared as.
  static int compare(const Value& a, const Bound& a_node, const Value& b, const Bound& b_node) {
    switch (b_node.as) {
      case Type::Exact: return Number::compare(a.exact, b.exact);
      case Type::Real: {
        const double x = real(a, a_node);
        const double y = real(b, b_node);
        return x < y ? -1 : x > y ? 1 : 0;
      }
      case Type::Text: return compare_texts(a.text, b.text, b_node.comparison);
      default: return a.moment < b.moment ? -1 : a.moment > b.moment ? 1 : 0;
    }
  }

  Truth comparison(const Bound& node) const {
    const Bound& left = node.arguments[0];
    const Bound& right = node.arguments[1];
    const Value a = value(left);
    const Value b = value(right);
    if (node.op == Op::NullSafeEqual && (a.null || b.null)) return truth_of(a.null && b.null);
    if (a.null || b.null) return Truth::Unknown;
    const int order = compare(a, left, b, right);
    switch (node.op) {
      case Op::NotEqual: return truth_of(order != 0);
      case Op::Less: return truth_of(order < 0);
      case Op::LessEqual: return truth_of(order <= 0);
      case Op::Greater: return truth_of(order > 0);
      case Op::GreaterEqual: return truth_of(order >= 0);
      default: return truth_of(order == 0);
    }
  }

  Truth in(const Bound& node) const {
    const Bound& left = node.arguments[0];
    const Value a = value(left);
    if (a.null) return Truth::Unknown;
    Truth out = Truth::False;
    for (size_t i = 1; i < node.arguments.size(); ++i) {
      const Value b = value(node.arguments[i]);
      if (b.null) {
        out = Truth::Unknown;
      } else if (compare(a, left, b, node.arguments[i]) == 0) {
        return Truth::True;
      }
    }
    return out;
  }

  Truth between(const Bound& node) const {
    const Bound& left = node.arguments[0];
    const Value a = value(left);
    const Value low = value(node.arguments[1]);
    const Value high = value(node.arguments[2]);
    if (a.null) return Truth::Unknown;
    const Truth above = low.null ? Truth::Unknown : truth_of(compare(a, left, low, node.arguments[1]) >= 0);
    const Truth below = high.null ? Truth::Unknown : truth_of(compare(a, left, high, node.arguments[2]) <= 0);
    if (above == Truth::False || below == Truth::False) return Truth::False;
    return above == Truth::True && below == Truth::True ? Truth::True : Truth::Unknown;
  }

  Truth like(const Bound& node) const {
    const Value text = value(node.arguments[0]);
    if (text.null) return Truth::Unknown;
    return truth_of(node.pattern.matches(text.text, node.arguments[1].comparison));
  }

  Value value(const Bound& node) const {
    switch (node.op) {
      case Op::Column: return column(node);
      case Op::Null: return {};
      case Op::Exact:
      case Op::Boolean:
      case Op::Real:
      case Op::Date:
      case Op::Stamp:
      case Op::Time: return node.value;
      case Op::String:
      case Op::Hex: return of(std::string_view(node.text));
      case Op::Collate:
      case Op::Binary: return value(node.arguments[0]);
      case Op::Call: return call(node);
      case Op::Add:
      case Op::Subtract:
      case Op::Multiply:
      case Op::Divide:
      case Op::DivideWhole:
      case Op::Remainder:
      case Op::Negate: return arithmetic(node);
      default: break;
    }
    const Truth result = truth(node);
    return result == Truth::Unknown ? Value{} : of(Number::of(result == Truth::True ? 1 : 0));
  }

  Value column(const Bound& node) const {
    const sluice_value& v = image_[node.column];
    switch (v.kind) {
      case SLUICE_NULL: return {};
      case SLUICE_INT: return of(Number::of(v.v.i));
      case SLUICE_UINT:
      case SLUICE_YEAR:
      case SLUICE_BIT: return of(Number::of_unsigned(v.v.u));
      case SLUICE_FLOAT:
      case SLUICE_DOUBLE: return of(v.v.d);
      case SLUICE_DECIMAL: {
        const auto number = Number::parse(sluice::plugin::value_bytes(v));
        if (!number) fail("a DECIMAL of the row cannot be read");
        return of(*number);
      }
      case SLUICE_STRING:
      case SLUICE_BYTES: return of(sluice::plugin::value_bytes(v));
      case SLUICE_ENUM:
        if (v.v.u > node.members.size()) fail("an ENUM of the row has a member that its column does not have");
        return of(v.v.u == 0 ? std::string_view() : std::string_view(node.members[v.v.u - 1]));
      case SLUICE_DATE:
      case SLUICE_DATETIME: return of_moment(static_cast<int64_t>(v.v.u));
      case SLUICE_TIME:
      case SLUICE_TIMESTAMP: return of_moment(v.v.i);
      case SLUICE_SET:
      case SLUICE_JSON:
      case SLUICE_GEOMETRY:
      case SLUICE_VECTOR:
      case SLUICE_TEXT: return of(std::string_view());
      case SLUICE_ABSENT: fail("the row change does not carry a column that the expression needs");
      default: fail("a value of the row has the unknown kind " + std::to_string(v.kind));
    }
  }

  Value arithmetic(const Bound& node) const {
    const Bound& left = node.arguments[0];
    const Value a = value(left);
    if (a.null) return {};
    if (node.op == Op::Negate) return node.type == Type::Real ? of(-a.real) : of(a.exact.negated());
    const Bound& right = node.arguments[1];
    const Value b = value(right);
    if (b.null) return {};
    if (node.type == Type::Real) return real_arithmetic(node.op, real(a, left), real(b, right));
    switch (node.op) {
      case Op::Add: return of(Number::add(a.exact, b.exact));
      case Op::Subtract: return of(Number::subtract(a.exact, b.exact));
      case Op::Multiply: return of(Number::multiply(a.exact, b.exact));
      default: break;
    }
    if (b.exact.is_zero()) return {};
    if (node.op == Op::Divide) return of(Number::divide(a.exact, b.exact));
    return of(node.op == Op::DivideWhole ? Number::divide_whole(a.exact, b.exact)
                                         : Number::remainder(a.exact, b.exact));
  }

  static Value real_arithmetic(Op op, double a, double b) {
    switch (op) {
      case Op::Add: return of(a + b);
      case Op::Subtract: return of(a - b);
      case Op::Multiply: return of(a * b);
      default: break;
    }
    if (b == 0) return {};
    return of(op == Op::Divide ? a / b : std::fmod(a, b));
  }

  Value call(const Bound& node) const {
    if (node.function == Function::Coalesce) return coalesce(node);
    const Bound& argument = node.arguments[0];
    const Value v = value(argument);
    if (v.null) return {};
    switch (node.function) {
      case Function::Abs:
        if (node.type == Type::Real) return of(std::fabs(v.real));
        return of(v.exact.negative() ? v.exact.negated() : v.exact);
      case Function::Length: return of(Number::of(static_cast<int64_t>(v.text.size())));
      case Function::CharLength: return of(Number::of(characters(v.text, argument.collation.encoding)));
      case Function::Lower:
      case Function::Upper: return cased(node, v.text);
      default: return part(node, argument, v.moment);
    }
  }

  Value coalesce(const Bound& node) const {
    for (const Bound& argument : node.arguments) {
      Value v = value(argument);
      if (v.null) continue;
      if (node.type == Type::Real) v.real = real(v, argument);
      return v;
    }
    return {};
  }

  static int64_t characters(std::string_view text, Collation::Encoding encoding) {
    int64_t count = 0;
    for (; !text.empty(); ++count) text.remove_prefix(character_size(text, encoding));
    return count;
  }

  Value cased(const Bound& node, std::string_view text) const {
    if (node.collation.name == "binary" && !node.collation.is_explicit) return of(text);  // bytes have no case
    if (!is_ascii(text)) fail("LOWER and UPPER are known for ASCII only, and a text holds other characters");
    auto* out = static_cast<char*>(sluice::plugin::arena_alloc(arena_, text.size() + 1, 1));
    const bool up = node.function == Function::Upper;
    for (size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      const bool changes = up ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z';
      out[i] = changes ? static_cast<char>(c ^ 0x20) : c;
    }
    return of(std::string_view(out, text.size()));
  }

  static Value part(const Bound& node, const Bound& argument, int64_t moment) {
    if (argument.type == Type::Time) {
      const int64_t seconds = std::abs(moment) / 1000000;
      return of(Number::of(node.function == Function::Hour     ? seconds / 3600
                           : node.function == Function::Minute ? seconds / 60 % 60
                                                               : seconds % 60));
    }
    auto time = sluice::plugin::CivilTime::unpack(static_cast<uint64_t>(moment));
    switch (node.function) {
      case Function::Year: return of(Number::of(time.year));
      case Function::Month: return of(Number::of(time.month));
      case Function::Day: return of(Number::of(time.day));
      case Function::Hour: return of(Number::of(time.hour));
      case Function::Minute: return of(Number::of(time.minute));
      case Function::Second: return of(Number::of(time.second));
      default: break;
    }
    time.hour = time.minute = time.second = time.microsecond = 0;
    return of_moment(static_cast<int64_t>(time.pack()));
  }

  const sluice_value* image_;
  const sluice_arena& arena_;
};

}  // namespace

bool Program::holds(const sluice_value* image, const sluice_arena& arena) const {
  return Evaluation(image, arena).truth(root_) == Truth::True;
}

}  // namespace expression
