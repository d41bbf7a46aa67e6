#pragma once

#include <optional>
#include <string>

#include "message.hpp"
#include "options.hpp"

namespace sluice::http {

/// The documentation page: Swagger UI on the description of this listener. Everything comes from here, nothing from
/// other hosts. Files are read at each request, since installing them must not need a restart. Thread-safe.
class DocsPage {
 public:
  explicit DocsPage(const Options& options);

  /// The page, or one that says how to get it (404).
  Response page() const;
  /// A file of the page below BASE/docs/; nothing when `name` is none of them or is not installed.
  std::optional<Response> file(const std::string& name) const;

 private:
  const std::string base_path_;
  const std::string folder_;
};

}  // namespace sluice::http
