#include <dlfcn.h>

#include <catch2/catch.hpp>

#include "core/rules/filter_chain.hpp"
#include "sluice/common/text.hpp"

using namespace sluice;
using namespace sluice::rules;

namespace {

const sluice_plugin_entry* entry() {
  static void* library = dlopen(SLUICE_BINARY_DIR "/plugins/sluice_filter_binlog_event.so", RTLD_NOW | RTLD_LOCAL);
  if (!library) return nullptr;
  return static_cast<const sluice_plugin_entry*>(dlsym(library, SLUICE_PLUGIN_SYMBOL));
}

struct Made {
  std::shared_ptr<FilterChain> chain;
  sluice_error error{};
};

Made chain(const std::string& rules, const std::string& more = {}) {
  Made made;
  const std::string config = "{\"name\":\"f\"," + more + "\"rules\":" + rules + "}";
  host::Instance instance;
  if (host::Instance::create(*entry(), "filter", "binlog_event", config, nullptr, instance, made.error) != SLUICE_OK)
    return made;
  auto filter = host::Filter::from(std::move(instance), made.error);
  REQUIRE(filter);
  std::vector<NamedFilter> filters;
  filters.push_back({"f", std::make_shared<const host::Filter>(std::move(*filter))});
  made.chain = std::make_shared<FilterChain>("s1", std::move(filters));
  return made;
}

std::string rows(const Made& made, const std::string& schema, const std::string& table, int32_t kind) {
  auto decision = made.chain->decide_rows(schema, table, kind);
  REQUIRE(decision.ok());
  return decision->rule;
}

std::string ddl(const Made& made, const std::vector<std::string>& events, const std::string& sql = "ALTER TABLE t",
                const std::string& schema = "db", const std::string& table = "t") {
  auto decision = made.chain->decide_statement({schema, table, events, sql});
  REQUIRE(decision.ok());
  CHECK(decision->ignore == !decision->rule.empty());
  return decision->rule;
}

bool absent() {
  if (entry()) return false;
  WARN("skipped: the plugin binlog_event is not built");
  return true;
}

}  // namespace

TEST_CASE("binlog_event: row changes by event, group and table", "[unit][rules]") {
  if (absent()) return;
  const Made made = chain(R"([{"name":"r1","schema":"db","table":"t*","ignore_event":["DELETE"]},
                              {"name":"r2","schema":"db*","table":"","ignore_event":["all dml"]},
                              {"name":"r3","schema":"x","table":"t","ignore_event":["none dml","insert"]}])");
  CHECK(rows(made, "db", "t1", SLUICE_DELETE) == "r1");
  CHECK(rows(made, "db", "t1", SLUICE_DELETE) == "r1");  // from the cache
  CHECK(rows(made, "db", "t1", SLUICE_INSERT) == "r2");
  CHECK(rows(made, "db2", "u", SLUICE_UPDATE) == "r2");
  CHECK(rows(made, "x", "t", SLUICE_INSERT).empty());
  CHECK(rows(made, "y", "t", SLUICE_INSERT).empty());
}

TEST_CASE("binlog_event: statements by event, group, alias and text", "[unit][rules]") {
  if (absent()) return;
  CHECK(ddl(chain(R"([{"name":"r","schema":"*","table":"*","ignore_event":["Drop Column"]}])"), {"drop column"}) ==
        "r");
  CHECK(ddl(chain(R"([{"name":"r","schema":"*","ignore_event":["all ddl"]}])"), {"create table"}) == "r");
  CHECK(ddl(chain(R"([{"name":"r","schema":"*","ignore_event":["all dml"]}])"), {"create table"}).empty());
  CHECK(ddl(chain(R"([{"name":"r","schema":"*","ignore_event":["alter table"]}])"), {"drop column"}).empty());
  CHECK(ddl(chain(R"([{"name":"r","schema":"*","ignore_event":["add column"]}])"), {"alter table", "add column"}) ==
        "r");
  CHECK(ddl(chain(R"([{"name":"r","schema":"*","ignore_event":["incompatible DDL changes"]}])"), {"drop column"}) ==
        "r");
  CHECK(ddl(chain(R"([{"name":"r","schema":"*","ignore_event":["incompatible ddl changes"]}])"), {"create table"})
            .empty());
  CHECK(ddl(chain(R"([{"name":"r","schema":"*","ignore_event":["none ddl","all"]}])"), {"create table"}).empty());
  CHECK(ddl(chain(R"([{"name":"r","schema":"d","ignore_event":["drop schema"]}])"), {"drop database"}, "DROP SCHEMA d",
            "d", "") == "r");
  CHECK(ddl(chain(R"([{"name":"r","schema":"d","table":"*","ignore_event":["all"]}])"), {"drop database"},
            "DROP SCHEMA d", "d", "")
            .empty());
  const Made text =
      chain(R"([{"name":"r","schema":"*","ignore_event":["none"],"ignore_sql":["^nope","drop\\s+partition"]}])");
  CHECK(ddl(text, {"drop table partition"}, "/* x */ ALTER TABLE t DROP PARTITION p") == "r");
  CHECK(ddl(text, {"drop table"}, "DROP TABLE t").empty());
  CHECK(ddl(chain(R"([{"name":"r","schema":"*","ignore_event":[""]}])"), {"drop table"}).empty());
  CHECK(ddl(chain(R"([{"name":"r","schema":"*","table":"*","ignore_sql":["frob"]}])"), {}, "FROB it", "", "") == "r");
}

TEST_CASE("binlog_event: case of names counts only when told", "[unit][rules]") {
  if (absent()) return;
  CHECK(rows(chain(R"([{"name":"r","schema":"DB","ignore_event":["all"]}])"), "db", "t", SLUICE_INSERT).empty());
  CHECK(rows(chain(R"([{"name":"r","schema":"DB","ignore_event":["all"]}])", "\"case_sensitive\":false,"), "db", "t",
             SLUICE_INSERT) == "r");
}

TEST_CASE("binlog_event: wrong rules are refused by name", "[unit][rules]") {
  if (absent()) return;
  const auto refused = [](const std::string& rules) {
    const Made made = chain(rules);
    REQUIRE_FALSE(made.chain);
    CHECK(made.error.number == 20037);
    return std::string(made.error.message);
  };
  CHECK(refused(R"([{"name":"r9","schema":"*","ignore_event":["drop_table"]}])").find("`r9`") != std::string::npos);
  CHECK(refused(R"([{"name":"r","schema":"*","ignore_event":["truncate"]}])").find("truncate") != std::string::npos);
  CHECK(refused(R"([{"name":"r","schema":"*","ignore_sql":["a("]}])").find("missing )") != std::string::npos);
  refused(R"([{"name":"r","schema":"a*b"}])");
  refused(R"([{"name":"r","schema":""}])");
  refused(R"([{"name":"r","schema":"a","ignore_events":["all"]}])");
  refused(R"([5])");
  refused(R"({"a":1})");
}

TEST_CASE("binlog_event: a Do rule ignores what it does not match, as DM's does", "[unit][rules]") {
  if (absent()) return;
  const Made only =
      chain(R"([{"name":"only","schema":"db","table":"t","action":"Do","ignore_event":["insert","create table"]}])");
  CHECK(rows(only, "db", "t", SLUICE_INSERT).empty());
  CHECK(rows(only, "db", "t", SLUICE_UPDATE) == "only");
  CHECK(rows(only, "db", "other", SLUICE_UPDATE).empty());
  CHECK(ddl(only, {"create table"}).empty());
  CHECK(ddl(only, {"drop table"}) == "only");
  CHECK(ddl(only, {}).empty());  // a statement of no kind is judged by its text, and there is no ignore_sql

  const Made text =
      chain(R"([{"name":"r","schema":"*","action":"Do","ignore_event":["all"],"ignore_sql":["^alter"]}])");
  CHECK(rows(text, "db", "t", SLUICE_DELETE).empty());  // row changes have no text
  CHECK(ddl(text, {"add column"}, "ALTER TABLE t ADD c INT").empty());
  CHECK(ddl(text, {"drop table"}, "DROP TABLE t") == "r");
  CHECK(ddl(text, {}, "FROB it", "", "") == "r");
  CHECK(ddl(text, {}, "ALTER frob", "", "").empty());

  // All rules of a table count: Ignore wins, and each Do must match.
  const Made both = chain(R"([{"name":"do","schema":"db","table":"t","action":"Do","ignore_event":["all dml"]},
                              {"name":"no","schema":"db","action":"Ignore","ignore_event":["delete"]}])");
  CHECK(rows(both, "db", "t", SLUICE_INSERT).empty());
  CHECK(rows(both, "db", "t", SLUICE_DELETE) == "no");
  CHECK(ddl(both, {"create table"}) == "do");
  CHECK(rows(chain(R"([{"name":"r","schema":"db","action":"Do","ignore_event":["none dml","all"]}])"), "db", "t",
             SLUICE_INSERT) == "r");
}

TEST_CASE("binlog_event: a wrong action is refused by name", "[unit][rules]") {
  if (absent()) return;
  for (const char* rule : {R"([{"name":"r","schema":"*","action":"do","ignore_event":["all"]}])",
                           R"([{"name":"r","schema":"*","action":"Error","ignore_event":["all"]}])",
                           R"([{"name":"r","schema":"*","action":1,"ignore_event":["all"]}])",
                           R"([{"name":"r","schema":"*","action":"Do"}])",
                           R"([{"name":"r","schema":"*","action":"Do","ignore_event":[""],"ignore_sql":["x"]}])"}) {
    const Made made = chain(rule);
    REQUIRE_FALSE(made.chain);
    CHECK(made.error.number == 20037);
  }
}
