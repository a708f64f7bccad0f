#include "query-api/http/http_types.h"

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/ranges.h>

#include "query-api/http/shared_body.h"

namespace keymeter::query_api {

namespace {

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

const std::string* Find(const std::vector<Header>& headers, std::string_view name) {
  for (const Header& header : headers)
    if (EqualsIgnoringCase(header.name, name)) return &header.value;
  return nullptr;
}

Json ProblemBody(int status, std::string_view detail) {
  return Json{{"type", "about:blank"}, {"title", ReasonPhrase(status)},
              {"status", status},      {"detail", detail},
              {"error", detail},       {"code", status}};
}

Response ProblemResponse(int status, const Json& body) {
  Response response = JsonResponse(body, status);
  response.headers.front().value = "application/problem+json";
  return response;
}

}  // namespace

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), Lower);
  return lower;
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

FileBody::~FileBody() {
  constexpr std::uint64_t kSlowToClose = std::uint64_t{16} << 20U;
  if (bytes < kSlowToClose) return;
  try {
    std::thread([closed = std::move(file)] {}).detach();
  } catch (const std::system_error&) {  // no thread can be had: it was closed here
  }
}

const std::string* Request::FindHeader(std::string_view name) const {
  return Find(headers, name);
}

const std::string* Response::FindHeader(std::string_view name) const {
  return Find(headers, name);
}

const std::string& Response::Bytes() const {
  if (coded_body) return *coded_body;
  return shared_body ? shared_body->bytes() : body;
}

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 417:
      return "Expectation Failed";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Error";
  }
}

Response TextResponse(std::string body, std::string_view type) {
  Response response;
  response.headers.push_back({"Content-Type", std::string(type)});
  response.made_bytes = body.size();
  response.body = std::move(body);
  return response;
}

Response JsonResponse(const Json& body, int status) {
  Response response = TextResponse(body.dump(-1, ' ', false, Json::error_handler_t::replace), kJsonType);
  response.status = status;
  return response;
}

Response Problem(int status, std::string_view detail) {
  return ProblemResponse(status, ProblemBody(status, detail));
}

Response Unavailable(const std::vector<std::string>& reasons) {
  Json body = ProblemBody(503, fmt::format("{}", fmt::join(reasons, "; ")));
  body["reasons"] = reasons;
  return ProblemResponse(503, body);
}

Response ProblemOf(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalid:
      return Problem(400, error.Text());
    case ErrorCode::kUnavailable:
    case ErrorCode::kRefused:
    case ErrorCode::kCorrupt: {
      Response response = Unavailable({error.Text()});
      response.headers.push_back({"Retry-After", "1"});
      return response;
    }
    case ErrorCode::kInternal:
      break;
  }
  return Problem(500, "internal error");
}

}  // namespace keymeter::query_api
