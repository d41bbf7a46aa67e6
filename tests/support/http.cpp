#include "tests/support/http.hpp"

#include <Poco/Exception.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <Poco/JSON/Query.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>

#include "tests/support/secrets.hpp"

namespace sluice::test {
namespace {

Poco::Dynamic::Var lookup(const std::string& body, const std::string& path) {
  if (body.empty()) return {};
  try {
    const Poco::Dynamic::Var root = Poco::JSON::Parser().parse(body);
    return path.empty() ? root : Poco::JSON::Query(root).find(path);
  } catch (const Poco::Exception&) {
    return {};  // not JSON: no value at any path; the test shows the body
  }
}

void show(const std::string& request, const HttpReply& reply) {
  let_out(request, reply.body);
  std::string headers;
  for (const auto& [name, value] : reply.headers) headers += name + ": " + value + "\n";
  let_out(request + ", headers", headers);
}

}  // namespace

bool HttpReply::has(const std::string& path) const { return !lookup(body, path).isEmpty(); }

std::string HttpReply::text(const std::string& path) const {
  const auto value = lookup(body, path);
  return value.isEmpty() ? std::string() : value.toString();
}

std::int64_t HttpReply::number(const std::string& path) const {
  const auto value = lookup(body, path);
  return value.isNumeric() ? value.convert<std::int64_t>() : 0;
}

std::size_t HttpReply::size(const std::string& path) const {
  const auto value = lookup(body, path);
  if (value.type() == typeid(Poco::JSON::Array::Ptr)) return value.extract<Poco::JSON::Array::Ptr>()->size();
  if (value.type() == typeid(Poco::JSON::Object::Ptr)) return value.extract<Poco::JSON::Object::Ptr>()->size();
  return 0;
}

HttpReply HttpClient::request(const std::string& method, const std::string& path, const std::string& body,
                              const std::string& content_type,
                              const std::map<std::string, std::string>& headers) const {
  HttpReply reply;
  try {
    Poco::Net::HTTPClientSession session("127.0.0.1", port_);
    session.setTimeout(Poco::Timespan(timeout_seconds_, 0));
    Poco::Net::HTTPRequest request(method, path, Poco::Net::HTTPMessage::HTTP_1_1);
    if (!body.empty()) request.setContentType(content_type);
    for (const auto& [name, value] : headers) request.set(name, value);
    request.setContentLength(static_cast<std::streamsize>(body.size()));
    session.sendRequest(request) << body;
    Poco::Net::HTTPResponse response;
    Poco::StreamCopier::copyToString(session.receiveResponse(response), reply.body);
    reply.status = response.getStatus();
    reply.content_type = response.getContentType();
    for (const auto& [name, value] : response) reply.headers[name] = value;
    show(method + " " + path, reply);
  } catch (const Poco::Exception& failure) {
    reply.error = failure.displayText();
  }
  return reply;
}

}  // namespace sluice::test
