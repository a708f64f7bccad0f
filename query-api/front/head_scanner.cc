#include "query-api/front/head_scanner.h"

#include "query-api/front/head_bytes.h"
#include "query-api/http/url.h"

namespace keymeter::query_api {

namespace {

constexpr char kTlsHandshake = 0x16;  ///< the first byte of a ClientHello

/// A proxy may end the target at '#': it would have checked another one than we serve.
bool IsTargetByte(char c) {
  return c > ' ' && c < 0x7F && c != '#';
}

bool FitsVersion(char c, char pattern) {
  return pattern == 'd' ? c >= '0' && c <= '9' : c == pattern;
}

Response MalformedLine() {
  return Problem(400, "the request's line takes METHOD /PATH HTTP/1.1");
}

}  // namespace

tl::expected<std::optional<std::size_t>, Response> HeadScanner::Scan() {
  if (TakeMethod() && TakeTarget() && TakeVersion() && TakeHeaderLines()) return std::optional(at_);
  if (!refusal_ && bytes_.size() == kMaxHeadBytes)
    Refuse(Problem(431, fmt::format("a request's line and headers take at most {} bytes", kMaxHeadBytes)));
  if (refusal_) return tl::unexpected(std::move(*refusal_));
  return std::optional<std::size_t>();
}

bool HeadScanner::TakeMethod() {
  if (!IsAtEnd() && bytes_.front() == kTlsHandshake)
    return Refuse(Problem(400, "this port speaks plain HTTP"));
  const std::string_view method = TakeWhile(IsTokenByte);
  if (method.size() > kMaxMethodBytes)
    return Refuse(Problem(400, fmt::format("a method takes at most {} bytes", kMaxMethodBytes)));
  if (IsAtEnd()) return false;
  if (method.empty() || bytes_[at_] != ' ') return Refuse(MalformedLine());
  method_ = method;
  ++at_;
  return true;
}

bool HeadScanner::TakeTarget() {
  const std::string_view target = TakeWhile(IsTargetByte);
  if (!target.empty() && target.front() != '/' && target.front() != '*')
    return Refuse(Problem(400, "the request's target is a path, such as /api/health"));
  if (target.size() > kMaxTargetBytes)
    return Refuse(Problem(414, fmt::format("path and query take at most {} bytes", kMaxTargetBytes)));
  if (IsAtEnd()) return false;
  if (bytes_[at_] == '#' || static_cast<unsigned char>(bytes_[at_]) >= 0x7F)
    return Refuse(Problem(400, "path and query take printable ASCII without #, and the rest as %XX"));
  if (target.empty() || bytes_[at_] != ' ') return Refuse(MalformedLine());
  target_ = target;
  ++at_;
  return true;
}

bool HeadScanner::TakeVersion() {
  constexpr std::string_view kPattern = "HTTP/d.d";
  const std::size_t begin = at_;
  for (const char expected : kPattern) {
    if (IsAtEnd()) return false;
    if (!FitsVersion(bytes_[at_], expected)) return Refuse(MalformedLine());
    ++at_;
  }
  const std::string_view version = bytes_.substr(begin, kPattern.size());
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return Refuse(Problem(505, "this server speaks HTTP/1.1 and HTTP/1.0"));
  // After the version, so that who begins with HTTP/2 ("PRI * HTTP/2.0") is told what is spoken here.
  if (target_.front() == '*' && (target_ != "*" || method_ != "OPTIONS"))
    return Refuse(Problem(400, "the request's target is a path, such as /api/health"));
  return TakeLineEnd();
}

bool HeadScanner::TakeHeaderLines() {
  for (std::size_t lines = 0; !IsAtEnd() && bytes_[at_] != '\r'; ++lines) {
    if (lines == kMaxHeaderLines)
      return Refuse(Problem(431, fmt::format("a request takes at most {} header lines", kMaxHeaderLines)));
    if (!TakeHeaderLine()) return false;
  }
  return TakeLineEnd();
}

bool HeadScanner::TakeHeaderLine() {
  const std::string_view name = TakeWhile(IsTokenByte);
  if (IsAtEnd()) return false;
  // A folded line begins with a blank; a blank before the colon is no part of a name.
  if (name.empty() || bytes_[at_] != ':')
    return Refuse(Problem(400, "the request's header has lines that are no headers"));
  ++at_;
  (void)TakeWhile(IsValueByte);
  if (IsAtEnd()) return false;
  if (bytes_[at_] != '\r' && bytes_[at_] != '\n')
    return Refuse(Problem(400, fmt::format("the value of {} takes only printable UTF-8", name)));
  return TakeLineEnd();
}

bool HeadScanner::TakeLineEnd() {
  for (const char expected : {'\r', '\n'}) {
    if (IsAtEnd()) return false;
    if (bytes_[at_] != expected) return Refuse(Problem(400, "each line of a request's head ends with CR LF"));
    ++at_;
  }
  return true;
}

template <typename Predicate>
std::string_view HeadScanner::TakeWhile(Predicate is_one) {
  const std::size_t begin = at_;
  while (at_ < bytes_.size() && is_one(bytes_[at_])) ++at_;
  return bytes_.substr(begin, at_ - begin);
}

bool HeadScanner::Refuse(Response refusal) {
  refusal_ = std::move(refusal);
  return false;
}

}  // namespace keymeter::query_api
