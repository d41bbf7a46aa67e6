#include "sluice/plugin/plugin.hpp"

#include "check.hpp"
#include "writer.hpp"

namespace sluice::mysql {
namespace {

class MySqlSink final : public plugin::Sink {
 public:
  static constexpr const char* kId = "mysql";
  static constexpr const char* kVersion = "1.0.0";
  static constexpr const char* kSummary = "Writes to MySQL, MariaDB or TiDB; exactly once.";
  static std::vector<plugin::Setting> settings() { return declared_settings(); }

  explicit MySqlSink(const plugin::Config& config) : shared_(config) {}

  plugin::SinkInterfaces interfaces() const override {
    return {.marks = true, .checkpoint = true, .structure = true, .check = true};
  }

  plugin::SinkCapabilities capabilities() override {
    const auto connection = shared_.connect();
    return {SLUICE_SINK_TRANSACTIONS | SLUICE_SINK_DDL | SLUICE_SINK_BULK, 0, connection->flavor(),
            connection->server_version()};
  }

  std::unique_ptr<plugin::SinkWriter> open_writer() override { return std::make_unique<Writer>(shared_); }
  std::vector<plugin::SinkFinding> check(const plugin::SinkNeeds& needs) override {
    const auto connection = shared_.connect();
    return check_target(*connection, shared_.settings, needs);
  }
  void cancel() override { shared_.cancel(); }

 private:
  Shared shared_;
};

}  // namespace
}  // namespace sluice::mysql

SLUICE_EXPORT_PLUGIN(sluice::mysql::MySqlSink)
