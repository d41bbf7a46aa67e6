#include "bulk_update.hpp"

#include <mysql.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <deque>
#include <vector>

#include "row_sql.hpp"
#include "sluice/plugin/values.hpp"

namespace sluice::mysql {
namespace {

using plugin::value_bytes;

/// How the values of a column are bound.
enum class Bind : unsigned char { kNo, kSigned, kUnsigned, kReal, kString, kBytes, kPrinted };

Bind bind_of(const ColumnPlan& column) {
  switch (column.type) {
    case SLUICE_INT: return Bind::kSigned;
    case SLUICE_UINT:
    case SLUICE_YEAR:
    case SLUICE_BIT:
    case SLUICE_ENUM:
    case SLUICE_SET: return Bind::kUnsigned;
    case SLUICE_FLOAT:
    case SLUICE_DOUBLE: return Bind::kReal;
    case SLUICE_STRING: return column.form == TextForm::kPlain ? Bind::kString : Bind::kNo;
    case SLUICE_DECIMAL:
    case SLUICE_JSON: return Bind::kString;
    case SLUICE_BYTES: return Bind::kBytes;
    case SLUICE_DATE:
    case SLUICE_TIME:
    case SLUICE_DATETIME:
    case SLUICE_TIMESTAMP: return Bind::kPrinted;
    default: return Bind::kNo;
  }
}

/// Bound values compare with the key as their literals do, and by its index.
bool finds_by(const ColumnPlan& column) {
  if (column.type == SLUICE_INT || column.type == SLUICE_UINT || column.type == SLUICE_BYTES) return true;
  return column.type == SLUICE_STRING && column.form == TextForm::kPlain && column.target_charset == "utf8mb4";
}

/// Bytes of a value in the packet; 0 when it cannot be bound.
size_t bound_size(const ColumnPlan& column, const sluice_value& value) {
  constexpr size_t kFixed = 32;
  const Bind bind = bind_of(column);
  if (bind == Bind::kNo || value.kind == SLUICE_ABSENT) return 0;
  if (value.kind == SLUICE_NULL) return 1;
  if (value.kind != column.type) return 0;
  if (bind == Bind::kReal && !std::isfinite(value.v.d)) return 0;
  return bind == Bind::kString || bind == Bind::kBytes ? value_bytes(value).size() + kFixed : kFixed;
}

/// The number that its literal would be: a FLOAT's shortest text, unless the target's column is a FLOAT itself.
double real_value(const ColumnPlan& column, const sluice_value& value) {
  if (value.kind != SLUICE_FLOAT || column.float_target) return value.v.d;
  char text[64];
  const auto end =
      std::to_chars(text, text + sizeof text, static_cast<float>(value.v.d), std::chars_format::scientific);
  double out = value.v.d;
  std::from_chars(text, end.ptr, out);
  return out;
}

/// One parameter's values, column by column as Connector/C takes them.
class Parameter {
 public:
  Parameter(const ColumnPlan& column, size_t rows) : column_(column), how_(bind_of(column)) {
    indicators_.reserve(rows);
    if (numeric()) {
      numbers_.reserve(rows);
    } else {
      texts_.reserve(rows);
      lengths_.reserve(rows);
    }
  }

  Parameter(const Parameter&) = delete;
  Parameter& operator=(const Parameter&) = delete;

  void add(const sluice_value& value) {
    const bool null = value.kind == SLUICE_NULL;
    indicators_.push_back(null ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE);
    if (how_ == Bind::kReal) {
      const double number = null ? 0 : real_value(column_, value);
      numbers_.push_back(std::bit_cast<uint64_t>(number));
    } else if (numeric()) {
      numbers_.push_back(null ? 0 : value.v.u);
    } else {
      std::string_view bytes;
      if (!null && how_ == Bind::kPrinted) {
        std::string& text = printed_.emplace_back();
        plugin::append_value(text, value);
        bytes = text;
      } else if (!null) {
        bytes = value_bytes(value);
      }
      texts_.push_back(bytes.data() == nullptr ? "" : bytes.data());
      lengths_.push_back(bytes.size());
    }
  }

  MYSQL_BIND bind() {
    MYSQL_BIND out{};
    out.u.indicator = indicators_.data();
    if (numeric()) {
      out.buffer_type = how_ == Bind::kReal ? MYSQL_TYPE_DOUBLE : MYSQL_TYPE_LONGLONG;
      out.is_unsigned = how_ == Bind::kUnsigned ? 1 : 0;
      out.buffer = numbers_.data();
    } else {
      out.buffer_type = how_ == Bind::kBytes ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
      out.buffer = texts_.data();
      out.length = lengths_.data();
    }
    return out;
  }

 private:
  bool numeric() const { return how_ == Bind::kSigned || how_ == Bind::kUnsigned || how_ == Bind::kReal; }

  const ColumnPlan& column_;
  Bind how_;
  std::vector<char> indicators_;
  std::vector<uint64_t> numbers_;  // a double's bits where the column is real
  std::vector<const char*> texts_;
  std::vector<unsigned long> lengths_;
  std::deque<std::string> printed_;
};

std::string update_text(const TablePlan& plan, const KeyPlan& key) {
  std::string out = "UPDATE " + plan.name;
  const char* separator = " SET ";
  for (const uint32_t i : plan.written) {
    out += separator + plan.columns[i].name + "=?";
    separator = ",";
  }
  separator = " WHERE ";
  for (const uint32_t i : key.columns) {
    out += separator + plan.columns[i].name + "=?";
    separator = " AND ";
  }
  return out;
}

bool server_can(st_mysql* mysql) {
  unsigned long capabilities = 0;
  if (mariadb_get_infov(mysql, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &capabilities) != 0) return false;
  return (capabilities & (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32)) != 0;
}

}  // namespace

class BulkUpdates::Statement {
 public:
  Statement(Connection& connection, const TablePlan& plan, const KeyPlan& key)
      : plan_(plan), key_(key), raw_(mysql_stmt_init(connection.handle())) {
    if (raw_ == nullptr) throw std::bad_alloc();
    const std::string text = update_text(plan, key);
    if (mysql_stmt_prepare(raw_, text.data(), text.size()) == 0) return;
    const plugin::Failure failure = failed();
    mysql_stmt_close(raw_);
    throw failure;
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { mysql_stmt_close(raw_); }

  uint64_t run(std::span<const RowUpdate> rows) {
    std::deque<Parameter> parameters;  // its elements stay where they are: what is bound points into them
    for (const uint32_t i : plan_.written) {
      Parameter& parameter = parameters.emplace_back(plan_.columns[i], rows.size());
      for (const RowUpdate& row : rows) parameter.add(row.after[i]);
    }
    for (const uint32_t i : key_.columns) {
      Parameter& parameter = parameters.emplace_back(plan_.columns[i], rows.size());
      for (const RowUpdate& row : rows) parameter.add(row.before[i]);
    }
    std::vector<MYSQL_BIND> binds;
    for (Parameter& parameter : parameters) binds.push_back(parameter.bind());
    auto count = static_cast<unsigned>(rows.size());
    mysql_stmt_attr_set(raw_, STMT_ATTR_ARRAY_SIZE, &count);
    if (mysql_stmt_bind_param(raw_, binds.data()) != 0 || mysql_stmt_execute(raw_) != 0) throw failed();
    return mysql_stmt_affected_rows(raw_);
  }

 private:
  plugin::Failure failed() const {
    return server_failure(mysql_stmt_errno(raw_), mysql_stmt_error(raw_), "update " + plan_.name);
  }

  const TablePlan& plan_;
  const KeyPlan& key_;
  MYSQL_STMT* raw_;
};

BulkUpdates::BulkUpdates(Connection& connection)
    : connection_(connection), usable_(connection.is_mariadb() && server_can(connection.handle())) {}

BulkUpdates::~BulkUpdates() = default;

size_t BulkUpdates::fits(const TablePlan& plan, const RowUpdate& row) const {
  const KeyPlan* key = identify(plan, row.before);
  if (key == nullptr || plan.written.empty()) return 0;
  size_t total = 0;
  for (const uint32_t i : plan.written) {
    const size_t size = bound_size(plan.columns[i], row.after[i]);
    if (size == 0) return 0;
    total += size;
  }
  for (const uint32_t i : key->columns) {
    const size_t size = finds_by(plan.columns[i]) ? bound_size(plan.columns[i], row.before[i]) : 0;
    if (size == 0) return 0;
    total += size;
  }
  return total;
}

uint64_t BulkUpdates::run(const TablePlan& plan, std::span<const RowUpdate> rows) {
  const KeyPlan* key = identify(plan, rows.front().before);
  std::unique_ptr<Statement>& statement = statements_[key];
  if (!statement) statement = std::make_unique<Statement>(connection_, plan, *key);
  size_t bytes = 0;
  for (const RowUpdate& row : rows) bytes += fits(plan, row);
  connection_.count_bytes(bytes);
  return statement->run(rows);
}

void BulkUpdates::clear() { statements_.clear(); }

}  // namespace sluice::mysql
