#pragma once

#include <string>

namespace keymeter::testing {

/// A whole nginx.conf around what stands in `http`: one process in the foreground that writes to its
/// directory only.
[[nodiscard]] inline std::string NginxConf(const std::string& http) {
  return R"(
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
)" + http +
         "}\n";
}

}  // namespace keymeter::testing
