#include "processor/config/settings.h"

#include <set>

#include <gtest/gtest.h>

namespace keymeter::processor {
namespace {

TEST(Settings, HaveAFlagAVariableAndAKeyOfOneName) {
  const Setting* const setting = FindSetting("redis_tls_no_verify");
  ASSERT_NE(setting, nullptr);
  EXPECT_EQ(setting->Flag(), "--redis-tls-no-verify");
  EXPECT_EQ(setting->Variable(), "KEYMETER_REDIS_TLS_NO_VERIFY");
  EXPECT_EQ(FindSetting("redis-tls-no-verify"), nullptr);
}

TEST(Settings, AreEachOfACommandAndSaidByGroups) {
  std::set<std::string_view> names;
  std::set<Setting::Group> ended;
  Setting::Group group = AllSettings().front().group;
  for (const Setting& setting : AllSettings()) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name << " is there twice";
    EXPECT_NE(setting.commands, 0U) << setting.name;
    EXPECT_FALSE(setting.help.empty()) << setting.name;
    if (setting.group != group) ended.insert(group);
    group = setting.group;
    EXPECT_FALSE(ended.contains(group)) << setting.name << " stands apart from " << GroupName(group);
  }
}

TEST(Settings, OfACommandAreWhatItNeeds) {
  EXPECT_TRUE(FindSetting("db")->IsOf(Command::kBackup));
  EXPECT_FALSE(FindSetting("db")->IsOf(Command::kTokenList));
  EXPECT_TRUE(FindSetting("probe_listen")->IsOf(Command::kHealthcheck));
  for (const Command command : {Command::kRun, Command::kTokenRevoke, Command::kHealthcheck})
    EXPECT_TRUE(FindSetting("config")->IsOf(command)) << CommandName(command);
}

TEST(Settings, ThePasswordHasNoFlag) {
  EXPECT_FALSE(FindSetting("redis_password")->MayStandIn(Setting::kFlag));
  EXPECT_FALSE(FindSetting("config")->MayStandIn(Setting::kFile));
}

}  // namespace
}  // namespace keymeter::processor
