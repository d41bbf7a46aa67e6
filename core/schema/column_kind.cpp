#include "core/schema/column_kind.hpp"

#include "sluice/abi/row.h"

namespace sluice::schema {

int32_t value_kind(const sql::ColumnDef& column) {
  using sql::ColumnType;
  if (column.is_integer()) return column.is_unsigned ? SLUICE_UINT : SLUICE_INT;
  if (column.is_binary()) return SLUICE_BYTES;
  switch (column.type) {
    case ColumnType::Bit: return SLUICE_BIT;
    case ColumnType::Float: return SLUICE_FLOAT;
    case ColumnType::Double: return SLUICE_DOUBLE;
    case ColumnType::Decimal: return SLUICE_DECIMAL;
    case ColumnType::Year: return SLUICE_YEAR;
    case ColumnType::Date: return SLUICE_DATE;
    case ColumnType::Time: return SLUICE_TIME;
    case ColumnType::DateTime: return SLUICE_DATETIME;
    case ColumnType::Timestamp: return SLUICE_TIMESTAMP;
    case ColumnType::Enum: return SLUICE_ENUM;
    case ColumnType::Set: return SLUICE_SET;
    case ColumnType::Json: return SLUICE_JSON;
    case ColumnType::Geometry: return SLUICE_GEOMETRY;
    case ColumnType::Vector: return SLUICE_VECTOR;
    case ColumnType::Uuid:
    case ColumnType::Inet4:
    case ColumnType::Inet6: return SLUICE_TEXT;
    default: return SLUICE_STRING;
  }
}

bool has_binary_charset(const sql::ColumnDef& column) { return column.is_binary() || column.charset == "binary"; }

uint32_t fixed_binary_length(const sql::ColumnDef& column) {
  switch (column.type) {
    case sql::ColumnType::Binary: return column.length.value_or(1);
    case sql::ColumnType::Inet4: return 4;
    case sql::ColumnType::Uuid:
    case sql::ColumnType::Inet6: return 16;
    default: return 0;
  }
}

uint32_t scale_of(const sql::ColumnDef& column) {
  switch (column.type) {
    case sql::ColumnType::Decimal:
    case sql::ColumnType::Time:
    case sql::ColumnType::DateTime:
    case sql::ColumnType::Timestamp: return column.decimals.value_or(0);
    default: return 0;
  }
}

}  // namespace sluice::schema
