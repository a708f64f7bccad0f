#pragma once

#include <string>
#include <string_view>

#include "schema/error.h"

namespace keymeter::relay_load {

/// A release of claude-relay-service, by what it writes for a request: each predicate names the first release
/// that does so, read off its history.
///
/// Not for other relays. A plain value. Tested by tests/benchmarks/relay_load/age_test.cc.
class Age {
 public:
  /// The newest release that this generator knows: 1.1.314.
  constexpr Age() = default;
  /// "1.1.262", with or without a "v"; releases before 1.1.6 counted no hours by key and model.
  [[nodiscard]] static Result<Age> Parse(std::string_view version);

  [[nodiscard]] std::string Text() const;
  [[nodiscard]] bool IsOlderThan(const Age& other) const { return patch_ < other.patch_; }

  [[nodiscard]] constexpr bool CountsAccounts() const { return patch_ >= 23; }
  [[nodiscard]] constexpr bool KeepsMoney() const { return patch_ >= 30; }  ///< in strings: usage:cost:*
  /// Before, each counter of a key was a command of its own, not one pipeline.
  [[nodiscard]] constexpr bool SendsPipelines() const { return patch_ >= 54; }
  [[nodiscard]] constexpr bool KeepsSystemMinutes() const { return patch_ >= 54; }
  /// Before, a model's name is in keys as the client wrote it.
  [[nodiscard]] constexpr bool NormalizesModels() const { return patch_ >= 91; }
  /// The two kinds of cache writes, in the days and months of a key, not in its hours.
  [[nodiscard]] constexpr bool KeepsEphemeralDays() const { return patch_ >= 112; }
  [[nodiscard]] constexpr bool KeepsModelsInAccountHours() const { return patch_ >= 122; }
  [[nodiscard]] constexpr bool KeepsWeeks() const { return patch_ >= 122; }
  [[nodiscard]] constexpr bool KeepsRecords() const { return patch_ >= 146; }
  [[nodiscard]] constexpr bool PublishesBilling() const { return patch_ >= 178; }
  /// Index sets, money inside hashes, all-time counters, sums over all keys, real beside rated money.
  [[nodiscard]] constexpr bool KeepsIndexSets() const { return patch_ >= 263; }
  /// The two kinds of cache writes everywhere: hours, models, accounts, sums.
  [[nodiscard]] constexpr bool KeepsEphemeralHours() const { return patch_ >= 280; }
  /// Weeks begin where the key says; before, they were ISO weeks.
  [[nodiscard]] constexpr bool NamesWeeksByTheirStart() const { return patch_ >= 281; }

 private:
  constexpr explicit Age(int patch) : patch_(patch) {}

  int patch_ = 314;
};

}  // namespace keymeter::relay_load
