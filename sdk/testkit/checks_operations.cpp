#include <algorithm>
#include <string>
#include <vector>

#include "check.hpp"
#include "library.hpp"
#include "sluice/host/operations.hpp"
#include "sluice/plugin/json.hpp"

namespace sluice::testkit {

namespace {

using Added = TestHost::AddedOperation;

std::string named(const Added& added) { return "operation `" + std::string(view(added.handler.operation.id)) + "`: "; }

/// What the instance has added to the API; skips the check when that is nothing.
std::vector<Added> added_by(const Library& library, const host::Instance& instance) {
  std::vector<Added> all = library.host().operations();
  if (all.empty()) skip("it adds no operations to the API");
  for (const Added& one : all) {
    expect(one.instance == instance.raw(), named(one) + "it was added in the name of another instance");
  }
  return all;
}

void declared_well(const Subject& subject) {
  const Library library(subject.file);
  const host::Instance instance = library.create(subject);
  std::vector<std::string> ids;
  std::vector<std::string> shapes;
  for (const Added& one : added_by(library, instance)) {
    const sluice_operation& operation = one.handler.operation;
    if (const std::string why = host::operation_problem(operation); !why.empty()) fail(named(one) + why);
    expect(one.handler.handle != nullptr, named(one) + "it has no handler");
    expect(operation.summary.len > 0, named(one) + "it has no summary");
    const std::string id(view(operation.id));
    const std::string shape = host::operation_shape(view(operation.method), view(operation.path));
    expect(std::count(ids.begin(), ids.end(), id) == 0, named(one) + "its id is there twice");
    expect(std::count(shapes.begin(), shapes.end(), shape) == 0, named(one) + "its method and path are there twice");
    ids.push_back(id);
    shapes.push_back(shape);
  }
}

struct Answers {
  int times = 0;
  int32_t status = 0;
  std::string type;
  std::string body;
};

/// Asks with "x" for each parameter of the path.
Answers ask(const Added& one, const char* dialect) {
  Answers out;
  std::vector<std::string> names;
  for (const std::string_view segment : host::detail::path_segments(view(one.handler.operation.path))) {
    if (host::detail::is_parameter(segment)) names.emplace_back(segment.substr(1, segment.size() - 2));
  }
  std::vector<sluice_param> params;
  for (const std::string& name : names) params.push_back({to_str(name), to_str("x")});
  auto request = make_sized<sluice_request>();
  request.operation = one.handler.operation.id;
  request.dialect = to_str(dialect);
  request.path_params = params.data();
  request.path_param_count = params.size();
  request.identity = to_str("sluice-plugin-check");
  auto sink = make_sized<sluice_reply_sink>();
  sink.self = &out;
  sink.done = [](void* self, int32_t status, sluice_str type, sluice_str body) noexcept {
    auto& answers = *static_cast<Answers*>(self);
    ++answers.times;
    answers.status = status;
    answers.type = std::string(view(type));
    answers.body = std::string(view(body));
  };
  one.handler.handle(one.handler.self, &request, &sink);
  return out;
}

/// Only those that change nothing are asked.
void answer_well(const Subject& subject) {
  const Library library(subject.file);
  const host::Instance instance = library.create(subject);
  for (const Added& one : added_by(library, instance)) {
    if (view(one.handler.operation.method) != "GET") continue;
    for (const char* dialect : {"docs", "spec"}) {
      const Answers got = ask(one, dialect);
      expect(got.times == 1, named(one) + "it answers " + std::to_string(got.times) + " times");
      expect((got.status >= 200 && got.status <= 299) || (got.status >= 400 && got.status <= 599),
             named(one) + "it answers with the status " + std::to_string(got.status));
      if (got.body.empty() || got.type.rfind("application/json", 0) != 0) continue;
      try {
        (void)plugin::Json::parse(got.body);
      } catch (const std::exception& why) {
        fail(named(one) + "its answer is no JSON: " + why.what());
      }
    }
  }
}

}  // namespace

const std::vector<Check>& operations_checks() {
  static const std::vector<Check> kChecks = {
      {"operations-declared", "*",
       "What it adds to the API has an id, a method and a path of its own below the instance.", &declared_well},
      {"operations-answer", "*", "GET operations that it adds answer once, with a status and JSON.", &answer_well},
  };
  return kChecks;
}

}  // namespace sluice::testkit
