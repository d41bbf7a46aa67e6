#include "core/schema/abi_table.hpp"

#include <algorithm>

#include "core/schema/column_kind.hpp"

namespace sluice::schema {
namespace {

sluice_str view(const std::string& text) { return {text.data(), text.size()}; }

uint32_t column_flags(const ColumnInfo& column) {
  uint32_t flags = 0;
  if (column.is_unsigned) flags |= SLUICE_COLUMN_UNSIGNED;
  if (column.not_null) flags |= SLUICE_COLUMN_NOT_NULL;
  if (column.generated != sql::Generated::No) flags |= SLUICE_COLUMN_GENERATED;
  if (column.auto_increment) flags |= SLUICE_COLUMN_AUTO_INCREMENT;
  if (column.invisible) flags |= SLUICE_COLUMN_INVISIBLE;
  return flags;
}

/// Versions of ABI tables are their own: one structure may be seen under several target names.
uint64_t next_version() {
  TableInfo counter;
  counter.touch();
  return counter.version;
}

}  // namespace

AbiTable::AbiTable(TablePtr table, AbiNames names) : info_(std::move(table)), names_(std::move(names)) {
  build_columns();
  build_keys();
  table_.struct_size = sizeof(sluice_table);
  table_.version = next_version();
  table_.schema = view(names_.target_schema);
  table_.name = view(names_.target_table);
  table_.source = view(names_.source);
  table_.source_schema = view(info_->schema);
  table_.source_table = view(info_->name);
  table_.columns = columns_.data();
  table_.column_count = columns_.size();
  table_.column_stride = sizeof(sluice_column);
  table_.keys = keys_.data();
  table_.key_count = keys_.size();
  table_.key_stride = sizeof(sluice_key);
}

void AbiTable::build_columns() {
  columns_.reserve(info_->columns.size());
  for (const ColumnInfo& info : info_->columns) {
    sluice_column column{};
    column.struct_size = sizeof(sluice_column);
    column.flags = column_flags(info);
    column.type = value_kind(info);
    column.name = view(info.name);
    column.type_text = view(info.type_text);
    column.charset = view(info.charset);
    column.collation = view(info.collation);
    columns_.push_back(column);
  }
}

void AbiTable::build_keys() {
  const auto unique = static_cast<size_t>(
      std::count_if(info_->keys.begin(), info_->keys.end(), [](const KeyInfo& key) { return key.is_unique(); }));
  parts_.reserve(unique * 2);
  for (const KeyInfo& info : info_->keys) {  // the primary key is first there already
    if (!info.is_unique()) continue;
    std::vector<uint32_t>& columns = parts_.emplace_back();
    std::vector<uint32_t>& prefixes = parts_.emplace_back();
    uint32_t flags = info.type == sql::KeyType::Primary ? SLUICE_KEY_PRIMARY | SLUICE_KEY_UNIQUE : SLUICE_KEY_UNIQUE;
    bool not_null = true;
    for (const sql::KeyPart& part : info.parts) {
      const int index = part.expression.empty() ? info_->column_index(part.column) : -1;
      if (index < 0) {
        flags |= SLUICE_KEY_EXPRESSION;
        not_null = false;
        continue;
      }
      not_null = not_null && info_->columns[static_cast<size_t>(index)].not_null;
      columns.push_back(static_cast<uint32_t>(index));
      prefixes.push_back(part.prefix);
    }
    if (not_null) flags |= SLUICE_KEY_NOT_NULL;
    sluice_key key{};
    key.struct_size = sizeof(sluice_key);
    key.flags = flags;
    key.name = view(info.name);
    key.columns = columns.data();
    key.prefix = prefixes.data();
    key.column_count = columns.size();
    keys_.push_back(key);
  }
}

std::shared_ptr<const AbiTable> make_abi_table(TablePtr table, AbiNames names) {
  return std::make_shared<const AbiTable>(std::move(table), std::move(names));
}

}  // namespace sluice::schema
