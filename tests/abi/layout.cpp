// layout CHECK.c HEADERS_DIR LAYOUT: writes a C program that compares every line of LAYOUT (struct field offset size
// since) with offsetof and sizeof, and fails for fields of the headers without a line. layout --fields HEADERS_DIR
// lists the fields, to append the lines of a new release. It reads C as the waist is written: one `typedef struct name
// { … } name;` each, the closing brace at the start of its line, no struct inside of another.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace fs = std::filesystem;

namespace {

using Field = std::pair<std::string, std::string>;  // struct, field

std::string read(const fs::path& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> headers_of(const fs::path& folder) {
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".h") all.push_back(entry.path());
  }
  std::sort(all.begin(), all.end());
  if (all.empty()) throw std::runtime_error("no header in " + folder.string());
  return all;
}

/// Everything from `begin` to the next `end` becomes `by`, wherever it occurs.
std::string replace_spans(std::string text, const std::string& begin, const std::string& end, const std::string& by) {
  for (size_t at = 0; (at = text.find(begin, at)) != std::string::npos; at += by.size()) {
    const size_t last = text.find(end, at + begin.size());
    if (last == std::string::npos) throw std::runtime_error("'" + begin + "' without '" + end + "'");
    text.replace(at, last + end.size() - at, by);
  }
  return text;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The name at the end of text[0, end), blanks aside.
std::string word_before(const std::string& text, size_t end) {
  while (end > 0 && std::isspace(static_cast<unsigned char>(text[end - 1])) != 0) --end;
  size_t begin = end;
  while (begin > 0 && is_word(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

/// "uint32_t flags", "char text[32]", "void (*close)(void *self)NOEXCEPT": the declared name; nothing for blanks.
std::optional<std::string> declared(const std::string& declaration) {
  if (std::all_of(declaration.begin(), declaration.end(), [](unsigned char c) { return std::isspace(c) != 0; })) {
    return std::nullopt;
  }
  size_t end = std::min(declaration.find('['), declaration.size());
  if (const size_t open = declaration.find('('); open != std::string::npos) {
    end = declaration.find(')', open);
    if (declaration.find('*', open) > end) throw std::runtime_error("no function pointer: " + declaration);
  }
  std::string name = end == std::string::npos ? std::string() : word_before(declaration, end);
  if (name.empty()) throw std::runtime_error("no name in: " + declaration);
  return name;
}

/// The fields of one header in the order of declaration.
void append_fields(const fs::path& header, std::vector<Field>& out) {
  const std::string text = replace_spans(read(header), "/*", "*/", "");
  const std::string opening = "typedef struct ";
  for (size_t at = 0; (at = text.find(opening, at)) != std::string::npos;) {
    const size_t brace = text.find_first_of("{;", at);
    if (brace == std::string::npos || text[brace] == ';') {  // a declaration without a body
      at += opening.size();
      continue;
    }
    const size_t close = text.find("\n}", brace);
    const size_t end = close == std::string::npos ? close : text.find(';', close);
    if (end == std::string::npos) throw std::runtime_error("a struct of " + header.string() + " does not end");
    const std::string name = word_before(text, end);
    std::istringstream body(replace_spans(text.substr(brace + 1, close - brace - 1), "union {", "}", "union"));
    for (std::string declaration; std::getline(body, declaration, ';');) {
      if (auto field = declared(declaration)) out.emplace_back(name, *field);
    }
    at = end;
  }
}

std::vector<Field> fields_of(const fs::path& folder) {
  std::vector<Field> out;
  for (const auto& header : headers_of(folder)) append_fields(header, out);
  return out;
}

/// The checks of layout.txt as C, and which fields it names.
std::string checks_of(const fs::path& layout, std::set<Field>& listed, size_t& count) {
  std::istringstream lines(read(layout));
  std::ostringstream out;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string type, field, offset, size, since;
    if (!(words >> type >> field >> offset >> size >> since)) throw std::runtime_error("layout line: " + line);
    listed.emplace(type, field);
    if (field == "-") {
      out << "  check(\"sizeof " << type << " (frozen)\", sizeof(" << type << "), " << size << ");\n";
      ++count;
      continue;
    }
    const std::string what = type + "." + field + " (since " + since + ")\", ";
    out << "  check(\"offset of " << what << "offsetof(" << type << ", " << field << "), " << offset << ");\n"
        << "  check(\"size of " << what << "sizeof(((" << type << " *)0)->" << field << "), " << size << ");\n";
    count += 2;
  }
  return out.str();
}

std::string program(const fs::path& folder, const fs::path& layout) {
  std::set<Field> listed;
  size_t count = 0;
  const std::string checks = checks_of(layout, listed, count);
  std::ostringstream out;
  out << "#include <stddef.h>\n#include <stdio.h>\n";
  for (const auto& header : headers_of(folder)) out << "#include \"sluice/abi/" << header.filename().string() << "\"\n";
  out << "\nstatic int bad;\n"
         "static void check(const char *what, size_t found, size_t promised) {\n"
         "  if (found == promised) return;\n"
         "  printf(\"%s: %zu, promised %zu\\n\", what, found, promised);\n"
         "  bad = 1;\n"
         "}\n\nint main(void) {\n"
      << checks;
  for (const auto& [type, field] : fields_of(folder)) {
    if (listed.count({type, field}) == 0) {
      out << "  printf(\"" << type << '.' << field << " has no line in layout.txt: append one\\n\"), bad = 1;\n";
    }
  }
  out << "  printf(\"%d promises compared\\n\", " << count << ");\n  return bad;\n}\n";
  return out.str();
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 2 && arguments[0] == "--fields") {
    for (const auto& [type, field] : fields_of(arguments[1])) std::cout << type << ' ' << field << '\n';
    return 0;
  }
  if (arguments.size() != 3)
    throw std::runtime_error("usage: layout CHECK.c HEADERS_DIR LAYOUT | --fields HEADERS_DIR");
  std::ofstream out(arguments[0]);
  out << program(arguments[1], arguments[2]);
  out.close();
  if (!out) throw std::runtime_error("cannot write " + arguments[0]);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "layout: " << error.what() << '\n';
  return 1;
}
