#include "query-api/front/connection_limits.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

class Peer final : public LimitedConnection {};

TEST(ConnectionLimitsTest, EachPhaseHasItsTimeAndBeginsAnew) {
  ConnectionLimits limits({});
  Peer peer;
  limits.Add(peer, "", 0);
  EXPECT_TRUE(limits.Overdue(4999).empty());
  EXPECT_EQ(limits.Overdue(5000), std::vector<LimitedConnection*>{&peer});
  limits.Move(peer, Phase::kIdle, 5000);
  EXPECT_TRUE(limits.Overdue(64'999).empty());
  EXPECT_EQ(limits.Overdue(65'000).size(), 1U);
  limits.Move(peer, Phase::kSending, 65'000);
  limits.Move(peer, Phase::kSending, 70'000);
  EXPECT_TRUE(limits.Overdue(84'999).empty());
  EXPECT_EQ(limits.Overdue(85'000).size(), 1U);
  limits.Move(peer, Phase::kUpgraded, 85'000);
  EXPECT_TRUE(limits.Overdue(std::int64_t{1} << 40U).empty());
  limits.Remove(peer);
  EXPECT_EQ(limits.size(), 0U);
}

TEST(ConnectionLimitsTest, OnlyThoseWhoseTimeIsOverAreNamed) {
  ConnectionLimits limits({});
  std::array<Peer, 3> peers;
  for (std::size_t i = 0; i < peers.size(); ++i)
    limits.Add(peers.at(i), "", static_cast<std::int64_t>(i) * 1000);
  EXPECT_EQ(limits.Overdue(6000), (std::vector<LimitedConnection*>{&peers[0], &peers[1]}));
}

TEST(ConnectionLimitsTest, AnAddressBeyondItsCapIsExcessUntilOneHasGone) {
  ConnectionLimits limits({.per_address = 2});
  std::array<Peer, 5> peers;
  limits.Add(peers[0], "a", 0);
  limits.Add(peers[1], "a", 0);
  limits.Add(peers[2], "a", 0);
  limits.Add(peers[3], "b", 0);
  limits.Add(peers[4], "", 0);
  EXPECT_EQ(peers[1].phase(), Phase::kHead);
  EXPECT_EQ(peers[2].phase(), Phase::kOverCap);
  EXPECT_EQ(peers[3].phase(), Phase::kHead);
  EXPECT_EQ(peers[4].phase(), Phase::kHead);
  limits.Remove(peers[2]);
  limits.Remove(peers[0]);
  limits.Add(peers[0], "a", 0);
  EXPECT_EQ(peers[0].phase(), Phase::kHead);
}

TEST(ConnectionLimitsTest, HalfSentHeadsGoBeforeIdleOnesAndNewOnesStay) {
  ConnectionLimits limits({.connections = 3});
  std::array<Peer, 3> peers;
  for (Peer& peer : peers) limits.Add(peer, "", 1000);
  EXPECT_TRUE(limits.IsFull());
  EXPECT_EQ(limits.LeastWanted(1499), nullptr);
  limits.Move(peers[2], Phase::kIdle, 1000);
  EXPECT_EQ(limits.LeastWanted(1499), nullptr);
  EXPECT_EQ(limits.LeastWanted(1500), &peers[0]);
  limits.Move(peers[0], Phase::kInside, 1500);
  limits.Move(peers[1], Phase::kSending, 1500);
  EXPECT_EQ(limits.LeastWanted(1500), &peers[2]);
  limits.Move(peers[2], Phase::kUpgraded, 1500);
  EXPECT_EQ(limits.LeastWanted(100'000), nullptr);
}

TEST(ConnectionLimitsTest, WhoIsRefusedOrToldToCloseGoesFirst) {
  ConnectionLimits limits({.connections = 4, .per_address = 1});
  std::array<Peer, 4> peers;
  limits.Add(peers[0], "a", 0);
  limits.Add(peers[1], "a", 0);  // over its cap
  limits.Add(peers[2], "", 0);
  limits.Add(peers[3], "", 0);
  limits.Move(peers[2], Phase::kFarewell, 0);
  limits.Move(peers[3], Phase::kIdle, 0);
  EXPECT_EQ(limits.LeastWanted(0), &peers[1]);
  limits.Remove(peers[1]);
  EXPECT_EQ(limits.LeastWanted(0), &peers[2]);
  limits.Remove(peers[2]);
  EXPECT_EQ(limits.LeastWanted(0), nullptr) << "a head may be whole soon, and the idle one stays until then";
  EXPECT_EQ(limits.LeastWanted(500), &peers[0]);
}

TEST(ConnectionLimitsTest, WhileAnswersHoldTooMuchTheSlowestGoFirstAndNoMoreThanAreNeeded) {
  ConnectionLimits limits({.held_bytes = 100});
  const std::array<std::string, 3> bodies = {std::string(60, 'a'), std::string(60, 'b'),
                                             std::string(60, 'c')};
  const std::string small(10, 'd');
  std::array<Peer, 3> peers;
  for (std::size_t i = 0; i < peers.size(); ++i) {
    limits.Add(peers.at(i), "", 0);
    limits.Move(peers.at(i), Phase::kSending, static_cast<std::int64_t>(i) * 100);
    limits.Hold(peers.at(i), &bodies.at(i));
  }
  EXPECT_EQ(limits.held_bytes(), 180U);
  EXPECT_TRUE(limits.Overdue(999).empty());
  EXPECT_EQ(limits.Overdue(2000), (std::vector<LimitedConnection*>{&peers[0], &peers[1]}));
  limits.Remove(peers[0]);
  limits.Hold(peers[1], &small);
  EXPECT_EQ(limits.held_bytes(), 70U);
  EXPECT_TRUE(limits.Overdue(2000).empty());
}

TEST(ConnectionLimitsTest, ABodyCountsOnceAndIsFreeWhenAllWhoTakeItAreSlow) {
  ConnectionLimits limits({.held_bytes = 100});
  const std::string shared(80, 'a');
  const std::string own(60, 'b');
  std::array<Peer, 4> peers;
  for (Peer& peer : peers) {
    limits.Add(peer, "", 0);
    limits.Move(peer, Phase::kSending, 0);
  }
  limits.Hold(peers[0], &shared);
  limits.Hold(peers[1], &shared);
  limits.Hold(peers[2], &own);
  EXPECT_EQ(limits.held_bytes(), 140U);
  EXPECT_EQ(limits.Overdue(1000), (std::vector<LimitedConnection*>{&peers[0], &peers[1]}));
  limits.Move(peers[0], Phase::kSending, 900);  // took a piece: the body stays, whoever else goes
  EXPECT_EQ(limits.Overdue(1000), std::vector<LimitedConnection*>{&peers[2]});
  limits.Remove(peers[1]);
  EXPECT_EQ(limits.held_bytes(), 140U);
  limits.Hold(peers[0], nullptr);
  EXPECT_EQ(limits.held_bytes(), 60U);
}

}  // namespace
}  // namespace keymeter::query_api
