#include <Poco/Dynamic/Var.h>
#include <Poco/Exception.h>
#include <Poco/JSON/Handler.h>
#include <Poco/JSON/Parser.h>

#include <stdexcept>
#include <unordered_set>
#include <utility>

#include "core/model/json.hpp"

namespace sluice::model {
namespace {

Error refused(const std::string& why) { return make_error(49001, "the body is not valid JSON: " + why); }

struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Builds our value from Poco's events. Poco lets the last of two members of one name win, so names are checked here.
class Builder : public Poco::JSON::Handler {
 public:
  Json take() { return std::move(root_); }

  void reset() override {}
  void startObject() override { open(Json::object()); }
  void endObject() override { close(); }
  void startArray() override { open(Json::array()); }
  void endArray() override { close(); }
  void key(const std::string& name) override {
    if (!stack_.back().names.insert(name).second) throw Refused("member \"" + name + "\" appears twice in one object");
    stack_.back().key = name;
  }
  void null() override { add(Json()); }
  void value(int v) override { add(Json(v)); }
  void value(unsigned v) override { add(Json(v)); }
  void value(Poco::Int64 v) override { add(Json(static_cast<int64_t>(v))); }
  void value(Poco::UInt64 v) override {
    add(v <= INT64_MAX ? Json(static_cast<int64_t>(v)) : Json(static_cast<uint64_t>(v)));
  }
  void value(const std::string& v) override { add(Json(v)); }
  void value(double v) override { add(Json(v)); }
  void value(bool v) override { add(Json(v)); }
  Poco::Dynamic::Var asVar() const override { return {}; }

 private:
  struct Open {
    Json value;
    std::string key;
    std::unordered_set<std::string> names;
  };
  void open(Json value) { stack_.push_back({std::move(value), {}, {}}); }
  void close() {
    Json done = std::move(stack_.back().value);
    stack_.pop_back();
    add(std::move(done));
  }
  void add(Json value) {
    if (stack_.empty()) {
      root_ = std::move(value);
    } else if (stack_.back().value.is_array()) {
      stack_.back().value.push(std::move(value));
    } else {
      stack_.back().value.append(stack_.back().key, std::move(value));
    }
  }
  Json root_;
  std::vector<Open> stack_;
};

std::string where(std::string_view text, size_t offset) {
  size_t line = 1;
  size_t column = 1;
  for (size_t i = 0; i < offset && i < text.size(); ++i) {
    column = text[i] == '\n' ? 1 : column + 1;
    if (text[i] == '\n') ++line;
  }
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// What Poco's reader is lax about, seen in one pass outside of strings: depth, and commas before a closing bracket,
/// which are blanked when allowed.
Status scan(std::string& text, const JsonOptions& options) {
  size_t comma = std::string::npos;
  char previous = '[';  // the last character that was not blank
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      if (static_cast<unsigned char>(c) < 0x20) return refused("control character in a string, " + where(text, i));
      continue;
    }
    if (is_blank(c)) continue;
    if (c == '{' || c == '[') {
      if (++depth > options.max_depth)
        return refused("nested deeper than " + std::to_string(options.max_depth) + " levels");
    }
    if (c == '}' || c == ']') {
      --depth;
      if (comma != std::string::npos) {
        if (!options.trailing_commas) return refused("comma before " + std::string(1, c) + ", " + where(text, comma));
        text[comma] = ' ';
      }
    }
    in_string = c == '"';
    comma = c == ',' ? i : std::string::npos;
    if (c == ',' && (previous == '[' || previous == '{' || previous == ',')) {
      return refused("comma without a value before it, " + where(text, i));
    }
    previous = c;
  }
  return {};
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t more = lead < 0x80 ? 0 : lead < 0xC2 ? 4 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : lead < 0xF5 ? 3 : 4;
    if (more == 4 || i + more >= text.size()) return false;
    for (size_t k = 1; k <= more; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    }
    const auto second = more ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (lead == 0xE0 && second < 0xA0) return false;  // overlong
    if (lead == 0xED && second > 0x9F) return false;  // surrogates
    if (lead == 0xF0 && second < 0x90) return false;  // overlong
    if (lead == 0xF4 && second > 0x8F) return false;  // above U+10FFFF
    i += more + 1;
  }
  return true;
}

Result<Json> parse_json(std::string_view text, const JsonOptions& options) {
  if (!is_utf8(text)) return refused("it is not well-formed UTF-8");
  std::string copy(text);
  if (Status scanned = scan(copy, options); !scanned) return scanned;
  try {
    Poco::SharedPtr<Builder> builder(new Builder);
    Poco::JSON::Parser parser(builder);
    parser.setAllowComments(false);
    parser.parse(copy);
    return builder->take();
  } catch (const Refused& e) {
    return refused(e.what());
  } catch (const Poco::Exception& e) {
    return refused(e.displayText());
  } catch (const std::exception& e) {
    return refused(e.what());
  }
}

}  // namespace sluice::model
