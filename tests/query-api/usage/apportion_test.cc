#include "query-api/usage/apportion.h"

#include <limits>
#include <numeric>

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

using Values = std::vector<std::int64_t>;

TEST(SpreadByWeight, GivesInProportion) {
  EXPECT_EQ(SpreadByWeight(100, Values{1, 3, 0, 4}), (Values{13, 37, 0, 50}));
  EXPECT_EQ(SpreadByWeight(60, Values{60, 60, 60}), (Values{20, 20, 20}));
}

TEST(SpreadByWeight, TheLargestRemaindersGetTheRestAndATieTheEarlier) {
  EXPECT_EQ(SpreadByWeight(1, Values{1, 1, 1}), (Values{1, 0, 0}));
  EXPECT_EQ(SpreadByWeight(5, Values{10, 20, 30}), (Values{1, 2, 2}));
}

TEST(SpreadByWeight, NothingIsLostWhateverTheNumbers) {
  std::uint64_t state = 1;
  for (int round = 0; round < 2000; ++round) {
    const auto next = [&] { return state = state * 6364136223846793005ULL + 1442695040888963407ULL; };
    Values weights(next() % 70 + 1);
    for (auto& weight : weights) weight = next() % 3 == 0 ? 0 : static_cast<std::int64_t>(next() >> 20U);
    const auto total = static_cast<std::int64_t>(next() >> 2U);
    const Values shares = SpreadByWeight(total, weights);
    EXPECT_EQ(std::accumulate(shares.begin(), shares.end(), std::int64_t{0}), total);
    for (const auto share : shares) EXPECT_GE(share, 0);
  }
}

TEST(SpreadByWeight, TakesTheLargestAmounts) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(SpreadByWeight(most, Values{most, 0}), (Values{most, 0}));
  EXPECT_EQ(SpreadByWeight(7, Values{0, 0}), (Values{7, 0}));
  EXPECT_EQ(SpreadByWeight(7, Values{}), Values{});
}

TEST(CoveredMinutes, SumsUpMinutes) {
  CoveredMinutes covered;
  covered.Add(60, 60'000);
  covered.Add(120, 1'000);
  covered.Add(300, 99'000);
  EXPECT_EQ(covered.CoveredMs(0, 60), 0);
  EXPECT_EQ(covered.CoveredMs(60, 180), 61'000);
  EXPECT_EQ(covered.CoveredMs(120, 3600), 61'000);
}

TEST(PieceWeights, AreWhatIsUncovered) {
  CoveredMinutes covered;
  covered.Add(0, 60'000);
  covered.Add(60, 45'000);
  const std::vector<Piece> pieces = {{0, 60}, {60, 120}, {120, 180}};
  EXPECT_EQ(PieceWeights(pieces, covered, 1'000'000), (Values{0, 15'000, 60'000}));
}

TEST(PieceWeights, LeaveTheFutureOut) {
  const std::vector<Piece> pieces = {{0, 60}, {60, 120}, {120, 180}};
  EXPECT_EQ(PieceWeights(pieces, CoveredMinutes(), 90'000), (Values{60'000, 30'000, 0}));
}

TEST(PieceWeights, AreEvenUpToNowWhenAllIsCovered) {
  CoveredMinutes covered;
  for (const int minute : {0, 60, 120}) covered.Add(minute, 60'000);
  const std::vector<Piece> pieces = {{0, 60}, {60, 120}, {120, 180}};
  EXPECT_EQ(PieceWeights(pieces, covered, 120'000), (Values{60'000, 60'000, 0}));
  EXPECT_EQ(PieceWeights(pieces, covered, -5), (Values{60'000, 60'000, 60'000}));
}

}  // namespace
}  // namespace keymeter::query_api
