#include "core/rules/pattern.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <vector>

namespace sluice::rules {
namespace {

std::string folded(std::string_view text, bool case_sensitive) {
  std::string out(text);
  if (!case_sensitive) {
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  }
  return out;
}

/// Characters, not bytes: `?` stands for one of them. Bytes that are no UTF-8 stand for themselves.
std::vector<char32_t> characters(std::string_view text) {
  std::vector<char32_t> out;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    char32_t value = length == 1 ? lead : lead & (0x7FU >> length);
    bool whole = i + length <= text.size();
    for (size_t k = 1; whole && k < length; ++k) {
      const auto byte = static_cast<unsigned char>(text[i + k]);
      whole = (byte & 0xC0U) == 0x80U;
      value = (value << 6U) | (byte & 0x3FU);
    }
    out.push_back(whole ? value : 0x110000U + lead);
    i += whole ? length : 1;
  }
  return out;
}

struct Item {
  enum class Kind { Literal, AnyOne, Set, Rest } kind = Kind::Literal;
  char32_t literal = 0;
  bool negated = false;
  std::vector<std::pair<char32_t, char32_t>> ranges;

  bool matches(char32_t c) const {
    if (kind == Kind::Literal) return c == literal;
    if (kind == Kind::AnyOne) return true;
    const bool in =
        std::any_of(ranges.begin(), ranges.end(), [c](const auto& r) { return r.first <= c && c <= r.second; });
    return in != negated;
  }
};

/// [abc], [a-z], [!a]; `at` stands behind the `[` and ends behind the `]`. False when it is not closed or empty.
bool read_set(const std::vector<char32_t>& text, size_t& at, Item& item) {
  item.kind = Item::Kind::Set;
  item.negated = at < text.size() && text[at] == U'!';
  if (item.negated) ++at;
  while (at < text.size() && text[at] != U']') {
    const char32_t from = text[at++];
    char32_t to = from;
    if (at + 1 < text.size() && text[at] == U'-' && text[at + 1] != U']') {
      to = text[at + 1];
      at += 2;
    }
    if (to < from) return false;
    item.ranges.emplace_back(from, to);
  }
  if (at >= text.size() || item.ranges.empty()) return false;
  ++at;
  return true;
}

/// "" or what is wrong.
std::string read_items(const std::vector<char32_t>& text, std::vector<Item>& items) {
  for (size_t at = 0; at < text.size();) {
    Item item;
    const char32_t c = text[at++];
    if (c == U'*') {
      if (at != text.size()) return "`*` may only be the last character";
      item.kind = Item::Kind::Rest;
    } else if (c == U'?') {
      item.kind = Item::Kind::AnyOne;
    } else if (c == U'[') {
      if (!read_set(text, at, item)) return "`[` opens a set that is empty, reversed or not closed";
    } else {
      item.literal = c;
    }
    items.push_back(std::move(item));
  }
  return {};
}

}  // namespace

struct Pattern::Compiled {
  std::unique_ptr<RE2> expression;  ///< of `~…`
  std::vector<Item> items;
};

Result<Pattern> Pattern::compile(const std::string& text, bool case_sensitive) {
  Pattern pattern;
  pattern.text_ = text;
  pattern.case_sensitive_ = case_sensitive;
  const auto refuse = [&text](const std::string& why) {
    return make_error(20044, "the pattern \"" + text + "\" is not valid: " + why, {},
                      "a pattern is a name, may end with *, may contain ? and [a-z], or is ~ and a regular expression");
  };
  if (text.empty()) return refuse("it is empty");
  auto compiled = std::make_shared<Compiled>();
  if (text[0] == '~') {
    RE2::Options options(RE2::Quiet);
    options.set_case_sensitive(case_sensitive);
    options.set_max_mem(8 << 20);
    compiled->expression = std::make_unique<RE2>(text.substr(1), options);
    if (!compiled->expression->ok()) return refuse(compiled->expression->error());
    pattern.plain_ = false;
  } else {
    if (std::string problem = read_items(characters(folded(text, case_sensitive)), compiled->items); !problem.empty()) {
      return refuse(problem);
    }
    pattern.plain_ = std::all_of(compiled->items.begin(), compiled->items.end(),
                                 [](const Item& item) { return item.kind == Item::Kind::Literal; });
  }
  pattern.compiled_ = std::move(compiled);
  return pattern;
}

bool Pattern::matches(std::string_view name) const {
  if (!compiled_) return false;
  if (compiled_->expression) return RE2::PartialMatch({name.data(), name.size()}, *compiled_->expression);
  const std::vector<char32_t> text = characters(folded(name, case_sensitive_));
  const std::vector<Item>& items = compiled_->items;
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].kind == Item::Kind::Rest) return true;
    if (i >= text.size() || !items[i].matches(text[i])) return false;
  }
  return text.size() == items.size();
}

}  // namespace sluice::rules
