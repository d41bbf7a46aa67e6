#include "pattern.hpp"

#include <algorithm>
#include <stdexcept>

namespace binlog_event {
namespace {

/// Characters, not bytes; bytes that are no UTF-8 stand for themselves.
std::vector<char32_t> characters(std::string_view text) {
  std::vector<char32_t> out;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
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

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

bool Pattern::Item::matches(char32_t c) const {
  if (kind == Kind::Literal) return c == literal;
  if (kind == Kind::AnyOne) return true;
  const bool in =
      std::any_of(ranges.begin(), ranges.end(), [c](const auto& r) { return r.first <= c && c <= r.second; });
  return in != negated;
}

Pattern::Pattern(std::string_view text, bool case_sensitive) : case_sensitive_(case_sensitive) {
  if (text.empty()) throw std::invalid_argument("the pattern is empty");
  if (text[0] == '~') {
    RE2::Options options(RE2::Quiet);
    options.set_case_sensitive(case_sensitive);
    options.set_max_mem(8 << 20);
    expression_ = std::make_unique<RE2>(std::string(text.substr(1)), options);
    if (!expression_->ok()) throw std::invalid_argument(expression_->error());
    return;
  }
  read_items(characters(case_sensitive ? std::string(text) : lower(text)));
}

void Pattern::read_items(const std::vector<char32_t>& text) {
  for (size_t at = 0; at < text.size();) {
    Item item;
    const char32_t c = text[at++];
    if (c == U'*') {
      if (at != text.size()) throw std::invalid_argument("`*` may only be the last character");
      item.kind = Item::Kind::Rest;
    } else if (c == U'?') {
      item.kind = Item::Kind::AnyOne;
    } else if (c == U'[') {
      at = read_set(text, at, item);
    } else {
      item.literal = c;
    }
    items_.push_back(std::move(item));
  }
}

/// Returns the place behind the `]`.
size_t Pattern::read_set(const std::vector<char32_t>& text, size_t at, Item& item) {
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
    if (to < from) throw std::invalid_argument("a range of `[…]` is reversed");
    item.ranges.emplace_back(from, to);
  }
  if (at >= text.size() || item.ranges.empty())
    throw std::invalid_argument("`[` opens a set that is empty or not closed");
  return at + 1;
}

bool Pattern::matches(std::string_view name) const {
  if (expression_) return RE2::PartialMatch({name.data(), name.size()}, *expression_);
  const std::vector<char32_t> text = characters(case_sensitive_ ? std::string(name) : lower(name));
  for (size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].kind == Item::Kind::Rest) return true;
    if (i >= text.size() || !items_[i].matches(text[i])) return false;
  }
  return text.size() == items_.size();
}

}  // namespace binlog_event
