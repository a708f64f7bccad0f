#include "processor/check/event_watch.h"

#include <algorithm>

#include "processor/check/redis_dialogue.h"

namespace keymeter::check {

EventWatch::EventWatch(const EventLoop& loop, const Clock& clock, const processor::RedisTarget& target)
    : loop_(loop),
      clock_(clock),
      channel_bytes_(fmt::format("*3\r\n$7\r\nmessage\r\n$23\r\n__keyevent@{}__:hincrby\r\n$60\r\n\r\n",
                                 target.url.database)
                         .size()),
      subscriber_(loop, clock, target,
                  {[this] { subscribed_ms_ = clock_.MonotonicMs(); },
                   [this](processor::KeyEvent, std::string_view key) {
                     ++sample_.events;
                     sample_.bytes += static_cast<std::int64_t>(channel_bytes_ + key.size());
                   },
                   [this](const Error& why) { error_ = why; }}) {}

std::int64_t EventWatch::ListenedMs() const {
  return subscribed_ms_ ? clock_.MonotonicMs() - *subscribed_ms_ : 0;
}

void EventWatch::Finish(std::int64_t listen_ms, std::int64_t limit_ms, SourceFacts& into) {
  const std::int64_t end_ms = clock_.MonotonicMs() + limit_ms;
  const auto is_subscribed = [this] { return subscribed_ms_ || error_; };
  if (RunLoop(loop_, limit_ms, is_subscribed) && !error_)
    RunLoop(loop_, std::min(listen_ms - ListenedMs(), end_ms - clock_.MonotonicMs()),
            [this] { return error_.has_value(); });
  if (!subscribed_ms_) {
    into.subscribe_error = error_ ? *error_
                                  : MakeError(ErrorCode::kUnavailable, "no answer in time to SUBSCRIBE")
                                        .Because(ErrorReason::kTimedOut);
    return;
  }
  sample_.listened_ms = std::max<std::int64_t>(1, ListenedMs());
  into.events = sample_;
  for (const processor::KeyEvent event : subscriber_.refused())
    into.refused_events += fmt::format("{}{}", into.refused_events.empty() ? "" : " ", KeyEventName(event));
}

}  // namespace keymeter::check
