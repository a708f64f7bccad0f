#include "processor/check/source_gatherer.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "processor/check/command_trials.h"
#include "processor/redis/notify_flags.h"
#include "processor/redis/redis_errors.h"

namespace keymeter::check {

namespace {

using processor::Options;

constexpr std::size_t kLongestVersion = 64;  ///< bytes; a server may say anything

std::int64_t NumberOf(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// The parts of the text between separators.
std::vector<std::string_view> Split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> words;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end + separator.size();
  }
  return words;
}

/// Parses a line of INFO: "db3:keys=12,expires=0,avg_ttl=0".
void TakeKeyspace(std::string_view name, std::string_view value, SourceFacts& facts) {
  if (!name.starts_with("db") || !value.starts_with("keys=")) return;
  facts.keys_by_database[static_cast<int>(NumberOf(name.substr(2)))] = NumberOf(value.substr(5));
}

void TakeInfo(std::string_view info, SourceFacts& facts) {
  facts.is_info_known = true;
  std::string host;
  std::string port;
  for (const std::string_view line : Split(info, "\r\n")) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = line.substr(colon + 1);
    if (name == "redis_version") facts.version = value.substr(0, kLongestVersion);
    if (name == "role") facts.is_replica = value == "slave";
    if (name == "master_host") host = value;
    if (name == "master_port") port = value;
    if (name == "master_link_status") facts.is_master_link_up = value == "up";
    if (name == "master_last_io_seconds_ago") facts.master_silence_s = NumberOf(value);
    if (name == "cluster_enabled") facts.is_cluster = value == "1";
    if (name == "maxmemory_policy") facts.eviction_policy = value;
    if (name == "maxmemory") facts.most_memory_bytes = NumberOf(value);
    if (name == "evicted_keys") facts.evicted_keys = NumberOf(value);
    TakeKeyspace(name, value, facts);
  }
  facts.master = fmt::format("{}:{}", host, port);
}

/// Compares Redis' clock with ours at the middle of the round trip.
Status CompareClocks(RedisDialogue& redis, const Clock& clock, SourceFacts& facts) {
  const std::int64_t asked_ms = clock.WallMs();
  ASSIGN_OR_RETURN(const auto time, redis.Ask({"TIME"}));
  const std::int64_t middle_ms = (asked_ms + clock.WallMs()) / 2;
  if (time.elements.size() != 2) return {};
  const std::int64_t theirs_ms =
      NumberOf(time.elements[0].text) * 1000 + NumberOf(time.elements[1].text) / 1000;
  facts.clock_ahead_ms = theirs_ms - middle_ms;
  return {};
}

std::optional<std::string> ConfigValue(const RedisReply& reply) {
  if (reply.elements.size() != 2) return std::nullopt;
  return reply.elements[1].text;
}

/// Whether the rules allow us to change the flags: Redis 7 has a dry run; before ACLs existed (Redis 6), a
/// client that may read the configuration may also set it.
Answer RulesLetSetFlags(const RedisReply& dry_run, const SourceFacts& facts) {
  if (dry_run.kind == RedisReply::Kind::kText) return dry_run.text == "OK" ? Answer::kYes : Answer::kNo;
  const bool has_acl = !facts.version.empty() && NumberOf(facts.version) >= 6;
  return facts.notify_flags && !has_acl && !facts.version.empty() ? Answer::kYes : Answer::kUnknown;
}

/// Whether the server takes the flags that are missing. Rules are not all: some servers that speak Redis'
/// protocol know the command and refuse these flags. So they are set, and set back in the same transaction:
/// nobody sees them in between. `by_rules`: what is known without the trial, where there can be none.
Result<Answer> TrySettingFlags(RedisDialogue& redis, const std::string& present, Answer by_rules) {
  Questions trial;
  trial.Add({"MULTI"});
  trial.Add({"CONFIG", "SET", "notify-keyspace-events", processor::WithNotifyFlags(present)});
  trial.Add({"CONFIG", "SET", "notify-keyspace-events", present});
  trial.Add({"EXEC"});
  ASSIGN_OR_RETURN(const auto replies, redis.AskAll(trial));
  const RedisReply& done = replies.back();
  if (done.kind == RedisReply::Kind::kArray && !done.elements.empty())
    return done.elements.front().IsError() ? Answer::kNo : Answer::kYes;
  // No transaction for us: the rules are all that there is. Else the server took everything but this.
  return replies.front().IsError() ? by_rules : Answer::kUnknown;
}

Status AskConfig(RedisDialogue& redis, SourceFacts& facts) {
  Questions questions;
  questions.Add({"CONFIG", "GET", "notify-keyspace-events"});
  questions.Add({"CONFIG", "GET", "client-output-buffer-limit"});
  questions.Add({"ACL", "DRYRUN", facts.user, "CONFIG", "SET", "notify-keyspace-events",
                 processor::kWantedNotifyFlags});
  ASSIGN_OR_RETURN(const auto replies, redis.AskAll(questions));
  facts.notify_flags = ConfigValue(replies[0]);
  if (const auto limits = ConfigValue(replies[1])) facts.buffer_limit = processor::PubSubLimit(*limits);
  facts.may_set_flags = RulesLetSetFlags(replies[2], facts);
  if (!facts.notify_flags || facts.may_set_flags == Answer::kNo) return {};
  if (processor::WithNotifyFlags(*facts.notify_flags) == *facts.notify_flags) return {};
  ASSIGN_OR_RETURN(facts.may_set_flags, TrySettingFlags(redis, *facts.notify_flags, facts.may_set_flags));
  return {};
}

/// Measures the time of a reply, network included.
Status MeasureAnswer(RedisDialogue& redis, SourceFacts& facts) {
  const auto begin = std::chrono::steady_clock::now();
  RETURN_IF_ERROR(redis.Ask({"PING"}));
  facts.answer_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  return {};
}

}  // namespace

Status GatherSource(RedisDialogue& redis, const Clock& clock, const Options& options, SourceFacts& facts) {
  if (!options.processor.redis.url.user.empty()) facts.user = options.processor.redis.url.user;
  RETURN_IF_ERROR(MeasureAnswer(redis, facts));
  RETURN_IF_ERROR(CompareClocks(redis, clock, facts));
  ASSIGN_OR_RETURN(const auto info, redis.Ask({"INFO"}));
  if (info.kind == RedisReply::Kind::kText) TakeInfo(info.text, facts);
  RETURN_IF_ERROR(AskConfig(redis, facts));
  return TryCommands(redis, options, clock.WallMs(), facts);
}

}  // namespace keymeter::check
