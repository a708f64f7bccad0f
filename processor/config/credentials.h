#pragma once

#include <vector>

#include "processor/config/options.h"
#include "processor/config/setting_values.h"
#include "processor/redis/redis_url.h"
#include "schema/error.h"

/// Passwords and other secrets among the settings. Tested by tests/processor/config/credentials_test.cc.
namespace keymeter::processor {

/// User and password of the relay's Redis, from the URL, redis_user, redis_password and redis_password_file.
///
/// What was set at the stronger place holds, as for every setting; at equally strong places the user and the
/// password inside the URL win. Reads the password's file.
[[nodiscard]] Status ApplyCredentials(const SettingValues& values, RedisUrl& url,
                                      std::vector<SettingWarning>& warnings);

/// Warns of files of the API's credentials and of its key that every user of the machine may read.
void WarnOfOpenCredentials(const ApiSettings& api, std::vector<SettingWarning>& warnings);

}  // namespace keymeter::processor
