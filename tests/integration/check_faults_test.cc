// keymeter check, as its user runs it: each fault is planted for real, found, and its remedy named.

#include <atomic>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/check_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

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
       "CONFIG SET notify-keyspace-events Eghxe"},
      {"flags off, rights unknown", with(Url(quiet_, "least")), "notifications", "warning",
       "CONFIG SET notify-keyspace-events Eghxe"},
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
      {"unpriced model", with(Url(relay_, "", 2)), "prices", "warning", "--prices"},
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
      {"no directory for a socket", with("--listen", "unix:" + files_.File("none/api.sock")), "addresses",
       "fault", "mkdir -p"},
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

/// Each hour alone would show an offset, and a wrong one; the newest has more counters than `check` asks.
TEST_F(CheckCommand, InfersNoOffsetFromTimesToLiveThatWereRenewed) {
  constexpr std::int64_t kRelayOffset = 8 * kHourSeconds;
  RedisClient client = relay_.Connect();
  // All were renewed at one moment: in the middle of the last hour, for near an edge they show nothing.
  const std::int64_t renewed = std::time(nullptr) / kHourSeconds * kHourSeconds - kHourSeconds / 2;
  const std::string expires = std::to_string((renewed + 7 * kDaySeconds) * 1000);
  for (const int hours_ago : {3, 4, 5}) {
    const std::int64_t then = renewed - hours_ago * kHourSeconds;
    const std::string hour = FormatDate(then, kRelayOffset) + ":" + FormatHour(then, kRelayOffset);
    const std::string index = "usage:keymodel:hourly:index:" + hour;
    for (int i = 0; i < 90; ++i) {
      const std::string counter = fmt::format("usage:key-{}:model:hourly:gpt-5:{}", i, hour);
      client.Must({"HSET", counter, "requests", "1"});
      client.Must({"PEXPIREAT", counter, expires});
      client.Must({"SADD", index, fmt::format("key-{}:gpt-5", i)});
    }
    client.Must({"PEXPIREAT", index, expires});
  }
  const auto unsaid = Start({{"--redis", Url(relay_)}});
  const auto right = Start({{"--redis", Url(relay_)}, {"--utc-offset", "+08:00"}});
  Expect({"unsaid", {}, "UTC offset", "warning", "--utc-offset"}, *unsaid);
  Expect({"said", {}, "UTC offset", "ok", ""}, *right);
}

/// As an import of the relay leaves it: hours of totals alone, and days by model.
TEST_F(CheckCommand, SeesWhatAStartSeesWhereOnlyTotalsHaveHours) {
  RedisClient client = relay_.Connect();
  for (const int hours_ago : {1, 2}) {
    const std::int64_t then =
        std::time(nullptr) / kHourSeconds * kHourSeconds + 1800 - hours_ago * kHourSeconds;
    const std::string date = FormatDate(then, 8 * kHourSeconds);
    const std::string key = "usage:hourly:key-1:" + date + ":" + FormatHour(then, 8 * kHourSeconds);
    client.Must({"HSET", key, "requests", "1"});
    client.Must({"EXPIRE", key, std::to_string(604'800 - (std::time(nullptr) - then))});
    client.Must({"HSET", "usage:key-1:model:daily:gpt-5:" + date, "requests", "1"});
  }
  Program program("process",
                  {"--redis", relay_.url(), "--db", files_.File("new.db"), "--utc-offset", "auto"});
  program.AwaitLine("utc_offset=+08:00 origin=inferred");
  EXPECT_EQ(program.process().StandardError().find("profile=claude-relay-service-totals"), std::string::npos);
  const auto check = Start({{"--redis", Url(relay_)}});
  const nlohmann::json report = ReportOf(*check);
  std::string seen;
  for (const auto& finding : report["findings"])
    for (const char* name : {"profile", "UTC offset"})
      if (finding["check"] == name && finding["severity"] == "ok")
        seen += finding["seen"].get<std::string>() + "\n";
  EXPECT_NE(seen.find("claude-relay-service: the finest"), std::string::npos) << seen;
  EXPECT_NE(seen.find("+08:00, by the hours"), std::string::npos) << seen;
}

}  // namespace
}  // namespace keymeter::testing
