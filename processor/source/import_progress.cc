#include "processor/source/import_progress.h"

#include <utility>

#include "schema/log.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kLineEveryMs = 10'000;

}  // namespace

void ImportProgress::Begin(std::int64_t hours) {
  is_under_way_ = true;
  state_ = {};
  hours_ = hours;
  begin_us_ = SteadyUs();
  last_line_ms_ = 0;
  added_before_ = reader_.backlog_added();
  busy_before_us_ = pacer_.busy_us();
}

void ImportProgress::Count() {
  const std::int64_t counters = reader_.backlog_added() - added_before_;
  const std::int64_t read = counters - static_cast<std::int64_t>(reader_.backlog_size());
  counts_.import_counters += counters - std::exchange(state_.counters, counters);
  counts_.import_read += read - std::exchange(state_.read, read);
  state_.elapsed_ms = (SteadyUs() - begin_us_) / 1000;
}

void ImportProgress::Listed() {
  Count();
  state_.is_listed = true;
  log::Info("reading what the relay keeps", {{"hours", hours_}, {"counters", state_.counters}});
}

void ImportProgress::OnSecond() {
  if (!is_under_way_) return;
  Count();
  log::ShowStatus(ImportBar(state_));
  if (state_.elapsed_ms - last_line_ms_ < kLineEveryMs) return;
  last_line_ms_ = state_.elapsed_ms;
  const std::int64_t left_s = SecondsLeft(state_);
  log::Info("importing", {{"read", state_.read},
                          {state_.is_listed ? "total" : "found", state_.counters},
                          {"seconds", state_.elapsed_ms / 1000},
                          {"seconds_left", left_s < 0 ? "?" : std::to_string(left_s)}});
}

void ImportProgress::Finish(std::size_t series, std::size_t counters) {
  is_under_way_ ? Count() : void(state_ = {});
  Stop();
  const auto busy_us = static_cast<double>(pacer_.busy_us() - busy_before_us_);
  const auto elapsed_us = static_cast<double>(state_.elapsed_ms) * 1000;
  log::Info("baseline read",
            {{"series", series},
             {"counters", counters},
             {"ms", state_.elapsed_ms},
             {"load", fmt::format("{:.1f}%", elapsed_us > 0 ? busy_us / elapsed_us * 100 : 0.0)}});
}

void ImportProgress::Stop() {
  if (std::exchange(is_under_way_, false)) log::ShowStatus("");
}

}  // namespace keymeter::processor
