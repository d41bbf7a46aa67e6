// Several sluiced processes that are one cluster on etcd.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/deployment.hpp"

namespace sluice::test {

// Nodes n1, n2, … with one worker each. Not thread-safe.
class Cluster {
 public:
  // `store`: further lines of [store]; `lease` as in lease_ttl.
  Cluster(std::string endpoints, int nodes, std::string lease = "3s", std::string store = "");

  // Starts a node that is not there. Its name, ports and folder stay as they were.
  void start(std::size_t node);
  void kill9(std::size_t node) { nodes_.at(node)->sluiced.kill9(); }
  [[nodiscard]] Deployment& node(std::size_t number) { return *nodes_.at(number); }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  // The node whose worker has that source, as `asked` sees it; size() when none has.
  [[nodiscard]] std::size_t holder(std::size_t asked, const std::string& source = "mysql-01");
  // Waits until a node other than `former` has the source (any when it is size()).
  std::size_t wait_holder(std::size_t asked, std::size_t former, const std::string& source = "mysql-01");

 private:
  SluicedOptions options_of(std::size_t node) const;

  const std::string endpoints_;
  const std::string lease_;
  const std::string store_;
  TempDir folder_;
  std::vector<std::unique_ptr<Deployment>> nodes_;
};

// A list of texts for TOML from one that is separated by commas.
[[nodiscard]] std::string toml_list(const std::string& commas);

}  // namespace sluice::test
