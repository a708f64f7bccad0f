// What people use: curl, Node's fetch and ws, each with credentials; directly, and through nginx and HAProxy,
// which keep their connections to us and pass WebSockets on.

#include <fmt/format.h>

#include "tests/integration/door/door_fixture.h"
#include "tests/integration/door/proxies.h"
#include "tests/support/certificates.h"
#include "tests/support/raw_socket.h"
#include "tests/support/web_socket_client.h"

namespace keymeter::testing {
namespace {

class Clients : public DoorTest {
 protected:
  /// Several requests of one run share a connection.
  void ExpectCurlIsServed(const std::string& base, const std::vector<std::string>& options = {}) const {
    std::vector<std::string> command = {"curl",         "--silent",
                                        "--show-error", "--http1.1",
                                        "--write-out",  "%{http_code} %{num_connects}\n",
                                        "--header",     "Authorization: Bearer " + token_};
    command.insert(command.end(), options.begin(), options.end());
    for (const char* path :
         {"/api/groups", "/api/apikeys", "/openapi.json", "/api/export/report?type=usage&format=csv"})
      command.insert(command.end(), {"--output", "/dev/null", base + path});
    ChildProcess curl(command);
    EXPECT_EQ(curl.Wait(), 0) << curl.StandardError();
    EXPECT_EQ(curl.StandardOutput(), "200 1\n200 0\n200 0\n200 0\n") << base;
  }

  void ExpectNodeIsServed(const std::string& base,
                          const std::map<std::string, std::string>& environment = {}) const {
    ChildProcess node({NODE_BINARY, KEYMETER_SOURCE_DIR "/tests/integration/door/clients.mjs", base, token_},
                      environment);
    EXPECT_EQ(node.Wait(2 * kPatience), 0) << node.StandardError();
  }

  void ExpectWebSocketIsServed(const std::string& address, const TlsClient& tls = {}) const {
    WebSocketClient socket(address, tls, "/api/ws", {"Authorization: Bearer " + token_});
    ASSERT_EQ(socket.status(), 101) << socket.answer();
    socket.Send(R"({"subscribe":"group","id":"group-1"})");
    EXPECT_EQ(socket.Next().at("data").at("id"), "group-1");
  }

  void ExpectAllAreServed(const std::string& address) const {
    ExpectCurlIsServed("http://" + address);
    ExpectNodeIsServed("http://" + address);
    ExpectWebSocketIsServed(address);
  }

  const std::string token_ = Token("ann");
};

TEST_F(Clients, AreServedDirectly) {
  const Program program("serve", Flags());
  ExpectAllAreServed(program.ApiAddresses().front());
}

TEST_F(Clients, AreServedThroughNginx) {
  const Program program("serve", Flags());
  const NginxBefore nginx(program.ApiAddresses().front());
  ExpectAllAreServed(nginx.address());
}

TEST_F(Clients, AreServedThroughHaproxy) {
  const Program program("serve", Flags());
  const HaproxyBefore haproxy(program.ApiAddresses().front());
  ExpectAllAreServed(haproxy.address());
}

TEST_F(Clients, AreServedThroughProxiesThatComeByAUnixSocket) {
  const Program program("serve", Flags({"--listen", "unix:" + File("api.sock")}));
  (void)program.ApiAddresses();
  const NginxBefore nginx("unix:" + File("api.sock"));
  ExpectAllAreServed(nginx.address());
  const HaproxyBefore haproxy("unix@" + File("api.sock"));
  ExpectAllAreServed(haproxy.address());
}

TEST_F(Clients, AreServedByTls) {
  const CertificateAuthority authority(directory(), "authority");
  const CertificateFiles files = authority.Issue({.name = "served"});
  const Program program("serve", Flags({"--listen", "tls://127.0.0.1:0", "--tls-cert", files.certificate,
                                        "--tls-key", files.key}));
  const std::string address = program.ApiAddresses().front();
  const std::string base = "https://" + AddressIn(address);
  ExpectCurlIsServed(base, {"--cacert", authority.file()});
  ExpectNodeIsServed(base, {{"NODE_EXTRA_CA_CERTS", authority.file()}});
  ExpectWebSocketIsServed(address, {.ca_file = authority.file()});
}

}  // namespace
}  // namespace keymeter::testing
