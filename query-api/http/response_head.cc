#include "query-api/http/response_head.h"

#include <array>
#include <ctime>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "query-api/http/security_headers.h"

namespace keymeter::query_api {

namespace {

constexpr std::size_t kUsualBytes = 640;  ///< of a head: one allocation

/// Made once a second by each thread that asks for it.
std::string_view HttpDate() {
  struct Date {
    std::time_t second = -1;
    std::array<char, 40> text{};
    std::size_t length = 0;
  };
  thread_local Date date;
  const std::time_t now = std::time(nullptr);
  if (date.second != now) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    date.length = std::strftime(date.text.data(), date.text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    date.second = now;
  }
  return {date.text.data(), date.length};
}

bool HasLength(const Response& response) {
  return response.status != 204 && response.status != 304 && !response.hides_length;
}

}  // namespace

std::string ResponseHead(const Response& response) {
  std::string head;
  head.reserve(kUsualBytes);
  fmt::format_to(std::back_inserter(head), "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                 ReasonPhrase(response.status), HttpDate());
  for (const Header& header : response.headers)
    head.append(header.name).append(": ").append(header.value).append("\r\n");
  if (response.status == 101) return head;
  if (HasLength(response))
    fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n",
                   response.file ? response.file->bytes : response.Bytes().size());
  head.append("Cache-Control: private, no-cache\r\n").append(kSecurityHeaders);
  return head;
}

}  // namespace keymeter::query_api
