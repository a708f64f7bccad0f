#include "benchmarks/relay_load/relay_import.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/benchmarks/relay_load/resp_text.h"

namespace keymeter::relay_load {
namespace {

Snapshot Exported() {
  Snapshot exported;
  exported.hashes["apikey:K1"] = {{"id", "K1"}, {"apiKey", "hash"}};
  exported.hashes["usage:K1"] = {{"totalRequests", "3"}};
  exported.hashes["usage:daily:K1:2026-11-30"] = {{"requests", "3"}};
  exported.hashes["usage:hourly:K1:2026-11-30:10"] = {{"requests", "3"}};
  exported.hashes["usage:K1:model:daily:m:2026-11-30"] = {{"requests", "3"}, {"inputTokens", "9"}};
  exported.hashes["usage:K1:model:monthly:m:2026-11"] = {{"requests", "3"}};
  exported.hashes["usage:K1:model:hourly:m:2026-11-30:10"] = {{"requests", "3"}};
  exported.hashes["account_usage:model:daily:A:m:2026-11-30"] = {{"requests", "3"}};
  exported.hashes["claude:account:A"] = {{"name", "n"}};
  exported.strings["usage:cost:daily:K1:2026-11-30"] = "0.5";
  exported.others = {"usage:keymodel:daily:index:2026-11-30"};
  return exported;
}

TEST(RelayImport, TheEnhancedOneSetsFieldByFieldWithoutHoursByModelIndexSetsOrTimesToLive) {
  RespWriter writer(Counting::kIncrement);
  AppendEnhancedImport(writer, Exported(), {"K1"});
  EXPECT_EQ(TextOf(writer),
            "hset apikey:K1 id K1\n"
            "hset apikey:K1 apiKey hash\n"
            "hset apikey:hash_map hash K1\n"
            "hset usage:K1 totalRequests 3\n"
            "hset usage:daily:K1:2026-11-30 requests 3\n"
            "set usage:cost:daily:K1:2026-11-30 0.5\n"
            "hset usage:hourly:K1:2026-11-30:10 requests 3\n"
            "hset usage:K1:model:daily:m:2026-11-30 requests 3\n"
            "hset usage:K1:model:daily:m:2026-11-30 inputTokens 9\n"
            "hset usage:K1:model:monthly:m:2026-11 requests 3\n"
            "hset claude:account:A name n\n");
}

TEST(RelayImport, ThePlainOneBringsNoUsageAndClaudeAccountsToTheWrongPlace) {
  RespWriter writer(Counting::kIncrement);
  AppendPlainImport(writer, Exported(), {"K1", "K2"});
  EXPECT_EQ(TextOf(writer),
            "hset apikey:K1 id K1\n"
            "hset apikey:K1 apiKey hash\n"
            "hset apikey:hash_map hash K1\n"
            "hset claude_account:A name n\n");
}

}  // namespace
}  // namespace keymeter::relay_load
