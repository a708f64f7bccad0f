#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace keymeter::processor {

/// Infers the relay's UTC offset from counters that name an hour, and the moments of their last writes (known
/// from their times to live).
///
/// A write is made in the hour that its counter names, so each write allows one offset, near an hour's edge
/// two. All must allow the same single one: where a migration or a restored backup has renewed times to live,
/// counters of different hours contradict each other. One write alone proves nothing. It stays an inference,
/// which live traffic may take back.
/// Not for live traffic: see OffsetDetector. Hours are counted since 1970; a "naive" hour is the one in a
/// key, read as if it were UTC.
/// Threads: any; a plain value. Bounds: O(1) a write, a few numbers.
/// Tested by tests/processor/metering/offset_evidence_test.cc.
class OffsetEvidence {
 public:
  static constexpr std::int64_t kLeastWrites = 2;
  /// How many counters of one hour to ask: those of other hours must have their say.
  static constexpr std::size_t kMostOfAnHour = 16;

  /// To be called once for each counter.
  void Add(std::int64_t naive_hour, std::int64_t written_ms);

  /// Seconds; empty while the writes allow several offsets, or none.
  [[nodiscard]] std::optional<std::int64_t> Conclusion() const;
  /// How many writes were added.
  [[nodiscard]] std::int64_t writes() const { return writes_; }
  /// No offset explains all of them: some time to live does not say when its counter was written.
  [[nodiscard]] bool IsContradictory() const { return allowed_ == 0; }

 private:
  static constexpr int kFarthestWest = -12;
  static constexpr int kFarthestEast = 14;
  static constexpr std::uint32_t kAll = (std::uint32_t{1} << (kFarthestEast - kFarthestWest + 1)) - 1;

  std::uint32_t allowed_ = kAll;  ///< a bit for each whole hour from kFarthestWest on
  std::int64_t writes_ = 0;
};

/// The offset by which a moment (epoch milliseconds) lies in a naive hour; empty when none on earth does.
[[nodiscard]] std::optional<std::int64_t> OffsetBetween(std::int64_t naive_hour, std::int64_t moment_ms);

}  // namespace keymeter::processor
