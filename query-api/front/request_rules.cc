#include "query-api/front/request_rules.h"

#include <algorithm>
#include <array>

#include "query-api/front/head_bytes.h"
#include "schema/utf8.h"

namespace keymeter::query_api {

namespace {

/// Which of two would hold is anybody's guess.
constexpr std::array<std::string_view, 7> kSingleHeaders = {
    "Host", "Content-Length", "Transfer-Encoding", "Authorization", "Origin", "Expect", "Connection"};

std::ptrdiff_t Count(const Request& request, std::string_view name) {
  return std::count_if(request.headers.begin(), request.headers.end(),
                       [&](const Header& header) { return EqualsIgnoringCase(header.name, name); });
}

std::optional<Response> BreaksHeaderRules(const Request& request) {
  for (const Header& header : request.headers)
    if (!utf8::IsValid(header.value))
      return Problem(400, fmt::format("the value of {} takes only printable UTF-8", header.name));
  for (const std::string_view name : kSingleHeaders)
    if (Count(request, name) > 1) return MoreThanOne(name);
  return std::nullopt;
}

std::optional<Response> BreaksBodyRules(const Request& request, std::string_view version) {
  const std::string* length = request.FindHeader("Content-Length");
  const std::string* encoding = request.FindHeader("Transfer-Encoding");
  if (length != nullptr && encoding != nullptr) return BothFramings();
  if (length != nullptr && !IsLength(*length)) return BadLength();
  if (encoding != nullptr && version != "1.1")
    return Problem(400, "Transfer-Encoding takes chunked, in HTTP/1.1");
  if (encoding != nullptr && !EqualsIgnoringCase(*encoding, "chunked"))
    return Problem(501, "Transfer-Encoding takes chunked, in HTTP/1.1");
  if (const std::string* expected = request.FindHeader("Expect");
      expected != nullptr && !EqualsIgnoringCase(*expected, "100-continue"))
    return Problem(417, "Expect takes 100-continue");
  if ((request.method == "GET" || request.method == "HEAD") && HasBody(request))
    return Problem(413, "this method takes no body");
  return std::nullopt;
}

/// Takes the first item off a list such as "keep-alive, Upgrade".
std::string_view TakeItem(std::string_view& list) {
  const std::size_t end = std::min(list.find(','), list.size());
  std::string_view item = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
  while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
  return item;
}

}  // namespace

std::optional<Response> BreaksRules(const Request& request, std::string_view version) {
  if (auto refusal = BreaksHeaderRules(request)) return refusal;
  if (version == "1.1" && request.FindHeader("Host") == nullptr)
    return Problem(400, "a request of HTTP/1.1 needs Host");
  return BreaksBodyRules(request, version);
}

bool HasBody(const Request& request) {
  const std::string* length = request.FindHeader("Content-Length");
  return (length != nullptr && *length != "0") || request.FindHeader("Transfer-Encoding") != nullptr;
}

bool NamesOption(const Request& request, std::string_view option) {
  const std::string* options = request.FindHeader("Connection");
  if (options == nullptr) return false;
  for (std::string_view rest = *options; !rest.empty();)
    if (EqualsIgnoringCase(TakeItem(rest), option)) return true;
  return false;
}

bool WantsKeepAlive(const Request& request, std::string_view version) {
  if (request.FindHeader("Connection") == nullptr) return version == "1.1";
  return NamesOption(request, "keep-alive") && !NamesOption(request, "close");
}

Response MoreThanOne(std::string_view header) {
  return Problem(400, fmt::format("a request takes {} once", header));
}

Response BothFramings() {
  return Problem(400, "a request takes Content-Length or Transfer-Encoding, not both");
}

Response BadLength() {
  return Problem(400, "Content-Length takes a number of bytes");
}

}  // namespace keymeter::query_api
