// docs/metrics.md against /metrics of a node with a task that runs and one that has finished.
#include <catch2/catch.hpp>

#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/e2e/deployment.hpp"
#include "tests/support/skip.hpp"

using namespace sluice::test;

namespace {

struct Scrape {
  std::map<std::string, std::string> types;             // by family
  std::map<std::string, std::set<std::string>> labels;  // by family, without le
  std::map<std::string, double> series;                 // "name{...}" as it stands
  std::map<std::string, std::string> family_of;         // by series

  [[nodiscard]] double value(const std::string& wanted) const {
    const auto found = series.find(wanted);
    return found == series.end() ? -1 : found->second;
  }
};

// The family of a line: without the endings of a histogram.
std::string family_of(const Scrape& scrape, const std::string& name) {
  for (const char* ending : {"_bucket", "_sum", "_count"}) {
    const std::string text = ending;
    if (!name.ends_with(text)) continue;
    const std::string family = name.substr(0, name.size() - text.size());
    if (scrape.types.contains(family)) return family;
  }
  return name;
}

Scrape scrape(const Deployment& deployment) {
  Scrape out;
  const HttpReply reply = deployment.sluiced.api().get("/metrics");
  REQUIRE(reply.status == 200);
  std::istringstream lines(reply.body);
  const std::regex label(R"re(([a-z_]+)="(?:[^"\\]|\\.)*")re");
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      const size_t space = line.find(' ', 7);
      out.types[line.substr(7, space - 7)] = line.substr(space + 1);
    }
    if (line.starts_with("#")) continue;
    const size_t space = line.rfind(' ');
    const std::string series = line.substr(0, space);
    const std::string family = family_of(out, series.substr(0, series.find('{')));
    INFO(line);
    CHECK(out.types.contains(family));
    CHECK(out.series.emplace(series, std::stod(line.substr(space + 1))).second);
    out.family_of[series] = family;
    std::set<std::string>& names = out.labels[family];
    for (std::sregex_iterator at(series.begin(), series.end(), label), end; at != end; ++at) {
      if ((*at)[1] != "le") names.insert((*at)[1]);
    }
  }
  return out;
}

// Type and labels of each family, from the rows of the page.
std::map<std::string, std::pair<std::string, std::set<std::string>>> documented() {
  std::map<std::string, std::pair<std::string, std::set<std::string>>> out;
  std::istringstream lines(read_file(std::string(SLUICE_SOURCE_DIR) + "/docs/metrics.md"));
  const std::regex row(R"(^\| `([a-z_]+)` \| ([a-z]+) \| ([a-z_, ]+) \|.*)");
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, row)) continue;
    std::set<std::string> labels;
    std::istringstream names(match[3].str());
    for (std::string name; std::getline(names >> std::ws, name, ',');) labels.insert(name);
    CHECK(out.emplace(match[1], std::pair(match[2].str(), labels)).second);
  }
  return out;
}

bool complete(const Scrape& now) {
  for (const auto& [name, row] : documented()) {
    if (!now.types.contains(name)) return false;
  }
  return true;
}

// Counters, and the counts of histograms.
void require_no_fall(const Scrape& before, const Scrape& after) {
  for (const auto& [series, value] : before.series) {
    const std::string& type = before.types.at(before.family_of.at(series));
    if (type == "gauge") continue;
    INFO(series);
    REQUIRE(after.value(series) >= value);
  }
}

std::string finished(const std::string& type) {
  return "dm_syncer_finished_jobs_total{source_id=\"mysql-01\",target_schema=\"shop\",target_table=\"t\",task=\"t1\","
         "type=\"" +
         type + "\",worker=\"";
}

double jobs(const Scrape& now, const std::string& type) {
  for (const auto& [series, value] : now.series) {
    if (series.starts_with(finished(type))) return value;
  }
  return 0;
}

}  // namespace

TEST_CASE("metrics: a node serves what docs/metrics.md lists, and nothing else, counters only rise", "[e2e][metrics]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  Sql sql = source.connect();
  sql.exec_all(
      "CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, n INT); INSERT INTO shop.t VALUES (1, 1);"
      "CREATE DATABASE store; CREATE TABLE store.u (id INT PRIMARY KEY); INSERT INTO store.u VALUES (1), (2)");
  Deployment deployment;
  deployment.add_source(source);
  deployment.create_task({.target = target_json(target)});
  deployment.create_task({.name = "copy",
                          .mode = "full",
                          .target = target_json(target),
                          .rules = R"([{"source":{"source_name":"mysql-01","schema":"store","table":"*"}}])"});
  deployment.start();
  deployment.start("copy");
  deployment.wait_synced(source, 60s);
  wait_until([&] { return deployment.status("mysql-01", "copy").stage == "Finished"; }, 60s, "the copy does not end");
  sql.exec("INSERT INTO shop.t VALUES (2, 2), (3, 3), (4, 4)");
  sql.exec("UPDATE shop.t SET n = 9 WHERE id < 3");
  sql.exec("DELETE FROM shop.t WHERE id = 1");

  wait_until([&] { return complete(scrape(deployment)) && jobs(scrape(deployment), "delete") == 1; }, 60s,
             "not every documented metric is served");
  const Scrape now = scrape(deployment);
  const auto rows = documented();
  CHECK(rows.size() > 25);
  for (const auto& [name, type] : now.types) {
    INFO(name);
    REQUIRE(rows.contains(name));
    CHECK(rows.at(name).first == type);
    CHECK(rows.at(name).second == now.labels.at(name));
  }
  for (const auto& [name, row] : rows) {
    INFO(name);
    CHECK(now.types.contains(name));
  }
  CHECK(jobs(now, "insert") == 3);
  CHECK(jobs(now, "update") == 2);
  CHECK(now.value("dumpling_dump_finished_rows{source_id=\"mysql-01\",task=\"copy\"}") == 2);
  CHECK(now.value("dm_syncer_exit_with_error_count{resumable_err=\"true\",source_id=\"mysql-01\",task=\"t1\"}") == 0);

  // Over a stop and a start as well.
  REQUIRE(deployment.sluiced.api().post("/api/v1/tasks/t1/stop").status == 200);
  wait_until([&] { return deployment.status().stage == "Paused"; }, 60s, "the task does not stop");
  sql.exec("INSERT INTO shop.t VALUES (5, 5)");
  deployment.start();
  wait_until([&] { return jobs(scrape(deployment), "insert") == 4; }, 60s, "the counter does not go on where it was");
  require_no_fall(now, scrape(deployment));
  // What belongs to a task goes with it.
  REQUIRE(deployment.sluiced.api().del("/api/v1/tasks/copy").status == 204);
  for (const auto& [series, value] : scrape(deployment).series) {
    INFO(series);
    CHECK(series.find("task=\"copy\"") == std::string::npos);
  }
}
