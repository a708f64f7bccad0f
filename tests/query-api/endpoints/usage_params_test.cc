#include "query-api/endpoints/usage_params.h"

#include <gtest/gtest.h>

#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

Params ParamsOf(const std::string& query) {
  return *Params::Parse(query, {"start_ms", "end_ms", "keyId", "accountId", "groupId", "model", "metric"});
}

TEST(UsageParams, OneOfKeyAccountAndGroup) {
  EXPECT_EQ(SeriesFilterOf(ParamsOf(""))->scope, SeriesFilter::Scope::kAllKeys);
  const auto filter = SeriesFilterOf(ParamsOf("accountId=a1&model=opus"));
  ASSERT_TRUE(filter);
  EXPECT_EQ(filter->scope, SeriesFilter::Scope::kAccount);
  EXPECT_EQ(filter->id, "a1");
  EXPECT_EQ(filter->model, "opus");
  EXPECT_FALSE(filter->IsOfKeys());
  EXPECT_FALSE(SeriesFilterOf(ParamsOf("accountId=a1&keyId=k1")));
}

TEST(UsageParams, TheOlderNameOfCostIsKnown) {
  EXPECT_EQ(MetricOf(ParamsOf("metric=quota_sum")).value(), "cost");
  EXPECT_EQ(MetricOf(ParamsOf("")).value(), "reqs");
  EXPECT_FALSE(MetricOf(ParamsOf("metric=money")));
}

TEST(UsageParams, ASpanIsSnappedOutwardToWhatIsKept) {
  UsageFile file;
  ManualClock clock(kNowMs);
  ConnectionPool pool(file.path(), 1);
  const auto span = [&](const SlotRequest& request) {
    const auto snapshot = Snapshot::Take(pool, clock);
    return KeptSpan(*snapshot, request, kDaySeconds).value();
  };
  SlotRequest request{.start_ms = kNowMs - 90'000, .end_ms = kNowMs};
  EXPECT_EQ(span(request).from, kMinuteNow - 60);
  EXPECT_EQ(span(request).to, kMinuteNow + 60);
  EXPECT_EQ(span({}).from, kMinuteNow - kDaySeconds);
  file.Sql(fmt::format("UPDATE source_state SET minutes_from = {}", kHourNow));
  request.start_ms = (kHourNow - 600) * 1000;
  EXPECT_EQ(span(request).from, kHourNow - 3600) << "of the hour before, only the whole is kept";
}

TEST(UsageParams, NamesAreJson) {
  EXPECT_EQ(NameMembers("a\"b", "n"), R"("id":"a\"b","name":"n",)");
}

}  // namespace
}  // namespace keymeter::query_api
