#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sluice/plugin/host.hpp"

namespace sluice::http {

/// Finds the operation of a request. Built from the host's operation table; immutable.
class Router {
 public:
  struct Match {
    std::string operation;  ///< empty: the path is known, the method is not
    plugin::Params params;
    std::string allow;  ///< "GET, HEAD, POST": the methods of the path
  };

  /// Templates live below `base_path`, those that begin with "//" at the root ("//metrics" -> /metrics).
  Router(const std::vector<plugin::Api::Operation>& operations, const std::string& base_path);

  /// Nothing when the path is unknown. Segments are decoded. At every position a literal wins over a parameter; a HEAD
  /// is served by the GET.
  std::optional<Match> find(const std::string& method, const std::vector<std::string>& segments) const;

 private:
  struct Segment {
    bool parameter;
    std::string text;
  };
  struct Route {
    std::vector<Segment> segments;
    std::string method;
    std::string operation;
  };
  std::vector<const Route*> best_routes(const std::vector<std::string>& segments) const;

  std::vector<Route> routes_;
};

}  // namespace sluice::http
