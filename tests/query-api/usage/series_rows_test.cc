#include "query-api/usage/series_rows.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

constexpr std::int64_t kHour = 1'795'176'000;  // 12:00:00Z
constexpr std::int64_t kLater = (kHour + 86400) * 1000;

UsageSum Requests(std::int64_t count) {
  return {count, 2 * count, count, 0, 0, 1000.0 * static_cast<double>(count)};
}

Slots Minutes(std::int64_t from, std::int64_t to, std::int64_t length = 60) {
  return *Slots::Make({from * 1000, to * 1000, length, ""}, kLater, 0);
}

std::int64_t TotalRequests(const std::vector<SeriesRow>& rows) {
  std::int64_t total = 0;
  for (const SeriesRow& row : rows) total += row.usage.requests;
  return total;
}

TEST(SeriesRows, EverySlotIsThere) {
  SeriesRows rows(Minutes(kHour, kHour + 3600));
  const auto finished = rows.Finish(CoveredMinutes(), kLater);
  ASSERT_EQ(finished.size(), 60U);
  for (std::size_t i = 0; i < finished.size(); ++i)
    EXPECT_EQ(finished[i].bucket, kHour + 60 * static_cast<std::int64_t>(i));
}

TEST(SeriesRows, CountsOwnersAndEntitiesOnceASlot) {
  SeriesRows rows(Minutes(kHour, kHour + 120));
  rows.AddTimed(kHour, {0, 0}, Requests(1));
  rows.AddTimed(kHour, {1, 0}, Requests(1));
  rows.AddTimed(kHour, {1, 0}, Requests(1));
  rows.AddTimed(kHour + 60, {1, 0}, Requests(1));
  const auto finished = rows.Finish(CoveredMinutes(), kLater);
  EXPECT_EQ(finished[0].entities, 2);
  EXPECT_EQ(finished[0].owners, 1);
  EXPECT_EQ(finished[1].entities, 1);
  EXPECT_EQ(finished[0].usage.requests, 3);
}

TEST(SeriesRows, AnUntimedHourGoesToItsUncoveredMinutes) {
  SeriesRows rows(Minutes(kHour, kHour + 3600));
  rows.AddUntimed(kHour, kHour + 3600, {0, 0}, Requests(30));
  CoveredMinutes covered;
  for (std::int64_t minute = 0; minute < 50; ++minute) covered.Add(kHour + minute * 60, 60'000);
  const auto finished = rows.Finish(covered, kLater);
  EXPECT_EQ(TotalRequests(finished), 30);
  EXPECT_EQ(finished[49].usage.requests, 0);
  EXPECT_FALSE(finished[49].estimated);
  EXPECT_EQ(finished[50].usage.requests, 3);
  EXPECT_TRUE(finished[50].estimated);
  EXPECT_EQ(finished[50].entities, 1);
  EXPECT_EQ(finished[49].coverage, 1.0);
  EXPECT_EQ(finished[50].coverage, 0.0);
}

TEST(SeriesRows, PartsOfASpanAddUpToTheWhole) {
  const auto sum_of = [](std::int64_t from, std::int64_t to) {
    SeriesRows rows(Minutes(from, to, 1500));  // 25 minutes: on no edge of an hour
    rows.AddUntimed(kHour, kHour + 3600, {0, 0}, Requests(101));
    return TotalRequests(rows.Finish(CoveredMinutes(), kLater));
  };
  EXPECT_EQ(sum_of(kHour, kHour + 3600), 101);
  const std::int64_t edge = Minutes(kHour, kHour + 1, 1500).end();
  EXPECT_EQ(sum_of(kHour, edge) + sum_of(edge, kHour + 3600), 101);
}

TEST(SeriesRows, ABucketInsideOneSlotIsExact) {
  SeriesRows rows(Minutes(kHour, kHour + 1, 10'800));
  rows.AddUntimed(kHour, kHour + 3600, {0, 0}, Requests(7));
  const auto finished = rows.Finish(CoveredMinutes(), kLater);
  EXPECT_EQ(TotalRequests(finished), 7);
  for (const SeriesRow& row : finished) EXPECT_FALSE(row.estimated);
}

TEST(SeriesRows, NoSlotOfWhatHasNoPriceHasACost) {
  for (std::int64_t count = 1; count < 80; ++count) {
    SeriesRows rows(Minutes(kHour, kHour + 3600));
    UsageSum usage{count, 3 * count + 1, count / 2, 7, count % 5};
    usage.MarkUnpriced();
    rows.AddUntimed(kHour, kHour + 3600, {0, 0}, usage);
    std::int64_t unpriced = 0;
    for (const SeriesRow& row : rows.Finish(CoveredMinutes(), kLater)) {
      const bool is_anything = row.usage.requests > 0 || row.usage.TotalTokens() > 0;
      EXPECT_EQ(row.usage.CostUsd().has_value(), !is_anything) << count;
      unpriced += row.usage.unpriced_requests;
    }
    EXPECT_EQ(unpriced, count);
  }
}

TEST(SeriesRows, ASlotHasNoMoreUsersThanRequests) {
  SeriesRows rows(Minutes(kHour, kHour + 3600));
  for (std::uint32_t i = 0; i < 50; ++i) rows.AddUntimed(kHour, kHour + 3600, {i, i}, Requests(1));
  for (const SeriesRow& row : rows.Finish(CoveredMinutes(), kLater))
    EXPECT_LE(row.owners, row.usage.requests);
}

TEST(SeriesRows, TheOpenSlotsCoverageIsOfWhatIsOver) {
  SeriesRows rows(Minutes(kHour, kHour + 120));
  CoveredMinutes covered;
  covered.Add(kHour, 30'000);
  const auto finished = rows.Finish(covered, kHour * 1000 + 30'000);
  EXPECT_EQ(finished[0].coverage, 1.0);
  EXPECT_EQ(finished[1].coverage, 0.0);
}

}  // namespace
}  // namespace keymeter::query_api
