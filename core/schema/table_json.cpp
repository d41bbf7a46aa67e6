#include "core/schema/table_json.hpp"

#include "core/model/json.hpp"

namespace sluice::schema {

std::string to_json(const TableInfo& table) {
  model::Json json = model::Json::object();
  json.set("version", 1);
  json.set("create_sql", to_create_sql(table));
  return model::to_text(json);
}

Result<TablePtr> table_from_json(std::string_view text) {
  if (text.empty()) return TablePtr();
  auto json = model::parse_json(text);
  if (!json.ok()) return make_error(44009, "the stored table structure is no JSON: " + json.error().message);
  if (json->is_null() || (json->is_object() && json->as_object()->empty())) return TablePtr();
  const model::Json* version = json->find("version");
  const model::Json* create = json->find("create_sql");
  if (!version || !version->as_int() || *version->as_int() != 1 || !create || !create->as_string()) {
    return make_error(44009, "the stored table structure is of another program or version", {},
                      "set the structure again with the API's table structure operation");
  }
  sql::ParseOptions options;
  auto table = parse_create_table(*create->as_string(), options);
  if (!table.ok()) return std::move(table.error());
  return TablePtr(std::make_shared<const TableInfo>(std::move(*table)));
}

}  // namespace sluice::schema
