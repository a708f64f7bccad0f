#include "query-api/usage/entity_totals.h"

#include <algorithm>
#include <filesystem>
#include <random>

#include <gtest/gtest.h>

#include "query-api/usage/usage_reader.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

using Kind = SeriesCatalog::Kind;

/// A file that changes in every way that a processor changes it, and a clock that goes on.
class Totals : public ::testing::Test {
 protected:
  Totals() {
    file_.Sql(
        "INSERT INTO price (model, valid_from, input, output, cache_create, cache_create_1h, cache_read) "
        "VALUES ('a', 0, 0.001, 0.002, 0, 0, 0)");
  }

  [[nodiscard]] std::int64_t Now() const { return api_.clock.WallMs() / 1000; }
  [[nodiscard]] std::int64_t Draw(std::int64_t below) {
    return std::uniform_int_distribution<std::int64_t>(0, below - 1)(random_);
  }

  void ChangeSomething() {
    const Used used{Draw(2) == 0 ? "account" : "api_key", fmt::format("e{}", Draw(4)),
                    Draw(2) == 0 ? "a" : "b", 1 + Draw(9)};
    const std::int64_t minute = BucketOf(Level::kMinute, Now(), 0);
    switch (Draw(8)) {
      case 0:
        file_.Minute(minute - kMinuteSeconds * Draw(129'600), used);  // long over
        break;
      case 1: {
        const Level level =
            std::array{Level::kHour, Level::kDay, Level::kMonth}.at(static_cast<std::size_t>(Draw(3)));
        const std::int64_t back = Draw(2) == 0 ? 0 : Draw(80 * kDaySeconds);
        file_.Untimed(level, BucketOf(level, Now() - back, kOffset), used);
        break;
      }
      case 2:
        file_.RollUp(std::max(rolled_, minute - 60 * Draw(3)));
        rolled_ = std::max(rolled_, file_.Int("SELECT rolled_until FROM source_state"));
        break;
      case 3: {
        constexpr std::array kSteps = {std::int64_t{7}, std::int64_t{60}, std::int64_t{2400},
                                       std::int64_t{72'000}, 9 * kDaySeconds};
        api_.clock.AdvanceMs(1000 * kSteps.at(static_cast<std::size_t>(Draw(5))));
        break;
      }
      default:
        file_.Minute(minute - 60 * Draw(3), used);
    }
  }

  static void ExpectSame(const UsageSum& is, const UsageSum& expected) {
    EXPECT_EQ(is.requests, expected.requests);
    EXPECT_EQ(is.input_tokens, expected.input_tokens);
    EXPECT_EQ(is.output_tokens, expected.output_tokens);
    EXPECT_NEAR(is.cost_micros, expected.cost_micros, 1e-3);
    EXPECT_EQ(is.real_cost_micros, expected.real_cost_micros);
  }

  /// Against look-ups of one entity after the other.
  void ExpectRight(Snapshot& snapshot) {
    for (const auto& [kind, name] :
         {std::pair(Kind::kApiKey, "api_key"), std::pair(Kind::kAccount, "account")}) {
      const auto totals = EntityTotals::Read(snapshot, api_.caches(), kind);
      ASSERT_TRUE(totals) << totals.error().message;
      auto reader = UsageReader::Make(snapshot, name);
      ASSERT_TRUE(reader);
      for (const char* id : {"e0", "e1", "e2", "e3", "nobody"}) {
        const UsageSummary is = totals->Of(id);
        const auto expected = reader->Read(id);
        ASSERT_TRUE(expected);
        ExpectSame(is.today, expected->today);
        ExpectSame(is.month, expected->month);
        ExpectSame(is.total, expected->total);
        EXPECT_NEAR(is.rates.rpm(), expected->rates.rpm(), 1e-9);
        EXPECT_NEAR(is.rates.tpm(), expected->rates.tpm(), 1e-9);
        EXPECT_NEAR(is.rates.requests_10m(), expected->rates.requests_10m(), 1e-9);
      }
    }
  }

  std::mt19937 random_{1};
  UsageFile file_;
  std::int64_t rolled_ = kMinuteNow;
  ApiUnderTest api_{file_.path()};
};

TEST_F(Totals, AreRightAfterEveryKindOfChange) {
  for (int step = 0; step < 150; ++step) {
    Snapshot before = api_.Now();
    file_.Sql("BEGIN");
    for (std::int64_t i = Draw(4); i >= 0; --i) ChangeSomething();
    file_.Sql("COMMIT");
    Snapshot after = api_.Now();
    ExpectRight(after);
    ExpectRight(before);  // what began earlier sees what was there then
    if (HasFailure()) FAIL() << "at step " << step;
  }
}

TEST_F(Totals, FollowAChangeOfPrices) {
  const std::int64_t mid_month = BucketOf(Level::kDay, kNow, kOffset) - 35 * kDaySeconds;
  for (std::int64_t day = 0; day < 60; ++day)
    file_.Minute(kMinuteNow - day * kDaySeconds, {"account", "e1", "a", 3});
  Snapshot before = api_.Now();
  ExpectRight(before);
  file_.Sql(
      fmt::format("UPDATE price SET valid_until = {0}; INSERT INTO price (model, valid_from, input, output, "
                  "cache_create, cache_create_1h, cache_read) VALUES ('a', {0}, 0.5, 0.25, 0, 0, 0);"
                  "UPDATE source_state SET data_version = data_version + 1",
                  mid_month));
  Snapshot after = api_.Now();
  ExpectRight(after);
}

TEST_F(Totals, ReadClosedBucketsOnce) {
  file_.Minute(kMinuteNow - 60 * kDaySeconds, {.entity = "e1", .requests = 5});
  const auto total = [&] {
    Snapshot snapshot = api_.Now();
    return EntityTotals::Read(snapshot, api_.caches(), Kind::kApiKey)->Of("e1").total.requests;
  };
  EXPECT_EQ(total(), 5);
  // By a connection that does not note what it changes, as no processor would.
  auto unnoted = Database::Open(file_.path(), Database::Mode::kReadWrite);
  ASSERT_TRUE(unnoted->Execute("UPDATE usage_month SET requests = 500"));
  file_.Minute(kMinuteNow, {.entity = "e1", .requests = 1});
  EXPECT_EQ(total(), 6);
}

TEST_F(Totals, OfAFileThatIsReplacedAreThoseOfTheNewOne) {
  file_.Minute(kMinuteNow - 60 * kDaySeconds, {.entity = "e1", .requests = 5});
  Snapshot old = api_.Now();
  ExpectRight(old);
  UsageFile other;
  other.Minute(kMinuteNow - 50 * kDaySeconds, {.entity = "e2", .requests = 7});
  other.Sql("VACUUM INTO '" + file_.path() + ".new'");
  for (const char* beside : {"-wal", "-shm"}) std::filesystem::remove(file_.path() + beside);
  std::filesystem::rename(file_.path() + ".new", file_.path());
  Snapshot replaced = api_.Now();
  ExpectRight(replaced);
  ExpectRight(old);
}

}  // namespace
}  // namespace keymeter::query_api
