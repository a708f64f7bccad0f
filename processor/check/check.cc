#include "processor/check/check.h"

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include <unistd.h>

#include "processor/check/checks.h"
#include "processor/check/event_watch.h"
#include "processor/check/file_gatherer.h"
#include "processor/check/host_gatherer.h"
#include "processor/check/redis_dialogue.h"
#include "processor/check/relay_gatherer.h"
#include "processor/check/report.h"
#include "processor/check/source_gatherer.h"

namespace keymeter::check {

namespace {

constexpr std::int64_t kLongestMs = 10'000;
constexpr std::int64_t kListenMs = 2000;

Status AskRedis(RedisDialogue& redis, const processor::Options& options, const Clock& clock, Facts& facts) {
  RETURN_IF_ERROR(GatherSource(redis, clock, options, facts.source));
  return RelayGatherer(redis, clock, options, facts).Gather();
}

void GatherRedis(const processor::Options& options, const Clock& clock, Facts& facts) {
  const EventLoop loop;
  RedisDialogue redis(loop, clock, options.processor.redis, clock.MonotonicMs() + kLongestMs);
  if (const auto connected = redis.Connect(); !connected) {
    facts.source.unreachable = connected.error();
    return;
  }
  std::optional<EventWatch> watch;
  if (options.processor.redis.subscribe) {
    watch.emplace(loop, clock, options.processor.redis);
    watch->Start(redis.peer());
  }
  if (const auto asked = AskRedis(redis, options, clock, facts); !asked)
    facts.source.broken_off = asked.error();
  if (watch) watch->Finish(kListenMs, redis.RemainingMs(), facts.source);
}

bool HasColour() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0') &&
         (terminal == nullptr || std::string_view(terminal) != "dumb");
}

}  // namespace

Facts GatherFacts(const processor::Options& options, ApiFacts api, const Clock& clock) {
  Facts facts;
  GatherRedis(options, clock, facts);
  facts.file = GatherFile(options, clock);
  facts.host = GatherHost(options, std::move(api.listeners), clock);
  facts.access = std::move(api.access);
  facts.spool = std::move(api.spool);
  facts.certificate = std::move(api.certificate);
  return facts;
}

int RunCheck(const processor::Options& options, ApiFacts api, const Clock& clock) {
  const Facts facts = GatherFacts(options, std::move(api), clock);
  const std::vector<Finding> findings = Examine(facts, options);
  const std::string report =
      options.of_command.json ? JsonReport(findings) : TextReport(findings, HasColour());
  std::fputs(report.c_str(), stdout);
  return ExitCode(findings);
}

}  // namespace keymeter::check
