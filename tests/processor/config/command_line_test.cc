#include "processor/config/command_line.h"

#include "processor/config/settings.h"
#include "schema/version.h"
#include "tests/processor/config/options_fixture.h"

namespace keymeter::processor {
namespace {

class CommandLineTest : public OptionsTest {};

TEST_F(CommandLineTest, KnowWhatATokenIsToBe) {
  environment_["KEYMETER_TOKEN_FILE"] = "tokens.json";
  const Options created = Taken({"token", "create", "--name", "ann"});
  EXPECT_EQ(created.command, Command::kTokenCreate);
  EXPECT_EQ(created.api.access.token_file, "tokens.json");
  EXPECT_EQ(created.of_command.token.name, "ann");
  EXPECT_FALSE(created.of_command.token.is_admin);
  EXPECT_FALSE(created.of_command.token.lifetime_s);
  const Options other = Taken({"token", "create", "--name", "ann", "--role", "admin", "--expires", "90d"});
  EXPECT_TRUE(other.of_command.token.is_admin);
  EXPECT_EQ(other.of_command.token.lifetime_s, 90 * 86'400);
  EXPECT_EQ(Taken({"token", "revoke", "ann", "--token-file", "t"}).of_command.token.revoked, "ann");
  EXPECT_TRUE(Taken({"token", "list", "--json"}).of_command.json);
}

TEST_F(CommandLineTest, KnowWhatEachCommandDoes) {
  EXPECT_FALSE(Taken({"process"}).Serves());
  EXPECT_TRUE(Taken({"process"}).Processes());
  EXPECT_TRUE(Taken({"serve"}).Serves());
  EXPECT_FALSE(Taken({"serve"}).Processes());
  EXPECT_EQ(Taken({"healthcheck"}).of_command.health_path, "/healthz");
  EXPECT_EQ(Taken({"healthcheck", "--live"}).of_command.health_path, "/livez");
  EXPECT_EQ(Taken({"healthcheck", "--ready"}).of_command.health_path, "/readyz");
  EXPECT_FALSE(Taken({"status"}).of_command.watch_ms);
  EXPECT_EQ(Taken({"status", "--watch"}).of_command.watch_ms, 1000);
  EXPECT_EQ(Taken({"status", "--watch", "5", "--db", "x"}).of_command.watch_ms, 5000);
  EXPECT_TRUE(Taken({"status", "--watch", "--json"}).of_command.json);
}

TEST_F(CommandLineTest, TakeAListInSeveralFlagsOrWithCommas) {
  const std::vector<std::string> both = {"127.0.0.1:1", "unix:/run/api.sock"};
  EXPECT_EQ(Taken({"serve", "--listen", "127.0.0.1:1", "--listen", "unix:/run/api.sock"}).api.listen, both);
  EXPECT_EQ(Taken({"serve", "--listen=127.0.0.1:1,unix:/run/api.sock"}).api.listen, both);
  EXPECT_EQ(
      Taken({"run", "--trusted-proxy", "10.0.0.1", "--trusted-proxy", "unix:"}).api.access.trusted_proxies,
      (std::vector<std::string>{"10.0.0.1", "unix:"}));
  ExpectRefused({"run", "--db", "a", "--db", "b"}, {"--db"});
}

TEST_F(CommandLineTest, ShowTheVersion) {
  const Invocation invocation = Parse({"--version"});
  EXPECT_EQ(invocation.exit_code, 0);
  EXPECT_FALSE(invocation.is_error);
  EXPECT_EQ(invocation.text, fmt::format("keymeter {}\n", kVersion));
}

TEST_F(CommandLineTest, ExplainThemselves) {
  const Invocation general = Parse({"--help"});
  EXPECT_EQ(general.exit_code, 0);
  EXPECT_FALSE(general.is_error);
  for (const char* word : {"run", "process", "serve", "healthcheck", "status", "--version",
                           "KEYMETER_REDIS_PASSWORD", "sqlite3 -readonly"})
    EXPECT_NE(general.text.find(word), std::string::npos) << word;
  const Invocation run = Parse({"run", "--help"});
  EXPECT_EQ(run.exit_code, 0);
  for (const char* group : {"Redis:", "File:", "Metering:", "HTTP:", "Log:", "Configuration:"})
    EXPECT_NE(run.text.find(group), std::string::npos) << group;
  for (const Setting& setting : AllSettings())
    EXPECT_EQ(run.text.find("  " + setting.Flag() + " ") != std::string::npos,
              setting.name != "redis_password")
        << setting.name;
  for (const char* word : {"[127.0.0.1:8787]", "Exit codes"})
    EXPECT_NE(run.text.find(word), std::string::npos) << word;
}

TEST_F(CommandLineTest, AreWrongWithTheFlagTheValueAndTheRemedy) {
  const struct {
    std::vector<const char*> arguments;
    std::vector<std::string> words;
  } cases[] = {
      {{"run", "--log-level", "loud"}, {"--log-level", "loud", "debug", "error"}},
      {{"run", "--log-format", "xml"}, {"--log-format", "xml", "logfmt", "json"}},
      {{"run", "--flush-interval", "never"}, {"--flush-interval", "never", "500ms"}},
      {{"run", "--flush-interval", "99ms"}, {"--flush-interval", "99ms", "100ms"}},
      {{"run", "--poll", "0.5"}, {"--poll", "0.5", "off", "1 to 3600"}},
      {{"run", "--audit-interval", "5x"}, {"--audit-interval", "5x", "off", "60m"}},
      {{"run", "--poll", "3601"}, {"--poll", "3601", "1 to 3600"}},
      {{"run", "--import-max-load", "0.5%"}, {"--import-max-load", "0.5%", "1% to 100%"}},
      {{"run", "--import-max-load", "101%"}, {"--import-max-load", "101%", "1% to 100%"}},
      {{"run", "--import-max-load", "0.1"}, {"--import-max-load", "0.1", "10%"}},
      {{"run", "--utc-offset", "+08:30"}, {"--utc-offset", "+08:30"}},
      {{"run", "--utc-offset", "Berlin"}, {"--utc-offset", "Berlin"}},
      {{"run", "--profile", "/no/such.json"}, {"--profile", "/no/such.json"}},
      {{"run", "--redis", "http://h"}, {"--redis", "redis://[[user]:password@]host[:port][/database]"}},
      {{"run", "--redis-ca", "ca.pem"}, {"--redis-ca", "rediss://"}},
      {{"run", "--redis-tls-no-verify"}, {"--redis-tls-no-verify", "rediss://"}},
      {{"run", "--redis", "rediss://h", "--redis-key", "k"}, {"--redis-key", "redis_cert"}},
      {{"run", "--redis-password-file", "/no/such"}, {"--redis-password-file", "/no/such"}},
      {{"run", "--redis-password", "x"}, {"--redis-password", "KEYMETER_REDIS_PASSWORD"}},
      {{"run", "--config", "/no/such.json"}, {"configuration file", "/no/such.json"}},
      {{"run", "--listen", ""}, {"--listen", "is empty", "127.0.0.1:8787"}},
      {{"run", "--listen", "a:1,,b:1"}, {"--listen", "a:1,,b:1", "unix:/"}},
      {{"run", "--allowed-hosts", "a,,b"}, {"--allowed-hosts", "a,,b"}},
      {{"run", "--trusted-proxy", "10.0.0.1,,10.0.0.2"}, {"--trusted-proxy", "10.0.0.0/8"}},
      {{"run", "--cors-origin", "https://a, https://b"}, {"--cors-origin", "https://dash.example"}},
      {{"run", "--rate-limit", "50"}, {"--rate-limit", "'50'", "50/s:200"}},
      {{"run", "--access-log", "all"}, {"--access-log", "all", "on, errors, off"}},
      {{"token"}, {"create", "revoke"}},
      {{"token", "creat"}, {"'token creat'", "did you mean create?"}},
      {{"token", "create"}, {"--name"}},
      {{"token", "create", "--name", "a", "--role", "root"}, {"--role", "root", "viewer", "admin"}},
      {{"token", "create", "--name", "a", "--expires", "90"}, {"--expires", "90", "90d"}},
      {{"token", "create", "--name", "a", "--db", "x"}, {"--db", "token create"}},
      {{"token", "revoke"}, {"TOKEN"}},
      {{"run", "--max-connections", "7"}, {"--max-connections", "7", "8 to 65536"}},
      {{"run", "--max-connections", "8x"}, {"--max-connections", "8x", "8 to 65536"}},
      {{"run", "--max-connections-per-address", "0"}, {"--max-connections-per-address", "off", "1 to 65536"}},
      {{"run", "--no-auth=maybe"}, {"--no-auth", "maybe", "true"}},
      {{"run", "--no-such-flag"}, {"--no-such-flag"}},
      {{"run", "--flush-intervall", "1s"}, {"--flush-intervall", "did you mean --flush-interval?"}},
      {{"run", "--print-confg"}, {"did you mean --print-config?"}},
      {{"run", "--db"}, {"--db", "FILE"}},
      {{"run", "--db", "a", "--db", "b"}, {"--db"}},
      {{"run", "extra"}, {"flags only"}},
      {{"fly"}, {"'fly'", "run, process, serve"}},
      {{"staus"}, {"did you mean status?"}},
      {{}, {"subcommand", "--help"}},
      {{"process", "--listen", "h:1"}, {"--listen", "process"}},
      {{"serve", "--redis", "redis://h"}, {"--redis", "serve"}},
      {{"healthcheck", "--live", "--ready"}, {"--live", "--ready"}},
      {{"status", "--watch", "0"}, {"--watch", "0"}},
  };
  for (const auto& c : cases) ExpectRefused(c.arguments, c.words);
}

TEST_F(CommandLineTest, NeverRepeatAPassword) {
  const std::vector<const char*> cases[] = {{"run", "--redis", "http://:sesame@h"},
                                            {"run", "--redis", "redis://:sesame@h:x"},
                                            {"run", "--redis", "redis://:sesame@h/x"},
                                            {"run", "redis://:sesame@h"},
                                            {"run", "--redis-pasword=sesame"},
                                            {"run", "--redis-password", "sesame"},
                                            {"--redis", "redis://:sesame@h", "run"},
                                            {"--redis=redis://:sesame@h", "run"},
                                            {"redis://:sesame@h", "run"},
                                            {"run", "--", "redis://:sesame@h"},
                                            {"redis://:sesame@h"}};
  for (const auto& arguments : cases)
    EXPECT_EQ(Parse(arguments).text.find("sesame"), std::string::npos) << arguments.back();
}

TEST_F(CommandLineTest, BackupTakesAFile) {
  const Options options = Taken({"backup", "copy.db", "--db", "k.db", "--force"});
  EXPECT_EQ(options.command, Command::kBackup);
  EXPECT_EQ(options.of_command.backup_path, "copy.db");
  EXPECT_EQ(options.processor.db_path, "k.db");
  EXPECT_TRUE(options.of_command.force);
  EXPECT_FALSE(Taken({"backup", "--db", "k.db", "copy.db"}).of_command.force);
  ExpectRefused({"backup", "--db", "k.db"}, {"FILE"});
  ExpectRefused({"backup", "a.db", "b.db"}, {"backup: takes flags only"});
  ExpectRefused({"backup", "a.db", "--forse"}, {"did you mean --force?"});
}

TEST_F(CommandLineTest, RebuildTakesWhatMeteringTakes) {
  const Options options = Taken({"rebuild", "--redis", "redis://h", "--utc-offset", "+08:00", "--dry-run"});
  EXPECT_EQ(options.command, Command::kRebuild);
  EXPECT_EQ(options.processor.utc_offset_s, 28'800);
  EXPECT_FALSE(options.processor.profiles.empty());
  EXPECT_TRUE(options.of_command.dry_run);
  EXPECT_FALSE(options.of_command.force);
  ExpectRefused({"rebuild", "--listen", "127.0.0.1:1"}, {"--listen: is no flag of rebuild"});
}

}  // namespace
}  // namespace keymeter::processor
