#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/child_process.h"
#include "tests/support/redis_client.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {

using Words = std::vector<std::string>;

struct PlantedUsage {
  std::string model = "gpt-5";
  std::string requests = "5";
};

/// What a relay at +08:00 has written in the middle of the last hour.
void PlantUsage(RedisClient& client, int database, const PlantedUsage& usage);

/// Flags of the command line; later ones win.
using Flags = std::map<std::string, std::string>;

/// A fault, and the finding that must name it.
struct Planted {
  std::string name;
  Flags flags;
  std::string check;
  std::string severity;
  std::string phrase;  ///< of the remedy; of what was seen, where it is a note
  std::map<std::string, std::string> environment = {};
};

/// `keymeter check --json`, as its user runs it.
class CheckCommand : public ::testing::Test {
 protected:
  /// The user of README's rule, and others who lack something.
  static void AddUsers(RedisClient client);
  static std::string Url(const RedisServer& redis, const std::string& user = "", int database = 0);

  [[nodiscard]] std::unique_ptr<ChildProcess> Start(
      const Flags& flags, const std::map<std::string, std::string>& environment = {}) const;
  static nlohmann::json ReportOf(ChildProcess& check);
  /// The report names the planted fault with its remedy, and no other fault.
  static void Expect(const Planted& planted, ChildProcess& check);

  /// A file of ours that was changed by SQL.
  [[nodiscard]] std::string OwnFile(const std::string& name, const std::string& change) const;
  [[nodiscard]] std::string PlantedFile(const std::string& name, const std::string& content) const;

  static constexpr const char* kNotifying = "Eghx";

  TempDir files_;
  RedisServer relay_{{.arguments = {"--notify-keyspace-events", kNotifying}}};
  RedisServer quiet_;  ///< without flags, without keys
};

}  // namespace keymeter::testing
