#include "benchmarks/program/e2e/delay_probe.h"

#include <stdexcept>
#include <utility>

#include "schema/civil_time.h"
#include "schema/clock.h"
#include "tests/support/http_client.h"
#include "tests/support/wait_for.h"

namespace keymeter::e2e {

namespace {

constexpr std::int64_t kProbeOffset = 8 * kHourSeconds;
constexpr const char* kProbeModel = "m";
constexpr std::chrono::milliseconds kBetweenLooks{2};
constexpr std::int64_t kLeastBetweenWritesMs = 50;
constexpr std::int64_t kMostBetweenWritesMs = 150;
constexpr testing::Milliseconds kToSeeAll{5000};

template <typename Value>
Value OrThrow(Result<Value> result) {
  if (!result) throw std::runtime_error(result.error().Text());
  return *std::move(result);
}

std::int64_t FirstNumber(Statement& statement) {
  const bool has_row = OrThrow(statement.Step());
  const std::int64_t value = has_row ? statement.Int(0) : 0;
  statement.Reset();
  return value;
}

std::string ProbeCounter() {
  const std::int64_t now = SystemClock().WallMs() / 1000;
  return std::string("usage:") + DelayProbe::kKey + ":model:hourly:" + kProbeModel + ":" +
         FormatDate(now, kProbeOffset) + ":" + FormatHour(now, kProbeOffset);
}

}  // namespace

DelayProbe::DelayProbe(testing::RedisClient client, const std::string& db, std::string api,
                       std::uint64_t seed)
    : client_(std::move(client)),
      database_(OrThrow(Database::Open(db, Database::Mode::kReadOnly))),
      version_statement_(OrThrow(database_.Prepare("PRAGMA data_version"))),
      count_statement_(OrThrow(database_.Prepare(
          std::string("SELECT coalesce(sum(requests), 0) FROM api_key_usage_hour WHERE api_key = '") + kKey +
          "'"))),
      api_(std::move(api)),
      random_(seed) {
  thread_ = std::thread([this] {
    try {
      Loop();
    } catch (const std::exception& error) {
      const std::lock_guard lock(mutex_);
      failure_ = error.what();
    }
  });
}

DelayProbe::~DelayProbe() {
  is_ending_ = true;
  if (thread_.joinable()) thread_.join();
}

void DelayProbe::StopWriting() {
  const std::lock_guard lock(mutex_);
  is_writing_ = false;
}

void DelayProbe::AddTo(testing::UsageSums& written) const {
  const std::lock_guard lock(mutex_);
  written[{"api_key", kKey, kProbeModel}][Metric::kRequests] += static_cast<std::int64_t>(writes_.size());
}

DelayProbe::Delays DelayProbe::Finish() {
  (void)testing::WaitFor(kToSeeAll, [this] { return HasSeenAll(); });
  is_ending_ = true;
  thread_.join();
  if (!failure_.empty()) throw std::runtime_error("delay probe: " + failure_);
  return std::move(delays_);
}

void DelayProbe::Loop() {
  while (!is_ending_) {
    {
      const std::lock_guard lock(mutex_);
      WriteWhenDue();
      LookIntoFile();
      AskApi();
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

void DelayProbe::WriteWhenDue() {
  const Clock::time_point now = Clock::now();
  if (!is_writing_ || now < next_write_) return;
  writes_.push_back(now);
  client_.Must({"HINCRBY", ProbeCounter(), "requests", "1"});
  std::uniform_int_distribution<std::int64_t> pauses_ms(kLeastBetweenWritesMs, kMostBetweenWritesMs);
  next_write_ = now + std::chrono::milliseconds(pauses_ms(random_));
}

void DelayProbe::LookIntoFile() {
  const std::int64_t version = FirstNumber(version_statement_);
  if (version == version_) return;
  version_ = version;
  TakeSeen(FirstNumber(count_statement_), in_rows_, delays_.row_ms);
}

void DelayProbe::AskApi() {
  if (api_.empty() || in_answers_ >= in_rows_) return;
  const testing::HttpResponse answer = testing::HttpGet(api_);
  if (answer.status != 200) return;
  TakeSeen(answer.Json().at("usage").at("total").at("requests"), in_answers_, delays_.answer_ms);
}

void DelayProbe::TakeSeen(std::int64_t count, std::int64_t& seen, std::vector<double>& delays_ms) const {
  const Clock::time_point now = Clock::now();
  for (; seen < count; ++seen)
    delays_ms.push_back(
        std::chrono::duration<double, std::milli>(now - writes_.at(static_cast<std::size_t>(seen))).count());
}

bool DelayProbe::HasSeenAll() const {
  const std::lock_guard lock(mutex_);
  const auto written = static_cast<std::int64_t>(writes_.size());
  return !failure_.empty() || (in_rows_ >= written && (api_.empty() || in_answers_ >= written));
}

}  // namespace keymeter::e2e
