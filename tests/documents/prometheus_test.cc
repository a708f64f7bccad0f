/// What Prometheus makes of /metrics: its own checker, and a real one that scrapes.

#include <fmt/format.h>

#include "tests/documents/documents.h"
#include "tests/documents/example_fixture.h"
#include "tests/support/http_client.h"
#include "tests/support/port_taker.h"
#include "tests/support/program.h"

namespace keymeter::testing {
namespace {

using PrometheusOf = ExampleDirectory;

/// `promtool check metrics` says nothing of what is well.
void ExpectClean(const Program& program, const std::string& directory) {
  // Of what only requests bring, too.
  (void)HttpGet(program.Api("/api/apikeys"));
  (void)HttpGet(program.Api("/nothing"));
  const HttpResponse metrics = HttpGet(program.Probe("/metrics"));
  ASSERT_EQ(metrics.status, 200);
  WriteFile(directory + "/metrics", metrics.body);
  const ShellResult checked = RunShell("promtool check metrics <metrics", directory);
  EXPECT_EQ(checked.exit_code, 0);
  EXPECT_EQ(checked.out + checked.error, "");
}

TEST_F(PrometheusOf, ServeIsClean) {
  ExpectClean(Program("serve", {"--db", file()}), directory());
}

TEST_F(PrometheusOf, RunIsClean) {
  const RedisServer redis;
  Program program("run", {"--redis", redis.url(), "--db", directory() + "/new.db"});
  program.AwaitLine("msg=\"subscribed\"");
  ExpectClean(program, directory());
}

/// A Prometheus that scrapes one target each second.
class Scraper {
 public:
  Scraper(const std::string& target, const std::string& directory)
      : server_(
            [&](int port) {
              const std::string config = directory + "/prometheus.yml";
              WriteFile(config, fmt::format("global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: "
                                            "keymeter\n  static_configs: [{{targets: ['{}']}}]\n",
                                            target));
              return std::vector<std::string>{"prometheus", "--config.file=" + config,
                                              "--storage.tsdb.path=" + directory + "/tsdb",
                                              fmt::format("--web.listen-address=127.0.0.1:{}", port)};
            },
            [](int port) { return HttpGet(Url(port, "/-/ready"), {}, Milliseconds(500)).status == 200; }) {}

  /// The first value of a query; "" while there is none.
  [[nodiscard]] std::string Value(const std::string& query) const {
    const HttpResponse answer = HttpGet(Url(server_.port, "/api/v1/query?query=" + query));
    if (answer.status != 200) return "";
    const auto result = answer.Json().at("data").at("result");
    return result.empty() ? "" : result.at(0).at("value").at(1).get<std::string>();
  }

 private:
  static std::string Url(int port, const std::string& path) {
    return fmt::format("http://127.0.0.1:{}{}", port, path);
  }

  PortTaker server_;
};

TEST_F(PrometheusOf, TakesTheDocumentedConfiguration) {
  const auto blocks = BlocksIn("yaml");
  ASSERT_EQ(blocks.size(), 1U);
  WriteFile(directory() + "/prometheus.yml", blocks[0].text);
  const ShellResult checked = RunShell("promtool check config prometheus.yml", directory());
  EXPECT_EQ(checked.exit_code, 0) << blocks[0].where << ": " << checked.out << checked.error;
  EXPECT_NE(blocks[0].text.find("127.0.0.1:8788"), std::string::npos) << "where the probes listen by default";
}

TEST_F(PrometheusOf, ARealServerScrapesUs) {
  const Program program("serve", {"--db", file()});
  const std::string target = program.Probe("").substr(std::string("http://").size());
  const Scraper prometheus(target, directory());
  EXPECT_TRUE(WaitFor([&] { return prometheus.Value("up") == "1"; }));
  EXPECT_TRUE(WaitFor([&] { return !prometheus.Value("keymeter_api_connections_open").empty(); }));
}

}  // namespace
}  // namespace keymeter::testing
