#include "core/units/sync/schema_charsets.hpp"

#include "core/plugin/log.hpp"
#include "core/schema/tracker.hpp"
#include "core/sql/quote.hpp"
#include "core/upstream/connection.hpp"

namespace sluice::units::sync {

Status SchemaCharsets::ask(const std::string& schema, const std::string& query) {
  auto connection = upstream::Connection::open(source_, {}, canceller_);
  if (!connection.ok()) return connection.status();
  auto rows = connection.value().query(query);
  if (!rows.ok()) return rows.status();
  if (!rows.value().rows.empty() && rows.value().rows[0].size() >= 2) {
    const auto& row = rows.value().rows[0];
    tracker_.set_schema_charset(schema, row[0].value_or(""), row[1].value_or(""));
  }
  return {};
}

Status SchemaCharsets::know(const std::string& schema) {
  if (!tracker_.schema_charset(schema).first.empty()) return {};
  const std::string name = sql::quote_string(schema);
  Status status = ask(schema,
                      "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA "
                      "WHERE SCHEMA_NAME = " +
                          name);
  if (!status.ok() || !tracker_.schema_charset(schema).first.empty()) return status;
  log::warn(
      "a table is made in a schema that the source does not have any more; its charset is taken to be the "
      "server's default",
      {{"schema", schema}});
  return ask(schema, "SELECT @@global.character_set_server, @@global.collation_server");
}

Status SchemaCharsets::created(const std::string& schema, std::optional<uint16_t> collation) {
  if (!collation) return know(schema);
  return ask(schema, "SELECT CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.COLLATIONS WHERE ID = " +
                         std::to_string(*collation));
}

}  // namespace sluice::units::sync
