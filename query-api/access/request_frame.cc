#include "query-api/access/request_frame.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "query-api/access/digest.h"
#include "schema/hex.h"

namespace keymeter::query_api {

namespace {

bool IsRequestId(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  return !text.empty() && text.size() <= kLongest && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

/// Kept by a body in a file: logs its line when that is released, after its last byte was sent or its client
/// has gone.
class LineAtEnd {
 public:
  LineAtEnd(AccessLog& log, const Clock& clock, std::int64_t begin_ms, const FileBody& body,
            AccessLogLine line)
      : log_(log), clock_(clock), begin_ms_(begin_ms), body_(body), line_(std::move(line)) {}
  ~LineAtEnd() {
    line_.bytes = body_.sent;
    line_.ms = clock_.MonotonicMs() - begin_ms_;
    log_.Add(std::move(line_));
  }
  LineAtEnd(const LineAtEnd&) = delete;
  LineAtEnd& operator=(const LineAtEnd&) = delete;

 private:
  AccessLog& log_;
  const Clock& clock_;
  const std::int64_t begin_ms_;
  const FileBody& body_;
  AccessLogLine line_;
};

}  // namespace

std::string RequestIdOf(const Request& request) {
  constexpr std::size_t kRandomBytes = 8;
  const std::string* const given = request.FindHeader("X-Request-Id");
  return given != nullptr && IsRequestId(*given) ? *given : ToHex(RandomBytes(kRandomBytes));
}

void NameProblem(Response& response, std::string_view request_id) {
  const std::string* const type = response.FindHeader("Content-Type");
  if (type == nullptr || *type != "application/problem+json" || !response.body.ends_with('}') ||
      response.FindHeader("Content-Encoding") != nullptr)
    return;
  response.body.pop_back();
  response.body += fmt::format(R"(,"requestId":"{}"}})", request_id);
}

Response RequestFrame::Answer(const Request& request, const AnswerRequest& answer) const {
  const std::int64_t begin_ms = clock_.MonotonicMs();
  Request named = request;
  named.id = RequestIdOf(request);
  Caller who{Role::kViewer, "", request.peer};
  Response response = answer(named, who);
  cors_.Decorate(named, response);
  response.headers.push_back({"X-Request-Id", named.id});
  if (!log_.Wants(response.status)) return response;
  AccessLogLine line{named.method, named.path, response.route, response.status, 0, 0,
                     who.address,  who.name,   named.id};
  if (FileBody* const file = response.file.get(); file != nullptr) {
    file->keeps.push_back(std::make_shared<const LineAtEnd>(log_, clock_, begin_ms, *file, std::move(line)));
    return response;
  }
  if (named.method != "HEAD") line.bytes = response.Bytes().size();
  line.ms = clock_.MonotonicMs() - begin_ms;
  log_.Add(std::move(line));
  return response;
}

}  // namespace keymeter::query_api
