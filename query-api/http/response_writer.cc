#include "query-api/http/response_writer.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <string>

#include <civetweb.h>

#include "query-api/http/security_headers.h"
#include "schema/log.h"

namespace keymeter::query_api {

namespace {

constexpr std::size_t kPieceBytes = 65'536;

std::string HttpDate() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return {text.data(), length};
}

std::string Head(const Response& response, const ResponseWriter::Form& form) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                                 ReasonPhrase(response.status), HttpDate());
  for (const Header& header : response.headers) head += fmt::format("{}: {}\r\n", header.name, header.value);
  if (response.status == 101) return head + "\r\n";
  if (response.stream_bytes) {
    head += fmt::format("Content-Length: {}\r\n", *response.stream_bytes);
  } else if (response.stream) {
    if (form.in_chunks) head += "Transfer-Encoding: chunked\r\n";
  } else if (response.status != 304 && response.status != 204) {
    head += fmt::format("Content-Length: {}\r\n", response.Bytes().size());
  }
  head += "Cache-Control: private, no-cache\r\n";
  head += kSecurityHeaders;
  if (form.closes)
    head += "Connection: close\r\n";
  else if (form.names_keep_alive)
    head += "Connection: keep-alive\r\n";
  return head + "\r\n";
}

}  // namespace

bool ResponseWriter::Send(const Response& response, const Form& form) {
  std::string bytes = Head(response, form);
  if (!form.with_body) return Write(bytes);
  if (response.stream)
    return Write(bytes) && SendStream(response.stream, form.in_chunks && !response.stream_bytes);
  // One write for what is short; what is long is not copied.
  const std::string_view body = response.Bytes();
  if (body.size() > kPieceBytes) {
    guard_.Hold(watched_, body.size());
    return Write(bytes) && Write(body);
  }
  bytes += body;
  return Write(bytes);
}

bool ResponseWriter::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t size = std::min(kPieceBytes, bytes.size());
    guard_.BeginWrite(watched_);
    const bool was_taken = mg_write(connection_, bytes.data(), size) == static_cast<int>(size);
    guard_.EndWrite(watched_);
    if (!was_taken) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

/// A body that breaks off lacks its last chunk, or some of its length: the client sees that it is not whole.
bool ResponseWriter::SendStream(const BodyStream& stream, bool in_chunks) {
  std::string piece;
  for (;;) {
    piece.clear();
    const auto has_more = stream(piece);
    if (!has_more) {
      log::Fault("answer cut off", {{"reason", has_more.error().Text()}});
      return false;
    }
    if (in_chunks && !piece.empty()) piece = fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
    if (!Write(piece)) return false;
    if (!*has_more) return !in_chunks || Write("0\r\n\r\n");
  }
}

}  // namespace keymeter::query_api
