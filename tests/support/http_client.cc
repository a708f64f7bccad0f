#include "tests/support/http_client.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <stdexcept>

#include <curl/curl.h>

namespace keymeter::testing {

namespace {

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

}  // namespace

HttpResponse HttpGet(const std::string& url, const HttpHeaders& headers, Milliseconds timeout) {
  return HttpRequest("GET", url, headers, "", timeout);
}

HttpResponse HttpRequest(const std::string& method, const std::string& url, const HttpHeaders& headers,
                         const std::string& body, Milliseconds timeout) {
  return HttpRequest(method, HttpServer{url}, "", headers, body, timeout);
}

HttpServer ServerAt(const std::string& address, const std::string& ca_file) {
  constexpr std::string_view kUnix = "unix:";
  constexpr std::string_view kTls = "tls://";
  if (address.starts_with(kUnix)) return {"http://localhost", address.substr(kUnix.size())};
  if (address.starts_with(kTls)) return {"https://" + address.substr(kTls.size()), "", ca_file};
  return {"http://" + address};
}

HttpResponse HttpRequest(const std::string& method, const HttpServer& server, const std::string& path,
                         const HttpHeaders& headers, const std::string& body, Milliseconds timeout) {
  static CURLcode ready = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  HttpResponse response;
  const std::unique_ptr<CURL, FreeCurl> curl(::curl_easy_init());
  const auto list = ListOf(headers);
  if (ready != CURLE_OK || !curl) throw std::runtime_error("libcurl does not start");
  ::curl_easy_setopt(curl.get(), CURLOPT_URL, (server.base + path).c_str());
  if (!server.unix_socket.empty())
    ::curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, server.unix_socket.c_str());
  if (!server.ca_file.empty()) ::curl_easy_setopt(curl.get(), CURLOPT_CAINFO, server.ca_file.c_str());
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

}  // namespace keymeter::testing
