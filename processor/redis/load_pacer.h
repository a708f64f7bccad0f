#pragma once

#include <cstddef>
#include <cstdint>

namespace keymeter::processor {

/// Microseconds of the machine's steady clock. Not taken from Clock: load is measured in real time, also in a
/// test whose Clock stands still, and needs more than milliseconds.
[[nodiscard]] std::int64_t SteadyUs();

/// Keeps the reading of what may wait (import, return, sweeps) to a share of Redis' time.
///
/// How long a batch kept Redis busy is estimated as the time from question to last answer, less the round
/// trip; the cheapest batches count, for others were disturbed by something else. The next batch may start
/// once that busy time is no more than `share` of the time that has passed.
/// Not for live readings, which never wait.
/// Threads: loop thread. Lifetime: pure, takes times of SteadyUs. Bounds: a batch is as large as Redis
/// answers in kBatchUs, at most kMostCounters.
class LoadPacer {
 public:
  static constexpr std::int64_t kBatchUs = 3000;
  static constexpr std::size_t kFewestCounters = 20;
  static constexpr std::size_t kMostCounters = 500;

  explicit LoadPacer(double share) : share_(share) {}

  /// How long until the next batch may be sent; 0: now. Less than a millisecond is added to the next wait.
  [[nodiscard]] std::int64_t WaitMs(std::int64_t now_us) const;
  [[nodiscard]] std::size_t BatchSize() const;

  /// A batch was answered: `paced` of its `size` commands were of those that may wait.
  void OnAnswered(std::int64_t sent_us, std::int64_t answered_us, std::size_t size, std::size_t paced);
  /// A step of a listing was answered. It cost as much as so many `units`: one for the command, one for each
  /// fifty members.
  void OnStep(std::int64_t sent_us, std::int64_t answered_us, std::size_t units);
  /// A command that costs Redis next to nothing took this long: its time is the round trip.
  void OnRoundTrip(std::int64_t took_us);
  /// Redis' time that everything paced has taken so far.
  [[nodiscard]] std::int64_t busy_us() const { return static_cast<std::int64_t>(busy_us_); }
  /// What of it listings have taken.
  [[nodiscard]] std::int64_t listing_us() const { return static_cast<std::int64_t>(listing_us_); }
  /// A new connection: its round trip may be longer. The wait that is due stays due.
  void ForgetRoundTrip() { round_trip_us_ = 0; }

 private:
  [[nodiscard]] double BusyUs(std::int64_t sent_us, std::int64_t answered_us);
  void Charge(std::int64_t sent_us, double busy_us);

  const double share_;
  std::int64_t next_us_ = 0;        ///< when the next batch may be sent
  std::int64_t round_trip_us_ = 0;  ///< while Redis is idle; 0: not known
  double busy_us_ = 0;              ///< see busy_us()
  double listing_us_ = 0;           ///< see listing_us()
  double counter_us_ = 0;           ///< Redis' time for one counter; 0: not known
  double unit_us_ = 0;              ///< Redis' time for one unit of a listing; 0: not known
};

}  // namespace keymeter::processor
