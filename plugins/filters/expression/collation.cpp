#include "collation.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "sluice/plugin/failure.hpp"

namespace expression {
namespace {

using Encoding = Collation::Encoding;
using Kind = Collation::Kind;

struct Rule {
  std::string_view suffix;  ///< behind the character set
  Kind kind;
  bool pad;
  bool ordered;
  bool ignores_controls;
};
// Of these the weights of ASCII characters are known: in general_ci and swedish_ci each character has the weight of its
// upper case, in those of the Unicode algorithm punctuation sorts in another order.
constexpr std::array kRules = {Rule{"_bin", Kind::Binary, true, true, false},
                               Rule{"_nopad_bin", Kind::Binary, false, true, false},
                               Rule{"_0900_bin", Kind::Binary, false, true, false},
                               Rule{"_general_ci", Kind::Folded, true, true, false},
                               Rule{"_general_nopad_ci", Kind::Folded, false, true, false},
                               Rule{"_unicode_ci", Kind::Folded, true, false, true},
                               Rule{"_unicode_nopad_ci", Kind::Folded, false, false, true},
                               Rule{"_unicode_520_ci", Kind::Folded, true, false, true},
                               Rule{"_unicode_520_nopad_ci", Kind::Folded, false, false, true},
                               Rule{"_0900_ai_ci", Kind::Folded, false, false, true},
                               Rule{"_0900_as_ci", Kind::Folded, false, false, true},
                               Rule{"_0900_as_cs", Kind::Sensitive, false, false, true},
                               Rule{"_uca1400_ai_ci", Kind::Folded, true, false, true},
                               Rule{"_uca1400_as_ci", Kind::Folded, true, false, true},
                               Rule{"_uca1400_as_cs", Kind::Sensitive, true, false, true},
                               Rule{"_uca1400_nopad_ai_ci", Kind::Folded, false, false, true},
                               Rule{"_uca1400_nopad_as_ci", Kind::Folded, false, false, true},
                               Rule{"_uca1400_nopad_as_cs", Kind::Sensitive, false, false, true}};

constexpr std::array kCharsets = {
    std::pair{std::string_view("utf8mb4"), Encoding::Utf8}, std::pair{std::string_view("utf8mb3"), Encoding::Utf8},
    std::pair{std::string_view("utf8"), Encoding::Utf8}, std::pair{std::string_view("latin1"), Encoding::Latin1},
    std::pair{std::string_view("ascii"), Encoding::Ascii}};

char folded(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

[[noreturn]] void undecidable(const Collation& collation, const char* what) {
  throw sluice::plugin::Failure(20041, "config", "internal", "high",
                                std::string("a text holds ") + what + ", and how the collation " + collation.name +
                                    " compares them is not known here")
      .workaround(
          "compare byte by byte: write BINARY before the column in the expression, or COLLATE and a _bin "
          "collation behind it; then resume the task");
}

/// The collation's rules say how `text` compares.
void require_known(std::string_view text, const Collation& collation) {
  const bool by_bytes = collation.kind == Kind::Bytes || collation.kind == Kind::Binary;
  if (by_bytes) return;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) undecidable(collation, "characters outside ASCII");
    if (collation.ignores_controls && (byte < 0x09 || (byte > 0x0D && byte < 0x20) || byte == 0x7F)) {
      undecidable(collation, "control characters");
    }
  }
}

int sign(int order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

/// Compares what is longer with blanks, as the server does.
int compare_tail(std::string_view tail) {
  for (const char c : tail) {
    if (c != ' ') return static_cast<unsigned char>(c) < ' ' ? -1 : 1;
  }
  return 0;
}

bool same_character(std::string_view a, std::string_view b, const Collation& collation) {
  if (collation.kind == Kind::Folded && a.size() == 1 && b.size() == 1) return folded(a[0]) == folded(b[0]);
  return a == b;
}

}  // namespace

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

size_t character_size(std::string_view text, Encoding encoding) {
  if (encoding != Encoding::Utf8) return 1;
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t size = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return std::min(size, text.size());
}

std::optional<Collation> find_collation(std::string_view name) {
  if (name == "binary") return Collation{};
  for (const auto& [charset, encoding] : kCharsets) {
    if (name.substr(0, charset.size()) != charset) continue;
    const std::string_view suffix = name.substr(charset.size());
    Collation out;
    out.encoding = encoding;
    out.name = name;
    // Latin 1 has rules of its own; these two agree with the others for ASCII, general_ci but for the order.
    const bool swedish = encoding == Encoding::Latin1 && suffix == "_swedish_ci";
    const bool swedish_nopad = encoding == Encoding::Latin1 && suffix == "_swedish_nopad_ci";
    if (swedish || swedish_nopad) {
      out.kind = Kind::Folded;
      out.pad = swedish;
      return out;
    }
    const auto rule = std::find_if(kRules.begin(), kRules.end(), [&](const Rule& r) { return r.suffix == suffix; });
    if (rule == kRules.end()) continue;
    out.kind = rule->kind;
    out.pad = rule->pad;
    out.ordered = rule->ordered && (rule->kind == Kind::Binary || encoding != Encoding::Latin1);
    out.ignores_controls = rule->ignores_controls;
    return out;
  }
  return std::nullopt;
}

int compare_texts(std::string_view a, std::string_view b, const Collation& collation) {
  require_known(a, collation);
  require_known(b, collation);
  const size_t common = std::min(a.size(), b.size());
  int order = 0;
  if (collation.kind == Kind::Folded) {
    for (size_t i = 0; i < common && order == 0; ++i) {
      order = static_cast<unsigned char>(folded(a[i])) - static_cast<unsigned char>(folded(b[i]));
    }
  } else if (common > 0) {
    order = std::memcmp(a.data(), b.data(), common);
  }
  if (order != 0) return sign(order);
  if (!collation.pad) return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
  return a.size() >= b.size() ? compare_tail(a.substr(common)) : -compare_tail(b.substr(common));
}

LikePattern::LikePattern(std::string_view text, char escape, const Collation& collation) {
  require_known(text, collation);
  while (!text.empty()) {
    Item item;
    const bool escaped = text[0] == escape && text.size() > 1;
    if (escaped) text.remove_prefix(1);
    if (!escaped && text[0] == '%') {
      item.kind = Item::Kind::Many;
    } else if (!escaped && text[0] == '_') {
      item.kind = Item::Kind::One;
    }
    item.size = character_size(text, collation.encoding);
    std::memcpy(item.bytes, text.data(), item.size);
    text.remove_prefix(item.size);
    if (item.kind == Item::Kind::Many && !items_.empty() && items_.back().kind == Item::Kind::Many) continue;
    items_.push_back(item);
  }
}

bool LikePattern::matches(std::string_view text, const Collation& collation) const {
  require_known(text, collation);
  constexpr size_t kNone = static_cast<size_t>(-1);
  size_t item = 0;
  size_t at = 0;
  size_t after_many = kNone;  // the item behind the last %, and where its part of the text began
  size_t retry = 0;
  while (at < text.size()) {
    const size_t size = character_size(text.substr(at), collation.encoding);
    if (item < items_.size() && items_[item].kind == Item::Kind::Many) {
      after_many = ++item;
      retry = at;
      continue;
    }
    if (item < items_.size() && (items_[item].kind == Item::Kind::One ||
                                 same_character(text.substr(at, size), items_[item].character(), collation))) {
      ++item;
      at += size;
      continue;
    }
    if (after_many == kNone) return false;
    item = after_many;
    retry += character_size(text.substr(retry), collation.encoding);
    at = retry;
  }
  while (item < items_.size() && items_[item].kind == Item::Kind::Many) ++item;
  return item == items_.size();
}

}  // namespace expression
