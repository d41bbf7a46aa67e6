// Rows a second of the mysql sink against a throw-away MariaDB. Usage: sink_bench [rows] [rows per batch] [writers]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "mysql_fixture.hpp"

namespace {

using namespace sluice;
using namespace sluice::test;

const std::vector<ColumnSpec> kColumns = {
    {"id", SLUICE_INT}, {"k", SLUICE_INT}, {"c", SLUICE_STRING, "utf8mb4"}, {"pad", SLUICE_STRING, "utf8mb4"}};
const std::string kText(100, 'c');
const std::string kOther(100, 'd');
const std::string kPad(50, 'p');

Values row(int64_t id, const std::string& c) { return {integer(id), integer(id % 1000), text(c), text(kPad)}; }

void require(const Outcome& out) {
  if (out.ok()) return;
  std::fprintf(stderr, "failed: %s\n", out.message().c_str());
  std::exit(1);
}

double run(const char* what, size_t rows, size_t writers, const std::function<void(size_t)>& each) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < writers; ++i) threads.emplace_back(each, i);
  threads.clear();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::printf("%-28s %9.0f rows/s  %7.1f MB/s\n", what, static_cast<double>(rows) / seconds,
              static_cast<double>(rows) * 170 / seconds / 1e6);
  return seconds;
}

}  // namespace

int main(int argc, char** argv) {
  const size_t rows = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 200000;
  const size_t batch_rows = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 100;
  const size_t writers = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 4;
  MySqlTarget target;
  target.sql.exec("CREATE TABLE t.a (id BIGINT PRIMARY KEY, k INT, c VARCHAR(120), pad CHAR(60)) CHARSET utf8mb4");
  const TestTable table("t", "a", kColumns);
  std::vector<host::SinkWriter> sessions;
  for (size_t i = 0; i < writers; ++i) sessions.push_back(open_writer(target.sink));
  // Writer w owns the ids w, w + writers, ...: neighbours in time, as lanes are.
  const auto phase = [&](const char* what, const std::function<void(TestBatch&, int64_t)>& add) {
    run(what, rows, writers, [&](size_t writer) {
      const std::string lane = std::to_string(writer);
      for (size_t at = 0; at < rows; at += batch_rows * writers) {
        TestBatch batch;
        for (size_t i = 0; i < batch_rows && at + i * writers + writer < rows; ++i) {
          add(batch, static_cast<int64_t>(at + i * writers + writer));
        }
        require(apply(sessions[writer], batch.mark(lane, nullptr, std::to_string(at))));
      }
    });
  };
  phase("insert", [&](TestBatch& b, int64_t id) { b.insert(table, row(id, kText)); });
  phase("update", [&](TestBatch& b, int64_t id) { b.update(table, row(id, kText), row(id, kOther)); });
  phase("delete", [&](TestBatch& b, int64_t id) { b.remove(table, row(id, kOther)); });
  target.sql.exec("TRUNCATE t.a");
  phase("replace (safe mode)", [&](TestBatch& b, int64_t id) { b.safe().insert(table, row(id, kText)); });
  target.sql.exec("TRUNCATE t.a");
  run("load", rows * writers, writers, [&](size_t writer) {
    RowSource source{4, rows, 1000, [&](size_t i, sluice_value* to) {
                       const auto id = static_cast<int64_t>(writer * rows + i);
                       to[0] = integer(id);
                       to[1] = integer(id % 1000);
                       to[2] = text(kText);
                       to[3] = text(kPad);
                     }};
    require(load(sessions[writer], table, source));
  });
  return 0;
}
