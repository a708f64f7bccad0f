#include "tests/integration/door/smuggling_forms.h"

#include <fmt/format.h>

namespace keymeter::testing {

namespace {

using Statuses = std::vector<int>;

const Statuses kMalformed = {400};
const Statuses kBody = {400, 405, 411, 413, 501};  ///< no route takes one
const Statuses kMethod = {400, 405, 413, 501};
const Statuses kVersion = {400, 505};

/// Makes requests for key-1, and the one that they hide.
struct Writer {
  std::string headers;

  [[nodiscard]] std::string Line(const std::string& line, const std::string& more = "",
                                 const std::string& body = "") const {
    return line + "\r\n" + headers + more + "\r\n" + body;
  }
  [[nodiscard]] std::string Get(const std::string& more = "", const std::string& body = "") const {
    return Line("GET /api/apikeys/key-1 HTTP/1.1", more, body);
  }
  [[nodiscard]] std::string Post(const std::string& more, const std::string& body) const {
    return Line("POST /api/apikeys/key-1 HTTP/1.1", more, body);
  }
  [[nodiscard]] std::string Hidden() const { return Line("GET /api/apikeys/smuggled HTTP/1.1"); }
};

void AddLengthsAgainstCodings(const Writer& w, std::vector<SmugglingForm>& forms) {
  const std::string chunks = "0\r\n\r\n" + w.Hidden();
  const std::string length = fmt::format("Content-Length: {}\r\n", chunks.size());
  const std::string nul("X: a\0Transfer-Encoding: chunked\r\n", 33);
  const struct {
    const char* name;
    std::string coding;
  } codings[] = {
      {"coding after the length", "Transfer-Encoding: chunked\r\n"},
      {"unknown coding", "Transfer-Encoding: xchunked\r\n"},
      {"coding with a blank before the colon", "Transfer-Encoding : chunked\r\n"},
      {"coding after a TAB", "Transfer-Encoding:\tchunked\r\n"},
      {"two codings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"},
      {"list of codings", "Transfer-Encoding: identity, chunked\r\n"},
      {"chunked is not the last coding", "Transfer-Encoding: chunked, identity\r\n"},
      {"coding in a folded line", "X: a\r\n Transfer-Encoding: chunked\r\n"},
      {"coding in a line folded by a TAB", "X: a\r\n\tTransfer-Encoding: chunked\r\n"},
      {"folded coding", "Transfer-Encoding:\r\n chunked\r\n"},
      {"coding after VT", "Transfer-Encoding: \vchunked\r\n"},
      {"coding in capitals", "TRANSFER-ENCODING: CHUNKED\r\n"},
      {"quoted coding", "Transfer-Encoding: \"chunked\"\r\n"},
      {"coding with an underscore", "Transfer_Encoding: chunked\r\n"},
      {"coding after a bare LF", "X: a\nTransfer-Encoding: chunked\r\n"},
      {"coding after a bare CR", "X: a\rTransfer-Encoding: chunked\r\n"},
      {"coding after NUL", nul},
  };
  for (const auto& each : codings) forms.push_back({each.name, w.Post(length + each.coding, chunks), kBody});
  forms.push_back({"coding before the length",
                   w.Post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", chunks), kBody});
  forms.push_back({"GET with both", w.Get(length + "Transfer-Encoding: chunked\r\n", chunks), kBody});
}

void AddChunks(const Writer& w, std::vector<SmugglingForm>& forms) {
  const std::string coding = "Transfer-Encoding: chunked\r\n";
  const std::string hidden = w.Hidden();
  const std::pair<const char*, std::string> bodies[] = {
      {"chunked", "0\r\n\r\n"},
      {"chunked with trailers",
       "0\r\nX: 1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + hidden},
      {"chunk with an extension", "1;x=\"\r\n0\r\n\r\n" + hidden},
      {"chunk size with 0x", "0x1\r\na\r\n0\r\n\r\n" + hidden},
      {"negative chunk size", "-1\r\na\r\n0\r\n\r\n" + hidden},
      {"chunk size over 64 bits", "10000000000000000\r\n" + hidden},
      {"chunks with bare LF", "1\na\n0\n\n" + hidden},
  };
  for (const auto& [name, body] : bodies) forms.push_back({name, w.Post(coding, body), kBody});
  forms.push_back({"chunked to HTTP/1.0",
                   w.Line("POST /api/apikeys/key-1 HTTP/1.0", coding, "0\r\n\r\n" + hidden), kBody});
}

void AddLengths(const Writer& w, std::vector<SmugglingForm>& forms) {
  const std::string hidden = w.Hidden();
  const auto size = hidden.size();
  const std::pair<const char*, std::string> lengths[] = {
      {"length twice", fmt::format("Content-Length: {0}\r\nContent-Length: {0}\r\n", size)},
      {"two lengths", fmt::format("Content-Length: 0\r\nContent-Length: {}\r\n", size)},
      {"list of lengths", fmt::format("Content-Length: {0}, {0}\r\n", size)},
      {"length with a sign", fmt::format("Content-Length: +{}\r\n", size)},
      {"negative length", "Content-Length: -1\r\n"},
      {"hexadecimal length", fmt::format("Content-Length: {:#x}\r\n", size)},
      {"length with leading zeros", fmt::format("Content-Length: 000{}\r\n", size)},
      {"length over 64 bits", "Content-Length: 99999999999999999999\r\n"},
      {"length with a blank inside", "Content-Length: 1 0\r\n"},
      {"length with an exponent", "Content-Length: 1e2\r\n"},
      {"empty length", "Content-Length:\r\n"},
      {"length with a blank before the colon", fmt::format("Content-Length : {}\r\n", size)},
      {"length of what follows", fmt::format("Content-Length: {}\r\n", size)},
      {"expected 100", fmt::format("Expect: 100-continue\r\nContent-Length: {}\r\n", size)},
  };
  for (const auto& [name, length] : lengths) {
    forms.push_back({fmt::format("GET, {}", name), w.Get(length, hidden), {400, 413, 417}});
    forms.push_back({fmt::format("POST, {}", name), w.Post(length, hidden), {400, 405, 413, 417}});
  }
  forms.push_back(
      {"HEAD with a body",
       w.Line("HEAD /api/apikeys/key-1 HTTP/1.1", fmt::format("Content-Length: {}\r\n", size), hidden),
       {400, 413}});
}

void AddRequestLines(const Writer& w, std::vector<SmugglingForm>& forms) {
  const std::string target = "/api/apikeys/key-1";
  const std::tuple<const char*, std::string, Statuses> lines[] = {
      {"absolute form", "GET http://localhost" + target + " HTTP/1.1", kMalformed},
      {"absolute form of another host", "GET http://example.org" + target + " HTTP/1.1", {400, 403}},
      {"two blanks", "GET  " + target + " HTTP/1.1", kMalformed},
      {"TAB for a blank", "GET\t" + target + " HTTP/1.1", kMalformed},
      {"blank before the method", " GET " + target + " HTTP/1.1", kMalformed},
      {"empty line before the method", "\r\nGET " + target + " HTTP/1.1", kMalformed},
      {"HTTP/0.9", "GET " + target, kVersion},
      {"HTTP/2.0", "GET " + target + " HTTP/2.0", kVersion},
      {"HTTP/1.10", "GET " + target + " HTTP/1.10", kVersion},
      {"blank behind the version", "GET " + target + " HTTP/1.1 ", kVersion},
      {"version in small letters", "GET " + target + " http/1.1", kVersion},
      {"method in small letters", "get " + target + " HTTP/1.1", kMethod},
      {"CONNECT", "CONNECT localhost:80 HTTP/1.1", kMethod},
      {"TRACE", "TRACE " + target + " HTTP/1.1", kMethod},
      {"OPTIONS *", "OPTIONS * HTTP/1.1", {200, 204, 400, 403, 404, 405}},
      {"GET *", "GET * HTTP/1.1", {400, 404}},
      {"fragment", "GET " + target + "#x HTTP/1.1", kMalformed},
      {"blank in the target", "GET " + target + "?a= b HTTP/1.1", kMalformed},
      {"bare LF behind the line", "GET " + target + " HTTP/1.1\nX: a", kMalformed},
      {"bare CR in the line", "GET " + target + "\rHTTP/1.1", kMalformed},
  };
  for (const auto& [name, line, statuses] : lines) forms.push_back({name, w.Line(line), statuses});
}

void AddHeaders(const Writer& w, std::vector<SmugglingForm>& forms) {
  const std::pair<const char*, std::string> malformed[] = {
      {"second Host", "Host: example.org\r\n"},
      {"blank before a colon", "X : a\r\n"},
      {"empty name", ": a\r\n"},
      {"no colon", "X\r\n"},
      {"name with a high byte", "X\xc3: a\r\n"},
      {"NUL in a name", std::string("X\0: a\r\n", 7)},
      {"NUL in a value", std::string("X: a\0b\r\n", 8)},
      {"folded line", "X: a\r\n b\r\n"},
      {"bare LF", "X: a\nY: b\r\n"},
      {"bare CR", "X: a\rY: b\r\n"},
  };
  for (const auto& [name, header] : malformed) forms.push_back({name, w.Get(header, w.Hidden()), kMalformed});
  forms.push_back({"no Host", "GET /api/apikeys/key-1 HTTP/1.1\r\nX: a\r\n\r\n" + w.Hidden(), kMalformed});
  forms.push_back({"LF for every end of line",
                   "GET /api/apikeys/key-1 HTTP/1.1\nHost: localhost\n\n" + w.Hidden(), kMalformed});
}

void AddSeveralRequests(const Writer& w, std::vector<SmugglingForm>& forms) {
  const std::string hidden = w.Hidden();
  forms.push_back({"two requests in one go", w.Get() + hidden, {200}, 2});
  forms.push_back({"length 0, and another request", w.Get("Content-Length: 0\r\n") + hidden, {200}, 2});
  forms.push_back({"HTTP/1.0", w.Line("GET /api/apikeys/key-1 HTTP/1.0") + hidden, {200}});
  forms.push_back({"close", w.Get("Connection: close\r\n") + hidden, {200}});
  forms.push_back({"close and keep-alive", w.Get("Connection: close, keep-alive\r\n") + hidden, {200}});
  forms.push_back({"keep-alive, then close",
                   w.Get("Connection: keep-alive\r\nConnection: close\r\n") + hidden, kMalformed});
  forms.push_back({"credentials for this hop", w.Get("Connection: Authorization\r\n"), {200}});
  forms.push_back({"another expectation", w.Get("Expect: miracles\r\n"), {200, 417}});
}

}  // namespace

std::vector<SmugglingForm> SmugglingForms(const std::string& headers) {
  const Writer writer{headers};
  std::vector<SmugglingForm> forms;
  AddLengthsAgainstCodings(writer, forms);
  AddChunks(writer, forms);
  AddLengths(writer, forms);
  AddRequestLines(writer, forms);
  AddHeaders(writer, forms);
  AddSeveralRequests(writer, forms);
  return forms;
}

}  // namespace keymeter::testing
