#pragma once

#include <cstdint>

#include "core/sql/table_def.hpp"

namespace sluice::schema {

/// The SLUICE_INT … SLUICE_VECTOR kind that this column's values have in row changes. UUID, INET4 and INET6 are
/// SLUICE_TEXT: the decoder prints them.
int32_t value_kind(const sql::ColumnDef& column);

/// Whether the bytes of a string column are no characters (BINARY … LONGBLOB, charset binary).
bool has_binary_charset(const sql::ColumnDef& column);

/// Bytes of a BINARY(n) (to pad what the binlog cut), 16 / 4 / 16 for UUID, INET4, INET6; 0 for other types.
uint32_t fixed_binary_length(const sql::ColumnDef& column);

/// Fractional digits of TIME, DATETIME, TIMESTAMP; scale of DECIMAL; else 0.
uint32_t scale_of(const sql::ColumnDef& column);

}  // namespace sluice::schema
