#include "sink_bench.hpp"

namespace sluice::testkit {

SampleTable::SampleTable(std::string name) : name_(std::move(name)) {
  columns_[0] = make_sized<sluice_column>();
  columns_[0].flags = SLUICE_COLUMN_NOT_NULL;
  columns_[0].type = SLUICE_INT;
  columns_[0].name = to_str("id");
  columns_[0].type_text = to_str("int(11)");
  columns_[1] = make_sized<sluice_column>();
  columns_[1].type = SLUICE_STRING;
  columns_[1].name = to_str("v");
  columns_[1].type_text = to_str("varchar(40)");
  columns_[1].charset = to_str("utf8mb4");
  key_ = make_sized<sluice_key>();
  key_.flags = SLUICE_KEY_PRIMARY | SLUICE_KEY_UNIQUE | SLUICE_KEY_NOT_NULL;
  key_.name = to_str("PRIMARY");
  key_.columns = key_columns_;
  key_.prefix = key_prefix_;
  key_.column_count = 1;
  raw_ = make_sized<sluice_table>();
  static uint64_t next_version = 1;
  raw_.version = next_version++;
  raw_.schema = raw_.source_schema = to_str(SinkBench::schema());
  raw_.name = raw_.source_table = to_str(name_);
  raw_.source = to_str("mysql-01");
  raw_.columns = columns_;
  raw_.column_count = 2;
  raw_.column_stride = sizeof(sluice_column);
  raw_.keys = &key_;
  raw_.key_count = 1;
  raw_.key_stride = sizeof(sluice_key);
}

std::string SampleTable::create_sql() const {
  return "CREATE TABLE `" + name_ +
         "` (`id` int NOT NULL, `v` varchar(40) DEFAULT NULL, PRIMARY KEY (`id`)) "
         "DEFAULT CHARSET=utf8mb4";
}

const sluice_value* SampleRows::values(int64_t id, const std::string& text) {
  texts_.push_back(text);
  std::vector<sluice_value> two(2);
  two[0].kind = SLUICE_INT;
  two[0].v.i = id;
  two[1].kind = SLUICE_STRING;
  two[1].size = static_cast<uint32_t>(texts_.back().size());
  two[1].v.p = texts_.back().data();
  values_.push_back(std::move(two));
  return values_.back().data();
}

void SampleRows::insert(int64_t id, const std::string& text) {
  rows_.push_back({SLUICE_INSERT, {}, 0, nullptr, values(id, text)});
}
void SampleRows::update(int64_t id, const std::string& before, const std::string& after) {
  const auto* from = values(id, before);
  rows_.push_back({SLUICE_UPDATE, {}, 0, from, values(id, after)});
}
void SampleRows::remove(int64_t id, const std::string& text) {
  rows_.push_back({SLUICE_DELETE, {}, 0, values(id, text), nullptr});
}

std::vector<sluice_mark> flat(const std::vector<Mark>& marks) {
  std::vector<sluice_mark> out;
  for (const Mark& m : marks) {
    out.push_back(
        {to_str(m.scope), to_str(m.key), m.fenced ? to_str(m.expect) : sluice_str{nullptr, 0}, to_str(m.value)});
  }
  return out;
}

SinkBench::SinkBench(const Subject& subject) : library_(subject.file) {
  sink_ = as<host::Sink>(library_.create(subject));
  auto error = make_sized<sluice_error>();
  if (sink_->capabilities(capabilities_, error) != SLUICE_OK) {
    if (subject.config.empty())
      skip("the target cannot be reached with default settings, give --config: " + said(error));
    fail("capabilities: " + said(error));
  }
  auto first = writer();
  if (capabilities_.flags & SLUICE_SINK_DDL) {
    execute(first, std::string("DROP DATABASE IF EXISTS `") + schema() + "`", "", "");
    execute(first, std::string("CREATE DATABASE `") + schema() + "`", "", "");
  }
  if (sink_->has_marks() && first.clear_marks("", error) != SLUICE_OK) fail("clear_marks: " + said(error));
  if (sink_->has_checkpoint() && first.drop_checkpoints(error) != SLUICE_OK) fail("drop_all: " + said(error));
}

SinkBench::~SinkBench() {
  auto error = make_sized<sluice_error>();
  host::SinkWriter last;
  if (!sink_ || sink_->open_writer(last, error) != SLUICE_OK) return;
  if (capabilities_.flags & SLUICE_SINK_DDL) {
    const std::string sql = std::string("DROP DATABASE IF EXISTS `") + schema() + "`";
    auto statement = make_sized<sluice_statement>();
    statement.sql = to_str(sql);
    (void)last.execute(statement, error);
  }
  if (sink_->has_checkpoint()) (void)last.drop_checkpoints(error);
}

void SinkBench::need_marks() const {
  if (!atomic()) skip("the sink does not store marks in its transactions");
}

host::SinkWriter SinkBench::writer() const {
  host::SinkWriter writer;
  auto error = make_sized<sluice_error>();
  if (sink_->open_writer(writer, error) != SLUICE_OK) fail("open_writer: " + said(error));
  return writer;
}

void SinkBench::execute(host::SinkWriter& writer, const std::string& sql, const std::string& schema,
                        const std::string& table) const {
  auto statement = make_sized<sluice_statement>();
  statement.sql = to_str(sql);
  statement.schema = to_str(schema);
  statement.table = to_str(table);
  auto error = make_sized<sluice_error>();
  if (writer.execute(statement, error) != SLUICE_OK) fail("execute " + sql + ": " + said(error));
}

void SinkBench::create(host::SinkWriter& writer, const SampleTable& table) const {
  execute(writer, table.create_sql(), schema(), table.name());
}

sluice_status SinkBench::apply(host::SinkWriter& writer, const SampleTable& table, const SampleRows& rows,
                               const std::vector<Mark>& marks, sluice_sink_result& result, sluice_error& error) const {
  const sluice_table* tables[] = {&table.raw()};
  const auto raw_marks = flat(marks);
  auto batch = make_sized<sluice_batch>();
  batch.tables = tables;
  batch.table_count = 1;
  batch.rows = rows.rows().data();
  batch.row_count = rows.rows().size();
  batch.marks = raw_marks.data();
  batch.mark_count = raw_marks.size();
  std::vector<std::unique_ptr<std::max_align_t[]>> blocks;
  auto arena = make_sized<sluice_arena>();
  arena.self = &blocks;
  arena.alloc = [](void* self, size_t size, size_t) noexcept -> void* {
    auto& all = *static_cast<std::vector<std::unique_ptr<std::max_align_t[]>>*>(self);
    all.push_back(std::make_unique<std::max_align_t[]>(size / sizeof(std::max_align_t) + 1));
    return all.back().get();
  };
  batch.arena = &arena;
  return writer.apply(batch, result, error);
}

sluice_sink_result SinkBench::must_apply(host::SinkWriter& writer, const SampleTable& table, const SampleRows& rows,
                                         const std::vector<Mark>& marks) const {
  auto result = make_sized<sluice_sink_result>();
  auto error = make_sized<sluice_error>();
  if (apply(writer, table, rows, marks, result, error) != SLUICE_OK) fail("apply: " + said(error));
  return result;
}

MarkMap SinkBench::marks(host::SinkWriter& writer, const std::string& scope) const {
  MarkMap all;
  auto error = make_sized<sluice_error>();
  const auto each = [&](const sluice_mark& m) {
    all[std::string(view(m.scope)) + "/" + std::string(view(m.key))] = view(m.value);
  };
  if (writer.read_marks(scope, each, error) != SLUICE_OK) fail("read_marks: " + said(error));
  return all;
}

int SinkBench::has_rows(host::SinkWriter& writer, const SampleTable& table) const {
  if (!sink_->has_structure()) return -1;
  bool answer = false;
  auto error = make_sized<sluice_error>();
  if (writer.has_rows(schema(), table.name(), answer, error) != SLUICE_OK) fail("has_rows: " + said(error));
  return answer ? 1 : 0;
}

}  // namespace sluice::testkit
