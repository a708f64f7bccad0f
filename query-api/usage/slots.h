#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "schema/civil_time.h"
#include "schema/error.h"
#include "schema/horizons.h"

namespace keymeter::query_api {

/// What a client asks of a time axis; all of it may be left out.
struct SlotRequest {
  std::optional<std::int64_t> start_ms{};
  std::optional<std::int64_t> end_ms{};    ///< exclusive
  std::optional<std::int64_t> slot_sec{};  ///< a multiple of 60
  std::string_view unit{};                 ///< "", "week", "month"
};

/// A row of equal slots (or of calendar months) that covers a span of time.
///
/// Edges are snapped outward. Slots lie on the grid of the source's days: one of a day or more begins at
/// the source's midnight, a week on Monday.
/// Threads: a pure value. Bounds: kMaxSlots; minutes over kMaxMinuteDays.
class Slots {
 public:
  static constexpr std::int64_t kMaxSlots = 10'000;
  static constexpr std::int64_t kMaxMinuteDays = 31;
  static constexpr std::int64_t kLastMs = 253'402'300'799'999;  ///< the end of the year 9999

  /// Errors are kInvalid and name the parameter.
  static Result<Slots> Make(const SlotRequest& request, std::int64_t now_ms, std::int64_t utc_offset_s);

  /// The same slots, more of them where that is needed: a span that begins or ends inside a bucket whose
  /// finer ones are gone takes in all of it. So the slots hold whole buckets, and their sums are exact.
  [[nodiscard]] Result<Slots> WidenedTo(const Horizons& horizons) const;

  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::int64_t start() const { return start_; }  ///< epoch seconds
  [[nodiscard]] std::int64_t end() const { return end_; }
  [[nodiscard]] std::int64_t utc_offset_s() const { return offset_; }
  /// The coarsest level whose buckets each lie inside one slot.
  [[nodiscard]] Level level() const { return level_; }

  [[nodiscard]] std::int64_t StartOf(std::size_t index) const;
  [[nodiscard]] std::int64_t EndOf(std::size_t index) const { return StartOf(index + 1); }
  /// The slot that holds the moment; nothing outside of [start, end).
  [[nodiscard]] std::optional<std::size_t> IndexOf(std::int64_t epoch_seconds) const;
  /// The start of the slot on this grid that holds the moment, also outside of [start, end).
  [[nodiscard]] std::int64_t Floor(std::int64_t epoch_seconds) const;
  /// The start of the slot after the one that starts at `slot`.
  [[nodiscard]] std::int64_t Next(std::int64_t slot) const;

 private:
  Slots() = default;
  [[nodiscard]] bool IsMonths() const { return length_ == 0; }
  [[nodiscard]] std::int64_t CountSlots() const;
  [[nodiscard]] std::int64_t MonthNumber(std::int64_t epoch_seconds) const;

  std::int64_t length_ = 0;  ///< seconds; 0: calendar months
  std::int64_t shift_ = 0;   ///< a moment is on the grid when moment + shift is a multiple of length
  std::int64_t offset_ = 0;
  std::int64_t start_ = 0;
  std::int64_t end_ = 0;
  Level level_ = Level::kMinute;
  std::size_t count_ = 0;
};

}  // namespace keymeter::query_api
