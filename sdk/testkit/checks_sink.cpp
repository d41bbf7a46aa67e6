#include <cstring>
#include <thread>

#include "sink_bench.hpp"

namespace sluice::testkit {

namespace {

void capabilities(const Subject& subject) {
  const SinkBench b(subject);
  const auto& c = b.capabilities();
  expect(c.flavor.len > 0, "capabilities names no flavor");
  expect((c.flags & ~uint32_t{SLUICE_SINK_TRANSACTIONS | SLUICE_SINK_DDL | SLUICE_SINK_BULK}) == 0,
         "capabilities sets flags that this SDK does not know");
  expect(!(c.flags & SLUICE_SINK_TRANSACTIONS) || b.sink().has_marks(),
         "the sink claims transactions and offers no marks: exactly-once delivery needs both");
}

void apply_rows(const Subject& subject) {
  const SinkBench b(subject);
  auto w = b.writer();
  const SampleTable table("rows");
  b.create(w, table);
  expect(b.has_rows(w, table) != 1, "a new table has rows");
  SampleRows rows;
  rows.insert(1, "one");
  rows.insert(2, "it's \\ \"two\"\n");
  rows.update(1, "one", "eins");
  rows.remove(2, "it's \\ \"two\"\n");
  const sluice_sink_result result = b.must_apply(w, table, rows, {});
  expect(result.rows == 4, "apply of 4 row changes reports " + std::to_string(result.rows));
  expect(result.unmatched == 0, "apply reports unmatched rows where all rows are there");
  expect(b.has_rows(w, table) != 0, "a row that was applied is not there");
  auto error = make_sized<sluice_error>();
  if (w.flush(error) != SLUICE_OK) fail("flush: " + said(error));
}

void unmatched(const Subject& subject) {
  const SinkBench b(subject);
  const uint32_t holds_tables = SLUICE_SINK_TRANSACTIONS | SLUICE_SINK_DDL;
  if ((b.capabilities().flags & holds_tables) != holds_tables) skip("the sink records changes, it holds no tables");
  auto w = b.writer();
  const SampleTable table("unmatched");
  b.create(w, table);
  SampleRows rows;
  rows.remove(7, "never there");
  const sluice_sink_result result = b.must_apply(w, table, rows, {});
  expect(result.unmatched == 1,
         "a delete that met no row is reported as unmatched " + std::to_string(result.unmatched) + " times, not once");
}

void marks_with_rows(const Subject& subject) {
  const SinkBench b(subject);
  b.need_marks();
  auto w = b.writer();
  const SampleTable table("marked");
  b.create(w, table);
  SampleRows rows;
  rows.insert(1, "one");
  const std::string value = "binlog.000001:4 'quoted' \\ \xc3\xa9";
  b.must_apply(w, table, rows, {{"lane", "0", "", value}, {"lane", "1", "", "b"}, {"load", "0", "", "c"}});
  auto other = b.writer();
  const MarkMap lanes = b.marks(other, "lane");
  expect(lanes == MarkMap{{"lane/0", value}, {"lane/1", "b"}}, "marks of the scope `lane` are not read back as stored");
  expect(b.marks(other, "").size() == 3, "the empty scope does not give all marks");
  auto error = make_sized<sluice_error>();
  if (other.clear_marks("lane", error) != SLUICE_OK) fail("clear_marks: " + said(error));
  expect(b.marks(w, "") == MarkMap{{"load/0", "c"}}, "clearing a scope removes other marks, or leaves its own");
  if (other.clear_marks("", error) != SLUICE_OK) fail("clear_marks: " + said(error));
  expect(b.marks(w, "").empty(), "clearing all scopes leaves marks");
}

void expect_fenced(sluice_status status, const sluice_error& error, const char* what) {
  expect(status != SLUICE_OK, std::string(what) + " was applied");
  expect((error.flags & SLUICE_ERROR_FENCED) != 0,
         std::string(what) + " fails without the FENCED flag: " + said(error));
}

/// A mark that does not match refuses the batch as a whole, and so does the replay of a batch whose acknowledgement
/// was lost.
void fence(const Subject& subject) {
  const SinkBench b(subject);
  b.need_marks();
  auto w = b.writer();
  const SampleTable table("fenced"), empty("fenced_empty");
  b.create(w, table);
  b.create(w, empty);
  SampleRows rows;
  rows.insert(1, "one");
  auto result = make_sized<sluice_sink_result>();
  auto error = make_sized<sluice_error>();
  expect_fenced(b.apply(w, empty, rows, {{"lane", "9", "", "new"}, {"lane", "0", "somebody", "x"}}, result, error),
                error, "a batch that expects a mark which is absent");
  auto other = b.writer();
  expect(b.has_rows(other, empty) != 1, "a fenced batch left rows");
  expect(b.marks(other, "").empty(), "a fenced batch left marks");
  auto second = b.writer();
  b.must_apply(second, table, rows, {{"lane", "0", "", "A"}});
  expect_fenced(b.apply(second, table, rows, {{"lane", "0", "", "A"}}, result, error), error,
                "a batch sent again after its acknowledgement was lost");
  expect(b.marks(other, "lane") == MarkMap{{"lane/0", "A"}}, "a refused replay changed the mark");
  SampleRows more;
  more.insert(2, "two");
  auto third = b.writer();
  b.must_apply(third, table, more, {{"lane", "0", "A", "B"}});
  SampleRows unfenced;
  unfenced.insert(3, "three");
  b.must_apply(third, table, unfenced, {{"lane", "0", "", "C", false}});
  expect(b.marks(other, "lane") == MarkMap{{"lane/0", "C"}}, "a mark without `expect` is not stored");
}

/// Two writers of one mark at a time: one wins.
void fence_race(const Subject& subject) {
  const SinkBench b(subject);
  b.need_marks();
  auto setup = b.writer();
  const SampleTable table("raced");
  b.create(setup, table);
  for (int round = 0; round < 5; ++round) {
    const std::string from = round == 0 ? "" : std::to_string(round - 1), to = std::to_string(round);
    std::atomic<int> applied{0};
    std::vector<std::thread> threads;
    std::vector<host::SinkWriter> writers;
    for (int t = 0; t < 2; ++t) writers.push_back(b.writer());
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back([&, t] {
        SampleRows rows;
        rows.insert(round * 2 + t, "raced");
        auto result = make_sized<sluice_sink_result>();
        auto error = make_sized<sluice_error>();
        if (b.apply(writers[static_cast<size_t>(t)], table, rows, {{"lane", "0", from, to}}, result, error) ==
            SLUICE_OK)
          ++applied;
      });
    }
    for (auto& t : threads) t.join();
    expect(applied == 1, std::to_string(applied) + " of two writers moved the same mark");
  }
}

struct Chunk {
  const std::vector<sluice_row>* rows;
  std::vector<sluice_value> values;
  size_t at = 0;
  size_t fail_after = SIZE_MAX;
  static sluice_status next(void* self, const sluice_value** values, size_t* count, sluice_error* error) noexcept {
    auto& chunk = *static_cast<Chunk*>(self);
    if (chunk.at >= chunk.fail_after) {
      auto record = make_sized<sluice_error>();
      record.number = 34005;
      copy_text(record.message, "the dump file ends early");
      write_sized(error, record);
      return SLUICE_FAILED;
    }
    chunk.values.clear();
    *count = 0;
    for (; *count < 2 && chunk.at < chunk.rows->size(); ++*count, ++chunk.at) {
      const sluice_value* row = (*chunk.rows)[chunk.at].after;
      chunk.values.insert(chunk.values.end(), row, row + 2);
    }
    *values = chunk.values.data();
    return SLUICE_OK;
  }
};

sluice_status run_load(host::SinkWriter& w, const SampleTable& table, Chunk& chunk, const std::vector<Mark>& marks,
                       sluice_sink_result& result, sluice_error& error) {
  const auto raw_marks = flat(marks);
  auto load = make_sized<sluice_load>();
  load.on_duplicate = SLUICE_DUPLICATE_REPLACE;
  load.table = &table.raw();
  load.self = &chunk;
  load.next = &Chunk::next;
  load.marks = raw_marks.data();
  load.mark_count = raw_marks.size();
  return w.load(load, result, error);
}

void load(const Subject& subject) {
  const SinkBench b(subject);
  auto w = b.writer();
  const SampleTable table("loaded"), broken("loaded_broken");
  b.create(w, table);
  b.create(w, broken);
  SampleRows rows;
  for (int i = 0; i < 5; ++i) rows.insert(i, "row " + std::to_string(i));
  std::vector<Mark> marks;
  if (b.atomic()) marks.push_back({"load", "chunk-1", "", "done"});
  auto result = make_sized<sluice_sink_result>();
  auto error = make_sized<sluice_error>();
  Chunk bad{&rows.rows(), {}, 0, 2};
  const sluice_status status = run_load(w, broken, bad, marks, result, error);
  expect(status != SLUICE_OK, "a load succeeds although its rows end with a failure");
  expect(error.number == 34005 && field_text(error.message) == "the dump file ends early",
         "the record of a failing `next` does not come back unchanged: " + said(error));
  auto other = b.writer();
  if (b.atomic()) {
    expect(b.has_rows(other, broken) != 1, "a failed load left rows");
    expect(b.marks(other, "").empty(), "a failed load left marks");
  }
  Chunk good{&rows.rows(), {}};
  auto fresh = b.writer();
  if (run_load(fresh, table, good, marks, result, error) != SLUICE_OK) fail("load: " + said(error));
  expect(result.rows == 5, "a load of 5 rows reports " + std::to_string(result.rows));
  expect(b.has_rows(other, table) != 0, "loaded rows are not there");
  if (b.atomic())
    expect(b.marks(other, "load") == MarkMap{{"load/chunk-1", "done"}}, "the mark of a load is not stored");
}

sluice_checkpoint checkpoint(bool global, const char* schema, const char* table, const char* name, uint64_t pos) {
  auto row = make_sized<sluice_checkpoint>();
  row.is_global = global ? 1 : 0;
  row.source = to_str("mysql-01");
  row.schema = to_str(schema);
  row.table = to_str(table);
  row.binlog_name = to_str(name);
  row.binlog_pos = pos;
  row.binlog_gtid = to_str("3ccc475b-2343-11e7-be21-6c0b84d59f30:1-14");
  row.table_info = to_str("null");
  return row;
}

std::map<std::string, std::string> read_checkpoints(host::SinkWriter& w) {
  std::map<std::string, std::string> all;
  auto error = make_sized<sluice_error>();
  const auto each = [&](const sluice_checkpoint& c) {
    const std::string key =
        (c.is_global ? "global " : "") + std::string(view(c.schema)) + "." + std::string(view(c.table));
    all[key] = std::string(view(c.binlog_name)) + ":" + std::to_string(c.binlog_pos) + " " +
               std::string(view(c.binlog_gtid)) + " " + std::string(view(c.table_info));
  };
  if (w.read_checkpoints(each, error) != SLUICE_OK) fail("checkpoint.read: " + said(error));
  return all;
}

void checkpoints(const Subject& subject) {
  const SinkBench b(subject);
  if (!b.sink().has_checkpoint()) skip("the sink does not offer sluice.sink.checkpoint/1");
  auto w = b.writer(), other = b.writer();
  auto error = make_sized<sluice_error>();
  expect(read_checkpoints(w).empty(), "there are checkpoints before any were written");
  sluice_checkpoint rows[] = {checkpoint(true, "", "", "mysql-bin.000003", 1200),
                              checkpoint(false, "shop", "orders", "mysql-bin.000003", 900),
                              checkpoint(false, "shop", "it's", "mysql-bin.000002", 4)};
  const std::string info = R"({"columns":["id","a\"b"],"note":"it's"})";
  rows[1].table_info = to_str(info);
  if (w.write_checkpoints(rows, {}, error) != SLUICE_OK) fail("checkpoint.write: " + said(error));
  const std::string gtid = " 3ccc475b-2343-11e7-be21-6c0b84d59f30:1-14 ";
  std::map<std::string, std::string> want = {{"global .", "mysql-bin.000003:1200" + gtid + "null"},
                                             {"shop.orders", "mysql-bin.000003:900" + gtid + info},
                                             {"shop.it's", "mysql-bin.000002:4" + gtid + "null"}};
  auto got = read_checkpoints(other);
  expect(got.size() == want.size(),
         std::to_string(want.size()) + " checkpoint rows were written, " + std::to_string(got.size()) + " are read");
  for (const auto& [key, text] : want)
    expect(got[key] == text, "the checkpoint of `" + key + "` is `" + got[key] + "`, not `" + text + "`");
  rows[0].binlog_pos = 5000;
  if (w.write_checkpoints({rows, 1}, {}, error) != SLUICE_OK) fail("checkpoint.write: " + said(error));
  expect(read_checkpoints(other)["global ."] == "mysql-bin.000003:5000" + gtid + "null",
         "writing a checkpoint again does not update it");
  if (w.remove_checkpoints("shop", "orders", error) != SLUICE_OK) fail("checkpoint.remove: " + said(error));
  got = read_checkpoints(other);
  expect(got.size() == 2 && !got.count("shop.orders"), "removing one table's checkpoint removes another, or nothing");
  if (w.remove_checkpoints("", "", error) != SLUICE_OK) fail("checkpoint.remove: " + said(error));
  expect(read_checkpoints(other).empty(), "removing all checkpoints of the source leaves some");
  if (w.write_checkpoints(rows, {}, error) != SLUICE_OK) fail("checkpoint.write: " + said(error));
  if (w.drop_checkpoints(error) != SLUICE_OK) fail("checkpoint.drop_all: " + said(error));
  expect(read_checkpoints(other).empty(), "dropping the metadata leaves checkpoints");
}

void structure(const Subject& subject) {
  const SinkBench b(subject);
  if (!b.sink().has_structure()) skip("the sink does not offer sluice.sink.structure/1");
  auto w = b.writer();
  const SampleTable table("shape");
  std::string text = "untouched";
  auto error = make_sized<sluice_error>();
  if (w.create_table(SinkBench::schema(), "shape", text, error) != SLUICE_OK)
    fail("create_table of an absent table: " + said(error));
  expect(text.empty(), "create_table writes something for a table that does not exist");
  expect(b.has_rows(w, table) == 0, "a table that does not exist has rows");
  b.create(w, table);
  if (w.create_table(SinkBench::schema(), "shape", text, error) != SLUICE_OK) fail("create_table: " + said(error));
  expect(text.find("shape") != std::string::npos && text.find("`id`") != std::string::npos,
         "create_table does not give the CREATE TABLE text: " + text);
}

void check_target(const Subject& subject) {
  const SinkBench b(subject);
  if (!b.sink().has_check()) skip("the sink does not offer sluice.sink.check/1");
  const std::string schema = SinkBench::schema();
  const sluice_str names[] = {to_str(schema), to_str("nowhere")};
  auto needs = make_sized<sluice_sink_needs>();
  needs.connections = 1;
  needs.tables = names;
  needs.table_count = 1;
  auto error = make_sized<sluice_error>();
  std::string wrong;
  const auto each = [&](const sluice_sink_finding& finding) {
    const bool known = finding.severity == SLUICE_FINDING_WARN || finding.severity == SLUICE_FINDING_FAIL;
    if (!known) wrong = "a finding is neither WARN nor FAIL";
    if (finding.item.len == 0 || finding.what.len == 0) wrong = "a finding does not say which item, or what is wrong";
  };
  if (b.sink().check(needs, each, error) != SLUICE_OK) fail("check: " + said(error));
  expect(wrong.empty(), wrong);
}

void cancel(const Subject& subject) {
  const SinkBench b(subject);
  auto w = b.writer();
  const SampleTable table("cancelled");
  b.create(w, table);
  const auto before = std::chrono::steady_clock::now();
  b.sink().cancel();
  b.sink().cancel();
  expect(std::chrono::steady_clock::now() - before < std::chrono::seconds(2), "cancel takes longer than a second");
  SampleRows rows;
  rows.insert(1, "late");
  auto result = make_sized<sluice_sink_result>();
  auto error = make_sized<sluice_error>();
  const sluice_status status = b.apply(w, table, rows, {}, result, error);
  expect(status == SLUICE_CANCELLED, "apply after cancel returns " + std::to_string(status) + ", not SLUICE_CANCELLED");
}

}  // namespace

const std::vector<Check>& sink_checks() {
  static const std::vector<Check> kChecks = {
      {"sink-capabilities", "sink", "Capabilities are known ones and fit together.", &capabilities},
      {"sink-apply", "sink", "Row changes are applied in order and counted.", &apply_rows, 60},
      {"sink-unmatched", "sink", "Updates and deletes that meet no row are counted.", &unmatched, 60},
      {"sink-marks", "sink", "Marks are stored with the rows, read back and cleared by scope.", &marks_with_rows, 60},
      {"sink-fence", "sink", "A mark that does not match refuses the whole batch; so does a replay.", &fence, 60},
      {"sink-fence-race", "sink", "Of two writers of one mark, one wins.", &fence_race, 120},
      {"sink-load", "sink", "A chunk is loaded as a whole or not at all.", &load, 60},
      {"sink-checkpoint", "sink", "Checkpoints are read back as written, updated and removed.", &checkpoints, 60},
      {"sink-structure", "sink", "Structures are read back; absent tables are no error.", &structure, 60},
      {"sink-check", "sink", "Findings about the target name their item and what is wrong.", &check_target, 60},
      {"sink-cancel", "sink", "After cancel calls end at once and say so.", &cancel, 60},
  };
  return kChecks;
}

}  // namespace sluice::testkit
