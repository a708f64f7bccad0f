#include "processor/check/report.h"

#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace keymeter::check {
namespace {

const std::vector<Finding> kFindings = {
    {Group::kRedis, "connection", Ok("redis://127.0.0.1:6379/0 answers in 0.2 ms")},
    {Group::kRedis, "permissions",
     Fault("HMGET is refused: usage cannot be read", "run on the Redis server:\nACL SETUSER meter +hmget")},
    {Group::kRedis, "permissions",
     Warning("keys are refused (apikey:* claude:account:*): names and attributes stay unknown",
             "ACL SETUSER meter "
             "%R~apikey:* %R~claude:account:*")},
    {Group::kHost, "clock", Skipped("Redis' TIME was not to be had")},
};

TEST(Report, IsAlignedWrappedAndSumsUp) {
  EXPECT_EQ(TextReport(kFindings, false),
            "Redis\n"
            "  ok     connection     redis://127.0.0.1:6379/0 answers in 0.2 ms\n"
            "  FAULT  permissions    HMGET is refused: usage cannot be read\n"
            "                        → run on the Redis server:\n"
            "                          ACL SETUSER meter +hmget\n"
            "  warn                  keys are refused (apikey:* claude:account:*): names and\n"
            "                        attributes stay unknown\n"
            "                        → ACL SETUSER meter %R~apikey:* %R~claude:account:*\n"
            "\n"
            "Host\n"
            "  skip   clock          Redis' TIME was not to be had\n"
            "\n"
            "1 fault, 1 warning: keymeter cannot work yet.\n");
}

TEST(Report, ColoursChangeNoColumn) {
  std::string coloured = TextReport(kFindings, true);
  EXPECT_NE(coloured.find("\x1b[1;31mFAULT\x1b[0m"), std::string::npos);
  for (std::size_t at = coloured.find('\x1b'); at != std::string::npos; at = coloured.find('\x1b'))
    coloured.erase(at, coloured.find('m', at) - at + 1);
  EXPECT_EQ(coloured, TextReport(kFindings, false));
}

TEST(Report, WhatRedisHoldsCannotPaintTheTerminal) {
  const std::string text = TextReport(
      {{Group::kRelay, "counters", Warning("requests of usage:\x1b[31mk\n is none", "see")}}, false);
  EXPECT_NE(text.find("usage:?[31mk? is none"), std::string::npos) << text;
}

TEST(Report, OfAllWellSaysSo) {
  const std::string text = TextReport({kFindings[0]}, false);
  EXPECT_NE(text.find("All is well"), std::string::npos);
  EXPECT_EQ(ExitCode({kFindings[0]}), 0);
}

TEST(Report, InJsonHasEveryFindingAndTheExitCode) {
  const auto json = nlohmann::json::parse(JsonReport(kFindings));
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["exit"], 3);
  ASSERT_EQ(json["findings"].size(), 4U);
  EXPECT_EQ(json["findings"][1],
            nlohmann::json({{"group", "Redis"},
                            {"check", "permissions"},
                            {"severity", "fault"},
                            {"seen", "HMGET is refused: usage cannot be read"},
                            {"remedy", "run on the Redis server: ACL SETUSER meter +hmget"}}));
}

TEST(Report, ExitCodesFollowTheWorstFinding) {
  EXPECT_EQ(ExitCode({kFindings[0], kFindings[3]}), 0);
  EXPECT_EQ(ExitCode({kFindings[0], kFindings[2]}), 1);
  EXPECT_EQ(ExitCode(kFindings), 3);
}

}  // namespace
}  // namespace keymeter::check
