// docs/sluicectl.md: its files are written and its commands run as they stand there; only ports and users are those of
// the servers of the test.
#include <catch2/catch.hpp>

#include <map>
#include <memory>

#include "tests/integration/ctl/console.hpp"
#include "tests/support/page.hpp"
#include "tests/support/secrets.hpp"
#include "tests/support/server.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/sluiced.hpp"

using namespace sluice::test;

TEST_CASE("sluicectl: the commands of docs/sluicectl.md do what they say", "[integration][ctl]") {
  SLUICE_SKIP_IF(MariaDbServer::missing());
  MariaDbServer source;
  MariaDbServer target;
  source.connect().exec_all("CREATE DATABASE shop; CREATE TABLE shop.items (id INT PRIMARY KEY)");
  SluicedProcess node;
  const Page page = read_page(SLUICE_SOURCE_DIR, "sluicectl.md");
  REQUIRE(page.files.size() == 2);
  const auto commands = page.commands();
  REQUIRE(commands.size() > 12);

  const TempDir folder;
  const auto write = [&](const char* name, const std::string& text) { write_file(folder.path() / name, text); };
  write("source.yaml",
        replaced(replaced(page.files.at("source.yaml"), "3306", std::to_string(source.port())), "repl", source.user()));
  write("task.json",
        replaced(replaced(page.files.at("task.json"), "4000", std::to_string(target.port())), "root", target.user()));
  write("source.password", source.password());
  write("target.password", target.password());

  const std::map<std::string, std::string> env{{"PATH", sluicectl().parent_path().string() + ":" + std::getenv("PATH")},
                                               {"SLUICECTL_URL", "http://127.0.0.1:" + std::to_string(node.port())}};
  std::vector<std::unique_ptr<Process>> watching;
  for (const std::string& command : commands) {
    INFO(command);
    // What watches the task ends with it, and before it is gone.
    if (command.starts_with("sluicectl task delete")) {
      for (const auto& watcher : watching) CHECK(watcher->wait() == 0);
    }
    const auto output = folder.path() / "output";
    auto process = std::make_unique<Process>(Process::Options{{"bash", "-ec", command}, env, output, folder.path()});
    if (command.find("--watch") != std::string::npos) {
      wait_until([&] { return read_file(output).find("\nshop ") != std::string::npos; }, 30s, "nothing to watch");
      watching.push_back(std::move(process));
      continue;
    }
    const int code = process->wait(60s);
    INFO(read_file(output));
    CHECK(code == 0);
  }
  CHECK(watching.size() == 1);
  let_out("output of sluicectl", read_file(folder.path() / "output"));
}
