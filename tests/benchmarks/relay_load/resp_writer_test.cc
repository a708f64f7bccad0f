#include "benchmarks/relay_load/resp_writer.h"

#include <gtest/gtest.h>

#include "benchmarks/relay_load/relay_commands.h"
#include "tests/benchmarks/relay_load/resp_text.h"

namespace keymeter::relay_load {
namespace {

constexpr std::int64_t kStartMs = 1'795'177'161'414;

std::string BytesOf(Counting counting, std::uint64_t seed, int requests) {
  const Population population = MakePopulation({});
  Traffic traffic(population, 1.0, seed);
  RespWriter writer(counting);
  for (int i = 0; i < requests; ++i) {
    AppendRequest(writer, traffic.Next(kStartMs + i * 60'000LL), 8 * 3600LL, "");
  }
  return writer.Bytes();
}

TEST(RespWriter, SameSeedGivesTheSameBytes) {
  const std::string bytes = BytesOf(Counting::kIncrement, 7, 50);
  EXPECT_EQ(bytes, BytesOf(Counting::kIncrement, 7, 50));
  EXPECT_NE(bytes, BytesOf(Counting::kIncrement, 8, 50));
}

TEST(RespWriter, AbsoluteValuesEndWhereIncrementsEnd) {
  const CounterValues by_increment = CountersAfter(CommandsIn(BytesOf(Counting::kIncrement, 7, 200)));
  const std::vector<testing::RedisCommand> absolute = CommandsIn(BytesOf(Counting::kAbsolute, 7, 200));
  EXPECT_GT(by_increment.size(), 1000U);
  EXPECT_EQ(CountersAfter(absolute), by_increment);
  for (const testing::RedisCommand& command : absolute) ASSERT_NE(command[0], "hincrby");
}

TEST(RespWriter, RemembersAbsoluteValuesOverClear) {
  RespWriter writer(Counting::kAbsolute);
  writer.Increment("k", "f", 2);
  writer.Clear();
  writer.Increment("k", "f", 3);
  EXPECT_EQ(writer.Bytes(), "*4\r\n$4\r\nhset\r\n$1\r\nk\r\n$1\r\nf\r\n$1\r\n5\r\n");
}

TEST(RespWriter, KeepsNoEmptyPart) {
  RespWriter writer(Counting::kIncrement);
  writer.EndPart();
  writer.Command({"ping"});
  writer.EndPart();
  writer.EndPart();
  EXPECT_EQ(writer.Parts().size(), 1U);
}

}  // namespace
}  // namespace keymeter::relay_load
