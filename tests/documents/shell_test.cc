/// The `curl` lines of the documents get an answer from a real server.

#include "tests/documents/documents.h"
#include "tests/documents/example_fixture.h"
#include "tests/support/program.h"

namespace keymeter::testing {
namespace {

class DocumentedCommand : public ExampleDirectory {
 protected:
  /// With the addresses of the running server in the place of the default ones.
  [[nodiscard]] std::string Aimed(const std::string& command) const {
    return Replaced(Replaced(command, "http://127.0.0.1:8787", program_.Api("")), "http://127.0.0.1:8788",
                    program_.Probe(""));
  }

  Program program_{"serve", {"--db", file()}};
};

TEST_F(DocumentedCommand, OfCurlIsAnswered) {
  int commands = 0;
  for (const auto& [where, command] : ShownCommands()) {
    if (!command.starts_with("curl ") || command.find("127.0.0.1:878") == std::string::npos) continue;
    const ShellResult result = RunShell(Aimed(command), directory());
    EXPECT_EQ(result.exit_code, 0) << where << ": " << command << "\n" << result.error;
    EXPECT_NE(result.out, "") << where << ": " << command;
    ++commands;
  }
  EXPECT_GE(commands, 11);
}

}  // namespace
}  // namespace keymeter::testing
