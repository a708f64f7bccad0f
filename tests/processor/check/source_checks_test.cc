#include "tests/processor/check/facts_fixture.h"

namespace keymeter::check {
namespace {

class SourceCheck : public WellFacts {};

TEST_F(SourceCheck, AWellRedisIsFoundWell) {
  EXPECT_EQ(ExitCode(Examine(facts_, options_)), 0);
  Expect("connection", Severity::kOk, "redis://127.0.0.1:6379/0 answers in 0.2 ms");
}

TEST_F(SourceCheck, AnUnreachableRedisIsAFaultAndWhatNeedsItIsSkippedWithTheReason) {
  facts_.source.unreachable = Error{.code = ErrorCode::kUnavailable,
                                    .message = "connect to 127.0.0.1:6379: Connection refused",
                                    .reason = ErrorReason::kCannotConnect,
                                    .remedy = "is Redis running there?"};
  Expect("connection", Severity::kFault, "connect to 127.0.0.1:6379: Connection refused",
         "is Redis running there?");
  for (const char* check : {"version", "role", "permissions", "notifications", "subscription",
                            "output buffer", "profile", "UTC offset", "counters"}) {
    EXPECT_EQ(Worst(check).severity, Severity::kSkipped) << check;
    EXPECT_EQ(Worst(check).seen, "Redis was not reached") << check;
  }
}

TEST_F(SourceCheck, ARedisThatIsLoadingIsWorthAWarningOnly) {
  facts_.source.unreachable = Error{.code = ErrorCode::kUnavailable,
                                    .message = "Redis is loading its data set",
                                    .reason = ErrorReason::kLoading};
  Expect("connection", Severity::kWarning, "loading", "wait until it has");
}

TEST_F(SourceCheck, AConnectionThatEndsOnTheWaySaysSo) {
  facts_.source.broken_off = Error{
      .code = ErrorCode::kUnavailable, .message = "no answer in 5.0 s", .reason = ErrorReason::kTimedOut};
  Expect("connection", Severity::kWarning, "ended before everything was looked at: no answer in 5.0 s",
         "check host and port");
}

TEST_F(SourceCheck, UncheckedTlsIsAWarning) {
  options_.processor.redis.url.transport = processor::RedisUrl::Transport::kTls;
  options_.processor.redis.tls.verify = false;
  Expect("encryption", Severity::kWarning, "not looked at", "leave out --redis-tls-no-verify");
  options_.processor.redis.tls.verify = true;
  Expect("encryption", Severity::kOk, "verified by the system's store");
}

TEST_F(SourceCheck, PlainTextAcrossANetworkIsANote) {
  options_.processor.redis.url.host = "10.0.0.5";
  Expect("encryption", Severity::kNote, "in the clear", "rediss://");
}

TEST_F(SourceCheck, AnOldVersionIsNamed) {
  facts_.source.version = "3.2.12";
  Expect("version", Severity::kWarning, "Redis 3.2.12", "upgrade");
  facts_.source.version = "2.6.0";
  Expect("version", Severity::kFault, "announces no keyspace events", "--poll");
  facts_.source.version = "6.2.7";
  Expect("version", Severity::kOk, "Redis 6.2.7");
}

TEST_F(SourceCheck, HiddenInfoIsANoteWithItsRule) {
  facts_.source.is_info_known = false;
  Expect("version", Severity::kNote, "hidden", "+info");
  EXPECT_EQ(Worst("role").severity, Severity::kSkipped);
}

TEST_F(SourceCheck, AReplicaIsANoteUntilItLosesItsMaster) {
  facts_.source.is_replica = true;
  facts_.source.master = "10.0.0.1:6379";
  facts_.source.master_silence_s = 3;
  Expect("role", Severity::kNote, "a replica of 10.0.0.1:6379, which was heard 3 s ago");
  facts_.source.is_master_link_up = false;
  Expect("role", Severity::kWarning, "lost its master 10.0.0.1:6379", "name the master in --redis");
}

TEST_F(SourceCheck, AClusterIsAWarning) {
  facts_.source.is_cluster = true;
  Expect("cluster", Severity::kWarning, "each node announces", "for each master node");
}

TEST_F(SourceCheck, ARefusedCommandIsNamedOnceWithItsRule) {
  facts_.source.user = "meter";
  facts_.source.refusals = {{"HMGET", "", "usage cannot be read", true, false},
                            {"HMGET", "", "names stay unknown", false, false}};
  Expect("permissions", Severity::kFault, "HMGET is refused: usage cannot be read",
         "ACL SETUSER meter +hmget");
  EXPECT_EQ(Of("permissions").size(), 1U);
}

TEST_F(SourceCheck, ACommandThatWasRenamedAwayIsNamed) {
  facts_.source.refusals = {{"PTTL", "", "the offset comes later", false, true}};
  Expect("permissions", Severity::kWarning, "PTTL is not known there", "rename-command");
}

TEST_F(SourceCheck, RefusedKeysAreNamedInOneLineWithTheirRules) {
  facts_.source.refusals = {{"HMGET", "usage:*", "usage cannot be read", true, false},
                            {"HMGET", "account_usage:*", "usage cannot be read", true, false},
                            {"SSCAN", "usage:*", "usage cannot be read", true, false}};
  Expect("permissions", Severity::kFault, "keys are refused (account_usage:* usage:*)",
         "ACL SETUSER default %R~account_usage:* %R~usage:*");
  facts_.source.version = "6.2.7";
  Expect("permissions", Severity::kFault, "keys are refused", "default ~account_usage:* ~usage:*");
}

TEST_F(SourceCheck, MissingFlagsAreAFaultWhereWeMayNotAddThem) {
  facts_.source.notify_flags = "Kl";
  Expect("notifications", Severity::kNote, "keymeter adds what is missing");
  facts_.source.may_set_flags = Answer::kUnknown;
  Expect("notifications", Severity::kWarning, "is unknown", "CONFIG SET notify-keyspace-events KlEghxe");
  facts_.source.may_set_flags = Answer::kNo;
  Expect("notifications", Severity::kFault, "we may not change it", "use --poll 30s, or run");
  Expect("notifications", Severity::kFault, "not announced: deletions and renames, expiries, evictions");
  options_.processor.redis.subscribe = false;
  Expect("notifications", Severity::kOk, "--poll");
}

TEST_F(SourceCheck, EvictionsThatAreNotAnnouncedAreAWarning) {
  facts_.source.notify_flags = "Eghx";
  facts_.source.may_set_flags = Answer::kNo;
  Expect("notifications", Severity::kWarning, "evictions are not announced",
         "CONFIG SET notify-keyspace-events Eghxe");
}

TEST_F(SourceCheck, ChannelsOfEndsThatAreRefusedAreAWarning) {
  facts_.source.refused_events = "evicted restore";
  Expect("subscription", Severity::kWarning, "the channels of: evicted restore",
         "ACL SETUSER default &__keyevent@*");
}

TEST_F(SourceCheck, APolicyThatMayEvictCountersIsAWarning) {
  Expect("eviction", Severity::kOk, "maxmemory-policy noeviction");
  for (const char* policy : {"allkeys-lru", "volatile-ttl"}) {
    facts_.source.eviction_policy = policy;
    facts_.source.most_memory_bytes = 0;
    Expect("eviction", Severity::kOk, "nothing is evicted");
    facts_.source.most_memory_bytes = 1 << 20;
    Expect("eviction", Severity::kWarning, policy, "CONFIG SET maxmemory-policy noeviction");
  }
  facts_.source.evicted_keys = 12;
  Expect("eviction", Severity::kWarning, "12 keys were evicted");
}

TEST_F(SourceCheck, HiddenFlagsAreAWarningWithTheOperatorsLineUnlessEventsCome) {
  facts_.source.notify_flags.reset();
  facts_.source.buffer_limit.reset();
  Expect("notifications", Severity::kOk, "CONFIG is hidden from us; but events come");
  facts_.source.events->events = 0;
  Expect("notifications", Severity::kWarning, "CONFIG is hidden", "CONFIG SET notify-keyspace-events Eghxe");
  EXPECT_EQ(Worst("output buffer").severity, Severity::kSkipped);
}

TEST_F(SourceCheck, ARefusedSubscriptionIsAFaultWithOurUsersRule) {
  facts_.source.user = "meter";
  facts_.source.events.reset();
  facts_.source.subscribe_error =
      Error{.code = ErrorCode::kRefused,
            .message = "our Redis user lacks a right (NOPERM channel)",
            .reason = ErrorReason::kForbidden,
            .remedy = "run on the Redis server: ACL SETUSER <our user> &__keyevent@*"};
  Expect("subscription", Severity::kFault, "lacks a right",
         "run on the Redis server:\nACL SETUSER meter &__keyevent@*");
}

TEST_F(SourceCheck, ABufferThatFillsWithinSecondsIsAWarning) {
  facts_.source.events = EventSample{2000, 200'000, 20'000'000};  // 10 MB a second
  Expect("output buffer", Severity::kWarning, "cut after 3.4 s at 100000 events a second",
         "CONFIG SET client-output-buffer-limit");
  facts_.source.buffer_limit = BufferLimit{0, 0, 0};
  Expect("output buffer", Severity::kOk, "no limit");
  facts_.source.buffer_limit = BufferLimit{0, 1 << 20, 2};
  Expect("output buffer", Severity::kWarning, "cut after 2.1 s", "CONFIG SET");
}

}  // namespace
}  // namespace keymeter::check
