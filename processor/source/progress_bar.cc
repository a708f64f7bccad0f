#include "processor/source/progress_bar.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

namespace keymeter::processor {

namespace {

constexpr std::int64_t kBarCells = 20;
constexpr std::int64_t kTooEarlyMs = 1000;  ///< to tell a pace

std::int64_t PercentOf(const ImportState& state) {
  return state.counters == 0 ? 0 : std::min<std::int64_t>(100, state.read * 100 / state.counters);
}

}  // namespace

std::int64_t SecondsLeft(const ImportState& state) {
  if (!state.is_listed || state.read == 0 || state.elapsed_ms < kTooEarlyMs) return -1;
  const double ms_each = static_cast<double>(state.elapsed_ms) / static_cast<double>(state.read);
  return std::llround(static_cast<double>(state.counters - state.read) * ms_each / 1000);
}

std::string ProgressBar(const ImportState& state) {
  if (!state.is_listed)
    return fmt::format("importing: {} counters found, {} read", fmt::group_digits(state.counters),
                       fmt::group_digits(state.read));
  const std::int64_t percent = PercentOf(state);
  const std::int64_t cells = percent * kBarCells / 100;
  const std::int64_t left_s = SecondsLeft(state);
  return fmt::format("importing {} % [{:#<{}}{: <{}}] {} of {} counters{}", percent, "", cells, "",
                     kBarCells - cells, fmt::group_digits(state.read), fmt::group_digits(state.counters),
                     left_s < 0 ? "" : fmt::format(", {} s left", fmt::group_digits(left_s)));
}

}  // namespace keymeter::processor
