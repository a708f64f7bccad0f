// The fault suite: random schedules of everything that can go wrong, each on a Redis and a file of its own.
// See README.md beside this file.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/integration/faults/schedule.h"

namespace keymeter::testing {
namespace {

constexpr int kShards = KEYMETER_FAULT_SHARDS;
constexpr int kFewestSteps = 3;
constexpr int kMostSteps = 8;

std::int64_t FromEnvironment(const char* name, std::int64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoll(text);
}

std::string TextFromEnvironment(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? "" : text;
}

/// As a shell takes it; "" when it is not set.
std::string Setting(const char* name) {
  const std::string value = TextFromEnvironment(name);
  return value.empty() ? "" : fmt::format("{}=\"{}\" ", name, value);
}

/// One of six begins with a wrong offset, or with one that nothing shows.
StartState StartOf(relay_load::Random& random) {
  if (const std::string name = TextFromEnvironment("KEYMETER_TEST_START"); !name.empty())
    return StartStateNamed(name);
  if (!random.Chance(17)) return StartState::kUsual;
  return random.Chance(75) ? StartState::kWrongOffset : StartState::kUnknownOffset;
}

std::uint64_t FreshSeed() {
  return std::random_device()() % 1'000'000'000;
}

void Report(const Schedule::Result& result, std::chrono::steady_clock::time_point begin) {
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf(": %.1f s, %d kills, %d adjustments, %d gaps\n", took.count(), result.kills, result.adjustments,
              result.gaps);
}

Schedule::Result Play(std::uint64_t seed) {
  std::printf("seed %llu", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  const auto begin = std::chrono::steady_clock::now();
  // The world draws from the seed itself: the same numbers would tie its Redis and its clock to the start.
  relay_load::Random random(~seed);
  const int steps = static_cast<int>(random.Between(kFewestSteps, kMostSteps));
  Schedule schedule(seed, StartOf(random));
  Schedule::Result result = schedule.Run(steps, TextFromEnvironment("KEYMETER_TEST_FAULT"));
  Report(result, begin);
  if (!result.wrong.empty())
    ADD_FAILURE() << result.wrong << "replay it: " << Setting("KEYMETER_TEST_START")
                  << Setting("KEYMETER_TEST_FAULT") << "KEYMETER_TEST_SEED=" << seed
                  << " faults_test --gtest_filter='*/0'";
  return result;
}

class Faults : public ::testing::TestWithParam<int> {};

TEST_P(Faults, LeaveEveryHourAndDayExact) {
  if (const std::int64_t seed = FromEnvironment("KEYMETER_TEST_SEED", 0); seed != 0) {
    if (GetParam() == 0) std::puts(Play(static_cast<std::uint64_t>(seed)).story.c_str());
    return;
  }
  const std::int64_t schedules = FromEnvironment("KEYMETER_TEST_SCHEDULES", KEYMETER_FAULT_SCHEDULES);
  for (std::int64_t i = 0; i < schedules && !HasFailure(); ++i) (void)Play(FreshSeed());
}

INSTANTIATE_TEST_SUITE_P(Shard, Faults, ::testing::Range(0, kShards));

class Written : public ::testing::TestWithParam<WrittenSchedule> {};

TEST_P(Written, LeavesEveryHourAndDayExact) {
  const std::int64_t times = FromEnvironment("KEYMETER_TEST_SCHEDULES", 1);
  for (std::int64_t i = 0; i < times && !HasFailure(); ++i) {
    std::printf("%s", GetParam().name);
    std::fflush(stdout);
    const auto begin = std::chrono::steady_clock::now();
    Schedule schedule(GetParam().seed, GetParam().start);
    const auto result = schedule.Play(GetParam());
    Report(result, begin);
    if (!result.wrong.empty()) ADD_FAILURE() << result.wrong;
  }
}

INSTANTIATE_TEST_SUITE_P(Once, Written, ::testing::ValuesIn(WrittenSchedules()),
                         [](const auto& written) { return written.param.name; });

}  // namespace
}  // namespace keymeter::testing
