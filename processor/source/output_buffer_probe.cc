#include "processor/source/output_buffer_probe.h"

#include <fmt/format.h>

#include "processor/redis/reply_shapes.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

constexpr int kLookEverySeconds = 10;
/// Without a second's beat for so long, we did not read either.
constexpr std::int64_t kStallUs = 2'000'000;
/// After a stall, what came before the cut is still being read for so long.
constexpr std::int64_t kStallMattersUs = 30'000'000;

}  // namespace

void OutputBufferProbe::Begin(std::int64_t now_us) {
  last_second_us_ = now_us;
  may_look_ = link_.subscriber_id() != 0;
  if (!may_look_) return;
  AskForLimit();
  Look();
}

void OutputBufferProbe::AskForLimit() {
  constexpr std::string_view kSetting = "client-output-buffer-limit";
  const auto on_reply = [this, kSetting](const Reply& reply) {
    if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 2 || TextOf(*reply.element[0]) != kSetting)
      return;
    const BufferLimit limit = PubSubLimit(TextOf(*reply.element[1])).value_or(BufferLimit());
    figures_.hard_limit = limit.hard_bytes;
    figures_.soft_limit = limit.soft_bytes;
  };
  link_.commands().Command({"CONFIG", "GET", kSetting}, on_reply, CheckSetting);
}

void OutputBufferProbe::OnSecond(std::int64_t now_us) {
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
    link_.commands().Command({"CLIENT", "LIST", "ID", std::to_string(link_.subscriber_id())}, on_reply,
                             CheckText);
  } else {
    link_.commands().Command({"CLIENT", "LIST", "TYPE", "pubsub"}, on_reply, CheckText);
  }
}

void OutputBufferProbe::OnClients(const Reply& reply) {
  if (!IsError(reply)) {
    figures_.bytes =
        OutputBufferBytes(TextOf(reply), link_.subscriber_id()).value_or(OutputBufferFigures::kUnknown);
    return;
  }
  if (filters_by_id_ && !IsForbiddenCommand(TextOf(reply)) && !IsUnknownCommand(TextOf(reply))) {
    filters_by_id_ = false;
    return Look();
  }
  may_look_ = false;
  log::Debug("cannot look at our output buffer", {{"reply", TextOf(reply)}});
}

/// 0: we have been reading all the time.
std::int64_t OutputBufferProbe::LatestStallUs(std::int64_t now_us) const {
  const std::int64_t silent_us =
      now_us - last_second_us_;  // the end of the session may come before the second's beat
  if (silent_us > kStallUs) return silent_us;
  return now_us - stall_end_us_ < kStallMattersUs ? stall_us_ : 0;
}

std::string OutputBufferProbe::Suspicion(const Error& why, std::int64_t now_us) const {
  if (why.reason != ErrorReason::kConnectionLost) return "";  // it was not the server that ended it
  const std::int64_t limit_bytes =
      figures_.soft_limit > 0 ? figures_.soft_limit : figures_.hard_limit;  // the lower one, if both
  if (limit_bytes > 0 && figures_.bytes >= limit_bytes / 4)
    return fmt::format(", likely for its output buffer, which held {} bytes for us: {}", figures_.bytes,
                       "raise client-output-buffer-limit pubsub there");
  const std::int64_t stall_us = LatestStallUs(now_us);
  if (stall_us == 0) return "";
  return fmt::format(", likely for its output buffer: we had not read for {:.1f} s",
                     static_cast<double>(stall_us) / 1e6);
}

}  // namespace keymeter::processor
