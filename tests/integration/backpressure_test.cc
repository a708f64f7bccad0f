// A reader that falls behind: Redis says how far, cuts it off at last, and nothing is lost by it.

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/support/database_rows.h"
#include "tests/support/http_client.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

class Backpressure : public ::testing::Test {
 protected:
  [[nodiscard]] std::string Clients(const std::string& type) {
    return redis_.Connect().Text({"CLIENT", "LIST", "TYPE", type});
  }
  /// Seconds for which the client was silent that has been so for longest.
  [[nodiscard]] int LongestSilence() {
    constexpr std::string_view kName = " idle=";
    const std::string clients = Clients("normal");
    int longest = 0;
    for (std::size_t at = clients.find(kName); at != std::string::npos; at = clients.find(kName, at + 1))
      longest = std::max(longest, std::atoi(clients.c_str() + at + kName.size()));
    return longest;
  }
  [[nodiscard]] std::string Db() const { return directory_.File("keymeter.db"); }

  TempDir directory_;
  RedisServer redis_{{.arguments = {"--client-output-buffer-limit", "pubsub", "256kb", "128kb", "60"}}};
};

TEST_F(Backpressure, ItsRoomIsAmongTheMetrics) {
  Program program("process", {"--redis", redis_.url(), "--db", Db()});
  program.AwaitLine("msg=\"baseline read\"");
  EXPECT_TRUE(WaitFor([&] {
    const std::string text = HttpGet(program.Probe("/metrics")).body;
    return text.find("\nkeymeter_output_buffer_bytes 0\n") != std::string::npos &&
           text.find("\nkeymeter_output_buffer_limit_bytes 262144\n") != std::string::npos &&
           text.find("\nkeymeter_output_buffer_soft_limit_bytes 131072\n") != std::string::npos;
  })) << HttpGet(program.Probe("/metrics")).body;
}

TEST_F(Backpressure, AReaderThatIsCutOffHasAGapAndExactHours) {
  Program program("process", {"--redis", redis_.url(), "--db", Db(), "--flush-interval", "200ms",
                              "--redis-silence-timeout", "60s", "--redis-command-timeout", "60s"});
  program.AwaitLine("msg=\"baseline read\"");
  program.process().Signal(SIGSTOP);
  const auto report = RunRelayLoad(redis_, {"--rps", "0", "--requests", "1500"});
  EXPECT_TRUE(WaitFor([&] { return Clients("pubsub").empty(); }));
  // Long enough not to be taken for a busy moment: Redis says since when the other connection is silent.
  EXPECT_TRUE(WaitFor([&] { return LongestSilence() >= 4; }));
  program.process().Signal(SIGCONT);
  program.AwaitLine("likely for its output buffer");
  std::string differences;
  EXPECT_TRUE(WaitFor([&] {
    return (differences = Differences(ReportedSums(report), DatabaseRows(Db()).SumLevel(Level::kHour)))
        .empty();
  })) << differences;
  EXPECT_EQ(DatabaseRows(Db()).Value("SELECT count(*) FROM gaps WHERE reason = 'disconnected'"), "1");
}

}  // namespace
}  // namespace keymeter::testing
