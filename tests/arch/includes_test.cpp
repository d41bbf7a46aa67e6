// The rules of the house (docs/architecture.md) against every #include of the product.
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <set>

#include "tests/arch/include_list.hpp"

using namespace sluice::arch;

namespace {

// Which folder of core may include which; itself and the sdk always. The order is that of the arrows, bottom first:
// a folder may name folders above its own line only, so no cycle can be written here.
const std::vector<std::pair<std::string, std::set<std::string>>> kEdges{
    {"model", {}},
    {"taskfile", {"model"}},
    {"binlog", {"model"}},
    {"sql", {"model"}},
    {"schema", {"sql", "model"}},
    {"plugin", {"model"}},
    {"rules", {"plugin", "schema", "sql", "model"}},
    {"upstream", {"schema", "binlog", "model"}},
    {"relay", {"upstream", "binlog", "model"}},
    {"shard", {"schema", "sql", "binlog", "model"}},
    {"units", {"relay", "upstream", "rules", "shard", "plugin", "schema", "sql", "binlog", "model"}},
    {"task", {"units", "relay", "upstream", "rules", "shard", "plugin", "schema", "sql", "binlog", "model"}},
    {"precheck", {"task", "units", "upstream", "rules", "plugin", "schema", "sql", "model"}},
    {"cluster", {"task", "units", "relay", "upstream", "rules", "shard", "plugin", "schema", "sql", "binlog", "model"}},
    {"api",
     {"taskfile", "cluster", "precheck", "task", "units", "relay", "upstream", "rules", "shard", "plugin", "schema",
      "sql", "model"}},
    {"app", {"api", "cluster", "task", "units", "relay", "upstream", "rules", "plugin", "model"}},
    {"ctl", {"api", "taskfile", "model"}},
};

const std::vector<std::string> kLibraries{"Poco/",   "boost/",    "spdlog/", "re2/",
                                          "toml++/", "yaml-cpp/", "fmt/",    "catch2/"};

const std::vector<Include>& all() {
  static const std::vector<Include> includes = [] {
    std::vector<Include> out;
    for (const char* folder : {"sdk/include", "core", "plugins"}) {
      const auto some = includes_below(SLUICE_SOURCE_DIR, folder);
      out.insert(out.end(), some.begin(), some.end());
    }
    return out;
  }();
  return includes;
}

// Fails with every include that `is_wrong` names.
void none(const std::function<bool(const Include&)>& is_wrong) {
  std::string wrong;
  for (const auto& include : all()) {
    if (is_wrong(include)) wrong += include.where() + "\n";
  }
  INFO(wrong);
  CHECK(wrong.empty());
}

bool is_header(const Include& include) {
  return include.file.size() > 2 && (include.file.substr(include.file.size() - 2) == ".h" ||
                                     include.file.substr(include.file.size() - 4) == ".hpp");
}

bool of_library(const Include& include) {
  return std::any_of(kLibraries.begin(), kLibraries.end(),
                     [&](const std::string& library) { return starts_with(include.target, library); });
}

std::string core_room(const std::string& path) {
  return starts_with(path, "core/") ? room_of(path, 2).substr(5) : std::string();
}

// units/dump, units/load, units/sync: rooms within a room. units/full is what those share that read whole tables.
constexpr const char* kShared = "core/units/full";

std::string unit_room(const std::string& path) {
  const std::string room = room_of(path, 3);
  return starts_with(path, "core/units/") && room != "core/units" ? room : std::string();
}

}  // namespace

TEST_CASE("the checker reads includes and rooms", "[arch]") {
  CHECK(room_of("core/units/sync/a.hpp", 2) == "core/units");
  CHECK(room_of("core/units/sync/a.hpp", 3) == "core/units/sync");
  CHECK(room_of("core/units/unit.hpp", 3) == "core/units");
  CHECK(all().size() > 100);
  const auto own = includes_below(SLUICE_SOURCE_DIR, "tests/arch");
  CHECK(std::any_of(own.begin(), own.end(), [](const Include& i) {
    return i.file == "tests/arch/includes_test.cpp" && i.target == "tests/arch/include_list.hpp" && i.quoted;
  }));
}

TEST_CASE("the table of allowed edges has no cycle", "[arch]") {
  std::set<std::string> below;
  for (const auto& [room, targets] : kEdges) {
    for (const auto& target : targets) {
      INFO(room << " -> " << target);
      CHECK(below.count(target) == 1);
    }
    below.insert(room);
  }
}

TEST_CASE("core: arrows point down", "[arch]") {
  std::map<std::string, std::set<std::string>> edges(kEdges.begin(), kEdges.end());
  none([&](const Include& i) {
    const std::string from = core_room(i.file);
    const std::string to = core_room(i.target);
    if (from.empty() || to.empty() || from == to) return false;
    return edges.count(from) == 0 || edges[from].count(to) == 0;
  });
}

TEST_CASE("core: the units do not know each other", "[arch]") {
  none([](const Include& i) {
    const std::string from = unit_room(i.file);
    const std::string to = unit_room(i.target);
    return !from.empty() && !to.empty() && from != to && to != kShared;
  });
  none([](const Include& i) { return room_of(i.file, 3) == "core/units" && !unit_room(i.target).empty(); });
}

TEST_CASE("core includes core and sdk only, by full path or from its own folder", "[arch]") {
  none([](const Include& i) {
    if (!starts_with(i.file, "core/") || !i.quoted) return false;
    return !i.has_neighbour && !starts_with(i.target, "core/") && !starts_with(i.target, "sluice/");
  });
}

TEST_CASE("plugins include the sdk and their own files only", "[arch]") {
  none([](const Include& i) {
    if (!starts_with(i.file, "plugins/") || !i.quoted) return false;
    return i.target.find("..") != std::string::npos || (!i.has_neighbour && !starts_with(i.target, "sluice/"));
  });
  none([](const Include& i) {
    return starts_with(i.file, "plugins/") && (starts_with(i.target, "core/") || starts_with(i.target, "plugins/"));
  });
}

TEST_CASE("sdk includes the standard library and itself only, its C headers no C++", "[arch]") {
  none([](const Include& i) {
    if (!starts_with(i.file, "sdk/")) return false;
    return i.quoted ? !starts_with(i.target, "sluice/") : of_library(i) || i.target.find('/') != std::string::npos;
  });
  none([](const Include& i) {
    if (!starts_with(i.file, "sdk/include/sluice/abi/")) return false;
    return i.quoted ? !starts_with(i.target, "sluice/abi/") : i.target.find(".h") == std::string::npos;
  });
  none([](const Include& i) {
    return (starts_with(i.file, "sdk/include/sluice/plugin/") && starts_with(i.target, "sluice/host/")) ||
           (starts_with(i.file, "sdk/include/sluice/host/") && starts_with(i.target, "sluice/plugin/"));
  });
}

TEST_CASE("core/binlog, core/sql and core/model open no file and no socket", "[arch]") {
  const std::vector<std::string> doors{"fstream",  "fcntl.h",   "unistd.h",  "poll.h",       "netdb.h",
                                       "dlfcn.h",  "sys/",      "netinet/",  "arpa/",        "mysql",
                                       "mariadb/", "Poco/Net/", "Poco/File", "Poco/Process", "boost/asio"};
  none([&](const Include& i) {
    const std::string room = core_room(i.file);
    if (room != "binlog" && room != "sql" && room != "model") return false;
    return std::any_of(doors.begin(), doors.end(), [&](const auto& door) { return starts_with(i.target, door); });
  });
}

TEST_CASE("headers of core keep libraries in their .cpp", "[arch]") {
  none([](const Include& i) { return starts_with(i.file, "core/") && is_header(i) && of_library(i); });
}

TEST_CASE("vendor details stay in their room", "[arch]") {
  none([](const Include& i) {  // Boost.DLL
    return starts_with(i.target, "boost/dll") && !starts_with(i.file, "core/plugin/");
  });
  none([](const Include& i) {  // HTTP: the transport, the client of the API, and etcd's JSON gateway
    return starts_with(i.target, "Poco/Net/HTTP") && !starts_with(i.file, "plugins/http/") &&
           !starts_with(i.file, "plugins/stores/etcd/") && !starts_with(i.file, "core/ctl/");
  });
  none([](const Include& i) {  // the MySQL protocol: the source's room, and the sinks'
    const bool client = starts_with(i.target, "mysql") || starts_with(i.target, "mariadb/");
    return client && !starts_with(i.file, "core/upstream/") && !starts_with(i.file, "plugins/sinks/");
  });
  none([](const Include& i) {  // logging goes through core/plugin and the host's service
    return starts_with(i.target, "spdlog/") && !starts_with(i.file, "core/plugin/") &&
           !starts_with(i.file, "core/app/");
  });
  none([](const Include& i) {  // configuration files are read in one place
    return starts_with(i.target, "toml++/") && !starts_with(i.file, "core/app/");
  });
}
