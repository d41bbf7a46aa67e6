#include "tests/e2e/cluster.hpp"

#include <utility>

namespace sluice::test {

std::string toml_list(const std::string& commas) {
  std::string out = "[\"";
  for (const char c : commas) out += c == ',' ? std::string("\", \"") : std::string(1, c);
  return out + "\"]";
}

Cluster::Cluster(std::string endpoints, int nodes, std::string lease, std::string store)
    : endpoints_(std::move(endpoints)), lease_(std::move(lease)), store_(std::move(store)) {
  for (int i = 0; i < nodes; ++i) {
    const SluicedOptions options = options_of(static_cast<std::size_t>(i));
    if (i > 0) {  // all nodes have the key that the first has made
      std::filesystem::create_directories(options.folder / "data");
      std::filesystem::copy_file(folder_.path() / "n1/data/secret.key", options.folder / "data/secret.key");
    }
    nodes_.push_back(std::make_unique<Deployment>(options));
  }
}

SluicedOptions Cluster::options_of(std::size_t node) const {
  SluicedOptions out;
  out.name = "n" + std::to_string(node + 1);
  out.folder = folder_.path() / out.name;
  out.store = "plugin = \"etcd\"\nendpoints = " + toml_list(endpoints_) + "\ntimeout = \"2s\"\n" + store_;
  out.extra = "[worker]\ncount = 1\n";
  out.arguments = {"--set=lease_ttl=" + lease_};
  return out;
}

void Cluster::start(std::size_t node) { nodes_.at(node)->sluiced.restart(); }

std::size_t Cluster::holder(std::size_t asked, const std::string& source) {
  const HttpReply reply = node(asked).sluiced.api().get("/api/v1/cluster/workers");
  for (std::size_t i = 0; i < reply.size("data"); ++i) {
    const std::string at = "data[" + std::to_string(i) + "].";
    if (reply.text(at + "bound_source_name") != source || reply.text(at + "bound_stage") != "bound") continue;
    return std::stoul(reply.text(at + "name").substr(1)) - 1;
  }
  return size();
}

std::size_t Cluster::wait_holder(std::size_t asked, std::size_t former, const std::string& source) {
  std::size_t now = size();
  wait_until(
      [&] {
        now = holder(asked, source);
        return now != size() && now != former;
      },
      60s, "source " + source + " on another worker");
  return now;
}

}  // namespace sluice::test
