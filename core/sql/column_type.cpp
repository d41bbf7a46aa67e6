#include <array>
#include <charconv>

#include "core/sql/charset.hpp"
#include "core/sql/parser.hpp"
#include "core/sql/quote.hpp"

namespace sluice::sql {
namespace {

struct Named {
  const char* word;
  ColumnType type;
};

template <size_t N>
const Named* find(const std::array<Named, N>& list, const std::string& word) {
  for (const Named& named : list) {
    if (word == named.word) return &named;
  }
  return nullptr;
}

constexpr std::array kIntegers = {Named{"tinyint", ColumnType::TinyInt},     Named{"int1", ColumnType::TinyInt},
                                  Named{"smallint", ColumnType::SmallInt},   Named{"int2", ColumnType::SmallInt},
                                  Named{"mediumint", ColumnType::MediumInt}, Named{"int3", ColumnType::MediumInt},
                                  Named{"middleint", ColumnType::MediumInt}, Named{"int", ColumnType::Int},
                                  Named{"integer", ColumnType::Int},         Named{"int4", ColumnType::Int},
                                  Named{"bigint", ColumnType::BigInt},       Named{"int8", ColumnType::BigInt}};

constexpr std::array kTemporals = {Named{"date", ColumnType::Date}, Named{"time", ColumnType::Time},
                                   Named{"datetime", ColumnType::DateTime}, Named{"timestamp", ColumnType::Timestamp},
                                   Named{"year", ColumnType::Year}};

constexpr std::array kTexts = {Named{"tinytext", ColumnType::TinyText}, Named{"text", ColumnType::Text},
                               Named{"mediumtext", ColumnType::MediumText}, Named{"longtext", ColumnType::LongText},
                               Named{"clob", ColumnType::LongText}};

constexpr std::array kBlobs = {Named{"tinyblob", ColumnType::TinyBlob}, Named{"blob", ColumnType::Blob},
                               Named{"mediumblob", ColumnType::MediumBlob}, Named{"longblob", ColumnType::LongBlob}};

constexpr std::array kGeometries = {"geometry",      "point",           "linestring",   "polygon",
                                    "multipoint",    "multilinestring", "multipolygon", "geometrycollection",
                                    "geomcollection"};

constexpr uint64_t kModeRealAsFloat = 1;

/// The bytes of x'414243' or 0x414243; binary notation is kept as it is.
std::string decode_bits(const std::string& text) {
  if (text.size() < 2 || (text[0] != 'x' && text[0] != 'X' && text[1] != 'x')) return text;
  std::string digits;
  for (const char c : text.substr(2)) {
    if (c != '\'') digits += c;
  }
  if (digits.size() % 2 != 0) digits.insert(digits.begin(), '0');
  std::string out;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(digits.data() + i, digits.data() + i + 2, value, 16);
    if (error != std::errc() || end != digits.data() + i + 2) return text;
    out += static_cast<char>(value);
  }
  return out;
}

}  // namespace

void Parser::column_type(ColumnDef& column) {
  if (c_.peek().kind != TokenKind::Word) c_.fail("a column type");
  const std::string word = to_lower(c_.next().value);
  if (!numeric_type(column, word) && !temporal_type(column, word) && !character_type(column, word) &&
      !binary_type(column, word) && !other_type(column, word)) {
    c_.rewind(c_.index() - 1);
    c_.fail("a column type");
  }
}

/// (length) or (length, decimals), if present.
void Parser::type_length(ColumnDef& column) {
  if (!c_.accept_symbol('(')) return;
  column.length = c_.number("a length");
  if (c_.accept_symbol(',')) column.decimals = c_.number("a number of decimals");
  c_.expect_symbol(')');
}

bool Parser::numeric_type(ColumnDef& column, const std::string& word) {
  if (const Named* named = find(kIntegers, word)) {
    column.type = named->type;
    type_length(column);
  } else if (word == "bool" || word == "boolean") {
    column.type = ColumnType::TinyInt;
    column.length = 1;
    return true;
  } else if (word == "serial") {
    column.type = ColumnType::BigInt;
    column.is_unsigned = column.not_null = column.auto_increment = true;
    return true;
  } else if (word == "bit") {
    column.type = ColumnType::Bit;
    type_length(column);
    if (!column.length) column.length = 1;
    return true;
  } else if (word == "decimal" || word == "dec" || word == "numeric" || word == "fixed" || word == "number") {
    column.type = ColumnType::Decimal;
    type_length(column);
    if (!column.length || *column.length == 0) column.length = 10;
    if (!column.decimals) column.decimals = 0;
  } else if (word == "float" || word == "float4" || word == "double" || word == "float8" || word == "real") {
    const bool single =
        word == "float" || word == "float4" || (word == "real" && (options_.sql_mode & kModeRealAsFloat));
    column.type = single ? ColumnType::Float : ColumnType::Double;
    c_.accept("PRECISION");
    type_length(column);
    // FLOAT(p) only chooses between the two sizes.
    if (column.length && !column.decimals) {
      if (*column.length > 24) column.type = ColumnType::Double;
      column.length.reset();
    }
  } else {
    return false;
  }
  type_attributes(column);
  return true;
}

bool Parser::temporal_type(ColumnDef& column, const std::string& word) {
  const Named* named = find(kTemporals, word);
  if (!named) return false;
  column.type = named->type;
  type_length(column);
  if (column.type == ColumnType::Year) {
    type_attributes(column);
    column.is_unsigned = column.zerofill = false;
  } else {
    column.decimals = column.length.value_or(0);
    column.length.reset();
  }
  return true;
}

bool Parser::character_type(ColumnDef& column, const std::string& word) {
  bool national = word == "national" || word == "nchar" || word == "nvarchar";
  std::string base = word;
  if (word == "national") base = to_lower(c_.name("CHAR or VARCHAR"));
  if (base == "char" || base == "character" || base == "nchar") {
    column.type = ColumnType::Char;
    if (c_.accept("VARYING") || c_.accept("VARCHAR")) column.type = ColumnType::VarChar;
  } else if (base == "varchar" || base == "varcharacter" || base == "nvarchar" || base == "varchar2") {
    column.type = ColumnType::VarChar;
  } else if (const Named* named = find(kTexts, base)) {
    column.type = named->type;
  } else if (base == "long" && !national) {
    column.type = c_.accept("VARBINARY") ? ColumnType::MediumBlob : ColumnType::MediumText;
    if (c_.accept("CHAR") || c_.accept("CHARACTER")) c_.expect("VARYING");
    c_.accept("VARCHAR");
    c_.accept("VARCHARACTER");
  } else {
    return false;
  }
  type_length(column);
  if (column.type == ColumnType::Char && !column.length) column.length = 1;
  if (column.is_binary()) {
    column.charset = column.collation = "binary";
    return true;
  }
  if (national) charset_of(column, "utf8mb3");
  type_attributes(column);
  return true;
}

bool Parser::binary_type(ColumnDef& column, const std::string& word) {
  const Named* named = find(kBlobs, word);
  if (word == "binary") {
    column.type = ColumnType::Binary;
  } else if (word == "varbinary" || word == "raw") {
    column.type = ColumnType::VarBinary;
  } else if (named) {
    column.type = named->type;
  } else {
    return false;
  }
  type_length(column);
  if (column.type == ColumnType::Binary && !column.length) column.length = 1;
  column.charset = column.collation = "binary";
  return true;
}

bool Parser::other_type(ColumnDef& column, const std::string& word) {
  if (word == "enum" || word == "set") {
    column.type = word == "enum" ? ColumnType::Enum : ColumnType::Set;
    c_.expect_symbol('(');
    do {
      if (!c_.at_string() && c_.peek().kind != TokenKind::Bits) c_.fail("a member");
      const Token& member = c_.next();
      column.members.push_back(member.kind == TokenKind::Bits ? decode_bits(member.value) : member.value);
    } while (c_.accept_symbol(','));
    c_.expect_symbol(')');
    type_attributes(column);
    return true;
  }
  for (const char* geometry : kGeometries) {
    if (word != geometry) continue;
    column.type = ColumnType::Geometry;
    column.type_text = word == "geomcollection" ? "geometrycollection" : word;
    return true;
  }
  if (word == "json") {
    column.type = ColumnType::Json;
    if (options_.dialect == Dialect::MariaDb) {
      // MariaDB has no such type: it makes a LONGTEXT and a check of it.
      column.type = ColumnType::LongText;
      column.charset = "utf8mb4";
      column.collation = "utf8mb4_bin";
      column.charset_given = column.collation_given = true;
      column.extra = "CHECK (json_valid(" + quote_identifier(column.name) + "))";
    }
  } else if (word == "vector") {
    column.type = ColumnType::Vector;
    type_length(column);
  } else if (word == "uuid") {
    column.type = ColumnType::Uuid;
  } else if (word == "inet4") {
    column.type = ColumnType::Inet4;
  } else if (word == "inet6") {
    column.type = ColumnType::Inet6;
  } else {
    return false;
  }
  return true;
}

void Parser::charset_of(ColumnDef& column, const std::string& charset) {
  column.charset = canonical_charset(charset);
  column.charset_given = true;
  if (!column.collation_given) column.collation = collation_of(column.charset);
}

/// What may stand between the type and the other attributes.
void Parser::type_attributes(ColumnDef& column) {
  for (;;) {
    if (c_.accept("UNSIGNED")) {
      column.is_unsigned = true;
    } else if (c_.accept("ZEROFILL")) {
      column.is_unsigned = column.zerofill = true;
    } else if (c_.accept({"CHARACTER", "SET"}) || c_.accept("CHARSET") || c_.accept({"CHAR", "SET"})) {
      charset_of(column, c_.value("a character set"));
    } else if (c_.accept("ASCII")) {
      charset_of(column, "latin1");
    } else if (c_.accept("UNICODE")) {
      charset_of(column, "ucs2");
    } else if (c_.accept("BYTE")) {
      charset_of(column, "binary");
    } else if (c_.accept("BINARY")) {
      column.bin_collation = true;
    } else if (!c_.accept("SIGNED")) {
      return;
    }
  }
}

}  // namespace sluice::sql
