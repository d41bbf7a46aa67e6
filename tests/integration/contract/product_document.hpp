#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/model/json.hpp"

namespace sluice::test {

/// One curl command of the product document and the reply that stands below it.
struct DocumentExample {
  std::string section;  ///< the anchor of its heading
  std::string command;
  std::string text;   ///< of the section, before the command
  std::string reply;  ///< JSON text as printed; empty when none is shown
};

/// The examples in the order of the document.
std::vector<DocumentExample> read_product_document(const std::filesystem::path& file);

/// What of `shown` the value lacks: members (of every element of a list) by name and JSON type, not by value.
std::vector<std::string> missing_shape(const model::Json& value, const model::Json& shown,
                                       const std::string& path = "$");

}  // namespace sluice::test
