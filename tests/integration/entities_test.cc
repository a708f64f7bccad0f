// API keys, accounts and groups, as the relay writes them into a real Redis, and what of them the file shows.

#include "tests/integration/entities_fixture.h"

namespace keymeter::testing {
namespace {

TEST_F(Entities, OfEveryKindHaveNamePlatformAndStatus) {
  for (const AccountHash& kind : kHashKinds)
    PutAccount(kind.prefix, std::string("old-") + kind.platform, "before");
  PutBedrock("old-bedrock", "before");
  Start();
  for (const AccountHash& kind : kHashKinds)
    PutAccount(kind.prefix, std::string("new-") + kind.platform, "after", "error");
  PutBedrock("new-bedrock", "after");
  for (const AccountHash& kind : kHashKinds) {
    const std::string platform = kind.platform;
    Expect(Account("old-" + platform), "before " + platform + " active");
    Expect(Account("new-" + platform), "after " + platform + " error");
  }
  Expect(Account("old-bedrock"), "before bedrock active");
  Expect(Account("new-bedrock"), "after bedrock active");
  EXPECT_EQ(Value("SELECT priority || is_active FROM accounts WHERE account = 'new-bedrock'"), "71");
  EXPECT_EQ(Value("SELECT count(*) FROM accounts"), "20");
}

TEST_F(Entities, AreRenamedAreDeletedAndComeBack) {
  PutKey("k", "key");
  PutAccount("openai:account", "a", "account");
  PutBedrock("b", "bedrock");
  Start();
  Expect(Key("k"), "key ");
  Expect(Account("a"), "account openai active");
  Expect(Account("b"), "bedrock bedrock active");
  PutKey("k", "renamed");
  PutAccount("openai:account", "a", "renamed", "error");
  PutBedrock("b", "renamed");
  Expect(Key("k"), "renamed ");
  Expect(Account("a"), "renamed openai error");
  Expect(Account("b"), "renamed bedrock active");
  relay_.Must({"DEL", "apikey:k", "openai:account:a", "bedrock_account:b"});
  Expect(Key("k"), "renamed  deleted");
  Expect(Account("a"), "renamed openai error deleted");
  Expect(Account("b"), "renamed bedrock active deleted");
  PutKey("k", "again");
  PutAccount("openai:account", "a", "again");
  PutBedrock("b", "again");
  Expect(Key("k"), "again ");
  Expect(Account("a"), "again openai active");
  Expect(Account("b"), "again bedrock active");
}

TEST_F(Entities, AreSoftDeletedWhenTheirHashSaysSo) {
  PutKey("k", "key");
  Start();
  relay_.Must({"HSET", "apikey:k", "isDeleted", "true", "isActive", "false"});
  Expect(Key("k"), "key  deleted");
  relay_.Must({"HSET", "apikey:k", "isDeleted", "false", "isActive", "true"});
  Expect(Key("k"), "key ");
}

/// One value that is larger than a reply may be: metering goes on in the same session, the rest is known.
TEST_F(Entities, WithAFieldThatIsTooLongLackThatFieldOnly) {
  const std::string poison(70 << 20U, 'x');
  PutKey("k", "key");
  PutGroup("g", "group", {"a"});
  PutAccount("openai:account", "a", "account");
  PutBedrock("b", "bedrock");
  relay_.Must({"HSET", "apikey:k", "description", poison});
  relay_.Must({"HSET", "openai:account:a", "description", std::string(100'000, 'x')});
  relay_.Must({"HSET", "account_group:g", "description", poison});
  relay_.Must({"SET", "bedrock_account:b", poison});
  Start();
  Expect(Key("k"), "key ");
  Expect(Account("a"), "account openai active");
  Expect(Members("g"), "a");
  const std::string problem = "SELECT problem FROM processor_status";
  Expect(problem, "left out: 4 fields of entities that are too long (see the log)");
  EXPECT_EQ(Value("SELECT count(*) FROM accounts WHERE account = 'b'"), "0");
  EXPECT_TRUE(WaitFor([&] { return metering_->metrics().left_out == 4; }));
  PutKey("k", "renamed");  // while it is there
  Expect(Key("k"), "renamed ");

  relay_.Must({"HSET", "apikey:k", "description", "short"});
  relay_.Must({"HDEL", "openai:account:a", "description"});
  PutAccount("openai:account", "a", "renamed");  // HDEL raises no event that we take
  relay_.Must({"DEL", "account_group:g"});
  Expect("SELECT description FROM api_keys WHERE api_key = 'k'", "short");
  Expect(Account("a"), "renamed openai active");
  PutBedrock("b", "bedrock");
  Expect(Account("b"), "bedrock bedrock active");
  Expect(problem, "");
  EXPECT_EQ(metering_->metrics().sessions, 1);
  EXPECT_EQ(Value("SELECT count(*) FROM gaps"), "0");
}

TEST_F(Entities, ACounterWithAValueThatIsTooLongIsMeteredWithoutIt) {
  const std::string counter = std::string("usage:k:model:hourly:gpt-5:") + kEntitiesHour;
  relay_.Must({"HSET", counter, "requests", "3", "inputTokens", std::string(70 << 20U, '1')});
  relay_.Must({"SADD", std::string("usage:keymodel:hourly:index:") + kEntitiesHour, "k:gpt-5"});
  Start();
  Expect("SELECT requests || ' ' || input_tokens FROM api_key_usage_hour", "3 0");
  Expect("SELECT problem FROM processor_status",
         "left out: values of 1 counter that are too long (see the log)");
  relay_.Must({"HSET", counter, "inputTokens", "10"});
  relay_.Must({"HINCRBY", counter, "requests", "1"});
  EXPECT_TRUE(WaitFor([&] {
    clock_.AdvanceMs(1000);  // it is asked for again once a minute
    return Value("SELECT requests || ' ' || input_tokens FROM api_key_usage_hour") == "4 10";
  }));
  Expect("SELECT problem FROM processor_status", "");
  EXPECT_EQ(metering_->metrics().sessions, 1);
}

TEST_F(Entities, MoveFromGroupToGroup) {
  PutGroup("g", "one", {"a", "b"});
  PutGroup("h", "two", {});
  PutKey("k", "key", "group:g");
  Start();
  Expect(Members("g"), "a,b");
  Expect(Key("k"), "key one");
  relay_.Must({"SMOVE", "account_group_members:g", "account_group_members:h", "b"});
  PutKey("k", "key", "group:h");
  Expect(Key("k"), "key two");
  Expect(Members("g"), "a");
  Expect(Members("h"), "b");
  PutGroup("h", "renamed", {"c"});
  Expect(Key("k"), "key renamed");
  Expect(Members("h"), "b,c");
}

TEST_F(Entities, AreInNoGroupThatIsGoneUntilItComesBack) {
  PutGroup("g", "one", {"a"});
  PutKey("k", "key", "group:g", "a");
  Start();
  Expect(Key("k"), "key one");
  Expect(Members("g"), "a");
  relay_.Must({"DEL", "account_group:g", "account_group_members:g"});
  relay_.Must({"SREM", "account_groups", "g"});
  Expect(Key("k"), "key ");
  Expect(Members("g"), "");
  Expect("SELECT count(*) FROM account_groups", "0");
  Expect("SELECT group_concat(platform || ' ' || target) FROM api_key_bindings", "openai a");
  PutGroup("g", "again", {"b"});
  Expect(Key("k"), "key again");
  Expect(Members("g"), "b");
}

TEST_F(Entities, BindKeysToAccountsAndGroupsHoweverTheRelaySpellsIt) {
  PutAccount("claude:account", "c", "Claude");
  PutAccount("openai_responses_account", "r", "Responses");
  PutAccount("gemini_api_account", "m", "Gemini");
  PutGroup("g", "Group", {});
  PutKey("bare", "", "c");
  PutKey("group", "", "group:g");
  PutKey("responses", "", "", "responses:r");
  PutKey("empty", "", "group:", "");
  relay_.Must({"HSET", "apikey:api", "name", "", "geminiAccountId", "api:m"});
  Start();
  Expect("SELECT count(*) FROM api_keys", "5");
  Expect(
      "SELECT group_concat(b, ';') FROM (SELECT api_key || ' ' || platform || ' ' || kind || ' ' || target "
      "|| ' ' || "
      "target_name AS b FROM api_key_bindings ORDER BY b)",
      "api gemini account m Gemini;bare claude account c Claude;group claude group g Group;"
      "responses openai account r Responses");
  PutKey("bare", "", "", "");
  Expect("SELECT count(*) FROM api_key_bindings WHERE api_key = 'bare'", "0");
}

TEST_F(Entities, ThatWentWhileNobodyWatchedAreGoneAfterTheStart) {
  for (const char* id : {"stays", "goes"}) {
    PutKey(id, id);
    PutAccount("droid:account", std::string("hash-") + id, id);
    PutBedrock(std::string("json-") + id, id);
    PutGroup(std::string("group-") + id, id, {"a"});
  }
  Start();
  Expect(
      "SELECT (SELECT count(*) FROM api_keys) + (SELECT count(*) FROM accounts WHERE name <> '') + "
      "(SELECT count(*) FROM account_groups) + (SELECT count(*) FROM account_group_members)",
      "10");
  Stop();
  relay_.Must({"DEL", "apikey:goes", "droid:account:hash-goes", "bedrock_account:json-goes",
               "account_group:group-goes"});
  relay_.Must({"SREM", "droid:account:index", "hash-goes"});
  Start();
  Expect(Key("goes"), "goes  deleted");
  Expect(Account("hash-goes"), "goes droid active deleted");
  Expect(Account("json-goes"), "goes bedrock active deleted");
  Expect("SELECT group_concat(account_group) FROM account_groups", "group-stays");
  EXPECT_EQ(Value(Key("stays")), "stays ");
  EXPECT_EQ(Value(Account("hash-stays")), "stays droid active");
  EXPECT_EQ(Value(Account("json-stays")), "stays bedrock active");
}

TEST_F(Entities, OfWhichOnlyUsageIsSeenHaveARowAndAreLookedForAgain) {
  Start();
  UseAccount("unknown");
  UseAccount("late");
  relay_.Must({"HINCRBY", std::string("usage:lost:model:hourly:gpt-5:") + kEntitiesHour, "requests", "1"});
  Expect(Key("lost"), "  deleted");
  Expect(Account("unknown"), "  ");
  PutBedrock("late", "found");  // raises no event
  Expect(Account("late"), "found bedrock active");
  EXPECT_EQ(Value(Account("unknown")), "  ");
}

TEST_F(Entities, OfOneIdAreThatOfTheKindThatTheProfileNamesFirst) {
  PutAccount("gemini_account", "a", "of gemini");
  PutAccount("claude:account", "a", "of claude");
  Start();
  Expect(Account("a"), "of claude claude active");
  PutAccount("gemini_account", "a", "of gemini still");
  PutAccount("gemini_account", "b", "behind");  // read no earlier than the one before it
  Expect(Account("b"), "behind gemini active");
  EXPECT_EQ(Value(Account("a")), "of claude claude active");
  relay_.Must({"DEL", "claude:account:a"});
  Expect(Account("a"), "of gemini still gemini active");
}

TEST_F(Entities, ThatCannotBeReadStayAsTheyWere) {
  PutBedrock("b", "bedrock");
  PutBedrock("c", "other");
  Start();
  Expect(Account("b"), "bedrock bedrock active");
  relay_.Must({"SET", "bedrock_account:b", R"({"name":"broken")"});
  PutBedrock("c", "renamed");
  Expect(Account("c"), "renamed bedrock active");
  EXPECT_EQ(Value(Account("b")), "bedrock bedrock active");
}

TEST_F(Entities, ChangeWithoutAnyEventToo) {
  PutKey("k", "key");
  PutKey("goes", "key");
  PutAccount("ccr_account", "a", "account");
  Start({.utc_offset_s = 8 * kHourSeconds, .profile = "claude-relay-service", .poll_ms = 1000});
  Expect(Key("k"), "key ");
  Expect(Account("a"), "account ccr active");
  PutKey("k", "renamed");
  relay_.Must({"DEL", "apikey:goes"});
  PutAccount("ccr_account", "a", "renamed");
  Expect(Key("k"), "renamed ");
  Expect(Key("goes"), "key  deleted");
  Expect(Account("a"), "renamed ccr active");
}

}  // namespace
}  // namespace keymeter::testing
