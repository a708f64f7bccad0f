// keymeter check, as its user runs it: each fault is planted for real, found, and its remedy named.

#include <array>
#include <atomic>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "schema/civil_time.h"
#include "schema/migrations.h"
#include "schema/sqlite.h"
#include "tests/support/certificates.h"
#include "tests/support/child_process.h"
#include "tests/support/program.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

using Words = std::vector<std::string>;

constexpr std::int64_t kRelayOffset = 28800;

/// A port of loopback that is ours for as long as this lives.
class HeldPort {
 public:
  enum class As { kListener, kSilent };  ///< kSilent: nobody listens there, so connections are refused

  explicit HeldPort(As as) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(file_, reinterpret_cast<sockaddr*>(&address), size) != 0)
      throw std::runtime_error("no port of loopback is free");
    if (as == As::kListener) ::listen(file_, 1);
    ::getsockname(file_, reinterpret_cast<sockaddr*>(&address), &size);
    address_ = fmt::format("127.0.0.1:{}", ntohs(address.sin_port));
  }
  ~HeldPort() { ::close(file_); }
  HeldPort(const HeldPort&) = delete;
  HeldPort& operator=(const HeldPort&) = delete;
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  int file_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string address_;
};

/// Growth without end, for as long as this lives.
class Traffic {
 public:
  explicit Traffic(const RedisServer& redis)
      : thread_([this, client = redis.Connect()]() mutable {
          std::string burst;
          for (int i = 0; i < 50; ++i)
            AppendResp(burst, {"HINCRBY", "usage:k:model:hourly:m:2026-11-20:20", "requests", "1"});
          while (!is_over_) (void)client.Pipe(burst);
        }) {}
  ~Traffic() {
    is_over_ = true;
    thread_.join();
  }
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

 private:
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

struct Usage {
  std::string model = "gpt-5";
  std::string requests = "5";
};

/// What a relay at +08:00 has written in the middle of the last hour.
void PlantUsage(RedisClient& client, int database, const Usage& usage) {
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

struct Planted {
  std::string name;
  Flags flags;
  std::string check;
  std::string severity;
  std::string phrase;  ///< of the remedy; of what was seen, where it is a note
  std::map<std::string, std::string> environment = {};
};

class CheckCommand : public ::testing::Test {
 protected:
  /// The user of README's rule, and others who lack something.
  static void AddUsers(RedisClient client) {
    const Words least = {"-@all",
                         "+ping",
                         "+subscribe",
                         "+select",
                         "+hmget",
                         "+get",
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
                         "%R~account_group*"};
    const auto add = [&](const std::string& name, const Words& rules) {
      Words command = {"ACL", "SETUSER", name, "on", ">pass-word-1", "resetkeys", "resetchannels"};
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
    Words argv = {KEYMETER_BINARY, "check", "--json"};
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

  static constexpr const char* kNotifying = "Eghx";

  TempDir files_;
  RedisServer relay_{{.arguments = {"--notify-keyspace-events", kNotifying}}};
  RedisServer quiet_;  ///< without flags, without keys
};

class PlantedFaults : public CheckCommand {
 protected:
  [[nodiscard]] std::vector<Planted> RedisFaults() const;
  [[nodiscard]] std::vector<Planted> FileFaults() const;

  CertificateAuthority ca_{files_.path().string(), "Test-CA"};
  HeldPort silent_{HeldPort::As::kSilent};
  HeldPort taken_{HeldPort::As::kListener};
  RedisServer tls_{{.tls = RedisServer::Tls{ca_.Issue({.name = "server"}), ca_.file()}}};
  RedisServer full_{{.arguments = {"--maxclients", "1"}}};
  RedisClient only_client_ = full_.Connect();
  RedisServer replica_{{.arguments = {"--replicaof", "127.0.0.1", std::to_string(relay_.port()),
                                      "--notify-keyspace-events", kNotifying}}};
  RedisServer narrow_{{.arguments = {"--notify-keyspace-events", kNotifying, "--client-output-buffer-limit",
                                     "pubsub", "1mb", "1mb", "60"}}};
};

std::vector<Planted> PlantedFaults::RedisFaults() const {
  const Flags well = {{"--redis", Url(relay_)}};
  const auto with = [&](const std::string& url) { return Flags{{"--redis", url}}; };
  return {
      {"wrong password",
       with(fmt::format("redis://least@127.0.0.1:{}", relay_.port())),
       "connection",
       "fault",
       "check --redis-user",
       {{"KEYMETER_REDIS_PASSWORD", "wrong"}}},
      {"nobody there", with("redis://" + silent_.address()), "connection", "fault",
       "is Redis running there?"},
      {"unknown CA", with(tls_.url()), "connection", "fault", "name the CA's certificate with --redis-ca"},
      {"plain to TLS", with(fmt::format("redis://127.0.0.1:{}", tls_.port())), "connection", "fault",
       "use rediss://"},
      {"unverified TLS",
       {{"--redis", tls_.url()}, {"--redis-tls-no-verify", ""}},
       "encryption",
       "warning",
       "leave out --redis-tls-no-verify"},
      {"no room", with(Url(full_)), "connection", "fault", "raise maxclients"},
      {"no such database", with(Url(relay_, "", 99)), "connection", "fault", "raise `databases` there"},
      {"HMGET denied", with(Url(relay_, "no-hmget")), "permissions", "fault", "ACL SETUSER no-hmget +hmget"},
      {"channels denied", with(Url(relay_, "no-channel")), "subscription", "fault",
       "ACL SETUSER no-channel &__keyevent@*"},
      {"account keys denied", with(Url(relay_, "no-accounts")), "permissions", "warning",
       "%R~claude:account:*"},
      {"flags off, CONFIG SET denied", with(Url(quiet_, "knows-its-rights")), "notifications", "fault",
       "CONFIG SET notify-keyspace-events Eghx"},
      {"flags off, rights unknown", with(Url(quiet_, "least")), "notifications", "warning",
       "CONFIG SET notify-keyspace-events Eghx"},
      {"a replica", with(Url(replica_)), "role", "note",
       fmt::format("a replica of 127.0.0.1:{}", relay_.port())},
      {"wrong database", with(Url(relay_, "", 5)), "profile", "warning", "name the relay's database"},
      {"no usage", with(Url(quiet_)), "profile", "warning", "is this the relay's Redis?"},
      {"coarser profile",
       {{"--redis", Url(relay_)}, {"--profile", "claude-relay-service-totals"}},
       "profile",
       "warning",
       "--profile auto"},
      {"wrong offset",
       {{"--redis", Url(relay_)}, {"--utc-offset", "+03:00"}},
       "UTC offset",
       "fault",
       "use --utc-offset +08:00"},
      {"no number", with(Url(relay_, "", 1)), "counters", "warning", "correct it there"},
      {"unpriced model", with(Url(relay_, "", 2)), "prices", "warning", "--prices FILE"},
      {"narrow buffer", with(Url(narrow_)), "output buffer", "warning",
       "CONFIG SET client-output-buffer-limit"},
  };
}

std::vector<Planted> PlantedFaults::FileFaults() const {
  const auto with = [&](const std::string& flag, const std::string& value) {
    return Flags{{"--redis", Url(relay_)}, {flag, value}};
  };
  const std::string open_password = PlantedFile("password", "pass-word-1\n");
  std::filesystem::permissions(open_password, std::filesystem::perms(0644));
  const std::string foreign = files_.File("foreign.db");
  EXPECT_TRUE(
      Database::Open(foreign, Database::Mode::kReadWrite).value().Execute("CREATE TABLE t (a)").has_value());
  return {
      {"no directory", with("--db", files_.File("none/k.db")), "directory", "fault", "mkdir -p"},
      {"newer file", with("--db", OwnFile("newer.db", "PRAGMA user_version = 999")), "file", "fault",
       "run the newer keymeter"},
      {"foreign file", with("--db", foreign), "file", "fault", "name another --db"},
      {"no database", with("--db", PlantedFile("text.db", std::string(5000, 'x'))), "file", "fault",
       "backup"},
      {"other profile", with("--db", OwnFile("own.db", "INSERT INTO profile_use VALUES (0, 'my-own', 1)")),
       "profile", "fault", "name that one"},
      {"other days",
       {{"--redis", Url(relay_)},
        {"--utc-offset", "+08:00"},
        {"--db", OwnFile("days.db", "UPDATE source_state SET utc_offset_s = 0")}},
       "UTC offset",
       "fault",
       "use --utc-offset +00:00, or name another --db"},
      {"port in use", with("--listen", taken_.address()), "addresses", "fault", "name another --listen"},
      {"open to all", with("--listen", "0.0.0.0:0"), "addresses", "fault", "keymeter token create"},
      {"open password",
       {{"--redis", fmt::format("redis://least@127.0.0.1:{}", relay_.port())},
        {"--redis-password-file", open_password}},
       "secrets",
       "warning",
       "chmod 600"},
  };
}

TEST_F(PlantedFaults, AreEachFoundWithTheirRemedy) {
  AddUsers(relay_.Connect());
  AddUsers(quiet_.Connect());
  RedisClient client = relay_.Connect();
  PlantUsage(client, 0, {});
  PlantUsage(client, 1, {.requests = "12.5"});
  PlantUsage(client, 2, {.model = "made-up-model"});
  ASSERT_TRUE(WaitFor([&] {
    return replica_.Connect().Text({"INFO", "replication"}).find("master_link_status:up") !=
           std::string::npos;
  }));
  const Traffic traffic(narrow_);
  Program writer("process", {"--redis", relay_.url(), "--db", files_.File("written.db")});
  writer.AwaitLine("msg=\"baseline read\"");

  std::vector<Planted> all = RedisFaults();
  for (Planted& planted : FileFaults()) all.push_back(std::move(planted));
  all.push_back({"other writer",
                 {{"--redis", Url(relay_)}, {"--db", files_.File("written.db")}},
                 "writer",
                 "warning",
                 "stop it before you start another one"});
  std::vector<std::unique_ptr<ChildProcess>> checks;  // side by side: most of their time they listen
  checks.reserve(all.size());
  for (const Planted& planted : all) checks.push_back(Start(planted.flags, planted.environment));
  for (std::size_t i = 0; i < all.size(); ++i) Expect(all[i], *checks[i]);
}

TEST_F(CheckCommand, OfAWellRelayHasNothingToSayAlsoUnderReadmesRights) {
  AddUsers(relay_.Connect());
  RedisClient client = relay_.Connect();
  PlantUsage(client, 0, {});
  const auto as_all = Start({{"--redis", Url(relay_)}});
  const auto as_least = Start({{"--redis", Url(relay_, "least")}});
  for (ChildProcess* check : {as_all.get(), as_least.get()}) {
    const nlohmann::json report = ReportOf(*check);
    for (const auto& finding : report["findings"]) {
      const bool is_bad = finding["severity"] == "warning" || finding["severity"] == "fault";
      const bool is_expected =
          finding["check"] == "space" || finding["check"] == "secrets";  // password in a flag
      EXPECT_TRUE(is_expected || !is_bad) << finding.dump(2);
    }
  }
}

TEST_F(CheckCommand, FindsTheRelayAmongMoreKeysThanItLooksAt) {
  RedisClient client = quiet_.Connect();
  client.Must({"DEBUG", "POPULATE", "400000", "junk"});
  PlantUsage(client, 0, {});
  const nlohmann::json report = ReportOf(*Start({{"--redis", Url(quiet_)}}));
  for (const auto& finding : report["findings"]) {
    if (finding["check"] != "profile") continue;
    EXPECT_EQ(finding["severity"], "ok") << finding.dump(2);
    EXPECT_NE(std::string(finding["seen"]).find("2 counters among the newest of the index sets"),
              std::string::npos)
        << finding.dump(2);
  }
}

TEST_F(CheckCommand, ChangesNothing) {
  RedisClient client = quiet_.Connect();
  const std::string db = OwnFile("kept.db", "UPDATE source_state SET utc_offset_s = 28800");
  const std::string before = ReadFile(db);
  const auto with_file = Start({{"--redis", Url(quiet_)}, {"--db", db}});
  const auto without_file = Start({{"--redis", Url(quiet_)}, {"--db", files_.File("absent.db")}});
  (void)ReportOf(*with_file);
  (void)ReportOf(*without_file);
  EXPECT_EQ(ReadFile(db), before);
  EXPECT_FALSE(std::filesystem::exists(files_.File("absent.db")));
  EXPECT_EQ(client.Integer({"DBSIZE"}), 0);
  EXPECT_EQ(client.Must({"CONFIG", "GET", "notify-keyspace-events"}).elements.at(1).text, "");
}

TEST_F(CheckCommand, EndsInTimeWhenRedisHangs) {
  quiet_.Pause();
  const auto check = Start({{"--redis", Url(quiet_)}, {"--redis-connect-timeout", "200ms"}});
  Expect({"silent", {}, "connection", "fault", "check host and port"}, *check);
  quiet_.Resume();
}

}  // namespace
}  // namespace keymeter::testing
