#include "benchmarks/relay_load/life_commands.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/benchmarks/relay_load/resp_text.h"

namespace keymeter::relay_load {
namespace {

constexpr std::int64_t kNow = 1'796'006'464'542;

Snapshot OneKeysUsage() {
  Snapshot found;
  found.hashes["apikey:K1"] = {{"id", "K1"}, {"apiKey", "hash"}, {"isActive", "true"}};
  found.hashes["usage:K1"] = {{"totalRequests", "3"}, {"totalInputTokens", "30"}};
  found.hashes["usage:daily:K1:2026-11-30"] = {{"requests", "3"}};
  found.hashes["usage:hourly:K1:2026-11-30:10"] = {{"requests", "3"}};
  found.hashes["usage:model:daily:m:2026-11-30"] = {{"requests", "3"}};
  found.hashes["usage:model:hourly:m:2026-11-30:10"] = {{"requests", "3"}};
  found.hashes["usage:model:monthly:m:2026-11"] = {{"requests", "3"}};
  found.hashes["usage:K1:model:daily:a/b:free:2026-11-30"] = {{"requests", "3"}};
  found.hashes["usage:K1:model:hourly:a/b:free:2026-11-30:10"] = {{"requests", "3"}};
  found.hashes["usage:K1:model:monthly:a/b:free:2026-10"] = {{"requests", "2"}, {"inputTokens", "20"}};
  found.hashes["usage:K1:model:monthly:a/b:free:2026-11"] = {{"requests", "3"}, {"inputTokens", "30"}};
  found.hashes["account_usage:model:hourly:A:m:2026-11-30:10"] = {{"requests", "3"}};
  found.strings["usage:cost:daily:K1:2026-11-30"] = "0.5";
  return found;
}

TEST(LifeCommands, TheMigrationMakesIndexSetsOfKeysWithANewTimeToLiveAndNoneOfAccounts) {
  RespWriter writer(Counting::kIncrement);
  AppendIndexMigration(writer, OneKeysUsage(), kNow);
  EXPECT_EQ(TextOf(writer),
            "sadd usage:daily:index:2026-11-30 K1\n"
            "expire usage:daily:index:2026-11-30 2764800\n"
            "sadd usage:hourly:index:2026-11-30:10 K1\n"
            "expire usage:hourly:index:2026-11-30:10 604800\n"
            "sadd usage:model:daily:index:2026-11-30 m\n"
            "expire usage:model:daily:index:2026-11-30 2764800\n"
            "sadd usage:model:hourly:index:2026-11-30:10 m\n"
            "expire usage:model:hourly:index:2026-11-30:10 604800\n"
            "sadd usage:keymodel:daily:index:2026-11-30 K1:a/b:free\n"
            "expire usage:keymodel:daily:index:2026-11-30 2764800\n"
            "sadd usage:keymodel:hourly:index:2026-11-30:10 K1:a/b:free\n"
            "expire usage:keymodel:hourly:index:2026-11-30:10 604800\n"
            "set system:migration:usage_index_v2 1796006464542\n");
}

TEST(LifeCommands, TheMigrationTakesItsOwnSetsForCounters) {
  Snapshot found;
  found.others = {"usage:daily:index:2026-11-30", "usage:keymodel:daily:index:2026-11-30"};
  RespWriter writer(Counting::kIncrement);
  AppendIndexMigration(writer, found, kNow);
  EXPECT_TRUE(TextOf(writer).starts_with("sadd usage:daily:index:2026-11-30 index\n")) << TextOf(writer);
  EXPECT_EQ(TextOf(writer).find("keymodel:daily:index:2026-11-30 "), std::string::npos);
}

TEST(LifeCommands, AStartSumsMonthsIntoAllTimeAndIsDoneOnce) {
  RespWriter writer(Counting::kIncrement);
  AppendStart(writer, OneKeysUsage(), Age(), kNow);
  const std::string text = TextOf(writer);
  EXPECT_TRUE(text.starts_with("hset usage:global:total requests 3 inputTokens 30 outputTokens 0 ")) << text;
  EXPECT_NE(
      text.find("hset usage:K1:model:alltime:a/b:free inputTokens 50 outputTokens 0 cacheCreateTokens 0 "
                "cacheReadTokens 0 requests 5\n"),
      std::string::npos)
      << text;

  Snapshot migrated = OneKeysUsage();
  for (const char* mark : {"system:migration:usage_index_v2", "system:migration:alltime_model_stats_v1"})
    migrated.strings[mark] = "1";
  migrated.hashes["usage:global:total"] = {{"requests", "3"}};
  writer.Clear();
  AppendStart(writer, migrated, Age(), kNow);
  EXPECT_EQ(TextOf(writer), "set system:migrated:version 1.1.314\nsadd usage:model:monthly:months 2026-11\n");
}

TEST(LifeCommands, OlderReleasesMigrateNothing) {
  RespWriter writer(Counting::kIncrement);
  AppendStart(writer, OneKeysUsage(), Age::Parse("1.1.262").value(), kNow);
  EXPECT_EQ(writer.Commands(), 0U);
}

TEST(LifeCommands, AResetDeletesEachUsageKeyOnceAndNoneOfAccounts) {
  RespWriter writer(Counting::kIncrement);
  const Snapshot found = OneKeysUsage();
  AppendUsageReset(writer, found);
  std::set<std::string> deleted;
  for (const testing::RedisCommand& command : CommandsIn(writer.Bytes())) {
    if (command[0] != "del") continue;
    EXPECT_TRUE(deleted.insert(command[1]).second) << command[1];
  }
  const std::vector<std::string> usage = found.Names("usage:");
  EXPECT_EQ(deleted, std::set<std::string>(usage.begin(), usage.end()));
  EXPECT_NE(TextOf(writer).find("hset apikey:K1 lastUsedAt \n"), std::string::npos);
}

TEST(LifeCommands, APurgeLeavesTheCountersByModel) {
  RespWriter writer(Counting::kIncrement);
  AppendKeyPurged(writer, OneKeysUsage(), "K1");
  EXPECT_EQ(TextOf(writer),
            "del usage:daily:K1:2026-11-30\n"
            "del usage:hourly:K1:2026-11-30:10\n"
            "del usage:cost:daily:K1:2026-11-30\n"
            "hdel apikey:hash_map hash\n"
            "del apikey:K1\n");
}

TEST(LifeCommands, DeletingAndRestoringKeepTheKeysHash) {
  RespWriter writer(Counting::kIncrement);
  AppendKeyDeleted(writer, OneKeysUsage(), "K1", kNow);
  EXPECT_TRUE(TextOf(writer).starts_with("hset apikey:K1 id K1 apiKey hash isActive false isDeleted true "))
      << TextOf(writer);
  Snapshot deleted;
  deleted.hashes["apikey:K1"] = {{"apiKey", "hash"}, {"isActive", "false"}, {"isDeleted", "true"}};
  writer.Clear();
  AppendKeyRestored(writer, deleted, "K1", kNow);
  EXPECT_TRUE(TextOf(writer).starts_with("hset apikey:K1 apiKey hash isActive true restoredAt "))
      << TextOf(writer);
  EXPECT_NE(TextOf(writer).find("hdel apikey:K1 isDeleted deletedAt deletedBy deletedByType\n"),
            std::string::npos);
}

TEST(LifeCommands, AnAccountLeavesAGroupBeforeItEntersAnother) {
  RespWriter writer(Counting::kIncrement);
  AppendGroupMove(writer, "A", "g1", "g2", "claude");
  EXPECT_EQ(TextOf(writer),
            "srem account_group_members:g1 A\nsrem account_groups_reverse:claude:A g1\n"
            "sadd account_group_members:g2 A\nsadd account_groups_reverse:claude:A g2\n");
}

TEST(LifeCommands, AnAccountOfAnotherKindIsAnotherKey) {
  Snapshot found;
  found.hashes["ccr_account:A"] = {{"name", "n"}, {"platform", "ccr"}};
  RespWriter writer(Counting::kIncrement);
  AppendKindMove(writer, found, "A", "ccr_account", "claude:account");
  EXPECT_EQ(TextOf(writer),
            "srem ccr_account:index A\ndel ccr_account:A\nhset claude:account:A name n\n"
            "sadd claude:account:index A\ndel claude:account:index:empty\n");
}

}  // namespace
}  // namespace keymeter::relay_load
