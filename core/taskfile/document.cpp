#include "core/taskfile/document.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "core/model/json.hpp"

namespace sluice::taskfile {
namespace {

// Aliases make a small text a large document: both limits are far beyond any task.
constexpr size_t kMaxValues = 200000;
constexpr int kMaxDepth = 50;

struct Refused {
  int line;
  std::string why;
};

class Builder {
 public:
  Value build(const YAML::Node& node, int depth = 0) {
    Value out;
    out.line = node.Mark().line + 1;
    if (++count_ > kMaxValues || depth > kMaxDepth) throw Refused{out.line, "the document is too large or too deep"};
    switch (node.Type()) {
      case YAML::NodeType::Scalar: scalar(node, out); break;
      case YAML::NodeType::Sequence:
        out.kind = Value::Kind::List;
        for (const auto& item : node) out.items.push_back(build(item, depth + 1));
        break;
      case YAML::NodeType::Map: mapping(node, out, depth); break;
      default: break;
    }
    return out;
  }

 private:
  static void scalar(const YAML::Node& node, Value& out) {
    out.quoted = node.Tag() == "!";
    out.text = node.Scalar();
    const bool null = !out.quoted && (out.text == "~" || out.text == "null" || out.text == "Null" ||
                                      out.text == "NULL" || out.text.empty());
    out.kind = null ? Value::Kind::Null : Value::Kind::Scalar;
  }

  void mapping(const YAML::Node& node, Value& out, int depth) {
    out.kind = Value::Kind::Map;
    std::vector<Value> merged;
    for (const auto& pair : node) {
      const int line = pair.first.Mark().line + 1;
      if (!pair.first.IsScalar()) throw Refused{line, "a key must be a text"};
      const std::string key = pair.first.Scalar();
      Value value = build(pair.second, depth + 1);
      if (value.kind == Value::Kind::Null) value.line = line;
      if (key == "<<" && pair.first.Tag() != "!") {
        merged.push_back(std::move(value));
      } else if (out.find(key)) {
        throw Refused{line, "the key `" + key + "` stands twice"};
      } else {
        out.members.emplace_back(key, std::move(value));
      }
    }
    for (const Value& value : merged) merge(value, out);
  }

  /// What the mapping says itself wins over what it takes over, an earlier source over a later one.
  static void merge(const Value& from, Value& into) {
    if (from.kind == Value::Kind::List) {
      for (const Value& item : from.items) merge(item, into);
      return;
    }
    if (from.kind != Value::Kind::Map) throw Refused{from.line, "<< takes a mapping, or a list of mappings"};
    for (const auto& member : from.members) {
      if (!into.find(member.first)) into.members.push_back(member);
    }
  }

  size_t count_ = 0;
};

Error refuse(int line, const std::string& why) {
  return make_error(20003, "task file, line " + std::to_string(line) + ": " + why, {},
                    "Please check the task file has correct YAML format.");
}

}  // namespace

const Value* Value::find(const std::string& key) const {
  const auto it = std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.first == key; });
  return it == members.end() ? nullptr : &it->second;
}

Result<Value> parse_yaml(const std::string& text) {
  if (!model::is_utf8(text)) return make_error(20003, "the task file is not UTF-8");
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.empty()) return make_error(20003, "the task file is empty");
    if (documents.size() > 1) return refuse(documents[1].Mark().line + 1, "a task file holds one document only");
    if (!documents[0].IsMap()) return refuse(1, "a task file is a mapping of keys, such as `name: shop`");
    return Builder().build(documents[0]);
  } catch (const Refused& refused) {
    return refuse(refused.line, refused.why);
  } catch (const YAML::Exception& wrong) {
    return refuse(std::max(wrong.mark.line, 0) + 1, wrong.msg);
  }
}

}  // namespace sluice::taskfile
