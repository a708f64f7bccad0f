#include "query-api/front/inner_request.h"

#include <algorithm>
#include <array>

#include "query-api/front/request_rules.h"
#include "query-api/http/forwarding_headers.h"

namespace keymeter::query_api {

namespace {

/// What gate, router and handlers read, besides `Connection` and `Upgrade` and the traces of proxies. What
/// frames a body is left out.
constexpr auto kHeaders = std::to_array<std::string_view>(
    {"Host", "Authorization", "Origin", "Access-Control-Request-Method", "Accept-Encoding", "If-None-Match",
     "X-Request-Id", "X-Forwarded-For", "Forwarded", "Sec-WebSocket-Version", "Sec-WebSocket-Key",
     "Sec-WebSocket-Protocol"});

/// Those of civetweb's methods that a client could mean; it closes the connection of others.
constexpr std::array<std::string_view, 7> kKnownMethods = {"GET", "HEAD",   "OPTIONS", "POST",
                                                           "PUT", "DELETE", "PATCH"};
/// No path takes it, so that it is answered as the other would be.
constexpr std::string_view kStandInMethod = "PATCH";

void AppendLine(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

/// Several lines of a name as one list (RFC 9110, 5.3). So a request has fewer lines than civetweb keeps.
void AppendJoined(std::string& out, const Request& request, std::string_view name) {
  bool is_first = true;
  for (const Header& header : request.headers) {
    if (!EqualsIgnoringCase(header.name, name)) continue;
    if (is_first)
      out.append(name).append(": ").append(header.value);
    else
      out.append(", ").append(header.value);
    is_first = false;
  }
  if (!is_first) out.append("\r\n");
}

bool IsListed(std::string_view name) {
  return std::any_of(kHeaders.begin(), kHeaders.end(),
                     [&](std::string_view listed) { return EqualsIgnoringCase(listed, name); });
}

/// One other header of a proxy: the gate asks whether there is any.
void AppendTraceOfProxy(std::string& out, const Request& request) {
  for (const Header& header : request.headers)
    if (!IsListed(header.name) && IsForwardingHeader(header.name))
      return AppendLine(out, header.name, header.value);
}

void AppendUpgrade(std::string& out, const Request& request) {
  const std::string* const protocol = request.FindHeader("Upgrade");
  if (protocol != nullptr && NamesOption(request, "upgrade")) AppendLine(out, kUpgradeHeader, *protocol);
}

}  // namespace

void AppendInnerRequest(std::string& out, const Request& request) {
  const bool is_known =
      std::find(kKnownMethods.begin(), kKnownMethods.end(), request.method) != kKnownMethods.end();
  out.append(is_known ? std::string_view(request.method) : kStandInMethod).append(" ");
  // civetweb closes the connection on "*"; to the router the one is as unknown as the other.
  out.append(request.path == "*" ? std::string_view("/*") : request.path);
  if (!request.query.empty()) out.append("?").append(request.query);
  out.append(" HTTP/1.1\r\n");
  for (const std::string_view name : kHeaders) AppendJoined(out, request, name);
  AppendTraceOfProxy(out, request);
  AppendUpgrade(out, request);
  if (!is_known) AppendLine(out, kMethodHeader, request.method);
  AppendLine(out, kPeerHeader, request.peer);
  out.append("\r\n");
}

}  // namespace keymeter::query_api
