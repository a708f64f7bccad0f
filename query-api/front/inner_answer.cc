#include "query-api/front/inner_answer.h"

#include <algorithm>
#include <charconv>

#include "query-api/front/head_bytes.h"
#include "query-api/http/http_types.h"

namespace keymeter::query_api {

namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

struct HeaderLine {
  std::string_view name;
  std::string_view value;
};

/// What the header lines say about the answer's end.
struct Framing {
  std::optional<std::size_t> length;
  bool is_handed_over = false;
  std::size_t head_bytes = 0;  ///< without the line of kHandedOverHeader
};

tl::unexpected<Error> Malformed(std::string_view what) {
  return Fail(ErrorCode::kInternal, "the answer from inside is malformed: {}", what);
}

/// "HTTP/1.1 200 OK", without its line end.
Result<int> StatusOf(std::string_view line) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  constexpr std::size_t kDigits = 3;
  int status = 0;
  const char* digits = line.data() + kVersion.size();
  if (line.size() <= kVersion.size() + kDigits || !line.starts_with(kVersion) ||
      line[kVersion.size() + kDigits] != ' ' || !std::all_of(line.begin(), line.end(), IsValueByte) ||
      std::from_chars(digits, digits + kDigits, status).ptr != digits + kDigits)
    return Malformed("its status line");
  // 100 and its like come before an answer, and nobody inside sends them.
  if (status != 101 && (status < 200 || status > 599)) return Malformed("its status");
  return status;
}

/// "Name: value", without its line end.
Result<HeaderLine> SplitLine(std::string_view line) {
  const std::size_t colon = line.find(": ");
  if (colon == 0 || colon == std::string_view::npos) return Malformed("a line that is no header");
  const HeaderLine header{line.substr(0, colon), line.substr(colon + 2)};
  if (!std::all_of(header.name.begin(), header.name.end(), IsTokenByte) ||
      !std::all_of(header.value.begin(), header.value.end(), IsValueByte))
    return Malformed("a header with foreign bytes");
  return header;
}

Status TakeHeader(const HeaderLine& header, Framing& framing) {
  if (framing.is_handed_over) return Malformed("a header after Keymeter-Handed-Over");
  if (EqualsIgnoringCase(header.name, "Transfer-Encoding")) return Malformed("Transfer-Encoding");
  if (EqualsIgnoringCase(header.name, kHandedOverHeader)) {
    if (header.value != "1") return Malformed("the value of Keymeter-Handed-Over");
    framing.is_handed_over = true;
  }
  if (!EqualsIgnoringCase(header.name, "Content-Length")) return {};
  if (framing.length || !IsLength(header.value)) return Malformed("Content-Length");
  std::size_t length = 0;
  std::from_chars(header.value.data(), header.value.data() + header.value.size(), length);
  framing.length = length;
  return {};
}

/// `lines`: the header lines, each with its line end.
Result<Framing> ReadFraming(std::string_view lines) {
  Framing framing;
  while (!lines.empty()) {
    const std::size_t end = lines.find(kLineEnd);
    ASSIGN_OR_RETURN(const auto header, SplitLine(lines.substr(0, end)));
    RETURN_IF_ERROR(TakeHeader(header, framing));
    lines.remove_prefix(end + kLineEnd.size());
    if (!framing.is_handed_over) framing.head_bytes += end + kLineEnd.size();
  }
  return framing;
}

/// The bytes of the body that follow on the connection.
Result<std::size_t> BodyBytes(int status, const Framing& framing, bool is_to_head) {
  const bool has_no_body = status == 101 || status == 204 || status == 304;
  if (has_no_body && framing.length) return Malformed("Content-Length where there is no body");
  if (status == 101 && !framing.is_handed_over) return Malformed("101 without a session");
  if (has_no_body || is_to_head) return 0;
  if (!framing.length) return Malformed("no Content-Length");
  if (framing.is_handed_over) return 0;
  if (*framing.length > kMostInlineBody) return Malformed("a long body that is not handed over");
  return *framing.length;
}

}  // namespace

Result<std::optional<InnerAnswer>> ReadInnerAnswer(std::string_view bytes, bool is_to_head) {
  const std::size_t lines_end = bytes.substr(0, kMaxAnswerHeadBytes).find(kHeadEnd);
  if (lines_end == std::string_view::npos) {
    if (bytes.size() >= kMaxAnswerHeadBytes) return Malformed("a head that does not end");
    return std::nullopt;
  }
  const std::string_view head = bytes.substr(0, lines_end + kLineEnd.size());
  const std::size_t first_end = head.find(kLineEnd);
  ASSIGN_OR_RETURN(const int status, StatusOf(head.substr(0, first_end)));
  ASSIGN_OR_RETURN(const Framing framing, ReadFraming(head.substr(first_end + kLineEnd.size())));
  ASSIGN_OR_RETURN(const std::size_t body_bytes, BodyBytes(status, framing, is_to_head));

  InnerAnswer answer;
  const std::size_t body_begin = lines_end + kHeadEnd.size();
  answer.status = status;
  answer.head = head.substr(0, first_end + kLineEnd.size() + framing.head_bytes);
  answer.is_handed_over = framing.is_handed_over;
  answer.bytes = body_begin + body_bytes;
  if (bytes.size() > answer.bytes) return Malformed("bytes after its end");
  if (bytes.size() < answer.bytes) return std::nullopt;
  answer.body = bytes.substr(body_begin, body_bytes);
  return answer;
}

}  // namespace keymeter::query_api
