#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connection.hpp"
#include "pipeline.hpp"
#include "sluice/plugin/sink.hpp"

namespace sluice::mysql {

/// The tables of a task in the meta schema. All names are DM's but `_sluice_marks`, which is our own.
class Metadata {
 public:
  explicit Metadata(const Settings& settings);

  /// Creates schema and marks table. DDL: not within a transaction.
  void create_marks(Connection& connection) const;
  void create_checkpoint(Connection& connection) const;

  /// Adds the statements that lock, check and store the marks to the transaction.
  void append_marks(Pipeline& pipeline, std::span<const sluice_mark> marks, bool backslash) const;
  void read_marks(Connection& connection, std::string_view scope, const plugin::SinkWriter::EachMark& each) const;
  void clear_marks(Connection& connection, std::string_view scope) const;

  void append_checkpoint(Pipeline& pipeline, const sluice_checkpoint& row, bool backslash) const;
  void read_checkpoint(Connection& connection, const plugin::SinkWriter::EachCheckpoint& each) const;
  void remove_checkpoint(Connection& connection, std::string_view schema, std::string_view table) const;
  /// Drops the task's tables and no others; those of a task whose name begins with this one's stay.
  void drop_all(Connection& connection) const;

 private:
  void create_schema(Connection& connection) const;
  void append_shared(Pipeline& pipeline, std::span<const sluice_mark> marks, bool backslash) const;
  std::string where_source(bool backslash) const;

  const Settings& settings_;
  std::string schema_;      ///< quoted
  std::string marks_;       ///< quoted, with the schema
  std::string checkpoint_;  ///< quoted, with the schema
};

}  // namespace sluice::mysql
