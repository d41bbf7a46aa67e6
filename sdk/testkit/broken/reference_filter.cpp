#include <atomic>
#include <cstdlib>

#include "reference.hpp"

namespace sluice::reference {

ReferenceFilter::ReferenceFilter(const plugin::Config& config) : operations_(config) {
  read_settings(config);
  schema_ = config.string("schema");
  operations_.add("schema", "GET", fault("operation-path") ? "schema" : "/schema", "The schema that is ignored",
                  [this](const plugin::Request&) {
                    if (fault("operation-no-json")) return plugin::Reply{200, "application/json", schema_ + "{"};
                    return plugin::Reply{200, "application/json", plugin::json_string(schema_)};
                  });
  const bool clash = fault("operation-clash");
  operations_.add("one", "GET", "/of/{name}", "Whether a schema is ignored", [this](const plugin::Request& request) {
    return plugin::Reply{200, "application/json",
                         plugin::Request::value(request.path_params, "name") == schema_ ? "true" : "false"};
  });
  operations_.add("other", "GET", clash ? "/of/{other}" : "/other/{other}", "Nothing", [](const plugin::Request&) {
    return plugin::Reply{404, "application/json", "null"};
  });
}

ReferenceFilter::~ReferenceFilter() {
  static std::atomic<int> destroyed{0};
  if (++destroyed == 8 && fault("crash-in-destroy")) std::abort();
}

plugin::Verdict ReferenceFilter::decide(std::string_view schema, const char* rule) const {
  const bool ignore = schema == schema_;
  if (fault("changes-its-mind")) {
    static std::atomic<uint32_t> calls{0};
    if (++calls % 1000 == 999) return {!ignore, rule};
  }
  if (!ignore) return {};
  if (fault("rule-memory")) {
    thread_local char buffer[32];
    std::strncpy(buffer, rule, sizeof buffer - 1);
    return {true, buffer};
  }
  return {true, rule};
}

plugin::Verdict ReferenceFilter::decide_statement(const plugin::FilterStatement& statement) {
  return decide(statement.schema, "statements");
}

plugin::Verdict ReferenceFilter::decide_rows(std::string_view, std::string_view schema, std::string_view, int32_t) {
  return decide(schema, "row-change");
}

void ReferenceFilter::filter_rows(const plugin::FilterRows& rows) {
  for (size_t i = 0; i < rows.rows().size(); ++i) {
    const sluice_row& row = rows.rows()[i];
    const sluice_value* values = row.after ? row.after : row.before;
    if (values[0].kind == SLUICE_INT && values[0].v.i % 2 == 1) rows.ignore(i);
  }
  if (fault("writes-behind-actions")) rows.ignore(rows.rows().size());
}

}  // namespace sluice::reference
