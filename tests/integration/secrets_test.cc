// What the profile does not list is in no file, no log and no answer.

#include <set>

#include <gtest/gtest.h>

#include "schema/profile.h"
#include "tests/integration/program.h"
#include "tests/support/database_rows.h"
#include "tests/support/http_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

constexpr const char* kMark = "Zx9SecretMark";

std::set<std::string> ListedFields() {
  std::set<std::string> fields;
  const auto profile = LoadProfile("auto");
  if (!profile) throw std::runtime_error(profile.error().message);
  for (const CounterSpec& counter : profile->counters)
    for (const auto& [metric, field] : counter.fields) fields.insert(field);
  for (const EntitySpec& entity : profile->entities) {
    for (const auto& [attribute, field] : entity.fields) fields.insert(field);
    fields.insert(entity.group_fields.begin(), entity.group_fields.end());
  }
  for (const auto& [attribute, field] : profile->groups->fields) fields.insert(field);
  return fields;
}

/// Marks every field of every hash that no profile lists, and gives each hash secrets that it did not have.
int MarkSecrets(RedisClient& client) {
  const std::set<std::string> listed = ListedFields();
  int marked = 0;
  for (const std::string& key : client.Must({"KEYS", "*"}).Texts()) {
    if (client.Text({"TYPE", key}) != "hash") continue;
    std::vector<std::string> fields = client.Must({"HKEYS", key}).Texts();
    for (const char* secret : {"apiKey", "accessToken", "refreshToken", "password", "proxy", "clientSecret"})
      fields.emplace_back(secret);
    for (const std::string& field : fields) {
      if (listed.contains(field)) continue;
      client.Must({"HSET", key, field, kMark + field});
      ++marked;
    }
  }
  return marked;
}

TEST(Secrets, OfEveryHashAreInNoFileNoLogAndNoAnswer) {
  const TempDir directory;
  const std::string db = directory.File("keymeter.db");
  RedisServer redis;
  RunRelayLoad(redis, {"--rps", "0", "--requests", "200", "--mark-secrets", kMark});
  RedisClient client = redis.Connect();
  ASSERT_GT(MarkSecrets(client), 500);

  Program program("run", {"--redis", redis.url(), "--db", db, "--log-level", "debug"});
  program.AwaitLine("msg=\"baseline read\"");
  MarkSecrets(client);  // raises hset on every hash: each is read once more
  ASSERT_TRUE(WaitFor([&] {
    return DatabaseRows(db).Value("SELECT sum(requests) FROM api_key_usage_hour") == "200" &&
           DatabaseRows(db).Value("SELECT count(*) > 0 FROM accounts WHERE name != ''") == "1";
  }));

  for (const char* path : {"/api/apikeys", "/api/accounts", "/api/realtime/system-metrics", "/api/health"}) {
    const HttpResponse response = HttpGet(program.Api(path));
    EXPECT_EQ(response.status, 200) << path << response.body;
    EXPECT_EQ(response.body.find(kMark), std::string::npos) << path;
  }
  EXPECT_EQ(HttpGet(program.Probe("/metrics")).body.find(kMark), std::string::npos);
  for (const char* suffix : {"", "-wal", "-shm"})
    EXPECT_EQ(ReadFile(db + suffix).find(kMark), std::string::npos) << suffix;
  EXPECT_EQ(program.process().StandardError().find(kMark), std::string::npos);
}

TEST(Secrets, ThePasswordOfRedisIsInNoLogAndNoAnswer) {
  const TempDir directory;
  const std::string db = directory.File("keymeter.db");
  RedisServer redis({.password = kMark, .arguments = {}});
  Program program("run", {"--redis", redis.url(), "--db", db, "--log-level", "debug"});
  program.AwaitLine("msg=\"baseline read\"");
  EXPECT_EQ(program.process().StandardError().find(kMark), std::string::npos);
  EXPECT_EQ(ReadFile(db).find(kMark), std::string::npos);
  EXPECT_EQ(ReadFile(db + "-wal").find(kMark), std::string::npos);
}

}  // namespace
}  // namespace keymeter::testing
