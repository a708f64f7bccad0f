#include "processor/metering/counter_table.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

/// A step of packing takes a millisecond or two: so many counters it looks at, and so many it packs, at most.
constexpr std::size_t kMostLookedAt = 6'000;
constexpr std::size_t kMostPacked = 4'000;
/// The hash table is made anew when it is this many times larger than needed, as after an import.
constexpr std::size_t kMostRoom = 16;

}  // namespace

std::size_t CounterTable::Hash::operator()(std::uint64_t key) const {
  constexpr std::uint64_t kGoldenRatio = 0x9e3779b97f4a7c15;
  key *= kGoldenRatio;
  return key ^ key >> 32U;
}

std::uint64_t CounterTable::KeyOf(SeriesId series, std::int64_t hour) {
  return static_cast<std::uint64_t>(hour / kHourSeconds) << 32 | series;
}

CounterIndex CounterTable::Intern(SeriesId series, std::int64_t hour) {
  if (const auto found = by_key_.find(KeyOf(series, hour)); found != by_key_.end()) return found->second;
  if (const auto packed = packed_.Take(series, hour)) return Place(*packed);
  Counter counter;
  counter.series = series;
  counter.hour = hour;
  counter.in_use = true;
  return Place(counter);
}

CounterIndex CounterTable::Place(const Counter& counter) {
  CounterIndex index = 0;
  if (free_.empty()) {
    index = static_cast<CounterIndex>(counters_.size());
    counters_.push_back(counter);
  } else {
    index = free_.back();
    free_.pop_back();
    counters_[index] = counter;
  }
  by_key_.emplace(KeyOf(counter.series, counter.hour), index);
  return index;
}

void CounterTable::Remove(CounterIndex index) {
  by_key_.erase(KeyOf(counters_[index].series, counters_[index].hour));
  counters_[index] = Counter();
  free_.push_back(index);
}

const Counter* CounterTable::Find(SeriesId series, std::int64_t hour) {
  if (const auto found = by_key_.find(KeyOf(series, hour)); found != by_key_.end())
    return &counters_[found->second];
  const auto packed = packed_.Take(series, hour);
  return packed ? &counters_[Place(*packed)] : nullptr;
}

bool CounterTable::IsReadOrExpected(SeriesId series, std::int64_t hour) const {
  const auto found = by_key_.find(KeyOf(series, hour));
  if (found != by_key_.end())
    return counters_[found->second].read_ms != 0 || counters_[found->second].is_expected;
  return packed_.Contains(series, hour);
}

void CounterTable::Restore(const ReadingRow& row) {
  if (row.hour == kNoPeriod) return Renew(row);
  Counter counter;
  counter.series = row.series;
  counter.hour = row.hour;
  counter.read_ms = row.read_ms;
  counter.reading = row.values;
  packed_.Put(counter);
}

void CounterTable::Renew(const ReadingRow& row) {
  Counter& counter = counters_[Intern(row.series, row.hour)];
  counter.read_ms = row.read_ms;
  counter.reading = row.values;
}

void CounterTable::TakeBack(const ReadingRow& row) {
  const bool was_packed = IsPacked(row.series, row.hour);
  if (Find(row.series, row.hour) == nullptr) return;
  const CounterIndex index = Intern(row.series, row.hour);
  changed_.PutBack(counters_[index], row);
  // It has just been unpacked, and ExpectSome may already have passed its new place: so it is read anyway.
  if (was_packed) MarkDirty(index);
}

void CounterTable::MarkDirty(CounterIndex index) {
  if (counters_[index].is_dirty) return;
  counters_[index].is_dirty = true;
  dirty_.push_back(index);
}

void CounterTable::MarkDirty(SeriesId series, std::int64_t hour) {
  if (Find(series, hour) != nullptr) MarkDirty(Intern(series, hour));
}

std::vector<CounterIndex> CounterTable::TakeDirty(std::size_t most) {
  std::vector<CounterIndex> taken;
  taken.reserve(std::min(most, dirty_.size()));
  while (taken.size() < most && !dirty_.empty()) {
    const CounterIndex index = dirty_.front();
    dirty_.pop_front();
    counters_[index].is_dirty = false;
    // Neither dirty nor being read for a moment. Nothing packs it meanwhile: packing is done on this thread.
    taken.push_back(index);
  }
  return taken;
}

void CounterTable::EndSession() {
  may_pack_ = true;
  for (CounterIndex index = 0; index < counters_.size(); ++index) {
    Counter& counter = counters_[index];
    counter.first_event_ms = 0;
    if (counter.is_being_read) MarkDirty(index);
    counter.is_being_read = counter.is_void = counter.is_expected = false;
  }
}

std::int64_t CounterTable::NewestHour(std::int64_t last) const {
  std::int64_t newest = packed_.NewestHour(last);
  for (const Counter& counter : counters_)
    if (counter.in_use && counter.hour <= last) newest = std::max(newest, counter.hour);
  return newest;
}

bool CounterTable::IsAtRest(const Counter& counter) const {
  return counter.in_use && counter.hour != kNoPeriod && !counter.is_dirty && !counter.is_being_read &&
         !changed_.Holds(counter);
}

void CounterTable::ForgetBefore(std::int64_t hour) {
  packed_.ForgetBefore(hour);
  for (CounterIndex index = 0; index < counters_.size(); ++index) {
    const Counter& counter = counters_[index];
    if (counter.hour < hour && counter.read_ms < hour * 1000 && IsAtRest(counter)) Remove(index);
  }
}

std::vector<CounterIndex> CounterTable::All() {
  Unpack(std::numeric_limits<std::int64_t>::min());
  std::vector<CounterIndex> all;
  all.reserve(by_key_.size());
  for (CounterIndex index = 0; index < counters_.size(); ++index)
    if (counters_[index].in_use) all.push_back(index);
  return all;
}

void CounterTable::PassOver(CounterIndex index, bool misses_baseline) {
  counters_[index].is_expected = false;
  if (misses_baseline) counters_[index].missed_baseline = true;
}

void CounterTable::EndAll(End end) {
  for (CounterIndex index : All()) {
    Counter& counter = counters_[index];
    // What was put in its place since its last reading may have come after the flush, as a restored backup
    // does.
    if (counter.end != End::kReplaced) counter.TakeEnd(end);
    if (!counter.is_being_read) continue;
    counter.is_void = true;
    MarkDirty(index);
  }
}

std::vector<CounterIndex> CounterTable::ExpectAll(const std::function<bool(const Counter&)>& is_kept) {
  std::vector<CounterIndex> found = All();
  std::erase_if(
      found, [&](CounterIndex index) { return counters_[index].is_expected || !is_kept(counters_[index]); });
  for (CounterIndex index : found) counters_[index].is_expected = true;
  return found;
}

bool CounterTable::ExpectSome(Span& span, std::vector<CounterIndex>& found) {
  const auto expect = [&](CounterIndex index) {
    counters_[index].is_expected = true;
    found.push_back(index);
  };
  for (std::size_t looked_at = 0; span.next < counters_.size() && looked_at < kMostLookedAt; ++looked_at) {
    const auto index = static_cast<CounterIndex>(span.next++);
    const Counter& counter = counters_[index];
    const bool is_within =
        counter.hour == kNoPeriod || (counter.hour >= span.first && counter.hour <= span.last);
    if (counter.in_use && is_within && !counter.is_expected) expect(index);
  }
  // Nothing may be packed meanwhile: a counter that is still to come would be passed over. What is unpacked
  // meanwhile is read anyway (see TakeBack).
  const bool was_through = std::exchange(may_pack_, span.next >= counters_.size());
  if (!was_through || !may_pack_) return true;
  const std::vector<Counter> packed = packed_.TakeSome(span.packed, span.last, kMostPacked);
  for (const Counter& counter : packed) expect(Place(counter));
  return packed.size() >= kMostPacked;
}

bool CounterTable::Pack(std::int64_t hour) {
  if (!may_pack_) return false;
  const std::size_t end = std::min(counters_.size(), pack_next_ + kMostLookedAt);
  std::size_t packed = 0;
  for (; pack_next_ < end && packed < kMostPacked; ++pack_next_) {
    const Counter& counter = counters_[pack_next_];
    // A counter that was never read, or has an event or an end without a reading, has more to keep than a
    // packed one can.
    if (counter.hour >= hour || counter.read_ms == 0 || counter.first_event_ms != 0 ||
        counter.end != End::kNone || counter.is_expected || !IsAtRest(counter))
      continue;
    packed_.Put(counter);
    Remove(static_cast<CounterIndex>(pack_next_));
    ++packed;
  }
  if (pack_next_ < counters_.size()) return false;
  pack_next_ = 0;
  if (by_key_.bucket_count() > kMostRoom * (by_key_.size() + kMostLookedAt)) by_key_.rehash(0);
  return true;
}

void CounterTable::Unpack(std::int64_t hour) {
  PackedCounters::Cursor cursor{hour};
  for (const Counter& counter : packed_.TakeSome(cursor, kNoLastHour, packed_.size())) Place(counter);
}

}  // namespace keymeter::processor
