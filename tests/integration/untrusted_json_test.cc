// JSON nested so deep that copying it overflows a small stack: from the relay's hashes, from a file that an
// earlier version wrote, and from clients. The program answers, and does so again after a restart.

#include <filesystem>

#include <gtest/gtest.h>

#include "query-api/access/base64url.h"
#include "schema/sqlite.h"
#include "tests/support/database_rows.h"
#include "tests/support/http_client.h"
#include "tests/support/program.h"
#include "tests/support/redis_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"
#include "tests/support/web_socket_client.h"

namespace keymeter::testing {
namespace {

/// So many arrays inside each other.
std::string Nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

class UntrustedJson : public ::testing::Test {
 protected:
  void PutKey(const std::string& id, const std::string& tags) {
    redis_.Connect().Must({"HSET", "apikey:" + id, "name", "key " + id, "isActive", "true", "tags", tags});
  }
  /// Waits until the program lists so many keys; their tags by id.
  static std::map<std::string, nlohmann::json> TagsOf(const Program& program, std::size_t keys) {
    HttpResponse list;
    EXPECT_TRUE(WaitFor([&] {
      list = HttpGet(program.Api("/api/apikeys"));
      return list.status == 200 && list.Json().size() == keys;
    })) << list.status
        << list.error << list.body;
    std::map<std::string, nlohmann::json> tags;
    for (const auto& key : list.Json()) tags[key.at("keyId")] = key.at("tags");
    return tags;
  }
  /// Everything that reads tags answers.
  static void ExpectAnswers(const Program& program) {
    for (const char* path : {"/api/apikeys", "/api/apikeys/deep", "/api/apikeys?tag=prod",
                             "/api/apikeys?search=key", "/api/export/report?type=apikeys"})
      EXPECT_EQ(HttpGet(program.Api(path)).status, 200) << path;
    const auto tagged = HttpGet(program.Api("/api/apikeys?tag=prod")).Json();
    ASSERT_EQ(tagged.size(), 1U);
    EXPECT_EQ(tagged[0].at("keyId"), "plain");
  }
  [[nodiscard]] static int PortOf(const Program& program) {
    const std::string api = program.Api("");
    return std::stoi(api.substr(api.rfind(':') + 1));
  }

  TempDir directory_;
  const std::string db_ = directory_.File("keymeter.db");
  RedisServer redis_;
};

TEST_F(UntrustedJson, InTheTagsOfAKeyIsLeftOut) {
  PutKey("deep", Nested(410));
  PutKey("deeper", Nested(100'000));
  PutKey("open", std::string(4000, '['));
  PutKey("plain", R"(["prod","[[{"])");
  redis_.Connect().Must({"HSET", "apikey:only", "tags", Nested(410)});
  const auto models = nlohmann::json(std::vector<std::string>(65, "model")).dump();
  redis_.Connect().Must({"HSET", "apikey:plain", "restrictedModels", models});
  for (const char* start : {"first", "second"}) {
    SCOPED_TRACE(start);
    Program program("run", {"--redis", redis_.url(), "--db", db_, "--flush-interval", "200ms", "--profile",
                            "claude-relay-service", "--utc-offset", "+08:00"});
    program.AwaitLine("field=tags");
    program.AwaitLine("field=restricted_models");
    const auto tags = TagsOf(program, 5);
    for (const char* id : {"deep", "deeper", "open", "only"})
      EXPECT_EQ(tags.at(id), nlohmann::json::array()) << id;
    EXPECT_EQ(tags.at("plain"), nlohmann::json::array({"prod", "[[{"}));
    ExpectAnswers(program);
    PutKey("plain", R"(["prod","[[{"])");  // a change while it runs
    PutKey("deep", Nested(409));
    EXPECT_EQ(HttpGet(program.Probe("/livez")).status, 200);
  }
  EXPECT_EQ(
      DatabaseRows(db_).Value("SELECT group_concat(DISTINCT tags) FROM api_keys WHERE api_key <> 'plain'"),
      "[]");
}

TEST_F(UntrustedJson, InAFileOfAnEarlierVersionIsHarmless) {
  PutKey("plain", R"(["prod"])");
  for (const char* id : {"deep", "deeper", "open"}) PutKey(id, "[]");
  {
    Program program("process", {"--redis", redis_.url(), "--db", db_, "--flush-interval", "200ms",
                                "--profile", "claude-relay-service", "--utc-offset", "+08:00"});
    EXPECT_TRUE(WaitFor([&] {
      try {
        return DatabaseRows(db_).Value("SELECT count(*) FROM api_keys") == "4";
      } catch (const std::runtime_error&) {
        return false;  // not there yet
      }
    }));
  }
  {
    auto database = Database::Open(db_, Database::Mode::kReadWrite);
    ASSERT_TRUE(database);
    for (const auto& [id, tags] : {std::pair("deep", Nested(410)), std::pair("deeper", Nested(2000)),
                                   std::pair("open", std::string(4096, '['))})
      ASSERT_TRUE(database->Execute("UPDATE api_key SET tags = '" + tags + "' WHERE id = '" + id + "'"));
  }
  Program program("serve", {"--db", db_});
  const auto tags = TagsOf(program, 4);
  for (const char* id : {"deep", "deeper", "open"}) EXPECT_EQ(tags.at(id), nlohmann::json::array()) << id;
  ExpectAnswers(program);
  WebSocketClient client(PortOf(program));
  client.Send(R"({"subscribe":"apikey"})");
  EXPECT_EQ(client.Next().value("event", ""), "apikey:update");
  EXPECT_EQ(HttpGet(program.Probe("/livez")).status, 200);
}

TEST_F(UntrustedJson, OfAClientIsRefused) {
  const std::string secret = directory_.File("secret");
  WriteFile(secret, std::string(64, 's') + "\n");
  std::filesystem::permissions(secret, std::filesystem::perms::owner_read);
  Program program("serve", {"--db", db_, "--jwt-secret-file", secret});
  for (const std::size_t depth : {410U, 1400U}) {
    const std::string header = query_api::EncodeBase64Url("{\"alg\":" + Nested(depth) + "}");
    EXPECT_EQ(HttpGet(program.Api("/api/apikeys"), {"Authorization: Bearer " + header + ".e30.x"}).status,
              401);
  }
  EXPECT_EQ(HttpGet(program.Probe("/livez")).status, 200);
}

}  // namespace
}  // namespace keymeter::testing
