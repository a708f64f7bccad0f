#include "query-api/http/request_rules.h"

#include <algorithm>

#include "schema/utf8.h"

namespace keymeter::query_api {

namespace {

bool IsTokenByte(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kMarks.find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenByte);
}

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool IsValue(std::string_view text) {
  return std::none_of(text.begin(), text.end(), IsControl) && utf8::IsValid(text);
}

std::ptrdiff_t Count(const Request& request, std::string_view name) {
  return std::count_if(request.headers.begin(), request.headers.end(),
                       [&](const Header& header) { return EqualsIgnoringCase(header.name, name); });
}

/// At most 18 digits: no sign, no list, and it fits into 64 bits.
bool IsLength(std::string_view text) {
  constexpr std::size_t kMaxDigits = 18;
  return !text.empty() && text.size() <= kMaxDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Response> BreaksHeaderRules(const Request& request) {
  if (request.headers.size() > kMaxHeaderLines)
    return Problem(431, fmt::format("a request takes at most {} header lines", kMaxHeaderLines));
  for (const Header& header : request.headers) {
    if (!IsToken(header.name)) return Problem(400, "a header's name takes only the characters of a token");
    if (!IsValue(header.value))
      return Problem(400, fmt::format("the value of {} takes only printable UTF-8", header.name));
  }
  // Which of two would hold is anybody's guess.
  for (const std::string_view name :
       {"Host", "Content-Length", "Transfer-Encoding", "Authorization", "Origin", "Expect"})
    if (Count(request, name) > 1) return Problem(400, fmt::format("a request takes {} once", name));
  return std::nullopt;
}

std::optional<Response> BreaksBodyRules(const Request& request, std::string_view version) {
  const std::string* length = request.FindHeader("Content-Length");
  const std::string* encoding = request.FindHeader("Transfer-Encoding");
  if (length != nullptr && encoding != nullptr)
    return Problem(400, "a request takes Content-Length or Transfer-Encoding, not both");
  if (length != nullptr && !IsLength(*length)) return Problem(400, "Content-Length takes a number of bytes");
  if (encoding != nullptr && (version != "1.1" || !EqualsIgnoringCase(*encoding, "chunked")))
    return Problem(400, "Transfer-Encoding takes chunked, in HTTP/1.1");
  if (const std::string* expected = request.FindHeader("Expect");
      expected != nullptr && !EqualsIgnoringCase(*expected, "100-continue"))
    return Problem(417, "Expect takes 100-continue");
  if ((request.method == "GET" || request.method == "HEAD") && HasBody(request))
    return Problem(413, "this method takes no body");
  return std::nullopt;
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

bool WantsKeepAlive(const Request& request, std::string_view version) {
  const std::string* wish = request.FindHeader("Connection");
  if (wish == nullptr) return version == "1.1";
  std::string_view rest = *wish;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    std::string_view option = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (!option.empty() && option.front() == ' ') option.remove_prefix(1);
    while (!option.empty() && option.back() == ' ') option.remove_suffix(1);
    if (EqualsIgnoringCase(option, "keep-alive")) return true;
  }
  return false;
}

}  // namespace keymeter::query_api
