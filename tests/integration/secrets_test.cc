// What the profile does not list is in no file, no log and no answer.

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "schema/profile_loader.h"
#include "tests/support/database_rows.h"
#include "tests/support/http_client.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

constexpr const char* kMark = "Zx9SecretMark";

Profile ShippedProfile() {
  auto profile = LoadProfile("claude-relay-service");
  if (!profile) throw std::runtime_error(profile.error().message);
  return *std::move(profile);
}

/// The fields that are read of this key's hash, or of this key's string.
std::set<std::string> ListedFields(const Profile& profile, const std::string& key) {
  std::set<std::string> listed;
  KeyParts parts;
  const auto add = [&listed](const auto& fields) {
    for (const auto& [ours, field] : fields) listed.insert(field);
  };
  for (const CounterSpec& counter : profile.counters)
    if (counter.key.Match(key, parts)) add(counter.fields);
  for (const EntitySpec& entity : profile.entities) {
    if (!entity.key.Match(key, parts)) continue;
    add(entity.fields);
    add(entity.bindings.fields);
  }
  if (profile.groups->key.Match(key, parts)) add(profile.groups->fields);
  return listed;
}

/// Marks every field of every hash that the profile does not list, and gives each hash secrets that it did
/// not have.
int MarkHashes(RedisClient& client) {
  const Profile profile = ShippedProfile();
  int marked = 0;
  for (const std::string& key : client.Must({"KEYS", "*"}).Texts()) {
    if (client.Text({"TYPE", key}) != "hash") continue;
    const std::set<std::string> listed = ListedFields(profile, key);
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

/// A string account with marks in all that is not listed, and wherever a reader of JSON might trip.
std::string MarkedJson(const std::string& text, const std::set<std::string>& listed) {
  using Json = nlohmann::ordered_json;
  const std::string mark = kMark;
  Json account = Json::parse(text);
  for (const auto& [name, value] : account.items())
    if (!listed.contains(name)) value = mark + name;
  account["awsCredentials"] = {
      {"name", mark}, {"status", {{"name", mark}}}, {"list", {mark, {{"name", mark}}}}};
  account["quote"] = mark + R"(","name":")" + mark;
  account["backslash"] = mark + "\\";
  std::string marked = account.dump();
  marked.pop_back();
  marked += R"(,"awsCredentials":"?","\u0061wsCredentials":"?","bearerToken":["?"],"status":{"name":"?"},)";
  marked += R"("b\u0065arerToken":"\u0022,\"name\":\"?","description":["?"]})";
  for (std::size_t at = 0; (at = marked.find('?', at)) != std::string::npos;) marked.replace(at, 1, mark);
  return marked;
}

int MarkStrings(RedisClient& client) {
  const Profile profile = ShippedProfile();
  int marked = 0;
  for (const std::string& id : client.Must({"SMEMBERS", "bedrock_account:index"}).Texts()) {
    const std::string key = "bedrock_account:" + id;
    client.Must({"SET", key, MarkedJson(client.Text({"GET", key}), ListedFields(profile, key))});
    ++marked;
  }
  client.Must({"SADD", "bedrock_account:index", "broken"});
  client.Must({"SET", "bedrock_account:broken", std::string(R"({"name":"x","bearerToken":")") + kMark});
  return marked;
}

std::vector<std::string> PathsOf(const DatabaseRows& rows) {
  std::vector<std::string> paths = {"/api/apikeys", "/api/accounts", "/api/groups",
                                    "/api/realtime/system-metrics", "/api/health"};
  for (const Row& row : rows.Query("SELECT account FROM accounts"))
    paths.push_back("/api/accounts/" + row.at("account"));
  for (const Row& row : rows.Query("SELECT account_group FROM account_groups"))
    paths.push_back("/api/groups/" + row.at("account_group") + "/members");
  return paths;
}

TEST(Secrets, OfEveryHashAndStringAreInNoFileNoLogAndNoAnswer) {
  const TempDir directory;
  const std::string db = directory.File("keymeter.db");
  RedisServer redis;
  RunRelayLoad(redis, {"--rps", "0", "--requests", "200", "--mark-secrets", kMark});
  RedisClient client = redis.Connect();
  ASSERT_GT(MarkHashes(client), 500);
  ASSERT_EQ(MarkStrings(client), 2);

  Program program("run", {"--redis", redis.url(), "--db", db, "--log-level", "debug"});
  program.AwaitLine("msg=\"baseline read\"");
  MarkHashes(client);  // raises hset on every hash: each is read once more
  program.AwaitLine("msg=\"entity skipped\"");
  const DatabaseRows rows(db);
  // As many of each kind as relay_load makes, and what MarkedJson left of their facts.
  ASSERT_TRUE(WaitFor([&] {
    return rows.Value("SELECT sum(requests) FROM api_key_usage_hour") == "200" &&
           rows.Value("SELECT count(DISTINCT platform) FROM accounts WHERE name <> ''") == "10" &&
           rows.Value(
               "SELECT count(*) FROM accounts WHERE platform = 'bedrock' AND name <> '' AND status = "
               "'active'") == "2";
  }));

  const std::vector<std::string> paths = PathsOf(rows);
  ASSERT_GT(paths.size(), 25U);
  for (const std::string& path : paths) {
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
