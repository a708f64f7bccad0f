// Is this Redis one that can be metered, and may we?

#include <array>
#include <cctype>
#include <charconv>
#include <map>

#include <fmt/ranges.h>

#include "processor/check/checks.h"
#include "processor/check/wording.h"
#include "processor/redis/notify_flags.h"
#include "schema/byte_size.h"

namespace keymeter::check {

namespace {

using processor::Options;
using processor::RedisUrl;

constexpr std::int64_t kSecondMs = 1000;

/// keymeter run waits until such a Redis answers.
bool IsWaitedFor(const Error& error) {
  return error.reason == ErrorReason::kLoading || error.reason == ErrorReason::kMasterLost;
}

Observations Connection(const Facts& facts, const Options& options) {
  const SourceFacts& source = facts.source;
  if (source.unreachable) {
    Observation observation = RedisFaultOf(*source.unreachable, source.user);
    if (IsWaitedFor(*source.unreachable)) observation.severity = Severity::kWarning;
    return {observation};
  }
  Observations seen{
      Ok(fmt::format("{} answers in {:.1f} ms", options.processor.redis.url.Display(), source.answer_ms))};
  if (source.broken_off) {
    Observation broken = RedisFaultOf(*source.broken_off, source.user);
    broken.seen = "ended before everything was looked at: " + broken.seen;
    broken.severity = Severity::kWarning;
    seen.push_back(broken);
  }
  return seen;
}

bool IsOnThisMachine(const RedisUrl& url) {
  return url.transport == RedisUrl::Transport::kUnix || url.host == "localhost" || url.host == "::1" ||
         url.host.starts_with("127.");
}

Observations Encryption(const Facts& /*facts*/, const Options& options) {
  const RedisUrl& url = options.processor.redis.url;
  if (url.transport == RedisUrl::Transport::kTls) {
    if (!options.processor.redis.tls.verify)
      return {Warning("TLS, but the certificate is not looked at: the password may go to a stranger",
                      "leave out --redis-tls-no-verify and name the CA with --redis-ca FILE")};
    return {
        Ok(fmt::format("TLS, the certificate verified by {}", options.processor.redis.tls.ca_file.empty()
                                                                  ? "the system's store"
                                                                  : options.processor.redis.tls.ca_file))};
  }
  if (IsOnThisMachine(url)) return {};
  return {Note("password and usage cross the network in the clear",
               "use rediss://, where the network is not private")};
}

/// Major and minor of "7.0.15".
std::pair<int, int> ParseVersion(std::string_view text) {
  int major = 0;
  int minor = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, major);
  if (read.ec == std::errc() && read.ptr != end) std::from_chars(read.ptr + 1, end, minor);
  return {major, minor};
}

Observations Version(const Facts& facts, const Options& /*options*/) {
  const SourceFacts& source = facts.source;
  if (!source.is_info_known)
    return {Note("INFO is hidden from us: version and role are unknown",
                 fmt::format("ACL SETUSER {} +info, if you want them seen", source.user))};
  const auto version = ParseVersion(source.version);
  if (version < std::pair{2, 8})
    return {Fault(fmt::format("Redis {} announces no keyspace events", source.version),
                  "upgrade it to 4.0 or newer, or use --poll 30s")};
  if (version < std::pair{4, 0})
    return {Warning(fmt::format("Redis {}: nothing older than 4.0 was ever tried", source.version),
                    "upgrade it; 7.0 is what keymeter is tested with")};
  return {Ok("Redis " + source.version)};
}

Observations Role(const Facts& facts, const Options& /*options*/) {
  const SourceFacts& source = facts.source;
  if (!source.is_info_known) return {Skipped("INFO is hidden from us")};
  if (!source.is_replica) return {Ok("master")};
  if (!source.is_master_link_up)
    return {Warning(fmt::format("a replica that has lost its master {}", source.master),
                    "mend the replication, or name the master in --redis: nothing new arrives here")};
  return {Note(fmt::format("a replica of {}, which was heard {} s ago; it is metered with that lag",
                           source.master, source.master_silence_s))};
}

Observations Cluster(const Facts& facts, const Options& /*options*/) {
  if (!facts.source.is_cluster) return {};
  return {Warning("a cluster: each node announces and keeps its own keys only",
                  "run one keymeter, with a --db of its own, for each master node")};
}

// ---- Permissions

/// How an ACL rule begins that lets us read keys; before Redis 7 no rule allows reading alone.
std::string_view KeyRule(const SourceFacts& source) {
  return ParseVersion(source.version) < std::pair{7, 0} ? "~" : "%R~";
}

std::string AclLine(const SourceFacts& source, std::string_view rule) {
  return fmt::format("run on the Redis server:\nACL SETUSER {} {}", source.user, rule);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

Observation RefusedCommand(const SourceFacts& source, const Refusal& refusal) {
  const std::string seen = fmt::format(
      "{} {}: {}", refusal.command, refusal.is_unknown ? "is not known there" : "is refused", refusal.loss);
  const std::string remedy = refusal.is_unknown
                                 ? "give the command its name back (rename-command in redis.conf)"
                                 : AclLine(source, "+" + Lower(refusal.command));
  return refusal.is_needed ? Fault(seen, remedy) : Warning(seen, remedy);
}

/// Keys whose refusal has the same consequence stand in one line.
Observations RefusedKeys(const SourceFacts& source) {
  struct Lack {
    bool is_needed = false;
    std::set<std::string> keys;
  };
  std::map<std::string, Lack> lacks;
  for (const Refusal& refusal : source.refusals) {
    if (refusal.key.empty()) continue;
    lacks[refusal.loss].is_needed |= refusal.is_needed;
    lacks[refusal.loss].keys.insert(refusal.key);
  }
  Observations seen;
  for (const auto& [loss, lack] : lacks) {
    const std::string what = fmt::format("keys are refused ({}): {}", fmt::join(lack.keys, " "), loss);
    std::string rules;
    for (const std::string& key : lack.keys)
      rules += fmt::format("{}{}{}", rules.empty() ? "" : " ", KeyRule(source), key);
    const std::string remedy = AclLine(source, rules);
    seen.push_back(lack.is_needed ? Fault(what, remedy) : Warning(what, remedy));
  }
  return seen;
}

Observations Permissions(const Facts& facts, const Options& /*options*/) {
  const SourceFacts& source = facts.source;
  Observations seen;
  std::set<std::string> named;
  for (const Refusal& refusal : source.refusals)
    if (refusal.key.empty() && named.insert(refusal.command).second)
      seen.push_back(RefusedCommand(source, refusal));
  for (Observation& keys : RefusedKeys(source)) seen.push_back(std::move(keys));
  if (!seen.empty()) return seen;
  if (source.tried_commands == 0) return {Skipped("the connection ended before")};
  return {
      Ok(fmt::format("user {} may run all {} commands that were tried", source.user, source.tried_commands))};
}

// ---- Events

std::string FlagsLine(std::string_view flags) {
  return fmt::format("use --poll 30s, or run on the Redis server:\nCONFIG SET notify-keyspace-events {}",
                     flags);
}

/// Which ends of counters are not seen without the flags that are missing.
std::string UnseenEnds(std::string_view present) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kEnds = {
      {{"g", "deletions and renames"}, {"x", "expiries"}, {"e", "evictions"}}};
  std::string unseen;
  for (const auto& [flag, ends] : kEnds)
    if (!processor::HasNotifyFlags(present, flag))
      unseen += fmt::format("{}{}", unseen.empty() ? "" : ", ", ends);
  return unseen.empty() ? "" : fmt::format(" (not announced: {})", unseen);
}

Observations Notifications(const Facts& facts, const Options& options) {
  const SourceFacts& source = facts.source;
  if (!options.processor.redis.subscribe) return {Ok("not needed: --poll")};
  if (!source.notify_flags) {
    const std::string seen = "notify-keyspace-events cannot be looked at: CONFIG is hidden from us";
    if (source.events && source.events->events > 0) return {Ok(seen + "; but events come")};
    return {Warning(seen + ", and no event came",
                    fmt::format("if no usage appears, {}", FlagsLine(processor::kWantedNotifyFlags)))};
  }
  const std::string& present = *source.notify_flags;
  const std::string wanted = processor::WithNotifyFlags(present);
  if (wanted == present) return {Ok(fmt::format("notify-keyspace-events is '{}'", present))};
  std::string lacking = fmt::format("notify-keyspace-events is '{}', not '{}'", present, wanted);
  if (source.may_set_flags == Answer::kYes) return {Note(lacking + "; keymeter adds what is missing")};
  if (processor::HasNotifyFlags(present, processor::kNeededNotifyFlags))
    return {Warning(lacking + ": evictions are not announced, so an evicted counter looks like a correction",
                    FlagsLine(wanted))};
  lacking += UnseenEnds(present);
  if (source.may_set_flags == Answer::kNo)
    return {Fault(lacking + ", and we may not change it", FlagsLine(wanted))};
  return {Warning(lacking + "; whether this server lets us change it is unknown", FlagsLine(wanted))};
}

/// The relay's counters have a time to live, so every policy but noeviction may take them.
Observations Eviction(const Facts& facts, const Options& /*options*/) {
  const SourceFacts& source = facts.source;
  if (source.eviction_policy.empty()) return {Skipped("INFO does not tell the eviction policy")};
  const std::string policy = fmt::format("maxmemory-policy {}", source.eviction_policy);
  if (source.eviction_policy == "noeviction") return {Ok(policy)};
  if (source.most_memory_bytes == 0) return {Ok(policy + ", but no maxmemory: nothing is evicted")};
  const std::string evicted =
      source.evicted_keys > 0 ? fmt::format("; {} keys were evicted so far", Count(source.evicted_keys)) : "";
  return {Warning(fmt::format("{}, maxmemory {}: Redis may evict counters that were not read yet{}", policy,
                              FormatBytes(source.most_memory_bytes), evicted),
                  "raise maxmemory, or run on the Redis server:\nCONFIG SET maxmemory-policy noeviction")};
}

Observations Subscription(const Facts& facts, const Options& options) {
  const SourceFacts& source = facts.source;
  if (!options.processor.redis.subscribe) return {};
  if (source.subscribe_error) return {RedisFaultOf(*source.subscribe_error, source.user)};
  if (!source.events) return {Skipped("the connection ended before")};
  if (!source.refused_events.empty())
    return {Warning(fmt::format("our user may not subscribe to the channels of: {}; a counter that ends so "
                                "looks like a correction",
                                source.refused_events),
                    fmt::format("run on the Redis server:\nACL SETUSER {} &__keyevent@*", source.user))};
  if (source.events->events == 0)
    return {Ok(fmt::format("taken; no event in {:.0f} s",
                           static_cast<double>(source.events->listened_ms) / kSecondMs))};
  return {Ok(fmt::format("taken; {} events a second",
                         Count(source.events->events * kSecondMs / source.events->listened_ms)))};
}

/// Seconds until Redis closes the connection of a subscriber that stopped reading; negative: never.
double SecondsUntilCut(const BufferLimit& limit, double bytes_per_second) {
  double seconds = -1;
  if (limit.hard_bytes > 0) seconds = static_cast<double>(limit.hard_bytes) / bytes_per_second;
  if (limit.soft_bytes > 0) {
    const double soft =
        static_cast<double>(limit.soft_bytes) / bytes_per_second + static_cast<double>(limit.soft_seconds);
    if (seconds < 0 || soft < seconds) seconds = soft;
  }
  return seconds;
}

Observations OutputBuffer(const Facts& facts, const Options& options) {
  constexpr double kShortestS = 10;
  const SourceFacts& source = facts.source;
  if (!options.processor.redis.subscribe) return {};
  if (!source.buffer_limit) return {Skipped("CONFIG is hidden from us")};
  const BufferLimit& limit = *source.buffer_limit;
  const std::string size = limit.hard_bytes > 0 ? FormatBytes(limit.hard_bytes) : "no limit";
  if (!source.events || source.events->events == 0)
    return {Ok(fmt::format("{} for a subscriber; no events to measure it by", size))};
  const double per_second = static_cast<double>(kSecondMs) / static_cast<double>(source.events->listened_ms);
  const double bytes_per_second = static_cast<double>(source.events->bytes) * per_second;
  const double cut_s = SecondsUntilCut(limit, bytes_per_second);
  if (cut_s < 0) return {Ok("no limit for a subscriber")};
  const std::string seen =
      fmt::format("{} for a subscriber: one that stalls is cut after {:.1f} s at {:.0f} events a second",
                  size, cut_s, static_cast<double>(source.events->events) * per_second);
  if (cut_s >= kShortestS) return {Ok(seen)};
  return {Warning(
      seen, "run on the Redis server:\nCONFIG SET client-output-buffer-limit \"pubsub 256mb 128mb 60\"")};
}

constexpr auto kSourceChecks = std::to_array<Check>({
    {Group::kRedis, "connection", Needs::kNothing, &Connection},
    {Group::kRedis, "encryption", Needs::kNothing, &Encryption},
    {Group::kRedis, "version", Needs::kRedis, &Version},
    {Group::kRedis, "role", Needs::kRedis, &Role},
    {Group::kRedis, "cluster", Needs::kRedis, &Cluster},
    {Group::kRedis, "permissions", Needs::kRedis, &Permissions},
    {Group::kRedis, "notifications", Needs::kRedis, &Notifications},
    {Group::kRedis, "subscription", Needs::kRedis, &Subscription},
    {Group::kRedis, "output buffer", Needs::kRedis, &OutputBuffer},
    {Group::kRedis, "eviction", Needs::kRedis, &Eviction},
});

}  // namespace

std::span<const Check> SourceChecks() {
  return kSourceChecks;
}

}  // namespace keymeter::check
