/// Input: what a client sends on its connection. What is taken is one head of whole lines, no sooner than its
/// last byte, and says the same when it is written anew for the inside; what is refused was not taken before,
/// and stays refused the same way.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "query-api/front/inner_request.h"
#include "query-api/front/request_head.h"
#include "schema/utf8.h"

namespace {

using namespace keymeter::query_api;

constexpr std::size_t kMostInnerLines = 24;  ///< civetweb drops what stands after 64 in silence

void Require(bool holds) {
  if (!holds) std::abort();
}

/// No line feed without its carriage return, nor the other way round, and no NUL.
void RequireWholeLines(std::string_view head) {
  Require(head.ends_with("\r\n\r\n") && head.find('\0') == std::string_view::npos);
  for (std::size_t at = 0; at < head.size(); ++at) {
    Require(head[at] != '\n' || (at > 0 && head[at - 1] == '\r'));
    Require(head[at] != '\r' || head[at + 1] == '\n');
  }
}

std::string Joined(const Request& request, std::string_view name) {
  std::string joined;
  for (const Header& header : request.headers)
    if (EqualsIgnoringCase(header.name, name)) joined += ", " + header.value;
  return joined.empty() ? joined : joined.substr(2);
}

/// What a header of the inside says must be what the client said.
void RequireSaid(const Header& inner, const Request& request) {
  const std::string* first = request.FindHeader(inner.name);
  if (inner.name == kPeerHeader) return Require(inner.value == request.peer);
  if (inner.name == kMethodHeader) return Require(inner.value == request.method);
  if (inner.name == kUpgradeHeader) return Require(inner.value == *request.FindHeader("Upgrade"));
  Require(first != nullptr);
  Require(inner.value == Joined(request, inner.name) || inner.value == *first);
}

void RequireSameInside(Request request) {
  request.peer = "::1";
  if (request.FindHeader("Host") == nullptr) request.headers.push_back({"Host", "a"});
  std::string bytes;
  AppendInnerRequest(bytes, request);
  if (bytes.size() > kMaxHeadBytes) return;
  const auto read = ReadRequestHead(bytes);
  Require(read && *read && (*read)->bytes == bytes.size() && !(*read)->has_body && (*read)->keeps_alive);
  const Request& inner = (*read)->request;
  Require(inner.method == request.method || *inner.FindHeader(kMethodHeader) == request.method);
  Require(inner.path == (request.path == "*" ? "/*" : request.path) && inner.query == request.query);
  Require(inner.headers.size() <= kMostInnerLines);
  for (const Header& header : inner.headers) RequireSaid(header, request);
  for (const char* name : {"Host", "Authorization", "Origin", "X-Forwarded-For", "Forwarded"})
    Require(Joined(inner, name) == Joined(request, name));
}

void CheckTaken(const RequestHead& head, std::string_view bytes) {
  const std::string_view own = bytes.substr(0, head.bytes);
  RequireWholeLines(own);
  const auto lines = static_cast<std::size_t>(std::count(own.begin(), own.end(), '\n'));
  // HTTP/1.0 knows no `Upgrade`, so it is left out.
  const bool may_lack_lines = own.find(" HTTP/1.0\r\n") != std::string_view::npos;
  Require(head.request.headers.size() + 2 == lines ||
          (may_lack_lines && head.request.headers.size() + 2 < lines));
  Require(lines <= kMaxHeaderLines + 2);
  for (const Header& header : head.request.headers) Require(keymeter::utf8::IsValid(header.value));
  Require(!head.has_body || (!head.keeps_alive && head.request.method != "GET"));
  Require(ReadRequestHead(own)->value().bytes == head.bytes);
  RequireSameInside(head.request);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto head = ReadRequestHead(bytes);
  const bool is_taken = head && *head;
  if (is_taken) CheckTaken(**head, bytes);
  if (!head) Require(head.error().response.status >= 400);
  // All parts of what is short, some of what is long.
  const std::size_t step = std::max<std::size_t>(1, size / 16);
  for (std::size_t end = is_taken ? (*head)->bytes - 1 : size; end > 0; end -= std::min(step, end)) {
    const auto part = ReadRequestHead(bytes.substr(0, end));
    Require(part ? !*part : !head && part.error().response.status == head.error().response.status);
  }
  return 0;
}
