// Views of API keys, accounts, groups and who serves whom.

#include "tests/schema/views_fixture.h"

namespace keymeter {

namespace {

TEST_F(ViewsTest, KeepAKeyWhoseHashIsGoneAsDeleted) {
  EXPECT_EQ(Only("SELECT is_active, is_deleted FROM api_keys"),
            (Row{{"is_active", "1"}, {"is_deleted", "0"}}));
  Run("UPDATE api_key SET gone = 1");
  Run("UPDATE account SET gone = 1");
  const Row gone = {{"is_active", "0"}, {"is_deleted", "1"}};
  EXPECT_EQ(Only("SELECT is_active, is_deleted FROM api_keys WHERE api_key = 'k'"), gone);
  EXPECT_EQ(Only("SELECT is_active, is_deleted FROM accounts WHERE account = 'a'"), gone);
}

TEST_F(ViewsTest, ShowUntilWhenAnAccountIsUnavailableAndWhatIsKnownOfItsBalance) {
  const auto shown = [this] {
    const Row row = Only(
        "SELECT coalesce(unavailable_until, '?') || ' ' || coalesce(balance, '?') || ' ' || "
        "coalesce(balance_currency, '') AS shown FROM accounts WHERE account = 'a'");
    return row.at("shown");
  };
  EXPECT_EQ(shown(), "? ? ") << "nothing is known";
  Run("UPDATE account SET unavailable_until = '2126-11-20T12:00:00Z', balance = 0, balance_currency = 'CNY'");
  EXPECT_EQ(shown(), "2126-11-20T12:00:00Z 0.0 CNY");
  Run("UPDATE account SET unavailable_until = '2026-01-01T00:00:00Z'");
  EXPECT_EQ(shown(), "? 0.0 CNY") << "that moment has come";
  Run("UPDATE account SET unavailable_until = '2126-11-20T12:00:00Z', gone = 1");
  EXPECT_EQ(shown(), "? ? ");
}

TEST_F(ViewsTest, ShowRatesOfAKeyThatAreKnown) {
  const std::string rates = "SELECT coalesce(service_rates, '?') AS rates FROM api_keys";
  EXPECT_EQ(Only(rates).at("rates"), "?");
  Run("UPDATE api_key SET service_rates = '{}'");
  EXPECT_EQ(Only(rates).at("rates"), "{}");
}

TEST_F(ViewsTest, ShowTheGroupOfAKeyAndTheMembersOfAGroup) {
  Run("INSERT INTO account_group (id, name) VALUES ('g', 'Team α'), ('h', 'Gone')");
  Run("UPDATE account_group SET gone = 1 WHERE id = 'h'");
  Run("INSERT INTO group_member VALUES ('g', 'a'), ('g', 'unknown')");
  Run("UPDATE api_key SET group_id = 'g'");
  EXPECT_EQ(Only("SELECT group_name FROM api_keys").at("group_name"), "Team α");
  EXPECT_EQ(Only("SELECT account_group, member_count FROM account_groups"),
            (Row{{"account_group", "g"}, {"member_count", "2"}}));
  EXPECT_EQ(Only("SELECT account_name FROM account_group_members WHERE account = 'a'").at("account_name"),
            "Account");
  EXPECT_EQ(
      Only("SELECT account_name FROM account_group_members WHERE account = 'unknown'").at("account_name"),
      "");
  Run("UPDATE api_key SET group_id = 'h'");
  EXPECT_EQ(Only("SELECT group_id || group_name AS shown FROM api_keys").at("shown"), "");
}

TEST_F(ViewsTest, ShowWhoServesAKeyUnlessThatIsAGroupThatIsGone) {
  Run("INSERT INTO account_group (id, name, gone) VALUES ('g', 'Team α', 0), ('h', 'Gone', 1)");
  Run("INSERT INTO api_key_binding VALUES ('k', 'claude', 'group', 'g'), ('k', 'gemini', 'group', 'h'), "
      "('k', 'openai', 'account', 'a'), ('k', 'droid', 'account', 'unknown')");
  const auto rows = rows_.Query("SELECT * FROM api_key_bindings ORDER BY platform");
  ASSERT_EQ(rows.size(), 3U);
  const auto shown = [](const Row& row) {
    return row.at("platform") + " " + row.at("kind") + " " + row.at("target") + " " + row.at("target_name");
  };
  EXPECT_EQ(shown(rows[0]), "claude group g Team α");
  EXPECT_EQ(shown(rows[1]), "droid account unknown ");
  EXPECT_EQ(shown(rows[2]), "openai account a Account");
}

}  // namespace

}  // namespace keymeter
