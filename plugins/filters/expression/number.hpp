#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace expression {

/// An exact number: integers of any sign and DECIMAL in one type, so that nothing wraps or rounds on the way. Results
/// beyond DECIMAL's 65 digits throw a Failure. Plain value, no allocation.
class Number {
 public:
  static constexpr int kDigits = 65;    ///< of a value
  static constexpr int kMaxScale = 30;  ///< behind the point

  Number() = default;
  static Number of(int64_t value);
  static Number of_unsigned(uint64_t value);
  /// "-12.340"; nothing for any other text, or one with more digits than a DECIMAL has.
  static std::optional<Number> parse(std::string_view text);

  bool is_zero() const;
  bool negative() const { return negative_; }
  int scale() const { return scale_; }
  /// The nearest double.
  double real() const;
  std::string text() const;
  /// The value as an integer when it is one of 64 bits, else nothing.
  std::optional<int64_t> integer() const;

  /// Below, equal to or above 0.
  static int compare(const Number& a, const Number& b);
  static Number add(const Number& a, const Number& b);
  static Number subtract(const Number& a, const Number& b) { return add(a, b.negated()); }
  static Number multiply(const Number& a, const Number& b);
  /// Cut off behind quotient_scale digits, as MySQL, MariaDB and TiDB do. REQUIRES: b is not zero, for all three.
  static Number divide(const Number& a, const Number& b);
  static int quotient_scale(int a, int b);
  static Number divide_whole(const Number& a, const Number& b);  ///< towards zero
  static Number remainder(const Number& a, const Number& b);     ///< with the sign of a
  Number negated() const;

 private:
  static constexpr int kLimbs = 6;  // 384 bits: 115 digits, so that two values can be brought to one scale
  using Magnitude = std::array<uint64_t, kLimbs>;

  static int compare_magnitudes(const Magnitude& a, const Magnitude& b);
  static bool is_small(const Magnitude& m) { return (m[2] | m[3] | m[4] | m[5]) == 0; }
  static Magnitude scaled(const Magnitude& m, int digits);
  static Magnitude product(const Magnitude& a, const Magnitude& b);
  static Magnitude sum(const Magnitude& a, const Magnitude& b);
  static Magnitude difference(const Magnitude& a, const Magnitude& b);
  static void divide(const Magnitude& a, const Magnitude& b, Magnitude& quotient, Magnitude& rest);
  static Number make(const Magnitude& m, int scale, bool negative);

  Magnitude magnitude_{};
  int32_t scale_ = 0;
  bool negative_ = false;
};

}  // namespace expression
