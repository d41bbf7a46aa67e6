#include "core/upstream/connection.hpp"
#include "core/upstream/connection_impl.hpp"

namespace sluice::upstream {

struct RowStream::Impl {
  std::shared_ptr<Connection::Impl> connection;
  MYSQL_RES* result = nullptr;
  std::string statement;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (result) mysql_free_result(result);
  }
};

RowStream::RowStream(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)), columns_(impl_->result ? mysql_num_fields(impl_->result) : 0) {}
RowStream::RowStream(RowStream&&) noexcept = default;
RowStream& RowStream::operator=(RowStream&&) noexcept = default;
RowStream::~RowStream() = default;

Result<bool> RowStream::next() {
  if (!impl_->result) return false;
  MYSQL_ROW row = mysql_fetch_row(impl_->result);
  if (row) {
    values_ = row;
    lengths_ = mysql_fetch_lengths(impl_->result);
    return true;
  }
  values_ = nullptr;
  lengths_ = nullptr;
  if (mysql_errno(impl_->connection->mysql) != 0) return impl_->connection->last_error(impl_->statement);
  mysql_free_result(impl_->result);
  impl_->result = nullptr;
  return false;
}

Result<RowStream> Connection::stream(const std::string& sql) {
  if (mysql_real_query(impl_->mysql, sql.data(), sql.size()) != 0) return impl_->last_error(sql);
  auto impl = std::make_unique<RowStream::Impl>();
  impl->connection = impl_;
  impl->statement = sql;
  impl->result = mysql_use_result(impl_->mysql);
  if (!impl->result && mysql_errno(impl_->mysql) != 0) return impl_->last_error(sql);
  return RowStream(std::move(impl));
}

Result<Rows> Connection::query(const std::string& sql) {
  Result<RowStream> stream = this->stream(sql);
  if (!stream) return stream.status();
  Rows out;
  if (MYSQL_RES* result = stream->impl_->result) {
    const MYSQL_FIELD* fields = mysql_fetch_fields(result);
    for (size_t i = 0; i < stream->column_count(); ++i) out.columns.emplace_back(fields[i].name, fields[i].name_length);
  }
  for (;;) {
    Result<bool> more = stream->next();
    if (!more) return more.status();
    if (!*more) return out;
    auto& row = out.rows.emplace_back();
    row.reserve(stream->column_count());
    for (size_t i = 0; i < stream->column_count(); ++i) {
      const char* value = stream->values()[i];
      row.push_back(value ? std::optional<std::string>(std::in_place, value, stream->lengths()[i]) : std::nullopt);
    }
  }
}

}  // namespace sluice::upstream
