#include "router.hpp"

#include <algorithm>

#include "message.hpp"

namespace sluice::http {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  size_t begin = 0;
  while (begin <= path.size()) {
    const size_t end = std::min(path.find('/', begin), path.size());
    parts.emplace_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace

Router::Router(const std::vector<plugin::Api::Operation>& operations, const std::string& base_path) {
  for (const auto& operation : operations) {
    const bool absolute = operation.path.starts_with("//");
    const std::string path = absolute ? std::string(operation.path.substr(1)) : base_path + std::string(operation.path);
    Route route{{}, std::string(operation.method), std::string(operation.id)};
    for (const std::string& part : split(path)) {
      const bool parameter = part.size() > 2 && part.front() == '{' && part.back() == '}';
      // Requests are compared decoded; names of plugin instances stand percent-encoded in templates.
      route.segments.push_back(
          {parameter, parameter ? part.substr(1, part.size() - 2) : percent_decode(part, false).value_or(part)});
    }
    routes_.push_back(std::move(route));
  }
}

std::vector<const Router::Route*> Router::best_routes(const std::vector<std::string>& segments) const {
  std::vector<const Route*> left;
  for (const Route& route : routes_) {
    if (route.segments.size() != segments.size()) continue;
    const bool fits = std::equal(segments.begin(), segments.end(), route.segments.begin(),
                                 [](const std::string& given, const Segment& wanted) {
                                   return wanted.parameter ? !given.empty() : wanted.text == given;
                                 });
    if (fits) left.push_back(&route);
  }
  for (size_t i = 0; i < segments.size(); ++i) {
    const auto literal = [i](const Route* route) { return !route->segments[i].parameter; };
    if (std::any_of(left.begin(), left.end(), literal)) {
      std::erase_if(left, [&literal](const Route* route) { return !literal(route); });
    }
  }
  return left;
}

std::optional<Router::Match> Router::find(const std::string& method, const std::vector<std::string>& segments) const {
  const auto routes = best_routes(segments);
  if (routes.empty()) return std::nullopt;
  Match match;
  const std::string wanted = method == "HEAD" ? "GET" : method;
  for (const Route* route : routes) {
    const std::string name = route->method == "GET" ? "GET, HEAD" : route->method;
    if (match.allow.find(name) == std::string::npos) match.allow += (match.allow.empty() ? "" : ", ") + name;
    if (route->method != wanted || !match.operation.empty()) continue;
    match.operation = route->operation;
    for (size_t i = 0; i < segments.size(); ++i) {
      if (route->segments[i].parameter) match.params.emplace_back(route->segments[i].text, segments[i]);
    }
  }
  return match;
}

}  // namespace sluice::http
