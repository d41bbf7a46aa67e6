#include "core/taskfile/base64.hpp"

#include <Poco/Base64Decoder.h>
#include <Poco/Base64Encoder.h>
#include <Poco/Exception.h>

#include <iterator>
#include <sstream>

namespace sluice::taskfile {

std::string to_base64(const std::string& bytes) {
  std::ostringstream out;
  Poco::Base64Encoder encoder(out);
  encoder.rdbuf()->setLineLength(0);
  encoder << bytes;
  encoder.close();
  return out.str();
}

std::optional<std::string> from_base64(const std::string& text) {
  try {
    std::istringstream in(text);
    Poco::Base64Decoder decoder(in);
    std::string out(std::istreambuf_iterator<char>(decoder), {});
    // The decoder stops at what it does not understand; so the way back tells.
    return to_base64(out) == text ? std::optional<std::string>(out) : std::nullopt;
  } catch (const Poco::Exception&) {
    return std::nullopt;
  }
}

}  // namespace sluice::taskfile
