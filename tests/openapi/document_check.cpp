#include "tests/openapi/document_check.hpp"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string_view>

#include "tests/openapi/schema_check.hpp"

namespace sluice::test {
namespace {

using model::Json;
using Names = std::initializer_list<std::string_view>;

const Names kMethods = {"get", "put", "post", "delete", "options", "head", "patch", "trace"};

bool is_one_of(std::string_view name, Names names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Checker {
 public:
  explicit Checker(const Json& document) : document_(document), schemas_(document) {}

  std::vector<std::string> run() {
    fields(document_, "$", {"openapi", "info", "paths"}, {"servers", "components", "security", "tags", "externalDocs"});
    const std::string* version = text(document_, "$", "openapi");
    if (version && !version->starts_with("3.0.")) fail("$.openapi", "is not 3.0.x");
    if (const Json* info = object(document_, "$", "info")) check_info(*info);
    for (const auto& server : items(document_, "servers")) {
      fields(server, "$.servers", {"url"}, {"description", "variables"});
    }
    for (const auto& tag : items(document_, "tags")) {
      fields(tag, "$.tags", {"name"}, {"description", "externalDocs"});
      const std::string* name = text(tag, "$.tags", "name");
      if (name && !tags_.insert(*name).second) fail("$.tags", "declares " + *name + " twice");
    }
    check_components();
    if (const Json* paths = object(document_, "$", "paths")) check_paths(*paths);
    return std::move(problems_);
  }

 private:
  void fail(const std::string& path, const std::string& what) { problems_.push_back(path + ": " + what); }

  /// Objects of the specification have fixed fields; everything else begins with x-.
  void fields(const Json& value, const std::string& path, Names required, Names optional) {
    if (!value.is_object()) return fail(path, std::string("is ") + value.kind() + ", an object is expected");
    for (const auto name : required) {
      if (!value.find(name)) fail(path, "lacks " + std::string(name));
    }
    for (const auto& member : *value.as_object()) {
      const bool known =
          member.name.starts_with("x-") || is_one_of(member.name, required) || is_one_of(member.name, optional);
      if (!known) fail(path, "has " + member.name + ", which is no field here");
    }
  }

  const std::string* text(const Json& value, const std::string& path, const char* name) {
    const Json* found = value.find(name);
    if (found && !found->is_string()) fail(path + "." + name, "is no string");
    return found ? found->as_string() : nullptr;
  }

  const Json* object(const Json& value, const std::string& path, const char* name) {
    const Json* found = value.find(name);
    if (found && !found->is_object()) fail(path + "." + name, "is no object");
    return found && found->is_object() ? found : nullptr;
  }

  static Json::Array items(const Json& value, const char* name) {
    const Json* found = value.find(name);
    return found && found->is_array() ? *found->as_array() : Json::Array{};
  }

  void check_info(const Json& info) {
    fields(info, "$.info", {"title", "version"}, {"description", "termsOfService", "contact", "license"});
    text(info, "$.info", "title");
    text(info, "$.info", "version");
  }

  void check_components() {
    const Json* components = object(document_, "$", "components");
    if (!components) return;
    fields(*components, "$.components", {},
           {"schemas", "responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes", "links",
            "callbacks"});
    const Json* schemas = object(*components, "$.components", "schemas");
    if (!schemas) return;
    for (const auto& member : *schemas->as_object()) {
      for (const char c : member.name) {
        if (!std::isalnum(static_cast<unsigned char>(c)) && std::string_view("._-").find(c) == std::string_view::npos)
          fail("$.components.schemas", member.name + " is no component name");
      }
      check_schema(member.value, "$.components.schemas." + member.name);
    }
  }

  void check_paths(const Json& paths) {
    std::set<std::string> shapes;
    for (const auto& member : *paths.as_object()) {
      const std::string path = "$.paths." + member.name;
      if (!member.name.starts_with('/')) fail(path, "does not begin with /");
      if (!shapes.insert(shape_of(member.name)).second) fail(path, "another path differs in parameter names only");
      if (!member.value.is_object()) {
        fail(path, "is no object");
        continue;
      }
      for (const auto& item : *member.value.as_object()) {
        if (is_one_of(item.name, kMethods)) {
          check_operation(item.value, path + "." + item.name, member.name, item.name);
        } else if (!is_one_of(item.name, {"summary", "description", "servers"}) && !item.name.starts_with("x-")) {
          fail(path, "has " + item.name + ", which is no field here");
        }
      }
    }
  }

  static std::string shape_of(const std::string& path) {
    std::string out;
    bool inside = false;
    for (const char c : path) {
      if (!inside) out += c;
      inside = c == '{' || (inside && c != '}');
    }
    return out;
  }

  static std::set<std::string> template_names(const std::string& path) {
    std::set<std::string> out;
    for (size_t open = path.find('{'); open != std::string::npos; open = path.find('{', open + 1)) {
      out.insert(path.substr(open + 1, path.find('}', open) - open - 1));
    }
    return out;
  }

  void check_operation(const Json& operation, const std::string& path, const std::string& address,
                       const std::string& method) {
    fields(operation, path, {"responses"},
           {"tags", "summary", "description", "externalDocs", "operationId", "parameters", "requestBody", "callbacks",
            "deprecated", "security", "servers"});
    const std::string* id = text(operation, path, "operationId");
    if (!id) fail(path, "lacks operationId");
    if (id && !ids_.insert(*id).second) fail(path, "operationId " + *id + " is used twice");
    for (const Json& tag : items(operation, "tags")) {
      if (!tag.as_string() || !tags_.contains(*tag.as_string())) fail(path, "has a tag that is not declared");
    }
    std::set<std::string> seen;
    std::set<std::string> in_path;
    for (const Json& parameter : items(operation, "parameters")) check_parameter(parameter, path, seen, in_path);
    if (in_path != template_names(address)) fail(path, "its path parameters are not those of the template");
    if (const Json* body = object(operation, path, "requestBody")) {
      if (is_one_of(method, {"get", "head", "delete"})) fail(path, method + " has no defined body");
      fields(*body, path + ".requestBody", {"content"}, {"description", "required"});
      check_content(*body, path + ".requestBody");
    }
    if (const Json* responses = object(operation, path, "responses")) check_responses(*responses, path + ".responses");
  }

  void check_parameter(const Json& parameter, const std::string& path, std::set<std::string>& seen,
                       std::set<std::string>& in_path) {
    fields(parameter, path + ".parameters", {"name", "in", "schema"},
           {"description", "required", "deprecated", "allowEmptyValue", "style", "explode", "allowReserved", "example",
            "examples"});
    const std::string* name = text(parameter, path, "name");
    const std::string* in = text(parameter, path, "in");
    if (!name || !in) return;
    const std::string where = path + ".parameters." + *name;
    if (!is_one_of(*in, {"query", "header", "path", "cookie"})) fail(where, "is in " + *in);
    if (!seen.insert(*in + " " + *name).second) fail(where, "is declared twice");
    const Json* required = parameter.find("required");
    const bool needed = required && required->as_bool() && *required->as_bool();
    if (*in == "path" && !needed) fail(where, "a path parameter must be required");
    if (*in == "path") in_path.insert(*name);
    if (const Json* schema = parameter.find("schema")) {
      check_schema(*schema, where + ".schema");
      if (const Json* example = parameter.find("example")) conforms(*example, *schema, where + ".example");
    }
  }

  void check_responses(const Json& responses, const std::string& path) {
    if (responses.as_object()->empty()) fail(path, "is empty");
    for (const auto& member : *responses.as_object()) {
      const std::string where = path + "." + member.name;
      const bool number = member.name.size() == 3 && member.name >= "100" && member.name <= "599";
      if (!number && member.name != "default") fail(where, "is no status");
      fields(member.value, where, {"description"}, {"headers", "content", "links"});
      if (member.value.find("content")) check_content(member.value, where);
    }
  }

  void check_content(const Json& holder, const std::string& path) {
    const Json* content = object(holder, path, "content");
    if (!content) return;
    for (const auto& media : *content->as_object()) {
      const std::string where = path + "." + media.name;
      if (media.name.find('/') == std::string::npos) fail(where, "is no media type");
      fields(media.value, where, {}, {"schema", "example", "examples", "encoding"});
      const Json* schema = media.value.find("schema");
      if (!schema) {
        fail(where, "lacks a schema");
        continue;
      }
      check_schema(*schema, where + ".schema");
      const Json* example = media.value.find("example");
      const Json* examples = media.value.find("examples");
      if (example && examples) fail(where, "example and examples exclude each other");
      if (example) conforms(*example, *schema, where + ".example");
      if (!examples || !examples->is_object()) continue;
      for (const auto& named : *examples->as_object()) {
        fields(named.value, where + "." + named.name, {"value"}, {"summary", "description", "externalValue"});
        if (const Json* value = named.value.find("value")) conforms(*value, *schema, where + "." + named.name);
      }
    }
  }

  void conforms(const Json& value, const Json& schema, const std::string& path) {
    for (const auto& problem : schemas_.problems(value, schema, path)) problems_.push_back(problem);
  }

  void check_schema(const Json& schema, const std::string& path) {
    if (const Json* reference = schema.find("$ref")) {
      if (schema.as_object()->size() > 1) fail(path, "what stands beside $ref is ignored");
      if (!reference->is_string() || !schemas_.resolve(*reference->as_string())) fail(path, "$ref leads nowhere");
      return;
    }
    fields(schema, path, {},
           {"title",
            "multipleOf",
            "maximum",
            "minimum",
            "maxLength",
            "minLength",
            "pattern",
            "maxItems",
            "minItems",
            "uniqueItems",
            "maxProperties",
            "minProperties",
            "required",
            "enum",
            "type",
            "allOf",
            "oneOf",
            "anyOf",
            "not",
            "items",
            "properties",
            "description",
            "format",
            "default",
            "nullable",
            "discriminator",
            "readOnly",
            "writeOnly",
            "example",
            "deprecated",
            "additionalProperties",
            "exclusiveMaximum",
            "exclusiveMinimum",
            "externalDocs"});
    if (!schema.is_object()) return;
    check_keywords(schema, path);
    if (const Json* properties = object(schema, path, "properties")) {
      for (const auto& member : *properties->as_object()) check_schema(member.value, path + "." + member.name);
    }
    for (const char* word : {"allOf", "oneOf", "anyOf"}) {
      if (schema.find(word) && items(schema, word).empty()) fail(path, std::string(word) + " is empty");
      for (const Json& part : items(schema, word)) check_schema(part, path + "." + word);
    }
    if (const Json* inner = schema.find("items")) check_schema(*inner, path + "[]");
    const Json* others = schema.find("additionalProperties");
    if (others && others->is_object()) check_schema(*others, path + ".*");
    for (const char* word : {"default", "example"}) {
      if (const Json* value = schema.find(word)) conforms(*value, schema, path + "." + word);
    }
  }

  void check_keywords(const Json& schema, const std::string& path) {
    const std::string* type = text(schema, path, "type");
    if (type && !is_one_of(*type, {"string", "number", "integer", "boolean", "array", "object"})) {
      fail(path, "has the type " + *type);
    }
    if (type && *type == "array" && !schema.find("items")) fail(path, "an array needs items");
    const Json* read_only = schema.find("readOnly");
    const Json* write_only = schema.find("writeOnly");
    if (read_only && write_only) fail(path, "readOnly and writeOnly exclude each other");
    if (const Json* values = schema.find("enum"); values && items(schema, "enum").empty()) fail(path, "enum is empty");
    const Json* properties = schema.find("properties");
    if (schema.find("required") && items(schema, "required").empty()) fail(path, "required is empty");
    std::set<std::string> names;
    for (const Json& name : items(schema, "required")) {
      if (!name.as_string() || !names.insert(*name.as_string()).second) fail(path, "required holds a name twice");
      // Not a rule of the specification, but certainly a slip.
      if (properties && name.as_string() && !properties->find(*name.as_string())) {
        fail(path, "requires " + *name.as_string() + ", which is no property");
      }
    }
  }

  const Json& document_;
  SchemaCheck schemas_;
  std::vector<std::string> problems_;
  std::set<std::string> ids_;
  std::set<std::string> tags_;
};

}  // namespace

std::vector<std::string> document_problems(const Json& document) { return Checker(document).run(); }

}  // namespace sluice::test
