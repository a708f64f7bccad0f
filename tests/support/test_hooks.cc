#include "tests/support/test_hooks.h"

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <string_view>

#include <fmt/format.h>

#include "schema/crash_point.h"

namespace keymeter::testing {

namespace {

/// A hook is a plain function, so what it looks for stands beside it.
struct CrashTarget {
  std::string name;
  std::atomic<int> passes_left{1};
};

CrashTarget& Target() {
  static CrashTarget target;
  return target;
}

void CrashAtTarget(std::string_view name) {
  CrashTarget& target = Target();
  if (target.name == name && --target.passes_left == 0) std::raise(SIGKILL);
}

}  // namespace

bool HasHooks(const Variables& environment) {
  return environment.contains(kClockVariable) || environment.contains(kCrashVariable);
}

std::string ClockText(const FastClock::Start& start) {
  return fmt::format("{}:{}:{}:{}", start.steady_ms, start.wall_ms, start.speed, start.shift_file);
}

std::unique_ptr<const keymeter::Clock> HookedClock(const Variables& environment) {
  const auto text = environment.find(kClockVariable);
  long long steady_ms = 0;
  long long wall_ms = 0;
  long long speed = 0;
  int end = 0;
  if (text == environment.end() ||
      std::sscanf(text->second.c_str(), "%lld:%lld:%lld:%n", &steady_ms, &wall_ms, &speed, &end) != 3 ||
      end == 0)
    return std::make_unique<SystemClock>();
  return std::make_unique<FastClock>(
      FastClock::Start{.steady_ms = steady_ms,
                       .wall_ms = wall_ms,
                       .speed = speed,
                       .shift_file = text->second.substr(static_cast<std::size_t>(end))});
}

void HookCrashPoint(const Variables& environment) {
  const auto text = environment.find(kCrashVariable);
  if (text == environment.end()) return;
  const std::string_view all = text->second;
  const std::size_t colon = all.rfind(':');
  int passes = 1;
  if (colon != std::string_view::npos)
    std::from_chars(all.data() + colon + 1, all.data() + all.size(), passes);
  Target().name = all.substr(0, colon);
  Target().passes_left = passes;
  SetCrashHook(CrashAtTarget);
}

Variables WithoutTestVariables(Variables environment) {
  std::erase_if(environment, [](const auto& entry) { return entry.first.starts_with("KEYMETER_TEST_"); });
  return environment;
}

}  // namespace keymeter::testing
