// keymeter token, and a server that is started with what it made.

#include <csignal>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "tests/support/http_client.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {
namespace {

class TokenTest : public ::testing::Test {
 protected:
  Ended Token(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "token");
    arguments.insert(arguments.end(), {"--token-file", file_});
    return RunKeymeter(std::move(arguments));
  }
  /// Of that name, without the newline behind it.
  std::string Created(const std::string& name, const std::string& role = "viewer") {
    Ended created = Token({"create", "--name", name, "--role", role});
    EXPECT_EQ(created.exit_code, 0) << created.error;
    if (!created.out.empty()) created.out.pop_back();
    return created.out;
  }
  static int StatusOf(const Program& program, const std::string& token) {
    return HttpGet(program.Api("/api/apikeys"), {"Authorization: Bearer " + token}).status;
  }

  const TempDir directory_;
  const std::string file_ = directory_.File("tokens.json");
};

TEST_F(TokenTest, IsShownOnceListedAndRevoked) {
  const std::string token = Created("ann", "admin");
  EXPECT_EQ(token.size(), 46U);
  EXPECT_EQ(ReadFile(file_).find(token), std::string::npos);
  struct stat file {};
  ASSERT_EQ(::stat(file_.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777, 0600U);

  const Ended created = Token({"create", "--name", "bob", "--expires", "90d"});
  EXPECT_EQ(created.error.find(created.out), std::string::npos) << "the token is on stdout alone";
  const auto list = nlohmann::json::parse(Token({"list", "--json"}).out);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].at("name"), "ann");
  EXPECT_EQ(list[0].at("role"), "admin");
  EXPECT_TRUE(list[0].at("expires").is_null());
  EXPECT_EQ(list[1].at("role"), "viewer");
  EXPECT_FALSE(list[1].at("isExpired"));
  EXPECT_FALSE(list[1].contains("sha256"));
  const std::string table = Token({"list"}).out;
  for (const char* word : {"ID", "NAME", "ROLE", "CREATED", "EXPIRES", "ann", "bob", "never"})
    EXPECT_NE(table.find(word), std::string::npos) << table;

  EXPECT_EQ(Token({"revoke", "ann"}).exit_code, 0);
  EXPECT_EQ(Token({"revoke", list[1].at("id")}).exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(Token({"list", "--json"}).out).size(), 0U);
}

TEST_F(TokenTest, SaysWhatIsWrongAndWhatToDo) {
  Created("ann");
  const struct {
    Ended ended;
    int exit_code;
    std::string says;
  } cases[] = {
      {RunKeymeter({"token", "list"}), 2, "--token-file"},
      {RunKeymeter({"token", "list", "--token-file", "/nowhere.json"}), 1, "/nowhere.json"},
      {RunKeymeter({"token", "create", "--name", "x", "--token-file", "/no/such/dir/t"}), 1, "/no/such/dir"},
      {Token({"create", "--name", "a b"}), 2, "--name 'a b'"},
      {Token({"create", "--name", "ann"}), 1, "choose another"},
      {Token({"create", "--name", "x", "--role", "root"}), 2, "viewer"},
      {Token({"revoke", "eve"}), 1, "'eve'"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(c.ended.exit_code, c.exit_code) << c.says;
    EXPECT_NE(c.ended.error.find(c.says), std::string::npos) << c.ended.error;
  }
  for (const char* command : {"create", "list", "revoke"}) {
    const Ended help = RunKeymeter({"token", command, "--help"});
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_NE(help.out.find("--token-file"), std::string::npos) << help.out;
    EXPECT_NE(help.out.find("Exit codes"), std::string::npos) << help.out;
  }
}

TEST_F(TokenTest, LetsItsHolderInUntilItIsRevoked) {
  const std::string ann = Created("ann");
  Program program("serve", {"--db", directory_.File("k.db"), "--token-file", file_});
  EXPECT_EQ(HttpGet(program.Api("/api/apikeys")).status, 401);
  EXPECT_EQ(StatusOf(program, "km_wrong"), 401);
  EXPECT_EQ(StatusOf(program, ann), 503) << "let in; there is no file yet";
  const std::string bob = Created("bob");
  EXPECT_TRUE(WaitFor([&] { return StatusOf(program, bob) == 503; })) << "the server follows the file";
  EXPECT_EQ(Token({"revoke", "ann"}).exit_code, 0);
  EXPECT_TRUE(WaitFor([&] { return StatusOf(program, ann) != 503; }));
  EXPECT_EQ(StatusOf(program, bob), 503);
}

TEST_F(TokenTest, NeverStandsInTheLog) {
  const std::string token = Created("ann");
  const std::string secret = directory_.File("secret");
  WriteFile(secret, "Zx9SecretMark-of-more-than-32-bytes\n");
  Program program("serve", {"--db", directory_.File("k.db"), "--token-file", file_, "--jwt-secret-file",
                            secret, "--log-level", "debug"});
  const HttpResponse response = HttpGet(program.Api("/api/apikeys?search=Zx9Searched"),
                                        {"Authorization: Bearer " + token, "X-Request-Id: find-me"});
  EXPECT_EQ(response.headers.at("x-request-id"), "find-me");
  EXPECT_EQ(response.Json().at("requestId"), "find-me");
  EXPECT_EQ(StatusOf(program, token + "x"), 401);
  EXPECT_EQ(StatusOf(program, "a." + token + ".b"), 401);
  program.AwaitLine("request_id=find-me");
  program.process().Signal(SIGTERM);
  EXPECT_EQ(program.process().Wait(), 0);
  const std::string log = program.process().StandardError();
  EXPECT_NE(log.find("msg=\"request\" method=GET path=/api/apikeys route=/api/apikeys status=503"),
            std::string::npos)
      << log;
  EXPECT_NE(log.find("client=127.0.0.1 token=ann request_id=find-me"), std::string::npos) << log;
  for (const char* mark : {token.c_str(), "Zx9SecretMark", "Zx9Searched"})
    EXPECT_EQ(log.find(mark), std::string::npos) << mark;
}

TEST_F(TokenTest, OrTheirLackIsSeenByCheck) {
  EXPECT_EQ(Token({"revoke", "nobody"}).exit_code, 1);
  const std::vector<std::string> check = {
      "check", "--redis", "redis://127.0.0.1:1", "--listen", "0.0.0.0:0", "--token-file", file_};
  EXPECT_NE(RunKeymeter(check).out.find("keymeter token create --token-file"), std::string::npos);
  Created("ann");
  EXPECT_NE(RunKeymeter(check).out.find("who has a token of"), std::string::npos) << RunKeymeter(check).out;
}

TEST_F(TokenTest, SettingsThatWillNotDoEndTheStart) {
  const struct {
    std::vector<std::string> arguments;
    std::string says;
  } cases[] = {
      {{"serve", "--token-file", "/nowhere.json"}, "keymeter token create"},
      {{"serve", "--jwt-secret-file", "/nowhere"}, "--jwt-secret-file: /nowhere"},
      {{"serve", "--trusted-proxy", "10.0.0.0/33"}, "--trusted-proxy: '10.0.0.0/33'"},
      {{"serve", "--cors-origin", "*"}, "--cors-origin *"},
      {{"serve", "--listen", "0.0.0.0:0"}, "--no-auth"},
  };
  for (const auto& c : cases) {
    const Ended ended = RunKeymeter(c.arguments);
    EXPECT_EQ(ended.exit_code, 2) << c.says;
    EXPECT_NE(ended.error.find(c.says), std::string::npos) << ended.error;
  }
}

}  // namespace
}  // namespace keymeter::testing
