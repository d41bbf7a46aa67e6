#include "core/ctl/run.hpp"

#include <unistd.h>

#include <chrono>
#include <iostream>
#include <thread>

#include "core/api/openapi.hpp"
#include "core/ctl/body.hpp"
#include "core/ctl/client.hpp"
#include "core/ctl/completion.hpp"
#include "core/ctl/failure.hpp"
#include "core/ctl/render.hpp"
#include "core/ctl/watch.hpp"
#include "core/model/definitions.hpp"
#include "core/taskfile/convert.hpp"

namespace sluice::ctl {
namespace {

using model::Json;

void require_ok(const Settings& settings, const Response& response) {
  if (response.ok()) return;
  // Scripts that asked for JSON get what the API said, on standard error like every failure.
  const bool json = settings.output == Settings::Output::Json && !response.body.empty();
  throw Failure(Exit::Refused, json ? response.body : render_refusal(response.status, response.body));
}

Json json_of(const Response& response) {
  auto json = model::parse_json(response.body);
  if (!json.ok()) throw Failure(Exit::Refused, "the API answered with something else than JSON");
  return std::move(json).value();
}

/// One of DM's task files to a task, here: the converter of the API masks secrets, and reads no files of this machine.
Json convert_task(const std::string& yaml) {
  const auto read = [](const std::string& path) -> Result<std::string> {
    try {
      return read_input(path);
    } catch (const Failure& failure) {
      return make_error(20003, failure.what());
    }
  };
  const auto task = taskfile::read_task_file(yaml, read);
  if (task.ok()) return model::write_task(*task);
  const Error& error = task.error();
  throw usage_error(error.message + (error.raw_cause.empty() ? "" : ": " + error.raw_cause) +
                    (error.workaround.empty() ? "" : ". " + error.workaround));
}

void watch(const Invocation& invocation) {
  Watch picture(std::cout, isatty(STDOUT_FILENO) != 0 && invocation.settings.output == Settings::Output::Table);
  Client client(invocation.settings);
  for (;;) {
    const Response response = client.call(*invocation.command->operation, invocation.arguments, invocation.query);
    require_ok(invocation.settings, response);
    if (!picture.show(json_of(response))) return;
    std::this_thread::sleep_for(std::chrono::seconds(invocation.interval_seconds));
  }
}

void call(const Invocation& invocation) {
  if (invocation.watch) return watch(invocation);
  const Settings& settings = invocation.settings;
  const std::string body = make_body(invocation, {read_input, ask_password, convert_task});
  const Response response =
      Client(settings).call(*invocation.command->operation, invocation.arguments, invocation.query, body);
  require_ok(settings, response);
  if (settings.output == Settings::Output::Table) {
    std::cout << render(*invocation.command, response.body);
  } else if (!response.body.empty()) {
    std::cout << response.body << (response.body.back() == '\n' ? "" : "\n");
  }
}

/// The API's own words, whatever they are.
void call_raw(const Invocation& invocation) {
  std::string body = invocation.body.value_or(invocation.file ? read_input(*invocation.file) : std::string());
  if (!body.empty() && !model::parse_json(body).ok()) throw usage_error("the body is no JSON");
  const Response response =
      Client(invocation.settings).send(invocation.arguments[0], full_path(invocation.arguments[1]), body);
  require_ok(invocation.settings, response);
  if (!response.body.empty()) std::cout << response.body << (response.body.back() == '\n' ? "" : "\n");
}

/// What the API knows under a parameter of a path. A shell waits for this, so it gives up soon and silently.
std::vector<std::string> names_of(Settings settings, const std::string& argument) {
  settings.timeout_seconds = 2;
  const char* operation = argument == "task-name"     ? "getTaskList"
                          : argument == "source-name" ? "getSourceList"
                          : argument == "worker-name" ? "getClusterWorkerList"
                          : argument == "master-name" ? "getClusterMasterList"
                                                      : nullptr;
  if (!operation) return {};
  const Response response = Client(settings).call(*api::find_operation(operation), {});
  const Json reply = json_of(response);
  std::vector<std::string> out;
  const Json* data = reply.find("data");
  if (!data || !data->is_array()) return {};
  for (const Json& item : *data->as_array()) {
    const Json* name = item.find(argument == "source-name" ? "source_name" : "name");
    if (name && name->as_string()) out.push_back(*name->as_string());
  }
  return out;
}

void print_candidates(const Invocation& invocation) {
  const auto names = [&](const std::string& argument) -> std::vector<std::string> {
    try {
      return names_of(invocation.settings, argument);
    } catch (const Failure&) {
      return {};
    }
  };
  for (const std::string& word : complete(invocation.arguments, names)) std::cout << word << '\n';
}

void execute(const Invocation& invocation) {
  switch (invocation.what) {
    case Invocation::What::Call: return call(invocation);
    case Invocation::What::Raw: return call_raw(invocation);
    case Invocation::What::Version: std::cout << "sluicectl " << api::kVersion << '\n'; return;
    case Invocation::What::Completion: std::cout << completion_script(invocation.arguments.front()); return;
    case Invocation::What::Complete: return print_candidates(invocation);
    case Invocation::What::Help:
      std::cout << (invocation.command         ? command_help_text(*invocation.command)
                    : invocation.group.empty() ? help_text()
                                               : group_help_text(invocation.group));
      return;
  }
}

}  // namespace

int run(const std::vector<std::string>& words, const std::string& url) {
  try {
    execute(parse(words, url));
    std::cout.flush();
    return static_cast<int>(Exit::Done);
  } catch (const Failure& failure) {
    std::cout.flush();
    const std::string text = failure.what();
    const bool json = text.starts_with("{");
    std::cerr << (json ? "" : "sluicectl: ") << text << (text.ends_with('\n') ? "" : "\n");
    return static_cast<int>(failure.code());
  } catch (const std::exception& failure) {
    std::cerr << "sluicectl: " << failure.what() << '\n';
    return static_cast<int>(Exit::Usage);
  }
}

}  // namespace sluice::ctl
