#include "benchmarks/program/e2e/command_books.h"

#include <gtest/gtest.h>

namespace keymeter::e2e {
namespace {

constexpr std::string_view kStats =
    "# Commandstats\r\n"
    "cmdstat_hincrby:calls=100,usec=400,usec_per_call=4.00,rejected_calls=0,failed_calls=0\r\n"
    "cmdstat_hset:calls=3,usec=9,usec_per_call=3.00,rejected_calls=0,failed_calls=0\r\n"
    "cmdstat_del:calls=7,usec=7,usec_per_call=1.00,rejected_calls=0,failed_calls=0\r\n"
    "cmdstat_hmget:calls=5,usec=50,usec_per_call=10.00,rejected_calls=0,failed_calls=0\r\n"
    "cmdstat_config|get:calls=1,usec=4,usec_per_call=4.00,rejected_calls=0,failed_calls=0\r\n"
    "cmdstat_config|resetstat:calls=1,usec=30,usec_per_call=30.00,rejected_calls=0,failed_calls=0\r\n";

TEST(E2eCommandBooks, HaveCallsAndMicrosecondsOfEachCommand) {
  const CommandBooks books = ParseCommandStats(kStats);
  EXPECT_EQ(books.size(), 6U);
  EXPECT_EQ(books.at("hincrby").calls, 100);
  EXPECT_EQ(books.at("hincrby").micros, 400);
  EXPECT_EQ(books.at("config|get").micros, 4);
}

TEST(E2eCommandBooks, SkipLinesThatAreNoCommand) {
  EXPECT_TRUE(ParseCommandStats("").empty());
  EXPECT_TRUE(ParseCommandStats("# Commandstats\r\nerrorstat_ERR:count=1\r\ncmdstat_cut").empty());
}

TEST(E2eCommandBooks, OfTheClientAreThoseThatTheTrafficDoesNotSend) {
  const CommandBooks books = ParseCommandStats(kStats);
  EXPECT_EQ(AllCommands(books).micros, 500);
  EXPECT_EQ(ClientCommands(books).calls, 6);
  EXPECT_EQ(ClientCommands(books).micros, 54);
}

TEST(E2eCommandBooks, CountACommandThatNobodyKnowsAsTheClients) {
  EXPECT_EQ(ClientCommands(ParseCommandStats("cmdstat_hgetall:calls=2,usec=3\n")).calls, 2);
  EXPECT_EQ(ClientCommands(ParseCommandStats("cmdstat_ping:calls=2,usec=3\n")).calls, 2);
}

TEST(E2eCommandBooks, TellTheEventsThatWereRaised) {
  EXPECT_EQ(RaisedEvents(ParseCommandStats(kStats)), 103);
  EXPECT_EQ(RaisedEvents({}), 0);
}

}  // namespace
}  // namespace keymeter::e2e
