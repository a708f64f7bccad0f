#include "schema/profile_loader.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace keymeter {

namespace {

constexpr const char* kOwnProfile = R"({
  "name": "own", "description": "for tests",
  "counters": [{"kind": "api_key", "key": "total:{id}", "period": "none", "fields": {"requests": "n"}}],
  "entities": []
})";

TEST(LoadProfiles, TakesAllShippedOnesForAutoTheFinestFirst) {
  const auto profiles = LoadProfiles("auto");
  ASSERT_TRUE(profiles) << profiles.error().message;
  ASSERT_EQ(profiles->size(), 2U);
  EXPECT_EQ(profiles->at(0).name, "claude-relay-service");
  EXPECT_EQ(profiles->at(1).name, "claude-relay-service-totals");
  EXPECT_EQ(LoadProfiles("claude-relay-service-totals")->size(), 1U);
  EXPECT_FALSE(LoadProfiles("another"));
}

TEST(LoadProfile, ReadsAFileAndNamesItInErrors) {
  const testing::TempDir directory;
  const std::string path = directory.File("mine.json");
  testing::WriteFile(path, kOwnProfile);
  EXPECT_EQ(LoadProfile(path).value().name, "own");
  testing::WriteFile(path, R"({"nam": ""})");
  const auto wrong = LoadProfile(path);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, fmt::format("profile {}: 'nam' is unknown; known are name, description, "
                                               "counters, day_sum, entities, entities_of, groups",
                                               path));
}

TEST(LoadProfile, NamesTheShippedOnesWhenThereIsNoSuchFile) {
  const auto none = LoadProfile("claude");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kInvalid);
  EXPECT_TRUE(none.error().message.starts_with(
      "profile 'claude' is neither auto, nor a shipped one (claude-relay-service"));
}

}  // namespace

}  // namespace keymeter
