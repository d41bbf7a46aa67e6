#include "tests/support/sql.hpp"

#include <mysql.h>

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace sluice::test {
namespace {

using Result = std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)>;

[[noreturn]] void fail(MYSQL* mysql, const std::string& what) {
  throw SqlError(mysql_errno(mysql), what + ": " + std::to_string(mysql_errno(mysql)) + " " + mysql_error(mysql));
}

std::string shortened(const std::string& sql) { return sql.size() <= 300 ? sql : sql.substr(0, 300) + "..."; }

std::string quoted(const std::string& name) {
  std::string out = "`";
  for (const char c : name) out += c == '`' ? std::string("``") : std::string(1, c);
  return out + "`";
}

// Two FNV-1a sums with different offsets; their sums over all rows do not depend on the order of the rows.
struct RowHash {
  std::uint64_t a = 14695981039346656037ULL;
  std::uint64_t b = 0x9e3779b97f4a7c15ULL;

  void add(unsigned char byte) {
    a = (a ^ byte) * 1099511628211ULL;
    b = (b ^ (byte + 0x5bU)) * 0x100000001b3ULL;
    b ^= b >> 29U;
  }
  void add(std::string_view bytes) {
    for (const char c : bytes) add(static_cast<unsigned char>(c));
  }
};

}  // namespace

struct Sql::Connection {
  MYSQL mysql{};
  ~Connection() { mysql_close(&mysql); }

  void run(const std::string& sql) {
    if (mysql_real_query(&mysql, sql.data(), sql.size()) != 0) fail(&mysql, shortened(sql));
  }
  void drain(const std::string& sql) {
    for (;;) {
      const Result result(mysql_store_result(&mysql), mysql_free_result);
      if (result == nullptr && mysql_field_count(&mysql) != 0) fail(&mysql, shortened(sql));
      const int next = mysql_next_result(&mysql);
      if (next > 0) fail(&mysql, shortened(sql));
      if (next < 0) return;
    }
  }
};

Sql::Sql(const Endpoint& endpoint, const std::string& schema) : connection_(std::make_unique<Connection>()) {
  MYSQL* mysql = &connection_->mysql;
  mysql_init(mysql);
  const unsigned seconds = 5;
  mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
  mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  const bool local = !endpoint.socket.empty();
  if (mysql_real_connect(mysql, local ? nullptr : endpoint.host.c_str(), endpoint.user.c_str(),
                         endpoint.password.c_str(), schema.empty() ? nullptr : schema.c_str(), endpoint.port,
                         local ? endpoint.socket.c_str() : nullptr, CLIENT_MULTI_STATEMENTS) == nullptr) {
    fail(mysql, "connect to " + (local ? endpoint.socket : endpoint.host + ":" + std::to_string(endpoint.port)));
  }
  exec("SET time_zone = '+00:00'");
}

Sql::~Sql() = default;
Sql::Sql(Sql&&) noexcept = default;
Sql& Sql::operator=(Sql&&) noexcept = default;

void Sql::exec(const std::string& sql) {
  connection_->run(sql);
  if (mysql_field_count(&connection_->mysql) == 0 && mysql_more_results(&connection_->mysql) == 0) return;
  connection_->drain(sql);
}

void Sql::exec_all(const std::string& sql) {
  connection_->run(sql);
  connection_->drain(sql);
}

std::vector<Row> Sql::query(const std::string& sql) {
  MYSQL* mysql = &connection_->mysql;
  connection_->run(sql);
  const Result result(mysql_store_result(mysql), mysql_free_result);
  if (result == nullptr) fail(mysql, "no result set from: " + shortened(sql));
  std::vector<Row> rows;
  const unsigned columns = mysql_num_fields(result.get());
  while (MYSQL_ROW values = mysql_fetch_row(result.get())) {
    const unsigned long* lengths = mysql_fetch_lengths(result.get());
    Row& row = rows.emplace_back(columns);
    for (unsigned i = 0; i < columns; ++i) {
      if (values[i] != nullptr) row[i] = std::string(values[i], lengths[i]);
    }
  }
  return rows;
}

std::string Sql::value(const std::string& sql) {
  const auto rows = query(sql);
  if (rows.empty() || rows[0].empty()) throw std::runtime_error("no row from: " + shortened(sql));
  return rows[0][0].value_or("NULL");
}

std::uint64_t Sql::affected() const { return mysql_affected_rows(&connection_->mysql); }
std::uint64_t Sql::connection_id() const { return mysql_thread_id(&connection_->mysql); }

std::vector<std::string> Sql::tables(const std::string& schema) {
  std::vector<std::string> names;
  for (const auto& row : query("SHOW FULL TABLES FROM " + quoted(schema) + " WHERE Table_type = 'BASE TABLE'")) {
    names.push_back(row[0].value_or(""));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string Sql::digest(const std::string& schema, const std::string& table) {
  MYSQL* mysql = &connection_->mysql;
  const std::string sql = "SELECT * FROM " + quoted(schema) + "." + quoted(table);
  connection_->run(sql);
  const Result result(mysql_use_result(mysql), mysql_free_result);
  if (result == nullptr) fail(mysql, sql);
  const unsigned columns = mysql_num_fields(result.get());
  std::string out = "(";
  for (unsigned i = 0; i < columns; ++i) out += std::string(i == 0 ? "" : ",") + mysql_fetch_field(result.get())->name;
  std::uint64_t rows = 0;
  RowHash sum{0, 0};
  while (MYSQL_ROW values = mysql_fetch_row(result.get())) {
    const unsigned long* lengths = mysql_fetch_lengths(result.get());
    RowHash hash;
    for (unsigned i = 0; i < columns; ++i) {
      hash.add(values[i] == nullptr ? 0 : 1);
      if (values[i] != nullptr) hash.add(std::to_string(lengths[i]) + ":");
      if (values[i] != nullptr) hash.add(std::string_view(values[i], lengths[i]));
    }
    sum.a += hash.a;
    sum.b += hash.b;
    ++rows;
  }
  if (mysql_errno(mysql) != 0) fail(mysql, sql);
  char text[40];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(sum.a),
                static_cast<unsigned long long>(sum.b));
  return out + ") " + std::to_string(rows) + " rows " + text;
}

std::vector<std::string> differences(Sql& left, const std::string& left_schema, Sql& right,
                                     const std::string& right_schema) {
  std::vector<std::string> out;
  const auto ours = left.tables(left_schema);
  const auto theirs = right.tables(right_schema);
  for (const auto& table : theirs) {
    if (std::find(ours.begin(), ours.end(), table) == ours.end()) out.push_back(table + " is only on the right");
  }
  for (const auto& table : ours) {
    if (std::find(theirs.begin(), theirs.end(), table) == theirs.end()) {
      out.push_back(table + " is only on the left");
      continue;
    }
    const std::string l = left.digest(left_schema, table);
    const std::string r = right.digest(right_schema, table);
    if (l != r) out.push_back(table + " differs: left " + l + ", right " + r);
  }
  return out;
}

}  // namespace sluice::test
