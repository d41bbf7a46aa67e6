#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/schema/table_info.hpp"
#include "sluice/abi/row.h"

namespace sluice::schema {

/// Names under which a sink sees a table.
struct AbiNames {
  std::string target_schema;
  std::string target_table;
  std::string source;  ///< name of the source
};

/// Owns a sluice_table and all it points to. Immutable after construction; neither copied nor moved, because the
/// table points into it. Hold it by shared_ptr for as long as a batch refers to it.
class AbiTable {
 public:
  AbiTable(TablePtr table, AbiNames names);
  AbiTable(const AbiTable&) = delete;
  AbiTable& operator=(const AbiTable&) = delete;

  const sluice_table* get() const { return &table_; }
  const TablePtr& info() const { return info_; }

 private:
  void build_columns();
  void build_keys();

  TablePtr info_;
  AbiNames names_;
  std::vector<sluice_column> columns_;
  std::vector<std::vector<uint32_t>> parts_;  ///< column indexes and prefixes of each key, alternating
  std::vector<sluice_key> keys_;
  sluice_table table_{};
};

std::shared_ptr<const AbiTable> make_abi_table(TablePtr table, AbiNames names);

}  // namespace sluice::schema
