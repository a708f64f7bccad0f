/// The `curl` lines of the documents get an answer from a real server.

#include <regex>

#include "tests/documents/documents.h"
#include "tests/documents/example_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/program.h"

namespace keymeter::testing {
namespace {

class DocumentedCommand : public ExampleDirectory {
 protected:
  DocumentedCommand() { WriteFile(directory() + "/certificate.pem", ReadFile(authority_.file())); }

  /// With the addresses of the running server in the place of those of the documents.
  [[nodiscard]] std::string Aimed(std::string command) const {
    command = Replaced(command, "http://127.0.0.1:8787", program_.Api(""));
    command = Replaced(command, "https://127.0.0.1:8443",
                       Replaced(program_.ApiAddresses().at(1), "tls://", "https://"));
    command = Replaced(command, "/run/keymeter/api.sock", Socket());
    return Replaced(command, "http://127.0.0.1:8788", program_.Probe(""));
  }
  [[nodiscard]] std::string Socket() const { return directory() + "/api.sock"; }

  static bool IsOfOurServer(const std::string& command) {
    return command.starts_with("curl ") && (command.find("127.0.0.1:878") != std::string::npos ||
                                            command.find("127.0.0.1:8443") != std::string::npos ||
                                            command.find("--unix-socket") != std::string::npos);
  }

  /// KEY=$(curl …)
  static bool IsVariableOfOurServer(const std::string& command) {
    static const std::regex variable(R"([A-Z]+=\$\(curl .*127\.0\.0\.1:8787.*)");
    return std::regex_match(command, variable);
  }

  const CertificateAuthority authority_{directory(), "ca"};
  const CertificateFiles files_ = authority_.Issue({"server"});
  Program program_{"serve",
                   {"--db", file(), "--listen", "127.0.0.1:0", "--listen", "tls://127.0.0.1:0", "--listen",
                    "unix:" + Socket(), "--tls-cert", files_.certificate, "--tls-key", files_.key}};
};

TEST_F(DocumentedCommand, OfCurlIsAnswered) {
  int commands = 0;
  std::string variables;  // that the examples above set, as a person's shell has them
  for (const auto& [where, command] : ShownCommands()) {
    if (IsVariableOfOurServer(command)) variables += Aimed(command) + "\n";
    if (!IsOfOurServer(command)) continue;
    const ShellResult result = RunShell(variables + Aimed(command), directory());
    EXPECT_EQ(result.exit_code, 0) << where << ": " << command << "\n" << result.error;
    EXPECT_NE(result.out, "") << where << ": " << command;
    ++commands;
  }
  EXPECT_GE(commands, 13);
}

}  // namespace
}  // namespace keymeter::testing
