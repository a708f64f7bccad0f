#include "processor/counter_table.h"

#include <algorithm>

#include "schema/civil_time.h"

namespace keymeter::processor {

std::uint64_t CounterTable::KeyOf(SeriesId series, std::int64_t hour) {
  return static_cast<std::uint64_t>(hour / kHourSeconds) << 32 | series;
}

CounterIndex CounterTable::Intern(SeriesId series, std::int64_t hour) {
  const auto [entry, is_new] = by_key_.try_emplace(KeyOf(series, hour), 0);
  if (!is_new) return entry->second;
  CounterIndex index = 0;
  if (free_.empty()) {
    index = static_cast<CounterIndex>(counters_.size());
    counters_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
    counters_[index] = {};
  }
  counters_[index].series = series;
  counters_[index].hour = hour;
  counters_[index].in_use = true;
  entry->second = index;
  return index;
}

const Counter* CounterTable::Find(SeriesId series, std::int64_t hour) const {
  const auto found = by_key_.find(KeyOf(series, hour));
  return found == by_key_.end() ? nullptr : &counters_[found->second];
}

void CounterTable::MarkDirty(CounterIndex index) {
  if (counters_[index].is_dirty) return;
  counters_[index].is_dirty = true;
  dirty_.push_back(index);
}

std::vector<CounterIndex> CounterTable::TakeDirty(std::size_t most) {
  std::vector<CounterIndex> taken;
  taken.reserve(std::min(most, dirty_.size()));
  while (taken.size() < most && !dirty_.empty()) {
    const CounterIndex index = dirty_.front();
    dirty_.pop_front();
    counters_[index].is_dirty = false;
    taken.push_back(index);
  }
  return taken;
}

void CounterTable::EndSession() {
  for (CounterIndex index = 0; index < counters_.size(); ++index) {
    Counter& counter = counters_[index];
    counter.first_event_ms = 0;
    if (counter.is_being_read) MarkDirty(index);
    counter.is_being_read = counter.is_void = false;
  }
}

std::int64_t CounterTable::NewestHour() const {
  std::int64_t newest = 0;
  for (const Counter& counter : counters_)
    if (counter.in_use) newest = std::max(newest, counter.hour);
  return newest;
}

void CounterTable::ForgetBefore(std::int64_t hour) {
  for (CounterIndex index = 0; index < counters_.size(); ++index) {
    Counter& counter = counters_[index];
    if (!counter.in_use || counter.hour == kNoPeriod || counter.hour >= hour ||
        counter.read_ms >= hour * 1000 || counter.is_dirty || counter.is_being_read || counter.is_changed)
      continue;
    by_key_.erase(KeyOf(counter.series, counter.hour));
    counter = {};
    free_.push_back(index);
  }
}

std::vector<CounterIndex> CounterTable::Since(std::int64_t hour) const {
  std::vector<CounterIndex> found;
  for (CounterIndex index = 0; index < counters_.size(); ++index)
    if (counters_[index].in_use && (counters_[index].hour >= hour || counters_[index].hour == kNoPeriod))
      found.push_back(index);
  return found;
}

}  // namespace keymeter::processor
