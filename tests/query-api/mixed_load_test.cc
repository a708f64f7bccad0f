/// All endpoints at once, right and wrong requests and WebSockets, while the file changes. What it looks for
/// are races and broken memory, so it is of most use under sanitizers; KEYMETER_LOAD_SECONDS makes it longer.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "query-api/api_server.h"
#include "schema/percent.h"
#include "tests/support/api_options.h"
#include "tests/support/http_client.h"
#include "tests/support/usage_file.h"
#include "tests/support/web_socket_client.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::HttpHeaders;
using keymeter::testing::HttpRequest;
using keymeter::testing::HttpResponse;
using keymeter::testing::WebSocketClient;
using std::chrono::steady_clock;

constexpr int kAskers = 6;
constexpr int kListeners = 3;
constexpr int kKeys = 20;
constexpr const char* kSocketPath = "/api/ws";

/// How long it goes on: two seconds unless the environment says otherwise.
std::chrono::seconds LoadSeconds() {
  const char* text = std::getenv("KEYMETER_LOAD_SECONDS");
  return std::chrono::seconds(text == nullptr ? 2 : std::max(std::atoi(text), 1));
}

/// Values for any parameter: some are right for some, all are wrong for others.
constexpr const char* kValues[] = {
    "",          "1",          "60",       "300",        "86400",
    "asc",       "desc",       "name",     "true",       "key-1",
    "account-1", "group-1",    "sonnet",   "model",      "platform",
    "apikey",    "account",    "group",    "cost",       "tokens",
    "csv",       "json",       "excel",    "usage",      "apikeys",
    "hourly",    "monthly",    "week",     "2026-11-19", "2026-11-20T10:00:00Z",
    "month",     "claude",     "minute",   "totalCost",  "' OR 1=1 --",
    "%",         "1e9",        "NaN",      "-5",         "9999999999999999999",
    "πελάτης",   "2026-02-30", "todayCost"};
constexpr const char* kIds[] = {"key-1", "key-2", "account-1", "group-1", "nothing", "a/b", "../x", "€"};
constexpr const char* kMethods[] = {"GET", "GET",  "GET",  "GET",    "GET",
                                    "GET", "HEAD", "POST", "DELETE", "OPTIONS"};

/// Random requests of a table of routes.
class RandomRequests {
 public:
  RandomRequests(const std::vector<Route>& routes, unsigned seed) : routes_(routes), random_(seed) {}

  struct Asked {
    std::string method;
    std::string target;
    HttpHeaders headers;
  };

  Asked Next(const std::string& last_etag) {
    const Route& route = Any(routes_);
    std::string target(route.path);
    if (const auto hole = target.find("{id}"); hole != std::string::npos)
      target.replace(hole, 4, PercentEncode(Any(kIds)));
    char mark = '?';
    for (const std::string_view name : route.params) {
      if (!OneIn(4)) continue;
      target += mark + std::string(name) + '=' + PercentEncode(ValueFor(name));
      mark = '&';
    }
    if (OneIn(40)) target += mark + std::string("nonsense=1");
    HttpHeaders headers;
    if (OneIn(4)) headers.push_back("Accept-Encoding: gzip");
    if (OneIn(4) && !last_etag.empty()) headers.push_back("If-None-Match: " + last_etag);
    if (OneIn(30)) headers.push_back("X-Forwarded-For: 10.0.0.1");
    return {Any(kMethods), target, headers};
  }

  bool OneIn(int count) { return std::uniform_int_distribution<int>(1, count)(random_) == 1; }

 private:
  template <typename List>
  auto Any(const List& list) -> decltype(*std::begin(list)) {
    return list[std::uniform_int_distribution<std::size_t>(0, std::size(list) - 1)(random_)];
  }

  /// Times are mostly near: else no span is answered.
  std::string ValueFor(std::string_view name) {
    if (name.ends_with("_ms") && !OneIn(4))
      return fmt::format("{}",
                         kNowMs - std::uniform_int_distribution<std::int64_t>(0, 90 * 86'400'000LL)(random_));
    return Any(kValues);
  }

  const std::vector<Route>& routes_;
  std::mt19937 random_;
};

class MixedLoad : public ::testing::Test {
 protected:
  MixedLoad() {
    for (int i = 1; i <= kKeys; ++i)
      file_.Key(fmt::format("key-{}", i), fmt::format("name {}", i), "user_id = 'u', group_id = 'group-1'");
    file_.Account("account-1", "platform = 'claude'")
        .Account("account-2")
        .Group("group-1", "pool", {"account-1"});
    for (int i = 0; i < 200; ++i) Use(kMinuteNow - i * kMinuteSeconds);
    file_.Heartbeat(kNowMs);
    auto server = ApiServer::Start(SmallServer(file_.path()), clock_);
    if (!server) throw std::runtime_error(server.error().message);
    server_ = std::move(*server);
  }

  void Use(std::int64_t minute) {
    const std::int64_t i = writes_++;
    file_.Minute(minute, {.entity = fmt::format("key-{}", 1 + i % kKeys), .requests = 1 + i % 5})
        .Minute(minute, {.kind = "account", .entity = "account-1", .requests = 1});
  }

  void Write() {
    while (IsOn()) {
      Use(kMinuteNow - (writes_ % 3) * kMinuteSeconds);
      if (writes_ % 50 == 0)
        file_.Sql(
            fmt::format("UPDATE api_key SET name = 'name {}' WHERE id = 'key-2'; "
                        "UPDATE source_state SET data_version = data_version + 1",
                        writes_));
      std::this_thread::sleep_for(std::chrono::milliseconds(2));  // a pace, not a wait: nothing depends on it
    }
  }

  void Ask(unsigned seed) {
    static const std::vector<int> expected = {200, 204, 304, 308, 400, 403, 404, 405, 426, 429, 501, 503};
    RandomRequests requests(server_->api_routes(), seed);
    std::string etag;
    while (IsOn()) {
      const auto asked = requests.Next(etag);
      const HttpResponse answer =
          HttpRequest(asked.method, "http://" + server_->api_address() + asked.target, asked.headers);
      const bool is_expected = std::count(expected.begin(), expected.end(), answer.status) > 0;
      EXPECT_TRUE(is_expected) << asked.method << ' ' << asked.target << ": " << answer.status
                               << answer.error;
      if (const auto found = answer.headers.find("etag"); found != answer.headers.end()) etag = found->second;
      ++(answer.status < 400 ? answered_ : refused_);
    }
  }

  void Listen(int number) {
    const std::string address = server_->api_address();
    const int port = std::stoi(address.substr(address.rfind(':') + 1));
    while (IsOn()) {
      WebSocketClient client(port, kSocketPath);
      if (client.status() == 503) continue;  // the connections of those before are not free yet
      EXPECT_EQ(client.status(), 101) << client.answer();
      client.Send(R"({"subscribe":"metrics"})");
      client.Send(R"({"subscribe":"apikey"})");
      client.Send(fmt::format(R"({{"subscribe":"account","id":"account-{}"}})", number));
      client.Send("nonsense");
      for (int i = 0; i < 20 * (number + 1) && IsOn(); ++i)
        if (client.Next(std::chrono::milliseconds(200)).is_object()) ++heard_;
    }
  }

  void Probe() {
    while (IsOn())
      for (const Route& route : server_->probe_routes()) {
        const int status =
            HttpRequest("GET", fmt::format("http://{}{}", server_->probe_address(), route.path)).status;
        EXPECT_TRUE(status == 200 || status == 503) << route.path << ": " << status;
      }
  }

  [[nodiscard]] bool IsOn() const { return steady_clock::now() < end_; }

  UsageFile file_;
  ManualClock clock_{kNowMs};
  std::unique_ptr<ApiServer> server_;
  std::int64_t writes_ = 0;
  steady_clock::time_point end_;
  std::atomic<int> answered_{0};
  std::atomic<int> refused_{0};
  std::atomic<int> heard_{0};
};

TEST_F(MixedLoad, BreaksNothing) {
  end_ = steady_clock::now() + LoadSeconds();
  std::vector<std::thread> threads;
  threads.emplace_back([this] { Write(); });
  threads.emplace_back([this] { Probe(); });
  for (unsigned i = 0; i < kAskers; ++i) threads.emplace_back([this, i] { Ask(i); });
  for (int i = 0; i < kListeners; ++i) threads.emplace_back([this, i] { Listen(i); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(answered_, 0);
  EXPECT_GT(refused_, 0);
  EXPECT_GT(heard_, 0);
  RecordProperty("answered", answered_);
  RecordProperty("refused", refused_);
  RecordProperty("heard", heard_);
}

}  // namespace
}  // namespace keymeter::query_api
