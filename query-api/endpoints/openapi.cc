#include "query-api/endpoints/openapi.h"

#include <functional>

#include <fmt/format.h>

#include "schema/embedded.h"

namespace keymeter::query_api {

namespace {

/// Another build's document may differ.
const std::string& DocumentEtag() {
  static const std::string etag =
      fmt::format("W/\"openapi-{:x}\"", std::hash<std::string_view>()(OpenApiDocument()));
  return etag;
}

bool HasDocument(const Request& request) {
  const std::string* known = request.FindHeader("If-None-Match");
  // Weak comparison: `W/` does not count.
  return known != nullptr && (*known == "*" || known->find(DocumentEtag().substr(2)) != std::string::npos);
}

}  // namespace

std::string_view OpenApiDocument() {
  return EmbeddedOpenApi().front().text;
}

Response OpenApiAnswer(const Request& request) {
  Response response;
  response.headers.push_back({"ETag", DocumentEtag()});
  if (HasDocument(request)) {
    response.status = 304;
    return response;
  }
  response.headers.push_back({"Content-Type", std::string(kJsonType)});
  response.body = OpenApiDocument();
  return response;
}

}  // namespace keymeter::query_api
