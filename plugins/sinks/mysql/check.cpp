#include "check.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "grants.hpp"
#include "quote.hpp"

namespace sluice::mysql {
namespace {

using plugin::SinkFinding;

class Check {
 public:
  Check(Connection& connection, const Settings& settings, const plugin::SinkNeeds& needs)
      : connection_(connection),
        settings_(settings),
        needs_(needs),
        grants_(Grants::read(connection)),
        account_(current_account(connection)) {
    for (const Row& row : connection_.query(
             "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only','super_read_only','innodb_read_only',"
             "'tidb_super_read_only','tidb_restricted_read_only','max_allowed_packet','max_connections',"
             "'lower_case_table_names')",
             "read the target's settings")) {
      if (row.size() == 2 && row[0] && row[1]) variables_[*row[0]] = *row[1];
    }
  }

  std::vector<SinkFinding> all() {
    privileges();
    read_only();
    packet();
    connections();
    triggers();
    names();
    return std::move(out_);
  }

 private:
  void add(int32_t severity, const char* item, std::string object, std::string what, std::string remedy) {
    out_.push_back({severity, item, std::move(object), std::move(what), std::move(remedy)});
  }
  std::string variable(const char* name) const {
    const auto it = variables_.find(name);
    return it == variables_.end() ? std::string() : it->second;
  }
  uint64_t number(const char* name) const { return std::strtoull(variable(name).c_str(), nullptr, 10); }

  std::set<std::string> schemas() const {
    std::set<std::string> out{settings_.meta_schema};
    for (size_t i = 0; i < needs_.table_count(); ++i) out.emplace(needs_.schema(i));
    return out;
  }

  /// One GRANT for everything when it lacks on all schemas, else one for each.
  void privileges() {
    const char* const wanted[] = {"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "INDEX"};
    const auto all = schemas();
    std::map<std::string, std::vector<std::string>> missing;  // privileges -> schemas
    for (const std::string& schema : all) {
      std::string list;
      for (const char* privilege : wanted) {
        if (!grants_.on_schema(privilege, schema)) list += (list.empty() ? "" : ", ") + std::string(privilege);
      }
      if (!list.empty()) missing[list].push_back(schema);
    }
    for (const auto& [list, where] : missing) {
      if (where.size() == all.size()) {
        lacks(list, "*.*");
        continue;
      }
      for (const std::string& schema : where) lacks(list, quoted_name(schema) + ".*");
    }
  }
  void lacks(const std::string& list, const std::string& on) {
    std::string escaped;  // _ and % stand for others in the schema part of a grant
    for (const char c : on) escaped += c == '_' || c == '%' ? std::string("\\") + c : std::string(1, c);
    add(SLUICE_FINDING_WARN, "target_privilege", account_,
        "user " + account_ + " of the target lacks the privilege(s) " + list + " on " + on,
        "GRANT " + list + " ON " + escaped + " TO " + account_ + ";");
  }

  void read_only() {
    const auto is_on = [&](const char* name) { return variable(name) == "ON" || variable(name) == "1"; };
    for (const char* name : {"innodb_read_only", "tidb_restricted_read_only"}) {
      if (is_on(name)) refuse_writes(name);
    }
    for (const char* name : {"super_read_only", "tidb_super_read_only"}) {
      if (is_on(name)) return refuse_writes(name);
    }
    if (!is_on("read_only") && variable("read_only").substr(0, 7) != "NO_LOCK") return;
    const bool separate = connection_.is_mariadb() && connection_.version_number() >= 101100;  // SUPER is not enough
    const bool may = grants_.global("READ_ONLY ADMIN") || grants_.global("CONNECTION_ADMIN") ||
                     (!separate && grants_.global("SUPER"));
    if (!may) return refuse_writes("read_only");
    add(SLUICE_FINDING_WARN, "target_settings", "read_only",
        "the target is read_only: it takes changes from this user only because of his privileges, and others rely on "
        "it "
        "not to change",
        "Make sure that this server is meant; if so: SET GLOBAL read_only = OFF;");
  }
  void refuse_writes(const std::string& name) {
    const std::string mend = name == "innodb_read_only" ? "Restart the server without innodb_read_only."
                             : name == "super_read_only"
                                 ? "Make sure that this server is meant; if so: SET GLOBAL read_only = OFF;"
                                 : "Make sure that this server is meant; if so: SET GLOBAL " + name + " = OFF;";
    add(SLUICE_FINDING_FAIL, "target_settings", name, "the target refuses changes: " + name + " is ON", mend);
  }

  void packet() {
    const uint64_t mine = number("max_allowed_packet");
    if (mine == 0 || needs_.max_packet() <= mine) return;
    add(SLUICE_FINDING_WARN, "target_settings", "max_allowed_packet",
        "max_allowed_packet of the target is " + std::to_string(mine) + ", less than " +
            std::to_string(needs_.max_packet()) + " of the source: a large row may be refused",
        "SET GLOBAL max_allowed_packet = " + std::to_string(needs_.max_packet()) + ";");
  }

  void connections() {
    const uint64_t limit = number("max_connections");
    const uint64_t needed = needs_.connections();
    const uint64_t account = first_number("SELECT @@SESSION.max_user_connections");
    const std::string what = "the task needs " + std::to_string(needed) + " connections to the target, ";
    if (account > 0 && needed > account) {
      add(SLUICE_FINDING_FAIL, "conn_number", account_,
          what + "and the account " + account_ + " may open " + std::to_string(account),
          (connection_.flavor() == "mysql" && connection_.version_number() >= 50706 ? "ALTER USER "
                                                                                    : "GRANT USAGE ON *.* TO ") +
              account_ + " WITH MAX_USER_CONNECTIONS " + std::to_string(needed + 5) + ";");
    }
    if (limit == 0) return;  // TiDB: no limit
    const auto status = connection_.query("SHOW GLOBAL STATUS LIKE 'Threads_connected'", "read the target's status");
    uint64_t used =
        status.empty() || status[0].size() < 2 || !status[0][1] ? 0 : std::strtoull(status[0][1]->c_str(), nullptr, 10);
    if (used > 0) --used;  // this session
    const std::string mend = "SET GLOBAL max_connections = " + std::to_string(needed + used + 20) + ";";
    if (needed > limit) {
      add(SLUICE_FINDING_FAIL, "conn_number", "max_connections",
          what + "and max_connections is " + std::to_string(limit), mend);
    } else if (needed + used > limit) {
      add(SLUICE_FINDING_WARN, "conn_number", "max_connections",
          what + "and " + std::to_string(used) + " of max_connections " + std::to_string(limit) + " are in use", mend);
    }
  }
  uint64_t first_number(const char* sql) {
    if (connection_.is_tidb()) return 0;
    const auto rows = connection_.query(sql, "read the target's settings");
    return rows.empty() || rows[0].empty() || !rows[0][0] ? 0 : std::strtoull(rows[0][0]->c_str(), nullptr, 10);
  }

  void triggers() {
    if (connection_.is_tidb() || needs_.table_count() == 0) return;
    std::set<std::pair<std::string, std::string>> tables;
    std::set<std::string> schemas;
    for (size_t i = 0; i < needs_.table_count(); ++i) {
      tables.emplace(needs_.schema(i), needs_.table(i));
      schemas.emplace(needs_.schema(i));
    }
    for (const std::string& schema : schemas) {
      const auto rows = connection_.query(
          "SELECT EVENT_OBJECT_TABLE, TRIGGER_NAME FROM information_schema.TRIGGERS WHERE "
          "EVENT_OBJECT_SCHEMA = " +
              quoted_string(schema, connection_.backslash_escapes()),
          "read the triggers at the target");
      for (const Row& row : rows) {
        if (row.size() < 2 || !row[0] || !row[1] || tables.count({schema, *row[0]}) == 0) continue;
        add(SLUICE_FINDING_WARN, "target_triggers", schema + "." + *row[0],
            "the target table " + quoted_name(schema, *row[0]) + " has the trigger " + quoted_name(*row[1]) +
                ": what the trigger of the source did is in the binlog already, and would be done twice",
            "DROP TRIGGER " + quoted_name(schema, *row[1]) + ";");
      }
    }
  }

  /// Tables of the task whose names are one name here.
  void names() {
    if (number("lower_case_table_names") == 0) return;
    std::map<std::string, std::string> seen;
    for (size_t i = 0; i < needs_.table_count(); ++i) {
      const std::string name = quoted_name(needs_.schema(i), needs_.table(i));
      std::string folded = name;
      std::transform(folded.begin(), folded.end(), folded.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      const auto [it, is_new] = seen.emplace(folded, name);
      if (is_new) continue;
      add(SLUICE_FINDING_FAIL, "table_name_case", name,
          "the target tables " + it->second + " and " + name +
              " are one table there (lower_case_table_names = " + variable("lower_case_table_names") + ")",
          "Route them to different targets, or leave one out.");
    }
  }

  Connection& connection_;
  const Settings& settings_;
  const plugin::SinkNeeds& needs_;
  Grants grants_;
  std::string account_;
  std::map<std::string, std::string> variables_;
  std::vector<SinkFinding> out_;
};

}  // namespace

std::vector<plugin::SinkFinding> check_target(Connection& connection, const Settings& settings,
                                              const plugin::SinkNeeds& needs) {
  return Check(connection, settings, needs).all();
}

}  // namespace sluice::mysql
