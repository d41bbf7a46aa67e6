// A sink that appends every row change to a file, one line of tab-separated values each.
#include <atomic>
#include <fstream>

#include "sluice/plugin/plugin.hpp"

namespace {

using namespace sluice::plugin;

class Writer : public SinkWriter {
 public:
  Writer(const std::string& path, const std::atomic<bool>& stop) : out_(path, std::ios::app), cancelled_(stop) {
    if (!out_) throw Failure("cannot open " + path + " for writing");
  }
  SinkResult apply(const Batch& batch) override {
    SinkResult total;
    for (const sluice_row& row : batch.rows()) {
      write("?+~-"[row.kind], *batch.tables()[row.table], row.after ? row.after : row.before, total);
    }
    return total;
  }
  SinkResult load(const Load& load) override {
    SinkResult total;
    for (auto rows = load.next(); !rows.empty(); rows = load.next()) {
      for (size_t at = 0; at < rows.size(); at += load.table().column_count) write('+', load.table(), &rows[at], total);
    }
    return total;
  }
  void execute(const Statement& statement) override { out_ << "#\t" << statement.sql() << '\n'; }
  void flush() override { out_.flush(); }

 private:
  void write(char sign, const sluice_table& table, const sluice_value* values, SinkResult& total) {
    if (cancelled_) throw Failure::cancelled();
    std::string line = std::string(1, sign) + '\t' + std::string(sluice::view(table.name));
    for (size_t i = 0; i < table.column_count; ++i) {
      if (!append_value(line += '\t', values[i])) line += "\\N";
    }
    if (!(out_ << line << '\n')) throw Failure("cannot write the file");
    total = {total.rows + 1, total.bytes + line.size() + 1, 0};
  }
  std::ofstream out_;
  const std::atomic<bool>& cancelled_;
};

struct TsvSink : Sink {
  static constexpr const char *kId = "tsv", *kVersion = "1.0.0", *kSummary = "Appends row changes to a file.";
  static std::vector<Setting> settings() { return {Setting::string("path").required().help("File to append to.")}; }
  explicit TsvSink(const Config& config) : path(config.string("path")) {}
  SinkCapabilities capabilities() override { return {0, 1, "tsv", "1"}; }
  std::unique_ptr<SinkWriter> open_writer() override { return std::make_unique<Writer>(path, cancelled); }
  void cancel() override { cancelled = true; }
  const std::string path;
  std::atomic<bool> cancelled{false};
};

}  // namespace

SLUICE_EXPORT_PLUGIN(TsvSink)
