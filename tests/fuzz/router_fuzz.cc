/// Input: a request, its first line "METHOD TARGET", each further one "Name: value". Whatever it is, the
/// API's own table over a real file answers with a status that is documented, with JSON where it says so, the
/// same way twice, and tells nothing of the file or of its SQL.

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "query-api/access/access.h"
#include "query-api/api_routes.h"
#include "query-api/endpoints/response_cache.h"
#include "query-api/exports/export_limiter.h"
#include "query-api/http/spool_file.h"
#include "query-api/http/url.h"
#include "schema/utf8.h"
#include "tests/support/example_file.h"
#include "tests/support/temp_dir.h"
#include "tests/support/usage_file.h"

namespace {

using namespace keymeter;
using namespace keymeter::query_api;

constexpr std::size_t kMaxFileBytes = 1 << 20;

void Require(bool holds) {
  if (!holds) std::abort();
}

/// The API over an example file, at one moment.
class Api {
 public:
  static const Api& Instance() {
    static const Api api;
    return api;
  }

  [[nodiscard]] Response Answer(const Request& request) const { return router_.Answer(request); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Api()
      : path_(directory_.File("secret-place.db")),
        clock_(kNowMs),
        pool_((WriteExample(path_, kNow), path_), 2),
        access_(std::move(*Access::Make({*ListenAddress::Parse("127.0.0.1:8787", "--listen")}, {}, clock_))),
        router_(ApiRoutes(context_), [this](const Request& request) { return access_->Check(request); }) {}

  testing::TempDir directory_;
  std::string path_;
  ManualClock clock_;
  ConnectionPool pool_;
  ResponseCache answers_{{.max_bytes = std::size_t{1} << 20}};
  ExportLimiter exports_;
  ApiContext context_{pool_, clock_, &answers_, &exports_};
  std::unique_ptr<Access> access_;
  Router router_;
};

std::string_view TakeUntil(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  const std::string_view piece = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return piece;
}

/// What is none the front refuses (front/request_rules.h).
bool IsName(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

Request RequestOf(std::string_view text) {
  std::string_view first = TakeUntil(text, '\n');
  Request request;
  request.method = TakeUntil(first, ' ');
  request.path = TakeUntil(first, '?');
  request.query = first;
  request.peer = "127.0.0.1";
  request.id = "1";
  while (!text.empty()) {
    std::string_view line = TakeUntil(text, '\n');
    const std::string_view name = TakeUntil(line, ':');
    if (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    if (IsName(name)) request.headers.push_back({std::string(name), std::string(line)});
  }
  if (request.FindHeader("Host") == nullptr) request.headers.push_back({"Host", "127.0.0.1:8787"});
  return request;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
  });
  return lower;
}

/// What the client sent comes back in some errors: that is no leak.
bool IsOfClient(const Request& request, const std::string& word) {
  std::string sent = request.path + ' ' + request.query;
  for (const auto& header : request.headers) sent += ' ' + header.name;  // the one that a proxy added
  if (Lower(sent).find(word) != std::string::npos) return true;
  // Any escape may be a letter of the word.
  return sent.find('%') != std::string::npos || sent.find('+') != std::string::npos;
}

void RequireNoLeak(const Request& request, const Response& response) {
  const std::string body = Lower(response.Bytes());
  const std::string path = Lower(Api::Instance().path());
  Require(body.find(path) == std::string::npos || IsOfClient(request, path));  // the fuzzer can guess it
  if (response.status < 400) return;
  for (const char* word : {"select ", "sqlite", "no such column", "syntax error", ".cc:", "0x"})
    Require(body.find(word) == std::string::npos || IsOfClient(request, word));
}

void RequireBody(const Response& response) {
  const std::string* type = response.FindHeader("Content-Type");
  if (response.status == 304 || response.status == 101) return;
  Require(type != nullptr);
  const bool is_here = !response.file && !response.hides_length;
  if (type->find("json") == std::string::npos || !is_here || response.FindHeader("Content-Encoding")) return;
  Require(keymeter::utf8::IsValid(response.Bytes()) && Json::accept(response.Bytes()));
}

/// A file is as long as it says.
void RequireFile(const Response& response) {
  if (!response.file) return;
  const auto bytes = ReadAt(response.file->file, 0, kMaxFileBytes);
  Require(bytes && bytes->size() == std::min<std::uint64_t>(response.file->bytes, kMaxFileBytes));
}

void RequireSameAgain(Request request, const Response& first) {
  const std::string* etag = first.FindHeader("ETag");
  if (first.status != 200 || etag == nullptr) return;
  request.headers.push_back({"If-None-Match", *etag});
  if (request.FindHeader("If-None-Match") == &request.headers.back().value)
    Require(Api::Instance().Answer(request).status == 304);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  (void)Api::Instance();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::array kStatuses = {200, 304, 400, 401, 403, 404, 405, 413, 414, 426, 429};
  const Request request = RequestOf({reinterpret_cast<const char*>(data), size});
  const Response response = Api::Instance().Answer(request);
  Require(std::find(kStatuses.begin(), kStatuses.end(), response.status) != kStatuses.end());
  for (const Header& header : response.headers)
    Require((header.name + header.value).find_first_of("\r\n") == std::string::npos);
  Require(response.status != 405 || response.FindHeader("Allow") != nullptr);
  RequireBody(response);
  RequireNoLeak(request, response);
  RequireFile(response);
  RequireSameAgain(request, response);
  return 0;
}
