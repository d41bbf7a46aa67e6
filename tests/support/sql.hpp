// A small SQL client for tests, and the comparison of tables on two servers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace sluice::test {

struct Endpoint {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string user;
  std::string password;
  std::string socket;  // a path here is used instead of host and port
};

// What the server (or the client library) answered instead of a result.
class SqlError : public std::runtime_error {
 public:
  SqlError(unsigned code, const std::string& text) : std::runtime_error(text), code_(code) {}
  [[nodiscard]] unsigned code() const { return code_; }

 private:
  unsigned code_;
};

using Row = std::vector<std::optional<std::string>>;

// One connection: utf8mb4, time zone +00:00, values as text. Not thread-safe; one per thread.
class Sql {
 public:
  explicit Sql(const Endpoint& endpoint, const std::string& schema = "");
  ~Sql();
  Sql(Sql&&) noexcept;
  Sql& operator=(Sql&&) noexcept;

  // Runs one statement; results are read and dropped.
  void exec(const std::string& sql);
  // Runs statements separated by `;` (multi-statement packets). Throws at the first that fails.
  void exec_all(const std::string& sql);
  [[nodiscard]] std::vector<Row> query(const std::string& sql);
  // The first column of the first row; "NULL" for a null. Throws when there is no row.
  [[nodiscard]] std::string value(const std::string& sql);
  [[nodiscard]] std::uint64_t number(const std::string& sql) { return std::stoull(value(sql)); }
  [[nodiscard]] std::uint64_t count(const std::string& table) { return number("SELECT COUNT(*) FROM " + table); }
  // Rows changed by the last exec.
  [[nodiscard]] std::uint64_t affected() const;
  [[nodiscard]] std::uint64_t connection_id() const;

  // Names of the base tables of a schema.
  [[nodiscard]] std::vector<std::string> tables(const std::string& schema);
  // Columns, number of rows and an order-independent 128-bit digest of all values as text: two tables with equal
  // rows have equal digests, on servers of any vendor. Reads the table as a stream.
  [[nodiscard]] std::string digest(const std::string& schema, const std::string& table);

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

// The differences between the tables of schema `left_schema` on one and `right_schema` on the other server, one
// sentence each; empty when they hold the same tables with the same rows.
[[nodiscard]] std::vector<std::string> differences(Sql& left, const std::string& left_schema, Sql& right,
                                                   const std::string& right_schema);
[[nodiscard]] inline std::vector<std::string> differences(Sql& left, Sql& right, const std::string& schema) {
  return differences(left, schema, right, schema);
}

}  // namespace sluice::test
