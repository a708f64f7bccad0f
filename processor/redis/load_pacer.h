#pragma once

#include <cstddef>
#include <cstdint>

namespace keymeter::processor {

/// Microseconds of the machine's own steady clock. Not from Clock: load is what it is, also where time stands
/// still for a test, and a millisecond is too coarse for it.
[[nodiscard]] std::int64_t SteadyUs();

/// Keeps what may wait (import, return, sweeps) to a share of Redis' time. What a batch kept Redis busy for
/// is at most its time from question to last answer, less the way there and back, and by the least disturbed
/// of the batches; the next one starts when that is no more than the share of the time since.
///
/// Pure: takes times of SteadyUs. Not for live readings, which never wait.
/// Threads: loop thread. Bounds: a batch is as large as Redis answers in kBatchUs, at most kMostCounters.
class LoadPacer {
 public:
  static constexpr std::int64_t kBatchUs = 3000;
  static constexpr std::size_t kFewestCounters = 20;
  static constexpr std::size_t kMostCounters = 500;

  explicit LoadPacer(double share) : share_(share) {}

  /// Until the next batch may be sent; 0: now. What is less than a millisecond is owed to the next one.
  [[nodiscard]] std::int64_t WaitMs(std::int64_t now_us) const;
  [[nodiscard]] std::size_t BatchSize() const;

  /// `paced` of the `size` commands of a batch are such as may wait.
  void OnAnswered(std::int64_t sent_us, std::int64_t answered_us, std::size_t size, std::size_t paced);
  /// A step of a listing, of so many `units` (a command, or fifty members): like counters, the least
  /// disturbed tell what one costs.
  void OnStep(std::int64_t sent_us, std::int64_t answered_us, std::size_t units);
  /// A command that costs Redis nothing took so long.
  void OnRoundTrip(std::int64_t took_us);
  /// Of Redis' time, all that may wait has taken so much.
  [[nodiscard]] std::int64_t busy_us() const { return static_cast<std::int64_t>(busy_us_); }
  /// Another connection: its way may be longer. What is owed stays owed.
  void ForgetRoundTrip() { round_trip_us_ = 0; }

 private:
  [[nodiscard]] double BusyUs(std::int64_t sent_us, std::int64_t answered_us);
  void Charge(std::int64_t sent_us, double busy_us);

  const double share_;
  std::int64_t next_us_ = 0;        ///< when the next batch may be sent
  std::int64_t round_trip_us_ = 0;  ///< of an idle Redis; 0: not known
  double busy_us_ = 0;
  double counter_us_ = 0;  ///< what one costs; 0: not known
  double unit_us_ = 0;     ///< likewise one of a listing
};

}  // namespace keymeter::processor
