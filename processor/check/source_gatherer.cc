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

constexpr std::size_t kLongestValue = 255;  ///< bytes, a host's longest name; a server may say anything

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
    const std::string_view value = line.substr(colon + 1, kLongestValue);
    if (name == "redis_version") facts.version = value;
    if (name == "redis_build_id") facts.is_redis_itself = true;
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

/// Whether our user has all commands, by the answer to ACL GETUSER: pairs of a name and its rules.
bool MayRunAll(const RedisReply& user) {
  for (std::size_t i = 0; i + 1 < user.elements.size(); i += 2)
    if (user.elements[i].text == "commands") return user.elements[i + 1].text == "+@all";
  return false;
}

/// Whether a start could add the flags that are missing. Nothing is set to find out: what we set back might
/// be what somebody else has just changed. So rules answer: a dry run (Redis 7), our user's rules (Redis 6),
/// and before those existed whoever may read the configuration may also set it.
///
/// They are not all: servers that only speak Redis' protocol allow the command and refuse these flags. So a
/// yes is of Redis' own code only.
Answer MaySetFlags(const RedisReply& dry_run, const RedisReply& user, const SourceFacts& facts) {
  const bool is_dry_run_known = dry_run.kind == RedisReply::Kind::kText;
  if (is_dry_run_known && dry_run.text != "OK") return Answer::kNo;
  if (!facts.is_redis_itself || !facts.notify_flags) return Answer::kUnknown;
  if (is_dry_run_known || MayRunAll(user) || NumberOf(facts.version) < 6) return Answer::kYes;
  return Answer::kUnknown;
}

Status AskConfig(RedisDialogue& redis, SourceFacts& facts) {
  Questions questions;
  questions.Add({"CONFIG", "GET", "notify-keyspace-events"});
  questions.Add({"CONFIG", "GET", "client-output-buffer-limit"});
  questions.Add({"ACL", "DRYRUN", facts.user, "CONFIG", "SET", "notify-keyspace-events",
                 processor::kWantedNotifyFlags});
  questions.Add({"ACL", "GETUSER", facts.user});
  ASSIGN_OR_RETURN(const auto replies, redis.AskAll(questions));
  facts.notify_flags = ConfigValue(replies[0]);
  if (const auto limits = ConfigValue(replies[1])) facts.buffer_limit = processor::PubSubLimit(*limits);
  facts.may_set_flags = MaySetFlags(replies[2], replies[3], facts);
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
