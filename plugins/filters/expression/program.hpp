#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collation.hpp"
#include "number.hpp"
#include "sluice/abi/row.h"
#include "syntax.hpp"

namespace expression {

/// What a value is compared and computed as.
enum class Type {
  Null,
  Exact,  ///< integers, DECIMAL, YEAR, BIT
  Real,   ///< FLOAT, DOUBLE
  Text,   ///< characters and bytes, ENUM
  Date,   ///< DATE, DATETIME: packed
  Time,   ///< microseconds
  Stamp,  ///< TIMESTAMP: microseconds since the epoch
  Hex,    ///< a literal that becomes a number or bytes with what it meets
  Opaque  ///< SET, JSON, GEOMETRY, VECTOR: only IS NULL
};

enum class Function {
  None,
  Abs,
  Coalesce,
  Length,
  CharLength,
  Lower,
  Upper,
  Year,
  Month,
  Day,
  Date,
  Hour,
  Minute,
  Second
};

/// A value of a row or on the way. Which member counts follows from the type of the node that gave it.
struct Value {
  bool null = true;
  Number exact;
  double real = 0;
  std::string_view text;
  int64_t moment = 0;
};

enum class Truth { False, True, Unknown };

/// A node whose columns and types are known.
struct Bound {
  Op op = Op::Null;
  Type type = Type::Null;
  Type as = Type::Null;  ///< of an argument: what it and the first one are compared as
  Function function = Function::None;
  bool literal = false;    ///< a text or hex literal: its collation, or what it is, follows from what it meets
  bool date_only = false;  ///< a DATE
  bool year = false;       ///< a YEAR column
  int scale = 0;           ///< digits behind the point of an Exact
  size_t place = 0;
  size_t column = 0;
  Collation collation;               ///< of a Text
  Collation comparison;              ///< of an argument: how it and the first one are compared
  std::string text;                  ///< of a literal
  Value value;                       ///< of a literal, but for its text
  std::vector<std::string> members;  ///< of an ENUM column
  LikePattern pattern;
  std::vector<Bound> arguments;
};

/// Checks what can be checked without a table: literals and names of collations. Throws Failure 20041.
void check_literals(const Node& node, std::string_view expression);

/// An expression fitted to the structure of a table. Immutable, thread-safe.
class Program {
 public:
  /// Throws Failure 20041 that names the place: an unknown column, types that cannot be compared exactly.
  Program(const Node& tree, std::string_view expression, const sluice_table& table);
  /// The expression is true for the row whose values are `image`: neither false nor unknown. Throws Failure when it
  /// cannot be said: a result out of range, a text that the collation's known rules do not cover.
  bool holds(const sluice_value* image, const sluice_arena& arena) const;

 private:
  Bound root_;
};

}  // namespace expression
