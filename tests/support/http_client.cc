#include "tests/support/http_client.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <stdexcept>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace keymeter::testing {

namespace {

using Clock = std::chrono::steady_clock;

struct FreeCurl {
  void operator()(CURL* curl) const { ::curl_easy_cleanup(curl); }
};
struct FreeList {
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};

std::string_view Trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

std::size_t TakeHeader(char* data, std::size_t, std::size_t size, void* response) {
  const std::string_view line(data, size);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  static_cast<HttpResponse*>(response)->headers[name] = Trim(line.substr(colon + 1));
  return size;
}

std::size_t TakeBody(char* data, std::size_t, std::size_t size, void* response) {
  static_cast<HttpResponse*>(response)->body.append(data, size);
  return size;
}

std::unique_ptr<curl_slist, FreeList> ListOf(const HttpHeaders& headers) {
  curl_slist* list = nullptr;
  for (const std::string& header : headers) list = ::curl_slist_append(list, header.c_str());
  return std::unique_ptr<curl_slist, FreeList>(list);
}

Milliseconds TimeLeft(Clock::time_point deadline) {
  return std::max(Milliseconds(0), std::chrono::duration_cast<Milliseconds>(deadline - Clock::now()));
}

}  // namespace

HttpResponse HttpGet(const std::string& url, const HttpHeaders& headers, Milliseconds timeout) {
  return HttpRequest("GET", url, headers, "", timeout);
}

HttpResponse HttpRequest(const std::string& method, const std::string& url, const HttpHeaders& headers,
                         const std::string& body, Milliseconds timeout) {
  static CURLcode ready = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  HttpResponse response;
  const std::unique_ptr<CURL, FreeCurl> curl(::curl_easy_init());
  const auto list = ListOf(headers);
  if (ready != CURLE_OK || !curl) throw std::runtime_error("libcurl does not start");
  ::curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, list.get());
  ::curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  ::curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  ::curl_easy_setopt(curl.get(), CURLOPT_PATH_AS_IS, 1L);
  ::curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, &TakeHeader);
  ::curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &response);
  ::curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &TakeBody);
  ::curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &response);
  if (method == "HEAD") {
    ::curl_easy_setopt(curl.get(), CURLOPT_NOBODY, 1L);
  } else {
    ::curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
  }
  if (!body.empty()) {
    ::curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
    ::curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  }
  if (const CURLcode code = ::curl_easy_perform(curl.get()); code != CURLE_OK)
    response.error = ::curl_easy_strerror(code);
  long status = 0;
  ::curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  return response;
}

RawSocket::RawSocket(int port) : file_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(file_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
  const int reason = errno;
  ::close(file_);
  throw std::runtime_error(fmt::format("connect to port {}: {}", port, std::strerror(reason)));
}

RawSocket::~RawSocket() {
  ::close(file_);
}

void RawSocket::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(file_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) throw std::runtime_error(fmt::format("send: {}", std::strerror(errno)));
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string RawSocket::ReadUntil(std::string_view part, Milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  std::string text;
  while (text.find(part) == std::string::npos && ReadSome(text, TimeLeft(deadline)) == Read::kBytes) {
  }
  return text;
}

bool RawSocket::ReadMore(std::string& out, Milliseconds timeout) {
  return ReadSome(out, timeout) == Read::kBytes;
}

bool RawSocket::IsClosedByPeer(Milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  std::string dropped;
  for (;;) {
    const Read read = ReadSome(dropped, TimeLeft(deadline));
    if (read != Read::kBytes) return read == Read::kClosed;
  }
}

RawSocket::Read RawSocket::ReadSome(std::string& out, Milliseconds timeout) {
  pollfd file = {file_, POLLIN, 0};
  if (::poll(&file, 1, static_cast<int>(timeout.count())) <= 0) return Read::kTimeout;
  char buffer[16384];
  const ssize_t count = ::recv(file_, buffer, sizeof buffer, 0);
  if (count <= 0) return Read::kClosed;
  out.append(buffer, static_cast<std::size_t>(count));
  return Read::kBytes;
}

}  // namespace keymeter::testing
