#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "query-api/front/front.h"
#include "tests/support/raw_socket.h"

namespace keymeter::query_api {

inline constexpr std::string_view kHalfRequest = "GET / HTTP/1.1\r\nHost: localhost\r\nX: ";
inline constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Answers on the loop, or keeps what it was asked until it is told to.
class FakeBackend final : public Backend {
 public:
  using AnswerFunction = std::function<Response(const Request&)>;

  FakeBackend(AnswerFunction answer, std::atomic<int>& ticks) : answer_(std::move(answer)), ticks_(ticks) {}
  void Ask(std::shared_ptr<Exchange> exchange) override {
    if (answer_) return exchange->GiveAnswer(AnswerOf(answer_(exchange->request())));
    kept_.push_back(std::move(exchange));
  }
  void Tick() override { ++ticks_; }

 private:
  const AnswerFunction answer_;
  std::atomic<int>& ticks_;
  std::vector<std::shared_ptr<Exchange>> kept_;
};

/// A front at a time that stands still, which answers everything with "[]".
class FrontTest : public ::testing::Test {
 protected:
  void Start(const FrontLimits& limits = {}, FakeBackend::AnswerFunction answer = Nothing) {
    FrontOptions options{.addresses = {*ListenAddress::Parse("127.0.0.1:0", "--listen")}, .limits = limits};
    options.counts_for = [this](const std::string& peer) { return counts_addresses_ ? peer : std::string(); };
    options.frame_refusal = [this](const Request& request, Response refusal) {
      ++refusals_;
      refusal.headers.push_back({"X-Peer", request.peer});
      return refusal;
    };
    StartWith(options, std::move(answer));
  }
  void StartWith(const FrontOptions& options, FakeBackend::AnswerFunction answer = Nothing) {
    auto front = Front::Start(options, clock_, counts_, [&](const EventLoop&) {
      return std::make_unique<FakeBackend>(std::move(answer), ticks_);
    });
    ASSERT_TRUE(front) << front.error().Text();
    front_ = std::move(*front);
  }

  [[nodiscard]] int port() const { return front_->addresses().front().port; }
  [[nodiscard]] std::string Url(const std::string& path = "/") const {
    return "http://" + front_->addresses().front().ToString() + path;
  }
  [[nodiscard]] std::unique_ptr<testing::RawSocket> Send(std::string_view bytes) const {
    auto socket = std::make_unique<testing::RawSocket>(port());
    socket->Send(bytes);
    return socket;
  }
  [[nodiscard]] std::string Ask(std::string_view bytes) const { return Send(bytes)->ReadUntil("never"); }
  void AwaitConnections(std::size_t count) {
    ASSERT_TRUE(testing::WaitFor([&] { return counts_.open == count; })) << counts_.open;
  }

  /// A whole turn of the front's tick has begun and ended.
  void AwaitTick() {
    const int third = ticks_ + 3;
    ASSERT_TRUE(testing::WaitFor([&] { return ticks_ >= third; }));
  }
  /// The clock runs on until `holds`: who sees an effect may be ahead of the loop, which notes its time after
  /// it.
  bool RunOnUntil(std::int64_t step_ms, const std::function<bool()>& holds) {
    return testing::WaitFor([&] {
      clock_.AdvanceMs(step_ms);
      return holds();
    });
  }

  static Response Nothing(const Request& /*request*/) { return JsonResponse(Json::array()); }
  static Response PathOf(const Request& request) { return JsonResponse(Json(request.path)); }

  ManualClock clock_{0};
  std::atomic<bool> counts_addresses_{false};
  std::atomic<int> refusals_{0};
  std::atomic<int> ticks_{0};
  FrontCounts counts_;
  std::unique_ptr<Front> front_;
};

}  // namespace keymeter::query_api
