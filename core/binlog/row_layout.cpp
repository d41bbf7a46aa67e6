#include "core/binlog/binlog_error.hpp"
#include "core/binlog/rows_decoder.hpp"
#include "core/binlog/value_codec.hpp"

namespace sluice::binlog {
namespace {

constexpr uint32_t kBinaryCollation = 63;

bool blob_family(ColumnType type) {
  switch (type) {
    case ColumnType::kTinyBlob:
    case ColumnType::kMediumBlob:
    case ColumnType::kLongBlob:
    case ColumnType::kBlob:
    case ColumnType::kMariaBlobCompressed: return true;
    default: return false;
  }
}

/// Plans from the optional metadata.
Result<std::vector<ColumnPlan>> plans_of(const TableMap& map, std::span<const WireColumn> columns) {
  auto metadata = decode_table_metadata(map);
  if (!metadata) return metadata.error();
  std::vector<ColumnPlan> plans(columns.size());
  for (size_t i = 0; i < plans.size(); ++i) {
    if (!metadata->is_unsigned.empty()) plans[i].is_unsigned = metadata->is_unsigned[i];
    const uint32_t collation = metadata->collation.empty() ? 0 : metadata->collation[i];
    plans[i].is_binary = collation == 0 ? blob_family(columns[i].type) : collation == kBinaryCollation;
  }
  return plans;
}

}  // namespace

Status RowLayout::build(const TableMap& map, std::span<const ColumnPlan> plans) {
  table_ = "`" + std::string(map.schema) + "`.`" + std::string(map.table) + "`";
  columns_.clear();
  std::vector<WireColumn> wire;
  if (Status st = map.columns(wire); !st) return st;
  std::vector<ColumnPlan> own;
  if (plans.empty()) {
    auto from_metadata = plans_of(map, wire);
    if (!from_metadata) return from_metadata.status();
    own = std::move(from_metadata).value();
    plans = own;
  }
  if (plans.size() != wire.size()) {
    return damaged("row events of " + table_, "the binlog has " + std::to_string(wire.size()) +
                                                  " columns, the tracked table structure " +
                                                  std::to_string(plans.size()));
  }
  columns_.resize(wire.size());
  for (size_t i = 0; i < wire.size(); ++i) {
    if (Status st = compile(wire[i], plans[i], columns_[i]); !st) {
      columns_.clear();
      return std::move(st).with("column " + std::to_string(i + 1) + " of " + table_);
    }
  }
  return {};
}

Status RowLayout::compile(const WireColumn& wire, const ColumnPlan& plan, Column& out) const {
  const auto set = [&out](Op op, uint8_t kind) {
    out.op = op;
    out.kind = kind;
  };
  const auto integer = [&](Op is_signed, Op is_unsigned) {
    plan.is_unsigned ? set(is_unsigned, SLUICE_UINT) : set(is_signed, SLUICE_INT);
  };
  const auto temporal = [&](Op plain, Op hires, uint8_t kind) {
    set(plan.scale == 0 ? plain : hires, kind);
    out.scale = plan.scale;
  };
  const auto text = [&](unsigned prefix, uint8_t kind) {
    out.prefix = static_cast<uint8_t>(prefix);
    set(static_cast<Op>(static_cast<unsigned>(Op::kText1) + prefix - 1), kind);
  };
  const uint8_t string_kind = plan.is_binary ? SLUICE_BYTES : SLUICE_STRING;
  const unsigned string_prefix = wire.length > 255 ? 2 : 1;
  if (plan.scale > 6)
    return damaged("a temporal column", "it has " + std::to_string(plan.scale) + " fractional digits");
  out.scale = wire.scale;
  out.length = wire.length;
  switch (wire.type) {
    case ColumnType::kTiny: integer(Op::kInt1, Op::kUint1); break;
    case ColumnType::kShort: integer(Op::kInt2, Op::kUint2); break;
    case ColumnType::kInt24: integer(Op::kInt3, Op::kUint3); break;
    case ColumnType::kLong: integer(Op::kInt4, Op::kUint4); break;
    case ColumnType::kLongLong: integer(Op::kInt8, Op::kUint8); break;
    case ColumnType::kFloat: set(Op::kFloat, SLUICE_FLOAT); break;
    case ColumnType::kDouble: set(Op::kDouble, SLUICE_DOUBLE); break;
    case ColumnType::kNewDecimal:
      set(Op::kDecimal, SLUICE_DECIMAL);
      out.prefix = static_cast<uint8_t>(decimal_size(wire.length, wire.scale));
      break;
    case ColumnType::kYear: set(Op::kYear, SLUICE_YEAR); break;
    case ColumnType::kDate:
    case ColumnType::kNewDate: set(Op::kDate, SLUICE_DATE); break;
    case ColumnType::kTime: temporal(Op::kTime, Op::kTimeHires, SLUICE_TIME); break;
    case ColumnType::kDateTime: temporal(Op::kDateTime, Op::kDateTimeHires, SLUICE_DATETIME); break;
    case ColumnType::kTimestamp: temporal(Op::kTimestamp, Op::kTimestampHires, SLUICE_TIMESTAMP); break;
    case ColumnType::kTime2: set(Op::kTime2, SLUICE_TIME); break;
    case ColumnType::kDateTime2: set(Op::kDateTime2, SLUICE_DATETIME); break;
    case ColumnType::kTimestamp2: set(Op::kTimestamp2, SLUICE_TIMESTAMP); break;
    case ColumnType::kBit:
      set(Op::kBit, SLUICE_BIT);
      out.prefix = static_cast<uint8_t>((wire.length + 7) / 8);
      break;
    case ColumnType::kEnum:
    case ColumnType::kSet:
      set(Op::kNumber, wire.type == ColumnType::kEnum ? SLUICE_ENUM : SLUICE_SET);
      out.prefix = static_cast<uint8_t>(wire.length);
      break;
    case ColumnType::kString:
      text(string_prefix, string_kind);
      if (plan.fixed != FixedBinary::kNone) {
        set(Op::kFixedBinary, SLUICE_TEXT);
        out.fixed = plan.fixed;
        out.length = stored_size(plan.fixed);
      } else if (plan.is_binary) {
        out.op = Op::kPadded;
        out.length = plan.fixed_length != 0 ? plan.fixed_length : wire.length;
      }
      break;
    case ColumnType::kVarchar:
    case ColumnType::kVarString: text(string_prefix, string_kind); break;
    case ColumnType::kTinyBlob:
    case ColumnType::kMediumBlob:
    case ColumnType::kLongBlob:
    case ColumnType::kBlob: text(wire.length, string_kind); break;
    case ColumnType::kGeometry: text(wire.length, SLUICE_GEOMETRY); break;
    case ColumnType::kVector: text(wire.length, SLUICE_VECTOR); break;
    case ColumnType::kJson:
      set(Op::kJson, SLUICE_JSON);
      out.prefix = static_cast<uint8_t>(wire.length);
      break;
    case ColumnType::kMariaBlobCompressed:
    case ColumnType::kMariaVarcharCompressed:
      text(wire.type == ColumnType::kMariaBlobCompressed ? wire.length : string_prefix, string_kind);
      out.op = Op::kCompressed;
      break;
    case ColumnType::kNull: set(Op::kNull, SLUICE_NULL); break;
    case ColumnType::kDecimal:
    case ColumnType::kTypedArray:
      return refused(column_type_name(wire.type), "row events with this type cannot be decoded",
                     "Rebuild the table (ALTER TABLE ... FORCE), or exclude it from the task.");
  }
  return {};
}

}  // namespace sluice::binlog
