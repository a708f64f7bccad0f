#include "processor/source/output_buffer_probe.h"

#include <utility>

#include <fmt/format.h>

#include "processor/redis/load_pacer.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

constexpr int kLookEverySeconds = 10;
constexpr std::int64_t kStallUs = 2'000'000;  ///< without a second's beat
/// What came before the cut is still read after a stall.
constexpr std::int64_t kStallMattersUs = 30'000'000;
constexpr std::int64_t kUnknown = -1;

}  // namespace

void OutputBufferProbe::BeginSession() {
  seconds_ = 0;
  last_second_us_ = SteadyUs();
  stall_us_ = 0;
  may_look_ = link_.subscriber_id() != 0;
  if (!may_look_) return;
  AskForLimit();
  Look();
}

void OutputBufferProbe::AskForLimit() {
  link_.commands().Command({"CONFIG", "GET", "client-output-buffer-limit"}, [this](const Reply& reply) {
    if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 2 || reply.element[1]->str == nullptr) return;
    limit_ = PubSubLimit(TextOf(*reply.element[1])).value_or(BufferLimit());
    metrics_.output_buffer_hard_limit = limit_.hard_bytes;
    metrics_.output_buffer_soft_limit = limit_.soft_bytes;
  });
}

void OutputBufferProbe::OnSecond() {
  const std::int64_t now_us = SteadyUs();
  const std::int64_t since_us = now_us - last_second_us_;
  last_second_us_ = now_us;
  if (since_us > kStallUs) {
    stall_us_ = since_us;
    stall_end_us_ = now_us;
  }
  if (++seconds_ % kLookEverySeconds == 0 && may_look_) Look();
}

void OutputBufferProbe::Look() {
  const auto on_reply = [this](const Reply& reply) { OnClients(reply); };
  if (filters_by_id_) {
    link_.commands().Command({"CLIENT", "LIST", "ID", std::to_string(link_.subscriber_id())}, on_reply);
  } else {
    link_.commands().Command({"CLIENT", "LIST", "TYPE", "pubsub"}, on_reply);
  }
}

void OutputBufferProbe::OnClients(const Reply& reply) {
  if (!IsError(reply)) {
    metrics_.output_buffer_bytes = OutputBufferBytes(TextOf(reply), link_.subscriber_id()).value_or(kUnknown);
    return;
  }
  if (filters_by_id_ && !IsForbiddenCommand(TextOf(reply)) && !IsUnknownCommand(TextOf(reply))) {
    filters_by_id_ = false;
    return Look();
  }
  may_look_ = false;
  if (!std::exchange(has_told_, true))
    log::Debug("cannot look at our output buffer", {{"reply", TextOf(reply)}});
}

std::string OutputBufferProbe::Suspicion(const Error& why) const {
  if (!why.message.starts_with("connection: ")) return "";  // it was not the server that ended it
  const std::int64_t limit_bytes =
      limit_.soft_bytes > 0 ? limit_.soft_bytes : limit_.hard_bytes;  // the lower one, if both
  const std::int64_t held_bytes = metrics_.output_buffer_bytes;
  if (limit_bytes > 0 && held_bytes >= limit_bytes / 4)
    return fmt::format(", likely for its output buffer, which held {} bytes for us: {}", held_bytes,
                       "raise client-output-buffer-limit pubsub there");
  const std::int64_t now_us = SteadyUs();
  const std::int64_t silent_us = now_us - last_second_us_;  // its end may come first
  const std::int64_t stall_us = silent_us > kStallUs                       ? silent_us
                                : now_us - stall_end_us_ < kStallMattersUs ? stall_us_
                                                                           : 0;
  if (stall_us > 0)
    return fmt::format(", likely for its output buffer: we had not read for {:.1f} s",
                       static_cast<double>(stall_us) / 1e6);
  return "";
}

void OutputBufferProbe::EndSession() {
  metrics_.output_buffer_bytes = kUnknown;
  metrics_.output_buffer_hard_limit = metrics_.output_buffer_soft_limit = 0;
  limit_ = {};
}

}  // namespace keymeter::processor
