/// deploy/nginx.conf before a real server, with nothing changed but ports and paths.

#include <fmt/format.h>

#include "tests/documents/documents.h"
#include "tests/documents/example_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/http_client.h"
#include "tests/support/nginx_conf.h"
#include "tests/support/port_taker.h"
#include "tests/support/program.h"

namespace keymeter::testing {
namespace {

class Nginx : public ExampleDirectory {
 protected:
  explicit Nginx(bool is_over_unix = false)
      : is_over_unix_(is_over_unix),
        token_(MakeToken()),
        program_("serve", Arguments()),
        server_(Command(), IsUp()) {}

  /// Status and body of what curl gets for a path of usage.example.com.
  [[nodiscard]] std::string Get(const std::string& path, const std::string& options = "") const {
    const std::string host = fmt::format("usage.example.com:{}", server_.port);
    const std::string command = fmt::format(
        "curl -s --no-fail --http1.1 --cacert {3} --resolve {0}:127.0.0.1 -w ' %{{http_code}}' {1} "
        "'https://{0}{2}' || true",
        host, options, path, directory() + "/ca.crt");
    return RunShell(command, directory()).out;
  }

  [[nodiscard]] std::string ApiAddress() const {
    return program_.Api("").substr(std::string("http://").size());
  }
  [[nodiscard]] Program& program() { return program_; }

 private:
  [[nodiscard]] std::string InDirectory(const std::string& name) const { return directory() + "/" + name; }

  [[nodiscard]] std::string MakeToken() const {
    const Ended made =
        RunKeymeter({"token", "create", "--token-file", InDirectory("tokens.json"), "--name", "nginx"});
    if (made.exit_code != 0) throw std::runtime_error(made.error);
    return made.out.substr(0, made.out.find('\n'));
  }

  [[nodiscard]] std::vector<std::string> Arguments() const {
    return {"--db",
            file(),
            "--token-file",
            InDirectory("tokens.json"),
            "--listen",
            "127.0.0.1:0",
            "--listen",
            "unix:" + InDirectory("api.sock"),
            "--trusted-proxy",
            is_over_unix_ ? "unix:" : "127.0.0.1",
            "--allowed-hosts",
            "usage.example.com"};
  }

  void WriteFiles(int port) const {
    const CertificateAuthority authority(directory(), "ca");
    const CertificateFiles files = authority.Issue({"usage.example.com", "DNS:usage.example.com"});
    std::string conf = SourceFile("deploy/nginx.conf");
    conf = Replaced(conf, "listen 443 ssl", fmt::format("listen 127.0.0.1:{} ssl", port));
    // The line in comments is taken in the place of the one below.
    const std::string unix = "server unix:/run/keymeter/api.sock";
    if (is_over_unix_) conf = Replaced(Replaced(conf, "server 127.0.0.1:8787;", ""), "# " + unix, unix);
    conf = Replaced(conf, "unix:/run/keymeter/api.sock", "unix:" + InDirectory("api.sock"));
    conf = Replaced(conf, "server 127.0.0.1:8787", "server " + ApiAddress());
    conf = Replaced(conf, "/etc/nginx/keymeter/certificate.pem", files.certificate);
    conf = Replaced(conf, "/etc/nginx/keymeter/key.pem", files.key);
    conf = Replaced(conf, "/etc/nginx/keymeter/", directory() + "/");
    WriteFile(InDirectory("keymeter.conf"), conf);
    WriteFile(InDirectory("nginx.conf"),
              NginxConf(fmt::format("  include {}/keymeter.conf;\n", directory())));
    WriteFile(InDirectory("token.conf"),
              fmt::format("proxy_set_header Authorization \"Bearer {}\";\n", token_));
    WriteFile(InDirectory("passwords"), "ann:{PLAIN}secret\n");
  }

  [[nodiscard]] std::function<std::vector<std::string>(int)> Command() const {
    return [this](int port) {
      WriteFiles(port);
      return std::vector<std::string>{"nginx", "-p", directory(), "-c", InDirectory("nginx.conf")};
    };
  }

  [[nodiscard]] std::function<bool(int)> IsUp() const {
    return [](int port) { return HttpGet(fmt::format("http://127.0.0.1:{}/", port)).status == 400; };
  }

  bool is_over_unix_;
  std::string token_;
  Program program_;
  PortTaker server_;
};

TEST_F(Nginx, AsksForThePassword) {
  EXPECT_TRUE(Get("/api/groups").ends_with(" 401"));
  EXPECT_TRUE(Get("/api/groups", "-u ann:wrong").ends_with(" 401"));
}

TEST_F(Nginx, PassesOnWhoHasIt) {
  const std::string answer = Get("/api/apikeys?limit=1", "-u ann:secret");
  EXPECT_TRUE(answer.ends_with(" 200")) << answer;
  EXPECT_NE(answer.find("\"keyId\":\"key-1\""), std::string::npos) << answer;
  // A client's own words about where it comes from and who it is do not matter.
  const char* forged = "-u ann:secret -H 'Forwarded: for=10.0.0.1' -H 'X-Forwarded-For: 10.0.0.2'";
  EXPECT_TRUE(Get("/api/groups", forged).ends_with(" 200"));
}

TEST_F(Nginx, PassesWebSocketsOn) {
  const std::string answer =
      Get("/api/ws",
          "-u ann:secret --max-time 1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H "
          "'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='");
  EXPECT_TRUE(answer.ends_with(" 101")) << answer;
}

class NginxOverAUnixSocket : public Nginx {
 protected:
  NginxOverAUnixSocket() : Nginx(true) {}
};

TEST_F(NginxOverAUnixSocket, PassesOnWhoHasThePasswordAndNamesHim) {
  const std::string answer = Get("/api/groups", "-u ann:secret -H 'X-Forwarded-For: 10.0.0.2'");
  EXPECT_TRUE(answer.ends_with(" 200")) << answer;
  program().AwaitLine("client=127.0.0.1");
}

TEST_F(Nginx, DoesNotMakeTheApiOpen) {
  EXPECT_EQ(HttpGet(program().Api("/api/groups")).status, 401);
}

}  // namespace
}  // namespace keymeter::testing
