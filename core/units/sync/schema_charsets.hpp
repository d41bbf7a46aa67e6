#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/model/error.hpp"
#include "core/model/source.hpp"
#include "core/upstream/connection.hpp"

namespace sluice::schema {
class Tracker;
}

namespace sluice::units::sync {

/// Which charset a table has whose CREATE TABLE names none: that of its schema. The binlog does not tell it for schemas
/// that were there before, so the source is asked; without it the bytes of a row could be taken for other characters.
/// One thread.
class SchemaCharsets {
 public:
  SchemaCharsets(model::Endpoint source, schema::Tracker& tracker, upstream::Canceller canceller)
      : source_(std::move(source)), tracker_(tracker), canceller_(std::move(canceller)) {}

  /// Makes the tracker know the default of `schema`: what the source says now; of a schema that is gone there, the
  /// server's own default. Asks once per schema.
  Status know(const std::string& schema);
  /// `schema` was just made without a charset, in a session whose collation_server has this number.
  Status created(const std::string& schema, std::optional<uint16_t> collation);

 private:
  Status ask(const std::string& schema, const std::string& query);

  model::Endpoint source_;
  schema::Tracker& tracker_;
  const upstream::Canceller canceller_;
};

}  // namespace sluice::units::sync
