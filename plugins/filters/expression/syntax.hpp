#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace expression {

enum class Op {
  // Leaves: `text` holds what they say.
  Column,   ///< the name
  Exact,    ///< digits, with a point or without
  Real,     ///< digits with an exponent
  String,   ///< the content
  Hex,      ///< the bytes of 0x41, X'41', b'1'
  Date,     ///< DATE '...'
  Time,     ///< TIME '...'
  Stamp,    ///< TIMESTAMP '...': a DATETIME
  Boolean,  ///< "1" or "0"
  Null,
  // Logic
  And,
  Or,
  Xor,
  Not,
  IsNull,
  IsTrue,
  IsFalse,
  // Comparisons: the first argument with each of the others
  Equal,
  NullSafeEqual,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  In,
  Between,
  Like,  ///< value, pattern; `text` is the escape character
  // Arithmetic
  Add,
  Subtract,
  Multiply,
  Divide,
  DivideWhole,
  Remainder,
  Negate,
  // The rest
  Call,     ///< `text` is the function in upper case
  Collate,  ///< `text` is the collation in lower case
  Binary
};

/// One node of a parsed expression. Owns its arguments.
struct Node {
  Op op = Op::Null;
  size_t place = 0;  ///< byte in the expression
  int height = 1;    ///< of the tree below, itself included
  std::string text;
  std::vector<std::unique_ptr<Node>> arguments;
};
using NodePtr = std::unique_ptr<Node>;

/// What bounds an expression; the README says it to users.
constexpr size_t kMaxLength = 16384;  ///< bytes
constexpr int kMaxHeight = 128;       ///< of the tree, and of the nesting while it is read

/// Reads an expression of the subset (README.md). Throws Failure 20041 that names the place and what stands there.
NodePtr parse(std::string_view text);

/// "at character 7, near `= 1 AND …`": for messages about a place of an expression.
std::string place_text(std::string_view expression, size_t place);

}  // namespace expression
