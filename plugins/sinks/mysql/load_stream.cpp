#include "load_stream.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "sluice/plugin/failure.hpp"
#include "sluice/plugin/values.hpp"

namespace sluice::mysql {
namespace {

using plugin::Failure;
using plugin::value_bytes;

constexpr size_t kFill = 64 * 1024;

/// Bytes that LOAD DATA gives a meaning: field end, line end, escape.
constexpr std::array<bool, 256> make_special() {
  std::array<bool, 256> table{};
  table['\t'] = table['\n'] = table['\\'] = true;
  return table;
}
constexpr std::array<bool, 256> kSpecial = make_special();

void append_escaped(std::string& out, std::string_view bytes) {
  const char* from = bytes.data();
  const char* const end = from + bytes.size();
  for (const char* at = from; at != end; ++at) {
    if (!kSpecial[static_cast<unsigned char>(*at)]) continue;
    out.append(from, at);
    from = at + 1;
    out += '\\';
    out += *at == '\t' ? 't' : *at == '\n' ? 'n' : '\\';
  }
  out.append(from, end);
}

std::string_view normal(std::string_view charset) { return charset == "utf8" ? "utf8mb3" : charset; }

/// The bytes mean the same characters in both.
bool same_bytes(std::string_view from, std::string_view to) {
  from = normal(from.empty() ? "utf8mb4" : from);
  to = normal(to);
  if (from == to || to == "binary") return true;
  return to == "utf8mb4" && (from == "utf8mb3" || from == "ascii");
}

}  // namespace

LoadStream::LoadStream(const plugin::Load& load, const TablePlan& plan)
    : load_(load), plan_(plan), width_(plan.columns.size()), values_(load.next()) {
  for (const uint32_t column : plan_.written) fields_.push_back(choose(column));
}

/// The first value that is not NULL decides; when there is none, the column's type does.
LoadStream::Field LoadStream::choose(uint32_t column) const {
  for (size_t at = column; at < values_.size(); at += width_) {
    if (values_[at].kind != SLUICE_NULL) return field_of(plan_.columns[column], &values_[at]);
  }
  return field_of(plan_.columns[column], nullptr);
}

LoadStream::Field LoadStream::field_of(const ColumnPlan& column, const sluice_value* first) {
  const int32_t kind = first ? first->kind : column.type;
  if (column.type == SLUICE_ENUM || column.type == SLUICE_SET) {
    return kind == SLUICE_ENUM || kind == SLUICE_SET ? Field::kNumber : Field::kConvert;
  }
  const bool json = kind == SLUICE_JSON || column.type == SLUICE_JSON || column.json_target;
  if (json) return column.json_target || column.target_charset != "utf8mb4" ? Field::kConvert : Field::kDirect;
  // UUID, INET4, INET6: the text is one for the server only when it is no binary string.
  if (column.type == SLUICE_TEXT) return Field::kConvert;
  if (kind != SLUICE_STRING) return Field::kDirect;
  return same_bytes(column.charset, column.target_charset) ? Field::kDirect : Field::kConvert;
}

std::string LoadStream::statement() const {
  std::string columns;
  std::string sets;
  for (size_t i = 0; i < plan_.written.size(); ++i) {
    const ColumnPlan& column = plan_.columns[plan_.written[i]];
    const std::string variable = "@v" + std::to_string(i);
    columns += (columns.empty() ? "" : ",") + (fields_[i] == Field::kDirect ? column.name : variable);
    if (fields_[i] == Field::kDirect) continue;
    sets += (sets.empty() ? " SET " : ",") + column.name + "=";
    if (fields_[i] == Field::kNumber) {
      sets += "CAST(" + variable + " AS UNSIGNED)";
    } else {
      const bool own = column.type == SLUICE_STRING && !column.charset.empty();
      sets += "CONVERT(" + variable + " USING " + (own ? introducer(column.charset).substr(1) : "utf8mb4") + ")";
    }
  }
  const char* duplicate = load_.on_duplicate() == SLUICE_DUPLICATE_REPLACE  ? "REPLACE "
                          : load_.on_duplicate() == SLUICE_DUPLICATE_IGNORE ? "IGNORE "
                                                                            : "";
  // Hex literals: their meaning does not depend on sql_mode. Binary: no byte of a field is taken for something else.
  return "LOAD DATA LOCAL INFILE 'sluice' " + std::string(duplicate) + "INTO TABLE " + plan_.name +
         " CHARACTER SET binary FIELDS TERMINATED BY 0x09 ESCAPED BY 0x5C LINES TERMINATED BY 0x0A (" + columns + ")" +
         sets;
}

void LoadStream::format_value(const ColumnPlan& column, Field field, const sluice_value& value) {
  switch (value.kind) {
    case SLUICE_NULL: buffer_ += "\\N"; return;
    case SLUICE_INT: return plugin::append_int(buffer_, value.v.i);
    case SLUICE_UINT: return plugin::append_uint(buffer_, value.v.u);
    case SLUICE_ENUM:
    case SLUICE_SET:
    case SLUICE_TEXT:
      if ((column.type == SLUICE_ENUM || column.type == SLUICE_SET) &&
          (value.kind == SLUICE_TEXT) != (field == Field::kConvert)) {
        throw Failure("column " + column.name + ": members come as names and as numbers in one load");
      }
      if (value.kind == SLUICE_TEXT) return append_escaped(buffer_, value_bytes(value));
      return plugin::append_uint(buffer_, value.v.u);
    case SLUICE_BIT: {
      // BIT columns take the bytes of the number, most significant first.
      char bytes[8];
      for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value.v.u >> (56 - 8 * i));
      return append_escaped(buffer_, {bytes, sizeof bytes});
    }
    case SLUICE_STRING:
    case SLUICE_BYTES:
    case SLUICE_JSON:
    case SLUICE_GEOMETRY:
    case SLUICE_VECTOR: return append_escaped(buffer_, value_bytes(value));
    case SLUICE_FLOAT:
    case SLUICE_DOUBLE:
      scratch_.clear();
      append_literal(scratch_, column, value, {});
      buffer_ += scratch_;
      return;
    default:
      if (!plugin::append_value(buffer_, value)) {
        throw Failure("column " + column.name + ": value kind " + std::to_string(value.kind) + " cannot be loaded");
      }
  }
}

void LoadStream::format_row(const sluice_value* row) {
  for (size_t i = 0; i < plan_.written.size(); ++i) {
    if (i > 0) buffer_ += '\t';
    const uint32_t column = plan_.written[i];
    format_value(plan_.columns[column], fields_[i], row[column]);
  }
  buffer_ += '\n';
}

void LoadStream::fill() {
  buffer_.clear();
  sent_ = 0;
  while (buffer_.size() < kFill) {
    if (at_ >= values_.size()) {
      if (values_.empty()) return;
      values_ = load_.next();
      at_ = 0;
      if (values_.empty()) return;
    }
    format_row(&values_[at_]);
    at_ += width_;
    ++rows_;
  }
}

int LoadStream::read(char* buffer, unsigned size) noexcept {
  try {
    if (sent_ == buffer_.size()) fill();
  } catch (...) {
    failure_ = std::current_exception();
    return -1;
  }
  const size_t count = std::min<size_t>(size, buffer_.size() - sent_);
  if (count > 0) std::memcpy(buffer, buffer_.data() + sent_, count);
  sent_ += count;
  bytes_ += count;
  return static_cast<int>(count);
}

void LoadStream::each_row(const std::function<void(const sluice_value*)>& use) {
  while (!values_.empty()) {
    for (; at_ < values_.size(); at_ += width_) {
      use(&values_[at_]);
      ++rows_;
    }
    values_ = load_.next();
    at_ = 0;
  }
}

}  // namespace sluice::mysql
