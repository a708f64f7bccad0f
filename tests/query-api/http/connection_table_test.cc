#include "query-api/http/connection_table.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

constexpr Peer kOne{1, 1000};
constexpr Peer kOther{2, 1000};

/// Eight workers, of which one should be free.
class ConnectionTableTest : public ::testing::Test {
 protected:
  Connection& Open(std::int64_t now_ms, const Peer& peer = kOne) {
    Connection& connection = table_.Open(nullptr, now_ms);
    table_.Name(connection, peer, false);
    return connection;
  }
  Connection& Idle(std::int64_t now_ms) {
    Connection& connection = Open(now_ms);
    EXPECT_EQ(table_.HeaderDone(connection, now_ms), Ending::kNone);
    table_.AnswerDone(connection, now_ms);
    return connection;
  }
  Connection& Writing(std::int64_t now_ms, std::size_t held_bytes = 0) {
    Connection& connection = Open(now_ms);
    EXPECT_EQ(table_.HeaderDone(connection, now_ms), Ending::kNone);
    connection.write_since_ms = now_ms;
    connection.held_bytes = held_bytes;
    return connection;
  }
  std::size_t EndedAt(std::int64_t now_ms) { return table_.Due(now_ms).size(); }

  ConnectionTable table_{{.workers = 8, .per_address = 7, .held_bytes = 100}};
};

TEST_F(ConnectionTableTest, AHeaderHasItsTimeAndNoMore) {
  const Connection& connection = Open(100);
  EXPECT_EQ(EndedAt(5099), 0U);
  const auto orders = table_.Due(5100);
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(orders[0].connection, &connection);
  EXPECT_FALSE(orders[0].wholly);  // its client is still told why
  EXPECT_EQ(connection.ending, Ending::kLate);
}

TEST_F(ConnectionTableTest, AnOrderIsRepeatedWhollyWhileItsConnectionIsThere) {
  Connection& connection = Open(0);
  EXPECT_EQ(EndedAt(5000), 1U);
  EXPECT_EQ(EndedAt(5499), 0U);
  const auto orders = table_.Due(5500);
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_TRUE(orders[0].wholly);
  table_.Close(connection);
  EXPECT_EQ(EndedAt(9000), 0U);
}

TEST_F(ConnectionTableTest, AHeaderThatIsCompleteAtTheLastMomentIsAnswered) {
  Connection& connection = Open(0);
  EXPECT_EQ(EndedAt(5000), 1U);
  EXPECT_EQ(table_.HeaderDone(connection, 5001), Ending::kLate);
  EXPECT_EQ(EndedAt(9000), 0U);
}

TEST_F(ConnectionTableTest, WhatHasNoNameYetCannotBeShut) {
  Connection& connection = table_.Open(nullptr, 0);
  EXPECT_EQ(EndedAt(5000), 0U);
  EXPECT_EQ(table_.Nameless().size(), 1U);
  table_.Name(connection, kOne, false);
  EXPECT_EQ(EndedAt(5000), 1U);
}

TEST_F(ConnectionTableTest, AnIdleConnectionHasItsTime) {
  Idle(1000);
  EXPECT_EQ(EndedAt(5999), 0U);
  EXPECT_EQ(EndedAt(6000), 1U);
}

TEST_F(ConnectionTableTest, AnAnswerThatIsMadeHasNoLimitAndOneThatIsNotTakenHas) {
  Connection& connection = Writing(0);
  connection.write_since_ms = Connection::kNever;
  EXPECT_EQ(EndedAt(3'000'000), 0U);
  connection.write_since_ms = 3'000'000;
  EXPECT_EQ(EndedAt(3'000'000), 1U);  // for the whole of it
  EXPECT_EQ(connection.ending, Ending::kStalled);
}

TEST_F(ConnectionTableTest, APieceThatIsNotTakenEndsTheAnswer) {
  Writing(0);
  EXPECT_EQ(EndedAt(14'999), 0U);
  const auto orders = table_.Due(15'000);
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_TRUE(orders[0].wholly);
}

TEST_F(ConnectionTableTest, ASlowReaderThatTakesPieceAfterPieceMayGoOn) {
  Connection& connection = Writing(0);
  for (std::int64_t now_ms = 14'000; now_ms < 900'000; now_ms += 14'000) {
    EXPECT_EQ(EndedAt(now_ms), 0U);
    connection.write_since_ms = now_ms;
  }
}

TEST_F(ConnectionTableTest, WithRoomNobodyIsEndedEarly) {
  for (int i = 0; i < 7; ++i) Open(0);
  EXPECT_FALSE(table_.IsPressed());
  EXPECT_EQ(EndedAt(4999), 0U);
}

TEST_F(ConnectionTableTest, WhenWorkersAreShortTheOldestHeaderGoesFirst) {
  const Connection& idle = Idle(0);
  const Connection& oldest = Open(10);
  for (int i = 0; i < 5; ++i) Open(20);
  Open(20, kOther);
  EXPECT_TRUE(table_.IsPressed());
  EXPECT_EQ(EndedAt(149), 0U);  // nobody before its 150 ms
  const auto orders = table_.Due(170);
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(orders[0].connection, &oldest);
  EXPECT_EQ(idle.ending, Ending::kNone);
  EXPECT_EQ(EndedAt(171), 0U);  // one was missing, and one is on its way out
}

TEST_F(ConnectionTableTest, ThenIdleConnectionsThenSlowReaders) {
  const Connection& reader = Writing(0);
  const Connection& idle = Idle(1000);
  for (int i = 0; i < 5; ++i) Writing(2500);
  Connection& last = Open(2500, kOther);
  EXPECT_EQ(table_.HeaderDone(last, 2500), Ending::kNone);  // is being answered: never a candidate
  auto orders = table_.Due(2600);
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(orders[0].connection, &idle);
  Open(2600, kOther);
  orders = table_.Due(2601);
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(orders[0].connection, &reader);
}

TEST_F(ConnectionTableTest, AnswersThatAreNotTakenMayHoldSoMuchMemory) {
  const Connection& slowest = Writing(0, 60);
  const Connection& slow = Writing(100, 30);
  const Connection& fast = Writing(1100, 20);
  EXPECT_EQ(EndedAt(999), 0U);  // nobody before it had a second
  ASSERT_EQ(EndedAt(1150), 1U);
  EXPECT_EQ(slowest.ending, Ending::kStalled);
  EXPECT_EQ(slow.ending, Ending::kNone);  // 50 of 100 bytes are left
  EXPECT_EQ(fast.ending, Ending::kNone);
}

TEST_F(ConnectionTableTest, AnAddressHasItsCap) {
  for (int i = 0; i < 7; ++i) EXPECT_EQ(Open(0).ending, Ending::kNone);
  Connection& excess = Open(0);
  EXPECT_EQ(excess.ending, Ending::kExcess);
  EXPECT_EQ(Open(0, kOther).ending, Ending::kNone);
  EXPECT_EQ(table_.HeaderDone(excess, 0), Ending::kExcess);
  table_.Close(excess);
  EXPECT_EQ(Open(0).ending, Ending::kExcess);
}

TEST_F(ConnectionTableTest, WhoeverLeavesMakesRoomForItsAddress) {
  std::vector<Connection*> open;
  open.reserve(7);
  for (int i = 0; i < 7; ++i) open.push_back(&Open(0));
  table_.Close(*open.back());
  EXPECT_EQ(Open(0).ending, Ending::kNone);
}

TEST_F(ConnectionTableTest, AnExemptAddressHasNoCap) {
  for (int i = 0; i < 20; ++i) {
    Connection& connection = table_.Open(nullptr, 0);
    table_.Name(connection, kOne, true);
    EXPECT_EQ(connection.ending, Ending::kNone);
  }
}

TEST_F(ConnectionTableTest, EndAllEndsEverything) {
  Open(0);
  Idle(0);
  Writing(0);
  table_.EndAll();
  const auto orders = table_.Due(1);
  EXPECT_EQ(orders.size(), 3U);
  for (const auto& order : orders) EXPECT_TRUE(order.wholly);
}

}  // namespace
}  // namespace keymeter::query_api
