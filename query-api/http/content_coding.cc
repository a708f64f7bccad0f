#include "query-api/http/content_coding.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "query-api/http/gzip.h"
#include "query-api/http/shared_body.h"
#include "query-api/http/spool_file.h"

namespace keymeter::query_api {

namespace {

/// A file is compressed for one client, who waits for it, so at the fastest level.
constexpr int kFileLevel = 1;
constexpr std::size_t kFilePieceBytes = 65'536;

std::string_view WithoutBlanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string_view TakeUpTo(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return WithoutBlanks(part);
}

/// Thousandths of a weight: "0.5" → 500; nothing for what is none.
std::optional<int> QualityOf(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int weight = text[0] == '1' ? 1000 : 0;
  int unit = 100;
  for (std::size_t i = 2; i < text.size(); ++i, unit /= 10) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    weight += (text[i] - '0') * unit;
  }
  return weight <= 1000 ? std::optional(weight) : std::nullopt;
}

/// The weight of one element's parameters; 1000 without any.
std::optional<int> QualityOfParameters(std::string_view parameters) {
  if (parameters.empty()) return 1000;
  const std::string_view name = TakeUpTo(parameters, '=');
  if (!EqualsIgnoringCase(name, "q")) return std::nullopt;
  return QualityOf(WithoutBlanks(parameters));
}

bool IsCodable(const Response& response) {
  const std::string* type = response.FindHeader("Content-Type");
  return type != nullptr && (type->starts_with("text/") || type->starts_with("application/json") ||
                             type->starts_with("application/problem+json"));
}

/// All headers of the name: a list may come in several lines.
AcceptedCodings AcceptedBy(const Request& request) {
  std::string all;
  for (const Header& header : request.headers)
    if (EqualsIgnoringCase(header.name, "Accept-Encoding")) all.append(header.value).append(",");
  return ParseAcceptEncoding(all);
}

/// A compressed copy, which takes over what the plain body keeps.
Result<std::shared_ptr<FileBody>> GzippedFile(FileBody& plain) {
  const SpoolRoom& room = plain.room;
  if (room.directory.empty())
    return Fail(ErrorCode::kUnavailable, "a response in a file has no room for a copy");
  ASSIGN_OR_RETURN(auto copy, SpoolFile::Create(room.directory, room.bytes));
  GzipWriter gzip(kFileLevel);
  std::string coded;
  for (std::uint64_t offset = 0; offset < plain.bytes;) {
    if (room.is_stopping && room.is_stopping()) return Fail(ErrorCode::kUnavailable, "the server stops");
    const auto most = std::min<std::uint64_t>(plain.bytes - offset, kFilePieceBytes);
    ASSIGN_OR_RETURN(const auto piece, ReadAt(plain.file, offset, static_cast<std::size_t>(most)));
    if (piece.empty()) return Fail(ErrorCode::kInternal, "the file of a response became shorter");
    offset += piece.size();
    coded.clear();
    gzip.Add(piece, false, coded);
    RETURN_IF_ERROR(copy.Append(coded));
  }
  coded.clear();
  gzip.Add("", true, coded);
  RETURN_IF_ERROR(copy.Append(coded));
  ASSIGN_OR_RETURN(auto body, copy.TakeBody());
  body->keeps = std::move(plain.keeps);
  return body;
}

Response Coded(const Request& request, Response response) {
  if (response.status != 304 && !IsCodable(response)) return response;
  if (response.FindHeader("Content-Encoding") != nullptr) return response;
  response.headers.push_back({"Vary", "Accept-Encoding"});
  if (response.status == 304) return response;
  const AcceptedCodings accepted = AcceptedBy(request);
  const bool is_short =
      !response.file && !response.hides_length && response.Bytes().size() < kLeastBytesToCode;
  if (!accepted.gzip || (is_short && accepted.identity)) return response;
  if (response.file) {
    auto coded = GzippedFile(*response.file);
    if (!coded) return response;  // its disk is full, or the server stops
    response.file = std::move(*coded);
  } else if (response.shared_body) {
    response.coded_body = response.shared_body->Gzipped();
  } else if (!response.hides_length) {
    response.body = Gzip(response.body);
  }
  response.headers.push_back({"Content-Encoding", "gzip"});
  return response;
}

}  // namespace

AcceptedCodings ParseAcceptEncoding(std::string_view text) {
  std::optional<int> gzip;
  std::optional<int> identity;
  std::optional<int> others;
  while (!text.empty()) {
    std::string_view element = TakeUpTo(text, ',');
    const std::string_view name = TakeUpTo(element, ';');
    const auto weight = QualityOfParameters(WithoutBlanks(element));
    if (!weight) continue;
    if (EqualsIgnoringCase(name, "gzip") || EqualsIgnoringCase(name, "x-gzip")) gzip = *weight;
    if (EqualsIgnoringCase(name, "identity")) identity = *weight;
    if (name == "*") others = *weight;
  }
  const int gzip_weight = gzip.value_or(others.value_or(0));
  return {.gzip = gzip_weight > 0 && gzip_weight >= identity.value_or(0),
          .identity = identity.value_or(others.value_or(1)) > 0};
}

Response Encoded(const Request& request, Response response) {
  Response coded = Coded(request, std::move(response));
  if (coded.file) coded.file->room = {};
  return coded;
}

}  // namespace keymeter::query_api
