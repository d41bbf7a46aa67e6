#include "core/units/sync/key_hash.hpp"

#include <bit>
#include <cstring>
#include <string>

namespace sluice::units::sync {
namespace {

static_assert(std::endian::native == std::endian::little, "lane hashes are defined on little-endian words");

std::string_view view(sluice_str s) { return {s.data, s.len}; }

uint64_t mix(uint64_t h) {
  h ^= h >> 32;
  h *= 0xd6e8feb86659fd93ULL;
  h ^= h >> 32;
  h *= 0xd6e8feb86659fd93ULL;
  return h ^ (h >> 32);
}

uint64_t add_word(uint64_t h, uint64_t word) { return mix(h ^ (word + 0x9e3779b97f4a7c15ULL + (h << 6) + (h >> 2))); }

const sluice_column& column_at(const sluice_table& table, size_t i) {
  return *reinterpret_cast<const sluice_column*>(reinterpret_cast<const char*>(table.columns) +
                                                 i * table.column_stride);
}

const sluice_key& key_at(const sluice_table& table, size_t i) {
  return *reinterpret_cast<const sluice_key*>(reinterpret_cast<const char*>(table.keys) + i * table.key_stride);
}

bool is_text(const sluice_value& v) {
  return v.kind == SLUICE_STRING || v.kind == SLUICE_BYTES || v.kind == SLUICE_JSON || v.kind == SLUICE_TEXT ||
         v.kind == SLUICE_DECIMAL || v.kind == SLUICE_GEOMETRY || v.kind == SLUICE_VECTOR;
}

// One code point of UTF-8; ill-formed bytes count as one character each. Advances p.
uint32_t next_code_point(const unsigned char*& p, const unsigned char* end) {
  const unsigned char c = *p;
  size_t length = 1;
  if (c >= 0xf0) {
    length = 4;
  } else if (c >= 0xe0) {
    length = 3;
  } else if (c >= 0xc0) {
    length = 2;
  }
  if (length > static_cast<size_t>(end - p)) length = 1;
  uint32_t code = c;
  if (length > 1) code = c & (0xffU >> (length + 1));
  for (size_t i = 1; i < length; ++i) code = (code << 6) | (p[i] & 0x3fU);
  p += length;
  return code;
}

// CJK ideographs have weights of their own in every collation of TextFold::FoldAscii, all else may equal ASCII or
// each other.
bool has_own_weight(uint32_t code) { return code >= 0x4e00 && code <= 0x9fff; }

// Appends the folded form; false when the value is a wildcard.
bool fold_insensitive(std::string_view text, uint32_t prefix, bool utf8, std::string& out) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* end = p + text.size();
  for (uint32_t n = 0; p < end && (prefix == 0 || n < prefix); ++n) {
    if (*p < 0x80) {
      const unsigned char c = *p++;
      if (c < 0x20 || c == 0x7f) continue;  // ignorable in UCA collations
      out.push_back(static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c));
      continue;
    }
    if (!utf8) return false;
    const unsigned char* at = p;
    if (!has_own_weight(next_code_point(p, end))) return false;
    out.append(reinterpret_cast<const char*>(at), static_cast<size_t>(p - at));
  }
  return true;
}

// Cuts to `prefix` characters. Charsets other than utf8 are cut by bytes: coarser, since a character has at least one.
std::string_view cut_prefix(std::string_view text, uint32_t prefix, bool utf8) {
  if (prefix == 0 || text.size() <= prefix) return text;
  if (!utf8) return text.substr(0, prefix);
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* end = p + text.size();
  for (uint32_t n = 0; p < end && n < prefix; ++n) next_code_point(p, end);
  return text.substr(0, static_cast<size_t>(reinterpret_cast<const char*>(p) - text.data()));
}

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

uint64_t scalar_word(const sluice_value& v) {
  if (v.kind == SLUICE_FLOAT || v.kind == SLUICE_DOUBLE) return v.v.d == 0.0 ? 0 : std::bit_cast<uint64_t>(v.v.d);
  return v.v.u;
}

bool same_value(const sluice_value& a, const sluice_value& b) {
  if (a.kind != b.kind) return false;
  if (a.kind == SLUICE_NULL || a.kind == SLUICE_ABSENT) return true;
  if (is_text(a)) return a.size == b.size && std::memcmp(a.v.p, b.v.p, a.size) == 0;
  return scalar_word(a) == scalar_word(b);
}

bool ends_with(std::string_view s, std::string_view end) {
  return s.size() >= end.size() && s.substr(s.size() - end.size()) == end;
}

}  // namespace

uint64_t stable_hash(uint64_t seed, const void* data, size_t size) {
  const auto* p = static_cast<const unsigned char*>(data);
  uint64_t h = add_word(seed, size);
  while (size >= 8) {
    uint64_t word = 0;
    std::memcpy(&word, p, 8);
    h = add_word(h, word);
    p += 8;
    size -= 8;
  }
  if (size > 0) {
    uint64_t word = 0;
    std::memcpy(&word, p, size);
    h = add_word(h, word);
  }
  return h;
}

TextFold text_fold(std::string_view charset, std::string_view collation) {
  if (charset == "binary") return TextFold::Exact;
  if (ends_with(collation, "_bin") || ends_with(collation, "_nopad_bin")) return TextFold::TrimEnd;
  // Wide charsets have no ASCII bytes to fold.
  if (charset == "ucs2" || charset.starts_with("utf16") || charset == "utf32") return TextFold::Opaque;
  for (const std::string_view known :
       {"_general_ci", "_general_nopad_ci", "_unicode_ci", "_unicode_nopad_ci", "_unicode_520_ci",
        "_unicode_520_nopad_ci", "_0900_ai_ci", "_0900_as_ci", "_0900_as_cs", "_general_cs", "uca1400_ai_ci",
        "uca1400_as_ci", "uca1400_ai_cs", "uca1400_as_cs", "uca1400_nopad_ai_ci", "uca1400_nopad_as_ci",
        "uca1400_nopad_ai_cs", "uca1400_nopad_as_cs", "_general_mysql500_ci"}) {
    if (ends_with(collation, known)) return TextFold::FoldAscii;
  }
  if (collation == "latin1_swedish_ci" || collation == "latin1_swedish_nopad_ci") return TextFold::FoldAscii;
  return TextFold::Opaque;
}

KeyPlan::Key KeyPlan::make_key(const sluice_table& table, const sluice_key& key, uint64_t seed) {
  Key out{seed, {}};
  for (size_t i = 0; i < key.column_count; ++i) {
    const sluice_column& column = column_at(table, key.columns[i]);
    const std::string_view charset = view(column.charset);
    Part part{key.columns[i], key.prefix != nullptr ? key.prefix[i] : 0, TextFold::Exact, charset.starts_with("utf8")};
    if (column.type == SLUICE_STRING) part.fold = text_fold(charset, view(column.collation));
    out.parts.push_back(part);
  }
  return out;
}

KeyPlan::KeyPlan(const sluice_table& table) {
  const std::string_view schema = view(table.schema);
  const std::string_view name = view(table.name);
  table_seed_ = stable_hash(stable_hash(0x51, schema.data(), schema.size()), name.data(), name.size());

  const sluice_key* chosen = nullptr;
  bool serial = false;
  for (size_t i = 0; i < table.key_count; ++i) {
    const sluice_key& key = key_at(table, i);
    if ((key.flags & (SLUICE_KEY_PRIMARY | SLUICE_KEY_UNIQUE)) == 0) continue;
    if ((key.flags & SLUICE_KEY_EXPRESSION) != 0 || key.column_count == 0) serial = true;
    for (size_t c = 0; c < key.column_count; ++c) {
      // A generated column's value may be missing from the row image.
      if ((column_at(table, key.columns[c]).flags & SLUICE_COLUMN_GENERATED) != 0) serial = true;
    }
    const bool usable = (key.flags & SLUICE_KEY_PRIMARY) != 0 || (key.flags & SLUICE_KEY_NOT_NULL) != 0;
    if (usable && chosen == nullptr) chosen = &key;
  }
  single_lane_ = serial || chosen == nullptr;
  if (single_lane_) return;

  lane_key_ = make_key(table, *chosen, table_seed_);
  for (size_t i = 0; i < table.key_count; ++i) {
    const sluice_key& key = key_at(table, i);
    Key watched = make_key(table, key, add_word(table_seed_, i + 1));
    bool by_bytes = true;
    for (const Part& part : watched.parts) by_bytes = by_bytes && part.fold == TextFold::Exact && part.prefix == 0;
    // Lanes order changes of byte-equal lane keys already.
    if (&key == chosen && by_bytes) continue;
    conflicts_.push_back(std::move(watched));
  }
}

KeyHash KeyPlan::hash(const Key& key, const sluice_value* row) const {
  KeyHash out{KeyHash::Value, key.seed};
  bool wildcard = false;
  for (const Part& part : key.parts) {
    const sluice_value& v = row[part.column];
    if (v.kind == SLUICE_NULL) return {KeyHash::Null, 0};
    if (v.kind == SLUICE_ABSENT) {
      wildcard = true;
    } else if (!is_text(v)) {
      out.hash = add_word(out.hash, scalar_word(v));
    } else {
      std::string_view text(v.v.p, v.size);
      switch (part.fold) {
        case TextFold::Exact: text = cut_prefix(text, part.prefix, false); break;
        case TextFold::TrimEnd: text = trim_end(cut_prefix(text, part.prefix, part.utf8)); break;
        case TextFold::Opaque: wildcard = true; break;
        case TextFold::FoldAscii: {
          thread_local std::string folded;
          folded.clear();
          if (!fold_insensitive(text, part.prefix, part.utf8, folded)) wildcard = true;
          text = trim_end(folded);
          break;
        }
      }
      if (!wildcard) out.hash = stable_hash(out.hash, text.data(), text.size());
    }
  }
  if (wildcard) return {KeyHash::Wildcard, 0};
  return out;
}

uint32_t KeyPlan::lane(const sluice_value* row) const {
  if (single_lane_) return static_cast<uint32_t>(table_seed_ % kLanes);
  uint64_t h = lane_key_.seed;
  for (const Part& part : lane_key_.parts) {
    const sluice_value& v = row[part.column];
    h = is_text(v) ? stable_hash(h, v.v.p, v.size) : add_word(h, scalar_word(v));
  }
  return static_cast<uint32_t>(h % kLanes);
}

bool KeyPlan::key_changes(const sluice_value* before, const sluice_value* after) const {
  for (const Part& part : lane_key_.parts) {
    if (!same_value(before[part.column], after[part.column])) return true;
  }
  return false;
}

KeyHash KeyPlan::conflict(size_t index, const sluice_value* row) const { return hash(conflicts_[index], row); }

}  // namespace sluice::units::sync
