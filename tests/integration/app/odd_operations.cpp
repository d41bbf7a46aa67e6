// A transport that serves nothing and contributes operations: some that keep to the contract and some that break it.
#include <string>

#include "sluice/plugin/plugin.hpp"

namespace {

using namespace sluice;
using namespace sluice::plugin;

using Handle = decltype(sluice_operation_handler::handle);

/// Past the C++ half, which would not let these through.
void add_odd(const Config& config, const char* id, const char* path, Handle handle) {
  auto raw = make_sized<sluice_operation_handler>();
  raw.operation = make_sized<sluice_operation>();
  raw.operation.id = to_str(id);
  raw.operation.method = to_str("GET");
  raw.operation.path = to_str(path);
  raw.operation.summary = to_str("breaks the contract");
  raw.handle = handle;
  auto error = make_sized<sluice_error>();
  const auto& host = Host::get().operations();
  if (host.add(host.self, config.instance(), &raw, &error) != SLUICE_OK) throw Failure(SLUICE_FAILED, error);
}

class Odd final : public Transport {
 public:
  static constexpr const char* kId = "odd";
  static constexpr const char* kVersion = "1.0";
  static constexpr const char* kSummary = "contributes operations";
  static std::vector<Setting> settings() { return {}; }

  explicit Odd(const Config& config) : operations_(config) {
    operations_.add("hello", "GET", "/hello", "Says hello", [](const Request&) {
      return Reply{200, "application/json", R"({"hello":"world"})"};
    });
    operations_.add("putItem", "PUT", "/items/{item}", "Tells what it was asked", [](const Request& request) {
      return Reply{201, "application/json",
                   "{\"item\":" + json_string(Request::value(request.path_params, "item")) +
                       ",\"colour\":" + json_string(Request::value(request.query, "colour")) +
                       ",\"identity\":" + json_string(request.identity) +
                       ",\"dialect\":" + json_string(request.dialect) + ",\"body\":" + request.body + "}"};
    });
    operations_.add("fails", "DELETE", "/items/{item}", "Throws",
                    [](const Request&) -> Reply { throw Failure("the item is \"stuck\""); });
    add_odd(config, "mute", "/mute", [](void*, const sluice_request*, const sluice_reply_sink*) noexcept {});
    add_odd(config, "twice", "/twice", [](void*, const sluice_request*, const sluice_reply_sink* reply) noexcept {
      for (int i = 0; i < 2; ++i) reply->done(reply->self, 200, to_str("application/json"), to_str("{}"));
    });
    add_odd(config, "status", "/status", [](void*, const sluice_request*, const sluice_reply_sink* reply) noexcept {
      reply->done(reply->self, 42, to_str("application/json"), to_str("{}"));
    });
    add_odd(config, "nonsense", "/nonsense", [](void*, const sluice_request*, const sluice_reply_sink* reply) noexcept {
      reply->done(reply->self, 200, to_str("application/json"), to_str("{nonsense"));
    });
  }
  void start() override {}
  void stop(std::chrono::milliseconds) override {}
  std::string address() const override { return "nowhere"; }

 private:
  Operations operations_;
};

}  // namespace

SLUICE_EXPORT_PLUGIN(Odd)
