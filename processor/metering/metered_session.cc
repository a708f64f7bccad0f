#include "processor/metering/metered_session.h"

namespace keymeter::processor {

bool MeteredSession::BeganInSession(const Counter& counter, const CounterRead& read) const {
  const std::int64_t hour_ms = counter.hour * 1000;
  // An hour that is still to come says nothing: the relay's clock may have been there before the session.
  if (hour_ms >= begin_ms_ && hour_ms <= read.received_ms) return true;
  // Had it existed when the session began, the baseline would have read it.
  return KnowsEveryCounter() && !counter.missed_baseline;
}

Interval MeteredSession::IntervalOf(const Counter& counter, const CounterRead& read) const {
  const bool is_new = counter.read_ms == 0;
  Interval interval{0, read.received_ms, false};
  if (!is_new && counter.session == number_) {
    interval.from_ms = counter.read_ms;
  } else if (is_new && BeganInSession(counter, read)) {
    interval.from_ms = listed_ms_;
  } else {
    interval.from_ms = std::max(counter.read_ms, covered_before_ms_);
    return interval;
  }
  // No event before the question, but one before its answer was judged: what the reading caught came in
  // between.
  const bool came_meanwhile = read.first_event_ms == 0 && counter.first_event_ms > 0;
  const std::int64_t first_event_ms = came_meanwhile ? read.asked_ms : read.first_event_ms;
  if (first_event_ms > 0) {
    interval.from_ms = std::max(interval.from_ms, first_event_ms);
    interval.begins_with_event = true;
  }
  return interval;
}

}  // namespace keymeter::processor
