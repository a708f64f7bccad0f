#include "query-api/http/request_reader.h"

#include <cstring>
#include <string_view>

#include <civetweb.h>

namespace keymeter::query_api {

namespace {

/// A blank before the colon has become a NUL, as the colon itself has.
bool HasBlankBeforeColon(const mg_header& header) {
  const char* colon = header.name + std::strlen(header.name);
  return header.value > colon + 1 && colon[1] == '\0';
}

/// Whether the empty line follows this header. Of "value\r\n\r\n" civetweb has made "value\0\0\r\0". With
/// bare line feeds the last two bytes may lie behind the header, and behind civetweb's buffer if the header
/// fills it: still inside what malloc gave for it, since 16 KiB are rounded up by eight bytes.
#if defined(__SANITIZE_ADDRESS__)
[[gnu::no_sanitize_address]]
#endif
bool IsLast(const mg_header& header) {
  const char* end = header.value + std::strlen(header.value);
  return end[1] == '\0' && end[2] == '\r' && end[3] == '\0';
}

std::string Trimmed(std::string_view value) {
  while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
  return std::string(value);
}

}  // namespace

ReceivedRequest ReadRequest(const mg_request_info& info) {
  ReceivedRequest received;
  Request& request = received.request;
  request.method = info.request_method;
  request.path = info.local_uri_raw;
  request.peer = info.remote_addr;
  if (info.query_string != nullptr) request.query = info.query_string;
  received.version = info.http_version;
  for (int i = 0; i < info.num_headers; ++i) {
    const mg_header& header = info.http_headers[i];
    received.is_understood = received.is_understood && !HasBlankBeforeColon(header);
    request.headers.push_back({header.name, Trimmed(header.value)});
  }
  // With as many as civetweb keeps, others may follow: see kMaxHeaderLines.
  if (info.num_headers > 0 && info.num_headers < MG_MAX_HEADERS)
    received.is_understood = received.is_understood && IsLast(info.http_headers[info.num_headers - 1]);
  return received;
}

}  // namespace keymeter::query_api
