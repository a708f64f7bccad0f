#include "query-api/push/push_topic.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

TEST(PushCommand, SaysWhatAndWhich) {
  const auto one = ParsePushCommand(R"({"subscribe":"apikey","id":"k1"})");
  ASSERT_TRUE(one);
  EXPECT_TRUE(one->subscribes);
  EXPECT_EQ(one->topic, (PushTopic{PushKind::kApiKey, "k1"}));
  EXPECT_FALSE(one->topic.IsAll());
  const auto all = ParsePushCommand(R"( {"unsubscribe":"group"} )");
  ASSERT_TRUE(all);
  EXPECT_FALSE(all->subscribes);
  EXPECT_TRUE(all->topic.IsAll());
  for (const char* kind : {"account", "metrics", "alert"})
    EXPECT_TRUE(ParsePushCommand(fmt::format(R"({{"subscribe":"{}"}})", kind))) << kind;
}

TEST(PushCommand, AnythingElseIsRefusedWithWhatItTakes) {
  for (const std::string text :
       {"", "subscribe", "[]", "null", "{}", R"({"subscribe":"apikeys"})", R"({"subscribe":1})",
        R"({"id":"k1"})", R"({"subscribe":"apikey","unsubscribe":"apikey"})",
        R"({"subscribe":"apikey","Id":"k1"})", R"({"subscribe":"apikey","id":""})",
        R"({"subscribe":"apikey","id":7})", R"({"subscribe":"apikey","id":null})",
        R"({"subscribe":"metrics","id":"k1"})"})
    EXPECT_FALSE(ParsePushCommand(text)) << text;
  EXPECT_FALSE(ParsePushCommand(fmt::format(R"({{"subscribe":"apikey","id":"{}"}})", std::string(513, 'x'))));
  for (const std::size_t depth : {1U, 20U, 410U, 2000U, 100'000U}) {
    const std::string nested = std::string(depth, '[') + std::string(depth, ']');
    EXPECT_FALSE(ParsePushCommand(nested));
    EXPECT_FALSE(ParsePushCommand(R"({"subscribe":"apikey","id":)" + nested + "}"));
  }
  EXPECT_FALSE(ParsePushCommand(std::string(4096, '[')));
  EXPECT_NE(ParsePushCommand("{}").error().message.find("\"account\""), std::string::npos);
}

TEST(PushEvents, AreTheDocumentedOnes) {
  EXPECT_EQ(PushUpdate(PushKind::kApiKey, "{}"), R"({"event":"apikey:update","data":{}})");
  EXPECT_EQ(PushUpdate(PushKind::kMetrics, "{}"), R"({"event":"metrics:update","data":{}})");
  EXPECT_EQ(PushUpdate(PushKind::kAlert, "{}"), R"({"event":"alert","data":{}})");
  EXPECT_EQ(PushRemoved({PushKind::kGroup, "g\"1"}), R"({"event":"group:removed","data":{"id":"g\"1"}})");
  EXPECT_EQ(PushSynced(PushKind::kAccount, 3), R"({"event":"account:synced","data":{"count":3}})");
  EXPECT_EQ(PushProblem(404, "none", {PushKind::kApiKey, "k1"}),
            R"({"event":"error","data":{"code":404,"detail":"none","subscribe":"apikey","id":"k1"}})");
}

}  // namespace
}  // namespace keymeter::query_api
