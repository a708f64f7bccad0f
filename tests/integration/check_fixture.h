#pragma once

#include <cstdint>
#include <ctime>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "schema/civil_time.h"
#include "schema/migrations.h"
#include "schema/sqlite.h"
#include "tests/support/child_process.h"
#include "tests/support/program.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {

/// Usage of one hour, of a key and an account.
struct PlantedUsage {
  std::string model = "gpt-5";
  std::string requests = "5";
};

/// What a relay at +08:00 has written in the middle of the last hour.
inline void PlantUsage(RedisClient& client, int database, const PlantedUsage& usage) {
  constexpr std::int64_t kRelayOffset = 28800;
  const std::int64_t hour = std::time(nullptr) / kHourSeconds * kHourSeconds - kHourSeconds;
  const std::string expires = std::to_string((hour + kHourSeconds / 2 + 168 * kHourSeconds) * 1000);
  const std::string when = FormatDate(hour, kRelayOffset) + ":" + FormatHour(hour, kRelayOffset);
  client.Must({"SELECT", std::to_string(database)});
  const auto plant = [&](const std::string& counter, const std::string& index, const std::string& member) {
    client.Must({"HSET", counter, "requests", usage.requests});
    client.Must({"SADD", index, member + ":" + usage.model});
    for (const std::string& key : {counter, index}) client.Must({"PEXPIREAT", key, expires});
  };
  plant(fmt::format("usage:key-1:model:hourly:{}:{}", usage.model, when),
        "usage:keymodel:hourly:index:" + when, "key-1");
  plant(fmt::format("account_usage:model:hourly:acc-1:{}:{}", usage.model, when),
        "account_usage:model:hourly:index:" + when, "acc-1");
  client.Must({"SELECT", "0"});
}

/// Flags of the command line; later ones win.
using Flags = std::map<std::string, std::string>;

/// A fault, and how `keymeter check` must report it.
struct Planted {
  std::string name;
  Flags flags;
  std::string check;
  std::string severity;
  std::string phrase;  ///< of the remedy; of what was seen, where it is a note
  std::map<std::string, std::string> environment = {};
};

/// Runs `keymeter check` on a relay that is well and on an empty Redis, and reads its reports.
class CheckCommand : public ::testing::Test {
 protected:
  /// The user of README's rule, and others who lack something.
  static void AddUsers(RedisClient client) {
    const std::vector<std::string> least = {"-@all",
                                            "+ping",
                                            "+subscribe",
                                            "+select",
                                            "+hmget",
                                            "+get",
                                            "+hstrlen",
                                            "+strlen",
                                            "+sscan",
                                            "+scan",
                                            "+pttl",
                                            "+info",
                                            "+config|get",
                                            "&__keyevent@*",
                                            "%R~usage:*",
                                            "%R~account_usage:*",
                                            "%R~apikey:*",
                                            "%R~claude:account:*",
                                            "%R~claude_console_account:*",
                                            "%R~openai:account:*",
                                            "%R~openai_responses_account:*",
                                            "%R~gemini_account:*",
                                            "%R~gemini_api_account:*",
                                            "%R~ccr_account:*",
                                            "%R~droid:account:*",
                                            "%R~azure_openai:account:*",
                                            "%R~bedrock_account:*",
                                            "%R~account_group*",
                                            "%R~temp_unavailable:*",
                                            "%R~account_balance:*"};
    const auto add = [&](const std::string& name, const std::vector<std::string>& rules) {
      std::vector<std::string> command = {"ACL",          "SETUSER",   name,           "on",
                                          ">pass-word-1", "resetkeys", "resetchannels"};
      command.insert(command.end(), least.begin(), least.end());
      command.insert(command.end(), rules.begin(), rules.end());
      client.Must(command);
    };
    add("least", {});
    add("no-hmget", {"-hmget"});
    add("no-channel", {"resetchannels"});
    add("no-accounts", {"resetkeys", "%R~usage:*", "%R~apikey:*", "%R~account_group*", "%R~account_usage:*"});
    add("knows-its-rights", {"+acl|dryrun"});
  }
  static std::string Url(const RedisServer& redis, const std::string& user = "", int database = 0) {
    return fmt::format("redis://{}127.0.0.1:{}/{}", user.empty() ? "" : user + ":pass-word-1@", redis.port(),
                       database);
  }

  [[nodiscard]] std::unique_ptr<ChildProcess> Start(
      const Flags& flags, const std::map<std::string, std::string>& environment = {}) {
    Flags all = {
        {"--listen", "127.0.0.1:0"}, {"--probe-listen", "127.0.0.1:0"}, {"--db", files_.File("new.db")}};
    for (const auto& [flag, value] : flags) all[flag] = value;
    std::vector<std::string> argv = {KEYMETER_BINARY, "check", "--json"};
    for (const auto& [flag, value] : all) {
      argv.push_back(flag);
      if (!value.empty()) argv.push_back(value);
    }
    return std::make_unique<ChildProcess>(argv, environment);
  }

  static nlohmann::json ReportOf(ChildProcess& check) {
    const auto code = check.Wait();
    EXPECT_TRUE(code.has_value());
    auto report = nlohmann::json::parse(check.StandardOutput(), nullptr, false);
    EXPECT_TRUE(report.is_object()) << check.StandardOutput() << check.StandardError();
    if (report.is_object()) {
      EXPECT_EQ(report["exit"], code.value_or(-1));
    }
    return report;
  }

  static void Expect(const Planted& planted, ChildProcess& check) {
    SCOPED_TRACE(planted.name);
    const nlohmann::json report = ReportOf(check);
    if (!report.is_object()) return;
    bool is_found = false;
    for (const auto& finding : report["findings"]) {
      const bool is_it = finding["check"] == planted.check && finding["severity"] == planted.severity;
      const std::string text = finding[planted.severity == "note" ? "seen" : "remedy"];
      is_found |= is_it && text.find(planted.phrase) != std::string::npos;
      EXPECT_FALSE(finding["severity"] == "fault" && finding["check"] != planted.check) << finding.dump(2);
      if (finding["severity"] == "warning" || finding["severity"] == "fault") {
        EXPECT_NE(finding["remedy"], "") << finding.dump(2);
      }
    }
    EXPECT_TRUE(is_found) << report.dump(2);
    EXPECT_EQ(report["exit"] == 3, planted.severity == "fault");
    EXPECT_EQ(check.StandardOutput().find("pass-word-1"), std::string::npos) << "a password";
  }

  [[nodiscard]] std::string OwnFile(const std::string& name, const std::string& change) const {
    std::string path = files_.File(name);
    auto database = Database::Open(path, Database::Mode::kReadWrite).value();
    EXPECT_TRUE(Migrate(database).has_value());
    EXPECT_TRUE(database.Execute(change).has_value());
    EXPECT_TRUE(database.Checkpoint().has_value());
    return path;
  }
  [[nodiscard]] std::string PlantedFile(const std::string& name, const std::string& content) const {
    WriteFile(files_.File(name), content);
    return files_.File(name);
  }

  static constexpr const char* kNotifying = "Eghxe";

  TempDir files_;
  RedisServer relay_{{.arguments = {"--notify-keyspace-events", kNotifying}}};
  RedisServer quiet_;  ///< without flags, without keys
};

}  // namespace keymeter::testing
