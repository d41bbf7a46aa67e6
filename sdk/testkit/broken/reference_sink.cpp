#include <atomic>
#include <map>
#include <mutex>
#include <type_traits>

#include "reference.hpp"

namespace sluice::reference {

struct ReferenceSink::State {
  using Rows = std::map<int64_t, std::string>;
  struct Checkpoint {
    bool global;
    std::string source, schema, table, name, gtid, info;
    uint64_t pos;
  };
  /// Everything that a transaction may change: copied, changed, put back.
  struct Data {
    std::map<std::string, Rows> tables;
    std::map<std::pair<std::string, std::string>, std::string> marks;
    std::map<std::pair<std::string, std::string>, Checkpoint> checkpoints;
  };
  std::mutex mutex;
  Data data;
  std::atomic<bool> cancelled{false};
};

namespace {

using State = ReferenceSink::State;

std::string text_of(const sluice_value& v) {
  std::string out;
  plugin::append_value(out, v);
  return out;
}

class ReferenceWriter : public plugin::SinkWriter {
 public:
  explicit ReferenceWriter(std::shared_ptr<State> state) : state_(std::move(state)) {}

  plugin::SinkResult apply(const plugin::Batch& batch) override {
    return transact([&](State::Data& data) {
      store_marks(data, batch.marks());
      plugin::SinkResult result;
      for (const sluice_row& row : batch.rows()) {
        State::Rows& rows = table(data, *batch.tables()[row.table]);
        if (row.before && rows.erase(row.before[0].v.i) == 0) ++result.unmatched;
        if (row.after) rows[row.after[0].v.i] = text_of(row.after[1]);
        ++result.rows;
      }
      if (fault("miscounts-rows")) ++result.rows;
      return result;
    });
  }

  void execute(const plugin::Statement& statement) override {
    transact([&](State::Data& data) {
      const std::string_view sql = statement.sql();
      if (sql.starts_with("DROP DATABASE")) data.tables.clear();
      if (sql.starts_with("CREATE TABLE")) data.tables[std::string(statement.table())];
      store_marks(data, statement.marks());
      return 0;
    });
  }

  plugin::SinkResult load(const plugin::Load& load) override {
    return transact([&](State::Data& data) {
      store_marks(data, load.marks());
      plugin::SinkResult result;
      State::Rows& rows = table(data, load.table());
      for (auto values = load.next(); !values.empty(); values = load.next()) {
        for (size_t at = 0; at < values.size(); at += load.table().column_count, ++result.rows) {
          rows[values[at].v.i] = text_of(values[at + 1]);
        }
        if (fault("load-not-atomic")) state_->data = data;
      }
      return result;
    });
  }

  void read_marks(std::string_view scope, const EachMark& each) override {
    transact([&](State::Data& data) {
      for (const auto& [key, value] : data.marks) {
        if (!scope.empty() && key.first != scope) continue;
        each({to_str(key.first), to_str(key.second), {}, to_str(value)});
      }
      return 0;
    });
  }
  void clear_marks(std::string_view scope) override {
    transact([&](State::Data& data) {
      return std::erase_if(data.marks, [&](const auto& m) { return scope.empty() || m.first.first == scope; });
    });
  }

  void read_checkpoints(const EachCheckpoint& each) override {
    transact([&](State::Data& data) {
      for (const auto& [key, c] : data.checkpoints) {
        auto row = make_sized<sluice_checkpoint>();
        row.is_global = c.global ? 1 : 0;
        row.source = to_str(c.source);
        row.schema = to_str(c.schema);
        row.table = to_str(c.table);
        row.binlog_name = to_str(c.name);
        row.binlog_pos = fault("checkpoint-position") ? c.pos & 0xFF : c.pos;
        row.binlog_gtid = to_str(c.gtid);
        row.table_info = to_str(c.info);
        each(row);
      }
      return 0;
    });
  }
  void write_checkpoints(Strided<sluice_checkpoint> rows, std::span<const sluice_mark> marks) override {
    transact([&](State::Data& data) {
      store_marks(data, marks);
      for (const sluice_checkpoint& raw : rows) {
        const sluice_checkpoint c = copy_sized(&raw);
        const auto text = [](sluice_str s) { return std::string(view(s)); };
        data.checkpoints[{text(c.schema), text(c.table)}] = {
            c.is_global != 0,    text(c.source),      text(c.schema),     text(c.table),
            text(c.binlog_name), text(c.binlog_gtid), text(c.table_info), c.binlog_pos};
      }
      return 0;
    });
  }
  void remove_checkpoints(std::string_view schema, std::string_view name) override {
    transact([&](State::Data& data) {
      return std::erase_if(data.checkpoints, [&](const auto& c) {
        return (schema.empty() && name.empty()) || (c.first.first == schema && c.first.second == name);
      });
    });
  }
  void drop_checkpoints() override { remove_checkpoints("", ""); }

  std::string create_table(std::string_view, std::string_view name) override {
    return transact([&](State::Data& data) {
      if (!data.tables.count(std::string(name))) return std::string();
      return "CREATE TABLE `" + std::string(name) + "` (`id` int, `v` varchar(40))";
    });
  }
  bool has_rows(std::string_view, std::string_view name) override {
    return transact([&](State::Data& data) {
      const auto it = data.tables.find(std::string(name));
      return it != data.tables.end() && !it->second.empty();
    });
  }

 private:
  template <typename Body>
  std::invoke_result_t<Body&, State::Data&> transact(Body&& body) {
    if (state_->cancelled && !fault("ignores-cancel")) throw plugin::Failure::cancelled();
    const std::lock_guard<std::mutex> lock(state_->mutex);
    State::Data copy = state_->data;
    auto result = body(copy);
    state_->data = std::move(copy);
    return result;
  }
  static State::Rows& table(State::Data& data, const sluice_table& table) {
    const auto it = data.tables.find(std::string(view(table.name)));
    if (it == data.tables.end()) throw plugin::Failure("no table " + std::string(view(table.name)));
    return it->second;
  }
  static void store_marks(State::Data& data, std::span<const sluice_mark> marks) {
    for (const sluice_mark& m : marks) {
      std::string& stored = data.marks[{std::string(view(m.scope)), std::string(view(m.key))}];
      if (m.expect.data && view(m.expect) != stored && !fault("fence-ignored")) {
        throw plugin::Failure("the mark was moved by another writer").fenced();
      }
      stored = view(m.value);
    }
  }
  std::shared_ptr<State> state_;
};

}  // namespace

ReferenceSink::ReferenceSink(const plugin::Config& config) : state_(std::make_shared<State>()) {
  read_settings(config);
}
plugin::SinkCapabilities ReferenceSink::capabilities() {
  return {SLUICE_SINK_TRANSACTIONS | SLUICE_SINK_DDL, 0, "reference", "1.0"};
}
std::unique_ptr<plugin::SinkWriter> ReferenceSink::open_writer() { return std::make_unique<ReferenceWriter>(state_); }
void ReferenceSink::cancel() { state_->cancelled = true; }

}  // namespace sluice::reference
