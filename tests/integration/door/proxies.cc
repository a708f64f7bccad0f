#include "tests/integration/door/proxies.h"

#include <fmt/format.h>

#include "tests/support/http_client.h"
#include "tests/support/nginx_conf.h"

namespace keymeter::testing {

namespace {

constexpr const char* kNginx = R"(
  client_header_timeout 1s;
  client_body_timeout 1s;
  lingering_timeout 100ms;
  upstream keymeter {{
    server {0};
    keepalive 8;
  }}
  map $http_upgrade $connection_to_keymeter {{
    default upgrade;
    ''      '';
  }}
  server {{
    listen 127.0.0.1:{1};
    location / {{
      proxy_pass http://keymeter;
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_to_keymeter;
    }}
  }}
)";

constexpr const char* kHaproxy = R"(
defaults
  mode http
  http-reuse always
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout tunnel 30s
  timeout http-request 1s
  timeout http-keep-alive 30s
frontend clients
  bind 127.0.0.1:{1}
  option http-buffer-request
  default_backend keymeter
backend keymeter
  server keymeter {0}
)";

/// Whatever answers, answers by HTTP.
bool IsUp(int port) {
  return HttpGet(fmt::format("http://127.0.0.1:{}/", port)).status != 0;
}

}  // namespace

NginxBefore::NginxBefore(const std::string& server)
    : process_(
          [&](int port) {
            WriteFile(directory_.File("nginx.conf"),
                      NginxConf(fmt::format(fmt::runtime(kNginx), server, port)));
            return std::vector<std::string>{"nginx", "-p", directory_.path().string(), "-c",
                                            directory_.File("nginx.conf")};
          },
          IsUp) {}

std::string NginxBefore::address() const {
  return fmt::format("127.0.0.1:{}", process_.port);
}

HaproxyBefore::HaproxyBefore(const std::string& server)
    : process_(
          [&](int port) {
            WriteFile(directory_.File("haproxy.cfg"), fmt::format(fmt::runtime(kHaproxy), server, port));
            return std::vector<std::string>{"haproxy", "-db", "-f", directory_.File("haproxy.cfg")};
          },
          IsUp) {}

std::string HaproxyBefore::address() const {
  return fmt::format("127.0.0.1:{}", process_.port);
}

}  // namespace keymeter::testing
