#include "query-api/endpoints/time_param.h"

#include <gtest/gtest.h>

#include "schema/civil_time.h"

namespace keymeter::query_api {
namespace {

constexpr std::int64_t kEast = 8 * kHourSeconds;

Result<std::optional<std::int64_t>> TimeOf(const std::string& text, Edge edge = Edge::kStart) {
  return TimeParam(*Params::Parse("at=" + text, {"at"}), "at", edge, kEast);
}

TEST(TimeParam, ADayIsItsMidnightAtTheSource) {
  EXPECT_EQ(FormatRfc3339(**TimeOf("2026-11-20")), "2026-11-19T16:00:00Z");
  EXPECT_EQ(FormatRfc3339(**TimeOf("2026-11-20", Edge::kEnd)), "2026-11-20T16:00:00Z") << "it is included";
}

TEST(TimeParam, ATimeIsItself) {
  for (const Edge edge : {Edge::kStart, Edge::kEnd})
    EXPECT_EQ(FormatRfc3339(**TimeOf("2026-11-20T12:00:00Z", edge)), "2026-11-20T12:00:00Z");
}

TEST(TimeParam, WhatIsNotGivenIsNothing) {
  const auto time = TimeParam(*Params::Parse("", {"at"}), "at", Edge::kStart, kEast);
  ASSERT_TRUE(time);
  EXPECT_FALSE(*time);
}

TEST(TimeParam, AnythingElseNamesTheParameter) {
  for (const char* text : {"yesterday", "2026-13-01", "2026-11-20T12:00", "1795178070"}) {
    const auto time = TimeOf(text);
    ASSERT_FALSE(time) << text;
    EXPECT_EQ(time.error().code, ErrorCode::kInvalid);
    EXPECT_TRUE(time.error().message.starts_with("at takes")) << time.error().message;
  }
}

}  // namespace
}  // namespace keymeter::query_api
