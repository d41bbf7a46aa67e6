#include "docs_page.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace sluice::http {
namespace {

namespace fs = std::filesystem;

struct File {
  const char* name;
  const char* type;
};

/// Names are never built from a request.
constexpr File kFiles[] = {
    {"swagger-ui.css", "text/css; charset=utf-8"},
    {"swagger-ui-bundle.js", "text/javascript; charset=utf-8"},
    {"favicon-32x32.png", "image/png"},
};
constexpr const char* kStarter = "start.js";

/// Swagger UI sets styles in place and draws icons from data addresses; scripts come from files only.
constexpr const char* kPolicy =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' "
    "data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n";

/// share/sluice/swagger-ui beside the folder of the program: so it lies in the build tree and when installed.
std::string default_folder() {
  std::error_code ec;
  const fs::path program = fs::read_symlink("/proc/self/exe", ec);
  return ec ? std::string() : (program.parent_path().parent_path() / "share/sluice/swagger-ui").string();
}

std::optional<std::string> read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string html(const std::string& head, const std::string& body) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Sluice: the DM API</title>\n" +
         head + "</head>\n<body>\n" + body + "</body>\n</html>\n";
}

Response reply(int status, const char* type, std::string body) {
  Response out;
  out.status = status;
  out.content_type = type;
  out.body = std::move(body);
  out.headers = kPolicy;
  return out;
}

}  // namespace

DocsPage::DocsPage(const Options& options)
    : base_path_(options.base_path), folder_(options.swagger_ui.empty() ? default_folder() : options.swagger_ui) {}

Response DocsPage::page() const {
  std::error_code ec;
  for (const File& wanted : kFiles) {
    if (fs::is_regular_file(fs::path(folder_) / wanted.name, ec)) continue;
    return reply(404, "text/html; charset=utf-8",
                 html("", "<h1>The documentation page is not installed</h1>\n<p>Swagger UI is expected in <code>" +
                              escaped(folder_) + "</code>, where " + wanted.name +
                              " is missing. Run <code>scripts/setup</code> and build again, or name the folder of the "
                              "npm package swagger-ui-dist in <code>swagger_ui</code> of the transport.</p>\n"
                              "<p>The description itself is at <a href=\"" +
                              escaped(base_path_) + "/dm.json\">dm.json</a>.</p>\n"));
  }
  const std::string at = escaped(base_path_) + "/docs/";
  const std::string head = "<link rel=\"icon\" type=\"image/png\" href=\"" + at +
                           "favicon-32x32.png\">\n<link rel=\"stylesheet\" href=\"" + at + "swagger-ui.css\">\n";
  return reply(
      200, "text/html; charset=utf-8",
      html(head, "<div id=\"swagger-ui\" data-url=\"" + escaped(base_path_) + "/dm.json\"></div>\n<script src=\"" + at +
                     "swagger-ui-bundle.js\"></script>\n<script src=\"" + at + kStarter + "\"></script>\n"));
}

std::optional<Response> DocsPage::file(const std::string& name) const {
  if (name == kStarter) {
    return reply(200, "text/javascript; charset=utf-8",
                 "const place = document.getElementById('swagger-ui');\n"
                 "SwaggerUIBundle({domNode: place, url: place.dataset.url, validatorUrl: null, deepLinking: true,\n"
                 "                 defaultModelsExpandDepth: 0, docExpansion: 'list'});\n");
  }
  for (const File& known : kFiles) {
    if (name != known.name) continue;
    auto content = read(fs::path(folder_) / known.name);
    if (!content) return std::nullopt;
    return reply(200, known.type, std::move(*content));
  }
  return std::nullopt;
}

}  // namespace sluice::http
