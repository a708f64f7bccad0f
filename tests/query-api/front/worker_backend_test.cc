#include "query-api/front/worker_backend.h"

#include <atomic>
#include <latch>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "query-api/front/front.h"
#include "tests/support/http_client.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::HttpGet;

TEST(WorkerBackendTest, WhatIsInstantDoesNotWaitForWhatIsNot) {
  const SystemClock clock;
  FrontCounts counts;
  std::latch end(1);
  const FrontOptions options{.addresses = {*ListenAddress::Parse("127.0.0.1:0", "--listen")}};
  const auto front = Front::Start(options, clock, counts, [&](const EventLoop& loop) {
    return std::make_unique<WorkerBackend>(
        loop,
        [&](const Request& request) {
          if (request.path == "/slow") end.wait();
          return JsonResponse(Json(request.path));
        },
        [](const Request& request) { return request.path == "/instant"; });
  });
  ASSERT_TRUE(front) << front.error().Text();
  const std::string base = "http://" + (*front)->addresses().front().ToString();
  std::thread slow([&] { EXPECT_EQ(HttpGet(base + "/slow").body, "\"/slow\""); });
  std::thread behind([&] { EXPECT_EQ(HttpGet(base + "/behind").body, "\"/behind\""); });
  for (int i = 0; i < 20; ++i) EXPECT_EQ(HttpGet(base + "/instant").body, "\"/instant\"");
  end.count_down();
  slow.join();
  behind.join();
}

TEST(WorkerBackendTest, WhoHasGoneIsNotAnswered) {
  std::latch end(1);
  std::atomic<int> answered{0};
  int given = 0;
  EventLoop loop;
  WorkerBackend backend(
      loop,
      [&](const Request&) {
        ++answered;
        end.wait();
        return JsonResponse(Json::array());
      },
      [](const Request&) { return false; });
  std::vector<std::shared_ptr<Exchange>> exchanges;
  for (int i = 0; i < 10; ++i) {
    exchanges.push_back(std::make_shared<Exchange>(Request(), [&](const Answer&) { ++given; }));
    backend.Ask(exchanges.back());
  }
  ASSERT_TRUE(testing::WaitFor([&] { return answered == 1; }));
  for (int i = 0; i < 9; ++i) exchanges.at(static_cast<std::size_t>(i))->Abandon();
  end.count_down();
  ASSERT_TRUE(testing::WaitFor([&] {
    Timer stop(loop, [&] { loop.Stop(); });
    stop.StartIn(5);
    loop.Run();
    return given == 1;
  }));
  EXPECT_EQ(answered, 2);  // the one that was being answered, and the last
}

TEST(WorkerBackendTest, WhatThrowsIsA500) {
  EventLoop loop;
  std::vector<int> statuses;
  WorkerBackend backend(
      loop, [](const Request&) -> Response { throw std::runtime_error("no memory"); },
      [](const Request&) { return true; });
  backend.Ask(std::make_shared<Exchange>(Request(),
                                         [&](const Answer& answer) { statuses.push_back(answer.status); }));
  EXPECT_EQ(statuses, std::vector<int>{500});
}

}  // namespace
}  // namespace keymeter::query_api
