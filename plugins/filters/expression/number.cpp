#include "number.hpp"

#include <algorithm>
#include <cstdlib>

#include "sluice/plugin/failure.hpp"

namespace expression {
namespace {

__extension__ using Wide = unsigned __int128;

[[noreturn]] void out_of_range() {
  throw sluice::plugin::Failure(20041, "config", "internal", "high",
                                "a result is out of range: it has more than 65 digits");
}

constexpr uint64_t kTens[] = {1ULL,
                              10ULL,
                              100ULL,
                              1000ULL,
                              10000ULL,
                              100000ULL,
                              1000000ULL,
                              10000000ULL,
                              100000000ULL,
                              1000000000ULL,
                              10000000000ULL,
                              100000000000ULL,
                              1000000000000ULL,
                              10000000000000ULL,
                              100000000000000ULL,
                              1000000000000000ULL,
                              10000000000000000ULL,
                              100000000000000000ULL,
                              1000000000000000000ULL,
                              10000000000000000000ULL};

/// value * factor + carry in place; the limb that does not fit any more is returned.
template <typename Limbs>
uint64_t multiply_small(Limbs& value, uint64_t factor, uint64_t carry) {
  for (uint64_t& limb : value) {
    const Wide wide = static_cast<Wide>(limb) * factor + carry;
    limb = static_cast<uint64_t>(wide);
    carry = static_cast<uint64_t>(wide >> 64);
  }
  return carry;
}

}  // namespace

Number Number::of(int64_t value) {
  Number out;
  out.negative_ = value < 0;
  out.magnitude_[0] = out.negative_ ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  return out;
}

Number Number::of_unsigned(uint64_t value) {
  Number out;
  out.magnitude_[0] = value;
  return out;
}

std::optional<Number> Number::parse(std::string_view text) {
  Number out;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    out.negative_ = text[0] == '-';
    text.remove_prefix(1);
  }
  bool point = false;
  size_t digits = 0;
  size_t leading = 0;
  for (const char c : text) {
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    ++digits;
    if (c == '0' && digits == leading + 1) ++leading;
    if (point) ++out.scale_;
    if (digits - leading > kDigits || out.scale_ > kMaxScale) return std::nullopt;
    multiply_small(out.magnitude_, 10, static_cast<uint64_t>(c - '0'));
  }
  if (digits == 0) return std::nullopt;
  if (out.is_zero()) out.negative_ = false;
  return out;
}

bool Number::is_zero() const {
  return std::all_of(magnitude_.begin(), magnitude_.end(), [](uint64_t limb) { return limb == 0; });
}

double Number::real() const {
  if (scale_ == 0 && is_small(magnitude_) && magnitude_[1] == 0) {
    const auto size = static_cast<double>(magnitude_[0]);
    return negative_ ? -size : size;
  }
  return std::strtod(text().c_str(), nullptr);
}

std::string Number::text() const {
  std::string digits;
  Magnitude rest = magnitude_;
  const auto zero = [&] { return std::all_of(rest.begin(), rest.end(), [](uint64_t limb) { return limb == 0; }); };
  while (!zero() || digits.size() <= static_cast<size_t>(scale_)) {
    uint64_t remainder = 0;
    for (size_t i = kLimbs; i-- > 0;) {
      const Wide wide = static_cast<Wide>(remainder) << 64 | rest[i];
      rest[i] = static_cast<uint64_t>(wide / 10);
      remainder = static_cast<uint64_t>(wide % 10);
    }
    digits += static_cast<char>('0' + remainder);
    if (scale_ > 0 && digits.size() == static_cast<size_t>(scale_)) digits += '.';
  }
  if (digits.back() == '.') digits += '0';
  if (negative_) digits += '-';
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::optional<int64_t> Number::integer() const {
  if (scale_ != 0 || !is_small(magnitude_) || magnitude_[1] != 0 || magnitude_[0] > INT64_MAX) return std::nullopt;
  const auto size = static_cast<int64_t>(magnitude_[0]);
  return negative_ ? -size : size;
}

int Number::compare_magnitudes(const Magnitude& a, const Magnitude& b) {
  for (size_t i = kLimbs; i-- > 0;) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

Number::Magnitude Number::scaled(const Magnitude& m, int digits) {
  Magnitude out = m;
  while (digits > 0) {
    const int step = std::min(digits, 19);
    if (multiply_small(out, kTens[step], 0) != 0) out_of_range();
    digits -= step;
  }
  return out;
}

Number::Magnitude Number::product(const Magnitude& a, const Magnitude& b) {
  Magnitude out{};
  for (size_t i = 0; i < kLimbs; ++i) {
    if (b[i] == 0) continue;
    uint64_t carry = 0;
    for (size_t k = 0; k < kLimbs; ++k) {
      if (i + k >= kLimbs) {
        if (a[k] != 0 || carry != 0) out_of_range();
        continue;
      }
      const Wide wide = static_cast<Wide>(a[k]) * b[i] + out[i + k] + carry;
      out[i + k] = static_cast<uint64_t>(wide);
      carry = static_cast<uint64_t>(wide >> 64);
    }
    if (carry != 0) out_of_range();
  }
  return out;
}

Number::Magnitude Number::sum(const Magnitude& a, const Magnitude& b) {
  Magnitude out{};
  uint64_t carry = 0;
  for (size_t i = 0; i < kLimbs; ++i) {
    const Wide wide = static_cast<Wide>(a[i]) + b[i] + carry;
    out[i] = static_cast<uint64_t>(wide);
    carry = static_cast<uint64_t>(wide >> 64);
  }
  if (carry != 0) out_of_range();
  return out;
}

/// REQUIRES: a >= b
Number::Magnitude Number::difference(const Magnitude& a, const Magnitude& b) {
  Magnitude out{};
  uint64_t borrow = 0;
  for (size_t i = 0; i < kLimbs; ++i) {
    const Wide wide = static_cast<Wide>(a[i]) - b[i] - borrow;
    out[i] = static_cast<uint64_t>(wide);
    borrow = static_cast<uint64_t>(wide >> 64) & 1U;
  }
  return out;
}

void Number::divide(const Magnitude& a, const Magnitude& b, Magnitude& quotient, Magnitude& rest) {
  quotient = {};
  rest = {};
  if (is_small(a) && is_small(b)) {
    const Wide x = static_cast<Wide>(a[1]) << 64 | a[0];
    const Wide y = static_cast<Wide>(b[1]) << 64 | b[0];
    const Wide q = x / y;
    const Wide r = x % y;
    quotient[0] = static_cast<uint64_t>(q);
    quotient[1] = static_cast<uint64_t>(q >> 64);
    rest[0] = static_cast<uint64_t>(r);
    rest[1] = static_cast<uint64_t>(r >> 64);
    return;
  }
  for (size_t bit = kLimbs * 64; bit-- > 0;) {  // rare: values of more than 38 digits
    for (size_t i = kLimbs; i-- > 1;) rest[i] = rest[i] << 1 | rest[i - 1] >> 63;
    rest[0] = rest[0] << 1 | (a[bit / 64] >> (bit % 64) & 1U);
    if (compare_magnitudes(rest, b) < 0) continue;
    rest = difference(rest, b);
    quotient[bit / 64] |= uint64_t{1} << (bit % 64);
  }
}

Number Number::make(const Magnitude& m, int scale, bool negative) {
  static const Magnitude kLimit = scaled({1}, kDigits);
  if (!is_small(m) && compare_magnitudes(m, kLimit) >= 0) out_of_range();
  Number out;
  out.magnitude_ = m;
  out.scale_ = scale;
  out.negative_ = negative && !out.is_zero();
  return out;
}

int Number::compare(const Number& a, const Number& b) {
  if (a.negative_ != b.negative_) return a.negative_ ? -1 : 1;
  int order = 0;
  if (a.scale_ == b.scale_) {
    order = compare_magnitudes(a.magnitude_, b.magnitude_);
  } else {
    const int scale = std::max(a.scale_, b.scale_);
    order = compare_magnitudes(scaled(a.magnitude_, scale - a.scale_), scaled(b.magnitude_, scale - b.scale_));
  }
  return a.negative_ ? -order : order;
}

Number Number::add(const Number& a, const Number& b) {
  const int scale = std::max(a.scale_, b.scale_);
  const Magnitude x = scaled(a.magnitude_, scale - a.scale_);
  const Magnitude y = scaled(b.magnitude_, scale - b.scale_);
  if (a.negative_ == b.negative_) return make(sum(x, y), scale, a.negative_);
  if (compare_magnitudes(x, y) >= 0) return make(difference(x, y), scale, a.negative_);
  return make(difference(y, x), scale, b.negative_);
}

Number Number::multiply(const Number& a, const Number& b) {
  return make(product(a.magnitude_, b.magnitude_), a.scale_ + b.scale_, a.negative_ != b.negative_);
}

// The servers compute in groups of nine digits. They ask for four digits more than the dividend has, and get as many as
// the groups of both hold anyway.
int Number::quotient_scale(int a, int b) {
  const auto groups = [](int digits) { return (digits + 8) / 9; };
  const int wide = (groups(a) + groups(b)) * 9;
  return groups(wide + std::max(0, 4 - (wide - a - b))) * 9;
}

Number Number::divide(const Number& a, const Number& b) {
  const int scale = quotient_scale(a.scale_, b.scale_);
  Magnitude quotient;
  Magnitude rest;
  const int shift = scale + b.scale_ - a.scale_;
  const Magnitude dividend = scaled(a.magnitude_, std::max(shift, 0));
  const Magnitude divisor = scaled(b.magnitude_, std::max(-shift, 0));
  divide(dividend, divisor, quotient, rest);
  return make(quotient, scale, a.negative_ != b.negative_);
}

Number Number::divide_whole(const Number& a, const Number& b) {
  Magnitude quotient;
  Magnitude rest;
  const int scale = std::max(a.scale_, b.scale_);
  divide(scaled(a.magnitude_, scale - a.scale_), scaled(b.magnitude_, scale - b.scale_), quotient, rest);
  return make(quotient, 0, a.negative_ != b.negative_);
}

Number Number::remainder(const Number& a, const Number& b) {
  Magnitude quotient;
  Magnitude rest;
  const int scale = std::max(a.scale_, b.scale_);
  divide(scaled(a.magnitude_, scale - a.scale_), scaled(b.magnitude_, scale - b.scale_), quotient, rest);
  return make(rest, scale, a.negative_);
}

Number Number::negated() const {
  Number out = *this;
  out.negative_ = !negative_ && !is_zero();
  return out;
}

}  // namespace expression
