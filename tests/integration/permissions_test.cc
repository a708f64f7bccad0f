// Whatever a Redis lets us do: it is metered, or it is named what is missing, and metering begins once that
// is mended.

#include <filesystem>
#include <iterator>
#include <sstream>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>

#include "schema/civil_time.h"
#include "schema/profile_loader.h"
#include "tests/integration/source_fixture.h"

namespace keymeter::testing {
namespace {

using processor::RedisTarget;
using Words = std::vector<std::string>;

constexpr const char* kFlagsLine = "run on the Redis server: CONFIG SET notify-keyspace-events Eghxe";

std::string Url(const RedisServer& redis, const std::string& user = "", int database = 0) {
  return fmt::format("redis://{}127.0.0.1:{}/{}", user.empty() ? "" : user + "@", redis.port(), database);
}

class Permissions : public SourceFixture {};

// ---- Who we are

TEST_F(Permissions, APasswordIsAskedForRefusedAndTaken) {
  const RedisServer redis({.password = "right"});
  Meter(Url(redis));
  ExpectProblem("Redis wants a password: put it into --redis-password-file");
  Meter(Url(redis, ":wrong"));
  ExpectProblem("Redis refused the user or the password");
  Meter(Url(redis, ":right"));
  EXPECT_TRUE(MetersLive(redis));
}

TEST_F(Permissions, AUserWithoutAPasswordIsMeteredWhereTheAclSaysNopass) {
  const RedisServer redis;
  RedisClient admin = redis.Connect();
  admin.Must({"ACL", "SETUSER", "open", "on", "nopass", "+@all", "~*", "&*"});
  admin.Must({"ACL", "SETUSER", "default", "resetpass"});
  Meter(Url(redis));
  ExpectProblem("Redis wants a password");
  Meter(Url(redis, "open"));
  metering_->AwaitBaseline();
  Use(std::move(admin), 7);
  EXPECT_TRUE(Shows(7));
}

TEST_F(Permissions, APasswordThatIsSetWhileWeMeterIsNamedAfterTheNextCut) {
  RedisServer redis;
  Meter(Url(redis));
  metering_->AwaitBaseline();
  RedisClient admin = redis.Connect();
  admin.Must({"CONFIG", "SET", "requirepass", "new"});
  admin.Must({"CLIENT", "KILL", "TYPE", "pubsub"});
  ExpectProblem("Redis wants a password");
  admin.Must({"CONFIG", "SET", "requirepass", ""});
  EXPECT_TRUE(MetersLive(redis));
}

// ---- Which database

TEST_F(Permissions, AnotherDatabaseIsMeteredAndOnlyThat) {
  const RedisServer redis;
  Meter(Url(redis, "", 3));
  metering_->AwaitBaseline();
  Use(redis.Connect(), 100);
  EXPECT_TRUE(MetersLive(redis, 3));
}

TEST_F(Permissions, ADatabaseThatIsNotThereIsNamedAndMeteredAsSoonAsItIs) {
  RedisServer redis;
  Meter(Url(redis, "", 99));
  ExpectProblem("Redis has no database 99: name the relay's in --redis, or raise `databases` there");
  redis.Stop();
  redis.SetArguments({"--databases", "100"});
  redis.Start();
  EXPECT_TRUE(MetersLive(redis, 99));
}

TEST_F(Permissions, ADatabaseWithoutTheRelaysKeysIsQuietAndWell) {
  const RedisServer redis;
  redis.Connect().Must({"SET", "something", "else"});
  Meter(Url(redis));
  metering_->AwaitBaseline();
  EXPECT_TRUE(WaitFor([&] { return Value("SELECT connected FROM processor_status") == "1"; }));
  EXPECT_EQ(Problem(), "");
}

// ---- What Redis itself does not let anybody do

TEST_F(Permissions, ProtectedModeIsNamedAndMeteredOnceItIsOff) {
  std::string own_address;
  ifaddrs* list = nullptr;
  ASSERT_EQ(::getifaddrs(&list), 0);
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET) continue;
    if ((entry->ifa_flags & IFF_LOOPBACK) != 0) continue;
    char text[INET_ADDRSTRLEN] = "";
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr, text, sizeof text);
    own_address = text;
  }
  ::freeifaddrs(list);
  if (own_address.empty()) GTEST_SKIP() << "this machine has loopback only";
  const RedisServer redis({.arguments = {"--bind", "127.0.0.1", own_address}});
  Meter(fmt::format("redis://{}:{}", own_address, redis.port()));
  ExpectProblem("Redis is in protected mode and takes clients of its own machine only: set a password there");
  redis.Connect().Must({"CONFIG", "SET", "protected-mode", "no"});
  EXPECT_TRUE(MetersLive(redis));
}

class MaxClients : public Permissions, public ::testing::WithParamInterface<int> {};

TEST_P(MaxClients, IsNamedAndMeteredOnceThereIsRoom) {
  const RedisServer redis({.arguments = {"--maxclients", "4"}});
  std::vector<RedisClient> others;
  for (int i = GetParam(); i < 4; ++i) others.push_back(redis.Connect());
  Meter(Url(redis));
  ExpectProblem("Redis has no room for another client: raise maxclients there");
  others.clear();
  EXPECT_TRUE(MetersLive(redis));
}

INSTANTIATE_TEST_SUITE_P(RoomFor, MaxClients, ::testing::Values(0, 1));

// ---- Replicas

class Replica : public Permissions {
 protected:
  Replica() {
    EXPECT_TRUE(WaitFor([&] {
      return replica_.Connect().Text({"INFO"}).find("master_link_status:up") != std::string::npos;
    }));
  }

  RedisServer master_{{.arguments = {"--repl-diskless-sync-delay", "0"}}};
  RedisServer replica_{{.arguments = {"--replicaof", "127.0.0.1", std::to_string(master_.port())}}};
};

TEST_F(Replica, IsMeteredWithWhatItsMasterWrites) {
  Meter(replica_.url());
  EXPECT_TRUE(MetersLive(master_));
}

TEST_F(Replica, AnnouncesDeletionsOfItsMaster) {
  Meter(replica_.url());
  EXPECT_TRUE(MetersLive(master_));
  RedisClient client = master_.Connect();
  client.Must({"DEL", kCounter});
  Use(std::move(client), 9);  // more than before: only the deletion's event tells
  EXPECT_TRUE(Shows(16));
  EXPECT_EQ(Value("SELECT reason FROM adjustments"), "reset");
}

TEST_F(Replica, AnnouncesExpiriesOfItsMaster) {
  Meter(replica_.url());
  EXPECT_TRUE(MetersLive(master_));
  RedisClient client = master_.Connect();
  client.Must({"PEXPIRE", kCounter, "1"});
  EXPECT_TRUE(WaitFor([&] { return client.Integer({"EXISTS", kCounter}) == 0; }));
  Use(std::move(client), 9);
  EXPECT_TRUE(Shows(16));
  EXPECT_EQ(Value("SELECT reason FROM adjustments"), "reset");
}

TEST_F(Replica, ThatMayNotServeOldDataIsNamedAndMeteredOnceItMay) {
  RedisClient client = replica_.Connect();
  client.Must({"CONFIG", "SET", "replica-serve-stale-data", "no"});
  client.Must({"REPLICAOF", "127.0.0.1", "1"});
  Meter(replica_.url());
  ExpectProblem("this replica has lost its master and may not serve old data");
  client.Must({"REPLICAOF", "127.0.0.1", std::to_string(master_.port())});
  EXPECT_TRUE(MetersLive(master_));
}

// ---- notify-keyspace-events

TEST_F(Permissions, FlagsThatMayNotBeLookedAtAreDoubtedUntilEventsCome) {
  const RedisServer redis(
      {.arguments = {"--rename-command", "CONFIG", "", "--notify-keyspace-events", "Eghxe"}});
  Meter(Url(redis));
  ExpectProblem(std::string("we may not read notify-keyspace-events: if no usage appears, ") + kFlagsLine);
  EXPECT_TRUE(MetersLive(redis));
  EXPECT_TRUE(WaitFor([&] { return Problem().empty(); })) << Problem();
}

TEST_F(Permissions, WhereConfigIsRenamedAwayTheOperatorsLineIsNamedAndMendsIt) {
  const RedisServer redis({.arguments = {"--rename-command", "CONFIG", "OPERATORS-CONFIG"}});
  Meter(Url(redis));
  ExpectProblem(kFlagsLine);
  redis.Connect().Must({"OPERATORS-CONFIG", "SET", "notify-keyspace-events", "Eghxe"});
  EXPECT_TRUE(MetersLive(redis));
  EXPECT_TRUE(WaitFor([&] { return Problem().empty(); })) << Problem();
}

TEST_F(Permissions, WhereFlagsMayNotBeSetTheOperatorsLineIsNamedAndMendsIt) {
  const RedisServer redis({.arguments = {"--notify-keyspace-events", "Kl"}});
  RedisClient admin = redis.Connect();
  admin.Must({"ACL", "SETUSER", "default", "-config|set"});
  Meter(Url(redis));
  ExpectProblem(
      "notify-keyspace-events is 'lK' and we may not change it: run on the Redis server: CONFIG "
      "SET notify-keyspace-events lKEghxe");
  admin.Must({"ACL", "SETUSER", "operator", "on", "nopass", "+@all", "~*", "&*"});
  admin.Must({"AUTH", "operator", ""});
  admin.Must({"CONFIG", "SET", "notify-keyspace-events", "lKEghxe"});
  EXPECT_TRUE(WaitFor([&] { return Problem().empty(); })) << Problem();
  EXPECT_TRUE(MetersLive(redis));
}

TEST_F(Permissions, WhereOnlyEvictionsAreNotAnnouncedItMetersAndNoProblemIsNamed) {
  const RedisServer redis({.arguments = {"--notify-keyspace-events", "Eghx"}});
  redis.Connect().Must({"ACL", "SETUSER", "default", "-config|set"});
  Meter(Url(redis));
  EXPECT_TRUE(MetersLive(redis));
  EXPECT_EQ(Problem(), "");
}

TEST_F(Permissions, WhereOnlyTheNeededChannelsAreAllowedItMetersByThem) {
  const RedisServer redis;
  RedisClient admin = redis.Connect();
  admin.Must({"ACL", "SETUSER", "few", "on", ">secret", "+@all", "~*", "resetchannels",
              "&__keyevent@0__:hset", "&__keyevent@0__:hincrby", "&__keyevent@0__:del",
              "&__keyevent@0__:expired", "&__keyevent@0__:restore"});
  Meter(Url(redis, "few:secret"));
  EXPECT_TRUE(MetersLive(redis));
  EXPECT_EQ(Problem(), "");
  admin.Must({"DEL", kCounter});
  Use(std::move(admin), 9);
  EXPECT_TRUE(Shows(16));
}

// ---- The rule that processor/README.md documents

/// The rules of the documented ACL SETUSER, without the user's name and the password.
Words DocumentedRules() {
  const std::string readme = ReadFile(std::string(KEYMETER_SOURCE_DIR) + "/processor/README.md");
  const std::string begin = "redis-cli ACL SETUSER keymeter on '>PASSWORD' ";
  const std::size_t at = readme.find(begin);
  if (at == std::string::npos) throw std::runtime_error("processor/README.md has no ACL SETUSER");
  std::string line;
  for (std::size_t i = at + begin.size(); readme[i] != '\n' || readme[i - 1] == '\\'; ++i)
    if (readme[i] != '\'' && readme[i] != '\\') line += readme[i];
  std::istringstream words(line);
  return {std::istream_iterator<std::string>(words), {}};
}

class AclRule : public Permissions {
 protected:
  static constexpr int kDatabase = 3;

  AclRule() {
    offset_s_.reset();  // it is read off the times to live of two hours' counters
    admin_.Must({"SELECT", std::to_string(kDatabase)});
    Serve("2026-11-20:19", 45 * kMinuteSeconds);
    Serve("2026-11-20:20", 0);
    WriteOneOfEach(LoadProfiles("auto")->front());
  }

  /// What the relay wrote for one request so long ago, in this hour of its own.
  void Serve(const std::string& hour, std::int64_t ago_s) {
    const std::string counter = "usage:key-1:model:hourly:gpt-5:" + hour;
    const std::string index = "usage:keymodel:hourly:index:" + hour;
    const std::string ttl_s = std::to_string(7 * kDaySeconds - ago_s);
    admin_.Must({"HINCRBY", counter, "requests", "1"});
    admin_.Must({"EXPIRE", counter, ttl_s});
    admin_.Must({"SADD", index, "key-1:gpt-5"});
    admin_.Must({"EXPIRE", index, ttl_s});
  }

  void WriteOneOfEach(const Profile& profile) {
    for (const EntitySpec& entity : profile.entities) {
      const std::string key = entity.key.Key({"id-1", "", "", ""});
      entity.form == EntityForm::kJson ? admin_.Must({"SET", key, R"({"name":"one"})"})
                                       : admin_.Must({"HSET", key, "name", "one"});
      if (!entity.index.empty()) admin_.Must({"SADD", entity.index, "id-1"});
      for (const NoteSpec& note : entity.notes) WriteNote(note);
    }
    admin_.Must({"HSET", profile.groups->key.Key({"g-1", "", "", ""}), "name", "one"});
    admin_.Must({"SADD", profile.groups->index, "g-1"});
    admin_.Must({"SADD", profile.groups->members.Key({"g-1", "", "", ""}), "id-1"});
  }

  void WriteNote(const NoteSpec& note) {
    const std::string key = note.key.Key({"id-1", "", "", ""});
    note.form == EntityForm::kJson ? admin_.Must({"SET", key, "{}"})
                                   : admin_.Must({"HSET", key, "field", "one"});
  }

  void Allow(const Words& rules) {
    RedisCommand command = {"ACL", "SETUSER", "keymeter", "reset", "on", ">secret"};
    command.insert(command.end(), rules.begin(), rules.end());
    admin_.Must(command);
    admin_.Must({"ACL", "LOG", "RESET"});
  }
  static Words Without(const std::string& rule) {
    Words rules = DocumentedRules();
    if (std::erase(rules, rule) != 1) throw std::runtime_error("the documented rule has no " + rule);
    return rules;
  }
  [[nodiscard]] bool WasAnythingDenied() { return !admin_.Must({"ACL", "LOG"}).elements.empty(); }
  void MeterAsThatUser() { Meter(Url(redis_, "keymeter:secret", kDatabase)); }

  RedisServer redis_{{.arguments = {"--notify-keyspace-events", "Eghxe"}}};
  RedisClient admin_ = redis_.Connect();
};

TEST_F(AclRule, OfTheReadmeSuffices) {
  Allow(DocumentedRules());
  MeterAsThatUser();
  metering_->AwaitBaseline();
  admin_.Must({"HINCRBY", kCounter, "requests", "7"});
  EXPECT_TRUE(Shows(9));
  for (const char* view : {"api_keys", "accounts", "account_groups", "account_group_members"})
    EXPECT_TRUE(WaitFor([&] { return Value(std::string("SELECT count(*) FROM ") + view) != "0"; })) << view;
  EXPECT_EQ(Problem(), "");
  EXPECT_FALSE(WasAnythingDenied()) << fmt::format(
      "{}", fmt::join(admin_.Must({"ACL", "LOG"}).elements[0].Texts(), " "));
}

TEST_F(AclRule, OfTheReadmeHoldsNothingThatIsNotUsed) {
  for (const std::string& rule : DocumentedRules()) {
    if (rule.starts_with("reset") || rule == "-@all") continue;
    if (rule == "+hstrlen" || rule == "+strlen")
      continue;  // only where a field is too long: see entities_test
    metering_.reset();
    std::filesystem::remove(Db());  // so that everything is looked for again
    Allow(Without(rule));
    MeterAsThatUser();
    EXPECT_TRUE(WaitFor([&] { return WasAnythingDenied(); })) << rule;
  }
}

class NeededRight : public AclRule, public ::testing::WithParamInterface<const char*> {};

TEST_P(NeededRight, IsNamedWhenItIsMissingAndMeteringBeginsOnceItIsGranted) {
  const std::string rule = GetParam();
  Allow(Without(rule));
  MeterAsThatUser();
  ExpectProblem("our Redis user lacks a right (NOPERM ");
  ExpectProblem("ACL SETUSER <our user> " + rule);
  admin_.Must({"ACL", "SETUSER", "keymeter", rule});
  metering_->AwaitBaseline();
  EXPECT_TRUE(Shows(2));
  EXPECT_TRUE(WaitFor([&] { return Problem().empty(); })) << Problem();
}

/// As the rule was before there were notes.
TEST_F(AclRule, MayLackTheNotesOnAccounts) {
  Words rules = DocumentedRules();
  EXPECT_EQ(std::erase_if(rules,
                          [](const std::string& rule) {
                            return rule == "%R~temp_unavailable:*" || rule == "%R~account_balance:*";
                          }),
            2U);
  Allow(rules);
  MeterAsThatUser();
  metering_->AwaitBaseline();
  EXPECT_TRUE(WaitFor([&] { return WasAnythingDenied(); }));
  admin_.Must({"HINCRBY", kCounter, "requests", "7"});
  EXPECT_TRUE(Shows(9));
  EXPECT_TRUE(WaitFor([&] { return Value("SELECT count(*) FROM accounts WHERE name = 'one'") != "0"; }));
  EXPECT_EQ(Problem(), "");
  EXPECT_EQ(metering_->metrics().sessions, 1);
}

INSTANTIATE_TEST_SUITE_P(Rules, NeededRight,
                         ::testing::Values("+ping", "+subscribe", "+select", "+hmget", "+scan", "+sscan",
                                           "&__keyevent@*"));

class HelpfulRight : public AclRule, public ::testing::WithParamInterface<const char*> {};

TEST_P(HelpfulRight, IsDoneWithoutWhenItIsMissing) {
  Allow(Without(GetParam()));
  MeterAsThatUser();
  // Without PTTL the offset is read off the first live usage.
  ASSERT_TRUE(WaitFor([&] { return Value("SELECT connected FROM processor_status") == "1"; }));
  admin_.Must({"HINCRBY", kCounter, "requests", "7"});
  EXPECT_TRUE(WaitFor([&] {
    clock_.AdvanceMs(10);  // the offset is sure when a second of usage names one hour
    return Value("SELECT sum(requests) FROM api_key_usage_hour") == "9";
  }));
  EXPECT_TRUE(WaitFor([&] { return Problem().empty(); })) << Problem();
}

INSTANTIATE_TEST_SUITE_P(Rules, HelpfulRight,
                         ::testing::Values("+info", "+config|get", "+pttl", "+get", "+hstrlen", "+strlen",
                                           "+client|id", "+client|list"));

}  // namespace
}  // namespace keymeter::testing
