#include "benchmarks/program/e2e/api_asker.h"

#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include "tests/support/http_client.h"

namespace keymeter::e2e {

namespace {

constexpr std::chrono::milliseconds kBetweenQuestions{100};

/// The first key of a list; the one of DelayProbe while there is no other.
std::string FirstKey(const std::string& body) {
  const auto list = nlohmann::json::parse(body, nullptr, false);
  if (!list.is_array() || list.empty()) return "e2e-probe";
  return list[0].value("keyId", "e2e-probe");
}

}  // namespace

ApiAsker::ApiAsker(std::function<std::string(const std::string& path)> address_of)
    : address_of_(std::move(address_of)), thread_([this] { AskRounds(); }) {}

ApiAsker::~ApiAsker() {
  Stop();
}

void ApiAsker::Stop() {
  is_stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void ApiAsker::AskRounds() {
  std::string key = "e2e-probe";
  for (std::size_t turn = 0; !is_stopping_; ++turn) {
    const auto next = std::chrono::steady_clock::now() + kBetweenQuestions;
    switch (turn % 6) {
      case 0:
        key = FirstKey(Ask("/api/apikeys?limit=50"));
        break;
      case 1:
        Ask("/api/apikeys/" + key);
        break;
      case 2:
        Ask("/api/apikeys/" + key + "/usage?granularity=minute");
        break;
      case 3:
        Ask("/api/stats/series?slot_sec=300");
        break;
      case 4:
        Ask("/api/stats/top?by=apikey&metric=cost&limit=20");
        break;
      default:
        Ask("/api/realtime/system-metrics");
        break;
    }
    std::this_thread::sleep_until(next);
  }
}

std::string ApiAsker::Ask(const std::string& path) {
  const testing::HttpResponse answer = testing::HttpGet(address_of_(path));
  ++asked_;
  // A key that was written a moment ago is not known before the next flush.
  const bool is_new_key = answer.status == 404 && path.find("e2e-probe") != std::string::npos;
  if (answer.status != 200 && !is_new_key) ++failed_;
  return answer.body;
}

}  // namespace keymeter::e2e
