#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::sql {

enum class ColumnType {
  Bit,
  TinyInt,
  SmallInt,
  MediumInt,
  Int,
  BigInt,
  Float,
  Double,
  Decimal,
  Year,
  Date,
  Time,
  DateTime,
  Timestamp,
  Char,
  VarChar,
  TinyText,
  Text,
  MediumText,
  LongText,
  Binary,
  VarBinary,
  TinyBlob,
  Blob,
  MediumBlob,
  LongBlob,
  Enum,
  Set,
  Json,
  Geometry,
  Vector,
  Uuid,
  Inet4,
  Inet6,  ///< MariaDB; the binlog carries 16, 4 and 16 raw bytes
};

enum class Generated { No, Virtual, Stored };

/// A column as a CREATE TABLE describes it. Texts are SQL as written, without comments.
struct ColumnDef {
  std::string name;
  ColumnType type = ColumnType::Int;
  std::string type_text;  ///< normalised, lower case: "bigint(20) unsigned", "enum('a','b')", "geometry" kinds by name
  std::optional<uint32_t>
      length;  ///< display width, characters, bytes or precision, as written or implied by a synonym
  std::optional<uint32_t> decimals;  ///< scale; fractional digits of temporal types
  bool is_unsigned = false;
  bool zerofill = false;
  std::vector<std::string> members;  ///< of ENUM and SET
  std::string
      charset;  ///< of character types; resolved from the table's when not given; "binary" for BINARY…BLOB; else ""
  std::string collation;       ///< "" when unknown
  bool charset_given = false;  ///< named by the column itself (also through its collation)
  bool collation_given = false;
  bool bin_collation = false;  ///< attribute BINARY without a character set: the _bin collation of the table's
  bool not_null = false;
  std::optional<std::string> default_text;  ///< SQL of DEFAULT; nullopt = no DEFAULT clause
  std::string on_update;                    ///< SQL after ON UPDATE
  bool auto_increment = false;
  Generated generated = Generated::No;
  std::string expression;  ///< of a generated column, with its parentheses
  bool invisible = false;
  std::string comment;
  std::string extra;  ///< other attributes as written: CHECK (…), COMPRESSED, SRID 4326, WITHOUT SYSTEM VERSIONING

  bool is_integer() const;    ///< TINYINT … BIGINT
  bool is_character() const;  ///< has a character set other than binary: CHAR … LONGTEXT, ENUM, SET
  bool is_binary() const;     ///< BINARY … LONGBLOB
  bool operator==(const ColumnDef&) const = default;
};

enum class KeyType { Primary, Unique, Index, Fulltext, Spatial };

struct KeyPart {
  std::string column;   ///< "" for an expression
  uint32_t prefix = 0;  ///< characters (bytes for binary types); 0 = the whole column
  bool descending = false;
  std::string expression;  ///< SQL with its parentheses; "" for a column
  bool operator==(const KeyPart&) const = default;
};

struct KeyDef {
  std::string name;  ///< "PRIMARY" for the primary key; given by the server's rule when the statement left it out
  KeyType type = KeyType::Index;
  std::vector<KeyPart> parts;
  std::string options;  ///< as written: USING BTREE, COMMENT '…', INVISIBLE
  bool is_unique() const { return type == KeyType::Primary || type == KeyType::Unique; }
  bool has_expression() const;
  bool operator==(const KeyDef&) const = default;
};

/// CHECK constraint of a table. Foreign keys are not kept: they do not shape rows.
struct CheckDef {
  std::string name;
  std::string text;  ///< "CHECK (…)" with what follows
  bool operator==(const CheckDef&) const = default;
};

/// The body of a CREATE TABLE.
struct TableDef {
  std::vector<ColumnDef> columns;
  std::vector<KeyDef> keys;
  std::vector<CheckDef> checks;
  std::string charset;  ///< default of the table; "" when neither the statement nor the caller knows
  std::string collation;
  bool charset_given = false;
  bool collation_given = false;
  std::string options;    ///< other table options as written: ENGINE=InnoDB COMMENT='…'
  std::string partition;  ///< "PARTITION BY …"
  bool operator==(const TableDef&) const = default;

  /// Case-insensitive; null when absent.
  const ColumnDef* find_column(const std::string& name) const;
  const KeyDef* find_key(const std::string& name) const;
  const KeyDef* primary_key() const;
};

/// Gives a character column that names no character set that of its table, turns character types of the character
/// set binary into binary ones, and picks the TEXT type that TEXT(n) means. Done once per column: by the parser for
/// CREATE TABLE, by the tracker for columns of an ALTER.
void resolve_charset(ColumnDef& column, const std::string& table_charset, const std::string& table_collation);
/// Names the keys that have no name by the server's rule (first column, then _2, _3 …), puts the primary key first and
/// makes its columns NOT NULL, and drops prefixes that cover the whole column.
void settle_keys(TableDef& table);
/// Writes `type_text` anew from the other members.
void refresh_type_text(ColumnDef& column);

}  // namespace sluice::sql
