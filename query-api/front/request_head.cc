#include "query-api/front/request_head.h"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "query-api/front/request_rules.h"

/// Two readers, one after the other: HeadScanner lets only bytes through about which there is nothing to
/// understand, and Boost.Beast understands them; it is fed one whole head, from our memory.
namespace keymeter::query_api {

namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
// Beast's own, which is not std::string_view.
using Text = boost::beast::string_view;

constexpr int kVersion11 = 11;
constexpr std::size_t kUsualHeaders = 16;  ///< of a browser: one allocation

std::string StringOf(Text text) {
  return {text.data(), text.size()};
}

void SetTarget(Request& request, std::string_view target) {
  const std::size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
}

/// Writes a head into a Request. There is no body: the parser is given none.
class HeadParser final : public http::basic_parser<true> {
 public:
  HeadParser() {
    header_limit(kMaxHeadBytes);
    // A body is our rules' question; without a limit (boost::none) Beast 1.74 takes every one for too long.
    body_limit(std::numeric_limits<std::uint64_t>::max());
  }

  Request request;
  int version = kVersion11;

 private:
  void on_request_impl(http::verb /*verb*/, Text method, Text target, int number,
                       error_code& /*ec*/) override {
    request.method = StringOf(method);
    SetTarget(request, {target.data(), target.size()});
    request.headers.reserve(kUsualHeaders);
    version = number;
  }
  void on_field_impl(http::field /*field*/, Text name, Text value, error_code& /*ec*/) override {
    request.headers.push_back({StringOf(name), StringOf(value)});
  }
  void on_response_impl(int /*status*/, Text /*reason*/, int /*version*/, error_code& /*ec*/) override {}
  void on_header_impl(error_code& /*ec*/) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/, error_code& /*ec*/) override {}
  std::size_t on_body_impl(Text /*body*/, error_code& /*ec*/) override { return 0; }
  void on_chunk_header_impl(std::uint64_t /*size*/, Text /*extensions*/, error_code& /*ec*/) override {}
  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, Text /*body*/, error_code& /*ec*/) override {
    return 0;
  }
  void on_finish_impl(error_code& /*ec*/) override {}
};

/// Why Beast takes no head that our scanner let through: about the length of the body it is as strict as we.
/// `request` has the header lines before the one that is wrong.
Response ProblemWith(const error_code& failure, const Request& request) {
  const bool has_length = request.FindHeader("Content-Length") != nullptr;
  const bool has_encoding = request.FindHeader("Transfer-Encoding") != nullptr;
  if (failure == http::error::bad_content_length) {
    if (has_encoding) return BothFramings();
    return has_length ? MoreThanOne("Content-Length") : BadLength();
  }
  if (failure == http::error::bad_transfer_encoding)
    return has_length ? BothFramings() : MoreThanOne("Transfer-Encoding");
  return Problem(400, fmt::format("the request is malformed: {}", failure.message()));
}

HeadRefusal RefusalOf(const HeadScanner& scanner, Response response) {
  HeadRefusal refusal{{}, std::move(response)};
  refusal.request.method = scanner.method();
  SetTarget(refusal.request, scanner.target());
  return refusal;
}

}  // namespace

tl::expected<std::optional<RequestHead>, HeadRefusal> ReadRequestHead(std::string_view bytes) {
  HeadScanner scanner(bytes);
  auto end = scanner.Scan();
  if (!end) return tl::unexpected(RefusalOf(scanner, std::move(end.error())));
  if (!*end) return std::optional<RequestHead>();

  HeadParser parser;
  error_code failure;
  const std::size_t taken = parser.put(boost::asio::buffer(bytes.data(), **end), failure);
  Request& request = parser.request;
  if (failure) return tl::unexpected(HeadRefusal{request, ProblemWith(failure, request)});
  if (taken != **end || !parser.is_header_done())
    return tl::unexpected(HeadRefusal{request, Problem(400, "the request is malformed")});

  const std::string_view version = parser.version == kVersion11 ? "1.1" : "1.0";
  if (auto refusal = BreaksRules(request, version))
    return tl::unexpected(HeadRefusal{std::move(request), std::move(*refusal)});
  if (version == "1.0")  // which knows no upgrades (RFC 9110, 7.8)
    std::erase_if(request.headers,
                  [](const Header& header) { return EqualsIgnoringCase(header.name, "Upgrade"); });
  RequestHead head;
  head.has_body = HasBody(request);
  head.keeps_alive = !head.has_body && WantsKeepAlive(request, version);
  head.names_keep_alive = head.keeps_alive && version == "1.0";
  head.bytes = **end;
  head.request = std::move(request);
  return std::optional(std::move(head));
}

}  // namespace keymeter::query_api
