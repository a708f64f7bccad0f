#include "processor/source/import_state.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "processor/runtime/progress_bar.h"

namespace keymeter::processor {

namespace {

constexpr int kBarColumns = 20;
constexpr std::int64_t kTooEarlyMs = 1000;  ///< a shorter time shows no pace

int PercentOf(const ImportState& state) {
  return state.counters == 0
             ? 0
             : static_cast<int>(std::min<std::int64_t>(100, state.read * 100 / state.counters));
}

}  // namespace

std::int64_t SecondsLeft(const ImportState& state) {
  if (!state.is_listed || state.read == 0 || state.elapsed_ms < kTooEarlyMs) return -1;
  const double ms_each = static_cast<double>(state.elapsed_ms) / static_cast<double>(state.read);
  return std::llround(static_cast<double>(state.counters - state.read) * ms_each / 1000);
}

std::string ImportBar(const ImportState& state) {
  if (!state.is_listed)
    return fmt::format("importing: {} counters found, {} read", fmt::group_digits(state.counters),
                       fmt::group_digits(state.read));
  const std::int64_t left_s = SecondsLeft(state);
  return fmt::format("{}  {} of {} counters{}", BarText("importing", PercentOf(state), kBarColumns),
                     fmt::group_digits(state.read), fmt::group_digits(state.counters),
                     left_s < 0 ? "" : fmt::format(", {} s left", fmt::group_digits(left_s)));
}

}  // namespace keymeter::processor
