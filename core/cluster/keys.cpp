#include "core/cluster/keys.hpp"

namespace sluice::cluster {
namespace {

constexpr char kHex[] = "0123456789ABCDEF";

std::string escape(std::string_view part) {
  std::string out;
  for (const char c : part) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '/' || c == '%' || byte < 0x20) {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out;
}

int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

std::string unescape(std::string_view part) {
  std::string out;
  for (size_t i = 0; i < part.size(); ++i) {
    if (part[i] == '%' && part.size() - i > 2 && digit(part[i + 1]) >= 0 && digit(part[i + 2]) >= 0) {
      out += static_cast<char>(digit(part[i + 1]) * 16 + digit(part[i + 2]));
      i += 2;
    } else {
      out += part[i];
    }
  }
  return out;
}

}  // namespace

std::string key_part(std::string_view name) { return escape(name); }

std::string key_of(std::string_view kind, std::string_view part) {
  return std::string(kStateRoot).append(kind).append("/").append(escape(part));
}

std::string key_of(std::string_view kind, std::string_view part, std::string_view second) {
  return key_of(kind, part).append("/").append(escape(second));
}

std::string template_key(std::string_view task) { return std::string(kTemplateRoot).append(escape(task)); }

std::string process_key(std::string_view node) { return std::string("/sluice/v1/processes/").append(escape(node)); }

std::vector<std::string> parts_of(std::string_view key) {
  std::vector<std::string> out;
  const std::string_view root = kStateRoot;
  if (key.substr(0, root.size()) != root) return out;
  key.remove_prefix(root.size());
  while (true) {
    const size_t slash = key.find('/');
    out.push_back(unescape(key.substr(0, slash)));
    if (slash == std::string_view::npos) return out;
    key.remove_prefix(slash + 1);
  }
}

}  // namespace sluice::cluster
