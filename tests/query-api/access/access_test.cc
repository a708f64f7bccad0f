#include "query-api/access/access.h"

#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/query-api/access/access_fixture.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::WriteFile;

TEST_F(AccessTest, LetsThisMachineInAsAdmin) {
  const auto access = Made();
  for (const char* host : {"127.0.0.1:8787", "localhost", "LOCALHOST:80", "[::1]:8787", "[::1]"})
    EXPECT_EQ(StatusFor(*access, {{"Host", host}}), 200) << host;
  EXPECT_TRUE(access->Check({"GET", "/", "", {local_}, "127.0.0.1"})->IsAdmin());
}

TEST_F(AccessTest, WithTokensWhoShowsOneIsLetInWithItsRoleAndName) {
  const std::string viewer = SetUpToken(Role::kViewer);
  const std::string admin = SetUpToken(Role::kAdmin);
  const auto access = Made();
  const auto first = access->Check({"GET", "/", "", {local_, Bearer(viewer)}, "10.0.0.9"});
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->IsAdmin());
  EXPECT_EQ(first->name, "token-0");
  EXPECT_EQ(first->address, "10.0.0.9");
  EXPECT_TRUE(access->Check({"GET", "/", "", {local_, {"authorization", "bEARER  " + admin}}})->IsAdmin());
  EXPECT_EQ(StatusFor(*access, {local_, Bearer(viewer), {"X-Forwarded-For", "1.2.3.4"}}), 200);
}

TEST_F(AccessTest, WithTokensAllElseIsUnauthorized) {
  const std::string token = SetUpToken();
  SetUpSecret();
  const auto access = Made();
  const std::string others[] = {"",
                                "Bearer",
                                "Bearer ",
                                "Basic " + token,
                                token,
                                "Bearer " + token + "x",
                                "Bearer " + token.substr(1),
                                "Bearer " + token + " " + token,
                                "Bearer " + std::string(5000, 'x'),
                                "Bearer a.b.c"};
  for (const std::string& value : others) {
    const auto caller = access->Check({"GET", "/", "", {local_, {"Authorization", value}}});
    ASSERT_FALSE(caller) << value;
    EXPECT_EQ(caller.error().status, 401) << value;
    EXPECT_EQ(*caller.error().FindHeader("WWW-Authenticate"),
              R"(Bearer realm="keymeter", error="invalid_token")");
    EXPECT_EQ(caller.error().body.find(token), std::string::npos);
  }
  const auto missing = access->Check({"GET", "/", "", {local_}});
  EXPECT_EQ(missing.error().status, 401);
  EXPECT_EQ(*missing.error().FindHeader("WWW-Authenticate"), R"(Bearer realm="keymeter")");
  EXPECT_EQ(StatusFor(*access, {local_, Bearer(token), Bearer(token)}), 400);
}

TEST_F(AccessTest, AJwtIsTakenByItsSecretAndRole) {
  SetUpSecret();
  const auto access = Made("0.0.0.0:1");
  const auto caller = access->Check(
      {"GET", "/", "", {local_, Bearer(Jwt(R"({"exp":1795178071,"role":"admin","sub":"ann"})"))}});
  ASSERT_TRUE(caller) << caller.error().body;
  EXPECT_TRUE(caller->IsAdmin());
  EXPECT_EQ(caller->name, "ann");
  EXPECT_EQ(StatusFor(*access, {local_, Bearer(Jwt(R"({"exp":1795178070})"))}), 401);
  EXPECT_EQ(StatusFor(*access, {local_, Bearer(MakeToken())}), 401);
}

TEST_F(AccessTest, ATokenHoldsUntilItExpires) {
  const std::string token = SetUpToken(Role::kViewer, kNowS + 10);
  const auto access = Made();
  EXPECT_EQ(StatusFor(*access, {local_, Bearer(token)}), 200);
  clock_.AdvanceMs(10'000);
  EXPECT_EQ(StatusFor(*access, {local_, Bearer(token)}), 401);
}

TEST_F(AccessTest, ARevokedTokenHoldsNoMoreASecondLater) {
  const std::string token = SetUpToken();
  const auto access = Made();
  EXPECT_EQ(StatusFor(*access, {local_, Bearer(token)}), 200);
  tokens_.clear();
  WriteTokens();
  clock_.AdvanceMs(1000);
  EXPECT_EQ(StatusFor(*access, {local_, Bearer(token)}), 401);
  EXPECT_TRUE(access->RefusesEverybody());
}

TEST_F(AccessTest, ABrokenTokenFileChangesNothing) {
  const std::string token = SetUpToken();
  const auto access = Made();
  WriteFile(options_.token_file, "{");
  clock_.AdvanceMs(1000);
  EXPECT_EQ(StatusFor(*access, {local_, Bearer(token)}), 200);
  std::filesystem::remove(options_.token_file);
  clock_.AdvanceMs(1000);
  EXPECT_EQ(StatusFor(*access, {local_, Bearer(token)}), 200);
  tokens_.clear();
  WriteTokens();
  clock_.AdvanceMs(1000);
  EXPECT_EQ(StatusFor(*access, {local_, Bearer(token)}), 401);
}

TEST_F(AccessTest, FollowsTheFileWhileManyAsk) {
  const Header token = Bearer(SetUpToken());
  const auto access = Made();
  std::atomic<bool> is_revoked = false;
  std::vector<std::thread> clients;
  clients.reserve(4);
  for (int i = 0; i < 4; ++i)
    clients.emplace_back([&] {
      while (!is_revoked) EXPECT_EQ(StatusFor(*access, {local_, token}), 200);
    });
  for (int i = 0; i < 20; ++i) {
    (void)SetUpToken();
    clock_.AdvanceMs(1000);
    EXPECT_EQ(StatusFor(*access, {local_, token}), 200) << i;
  }
  is_revoked = true;
  for (std::thread& client : clients) client.join();
  tokens_.clear();
  WriteTokens();
  clock_.AdvanceMs(1000);
  EXPECT_EQ(StatusFor(*access, {local_, token}), 401);
}

TEST_F(AccessTest, FilesOfCredentialsThatWillNotDoAreRefusedAtStart) {
  options_.token_file = directory_.File("none.json");
  EXPECT_NE(Refusal().find("keymeter token create"), std::string::npos) << Refusal();
  WriteFile(options_.token_file, "[]");
  EXPECT_NE(Refusal().find("no file of tokens"), std::string::npos) << Refusal();
  WriteFile(options_.token_file, TokenFileText({}));
  std::filesystem::permissions(options_.token_file, std::filesystem::perms(0666));
  EXPECT_NE(Refusal().find("everybody may write it"), std::string::npos) << Refusal();
  options_.token_file.clear();
  SetUpSecret();
  WriteFile(options_.jwt_secret_file, std::string(31, 'x') + "\r\n");
  EXPECT_NE(Refusal().find("31 bytes"), std::string::npos) << Refusal();
  options_.jwt_secret_file = directory_.path().string();
  EXPECT_NE(Refusal().find("Is a directory"), std::string::npos) << Refusal();
}

TEST_F(AccessTest, TooManyFailuresOfOneAddressAreTooManyRequests) {
  const std::string token = SetUpToken();
  const auto access = Made();
  for (int i = 0; i < 30; ++i) EXPECT_EQ(StatusFor(*access, {local_, Bearer("wrong")}), 401) << i;
  const auto refused = access->Check({"GET", "/", "", {local_, Bearer("wrong")}, "127.0.0.1"});
  EXPECT_EQ(refused.error().status, 429);
  EXPECT_EQ(*refused.error().FindHeader("Retry-After"), "2");
  EXPECT_EQ(StatusFor(*access, {local_, Bearer("wrong")}, "10.0.0.9"), 401) << "another address";
  EXPECT_EQ(StatusFor(*access, {local_, Bearer(token)}), 200) << "who has a token is let in";
  clock_.AdvanceMs(2000);
  EXPECT_EQ(StatusFor(*access, {local_, Bearer("wrong")}), 401);
}

TEST_F(AccessTest, ARateIsOfEachTokenWhereverItIsUsed) {
  options_.rate_limit = {1, 2};
  const Header first = Bearer(SetUpToken());
  const Header second = Bearer(SetUpToken());
  const auto access = Made();
  EXPECT_EQ(StatusFor(*access, {local_, first}, "10.0.0.1"), 200);
  EXPECT_EQ(StatusFor(*access, {local_, first}, "10.0.0.2"), 200);
  const auto refused = access->Check({"GET", "/", "", {local_, first}, "10.0.0.3"});
  EXPECT_EQ(refused.error().status, 429);
  EXPECT_EQ(*refused.error().FindHeader("Retry-After"), "1");
  EXPECT_EQ(StatusFor(*access, {local_, second}, "10.0.0.1"), 200);
  clock_.AdvanceMs(1000);
  EXPECT_EQ(StatusFor(*access, {local_, first}, "10.0.0.1"), 200);
}

TEST_F(AccessTest, WithoutCredentialsARateIsOfEachAddressButThisMachines) {
  options_.rate_limit = {1, 1};
  options_.allow_open = true;
  options_.trusted_proxies = {"127.0.0.1"};
  const auto access = Made("0.0.0.0:1");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(StatusFor(*access, {local_}, "127.0.0.1"), 200) << i;
  EXPECT_EQ(StatusFor(*access, {local_}, "10.0.0.1"), 200);
  EXPECT_EQ(StatusFor(*access, {local_}, "10.0.0.1"), 429);
  EXPECT_EQ(StatusFor(*access, {local_, {"X-Forwarded-For", "10.0.0.1"}}, "127.0.0.1"), 429);
  EXPECT_EQ(StatusFor(*access, {local_, {"X-Forwarded-For", "10.0.0.2"}}, "127.0.0.1"), 200);
}

TEST_F(AccessTest, CountsWhomItRefuses) {
  SetUpToken();
  const auto access = Made();
  EXPECT_EQ(StatusFor(*access, {local_}), 401);
  EXPECT_EQ(StatusFor(*access, {local_, Bearer("x")}), 401);
  EXPECT_EQ(StatusFor(*access, {}), 403);
  PrometheusText writer;
  access->WriteMetrics(writer);
  for (const char* reason : {"credentials_missing", "credentials_invalid", "host"})
    EXPECT_NE(writer.Text().find(fmt::format("{{reason=\"{}\"}} 1\n", reason)), std::string::npos)
        << writer.Text();
}

TEST_F(AccessTest, AWebSocketBringsItsTokenAsAProtocolThatIsNotEchoed) {
  const std::string token = SetUpToken(Role::kAdmin);
  const auto access = Made();
  const auto of = [&](std::vector<Header> headers) {
    headers.push_back(local_);
    return access->CheckWebSocket({"GET", "/api/ws", "", std::move(headers), "127.0.0.1"});
  };
  const auto let_in = of({{"Sec-WebSocket-Protocol", "keymeter, bearer." + token}});
  ASSERT_TRUE(let_in) << let_in.error().body;
  EXPECT_EQ(let_in->protocol, "keymeter");
  EXPECT_TRUE(let_in->caller.IsAdmin());
  EXPECT_EQ(of({{"Sec-WebSocket-Protocol", "bearer." + token}})->protocol, "");
  EXPECT_EQ(
      of({{"Sec-WebSocket-Protocol", "keymeter"}, {"Sec-WebSocket-Protocol", "bearer." + token}})->protocol,
      "keymeter");
  EXPECT_EQ(of({Bearer(token)})->protocol, "");
  EXPECT_EQ(of({{"Sec-WebSocket-Protocol", "keymeter, bearer.x"}}).error().status, 401);
  EXPECT_EQ(of({{"Sec-WebSocket-Protocol", "keymeter"}}).error().status, 401);
  EXPECT_EQ(of({{"Sec-WebSocket-Protocol", "bearer.a, bearer.b"}}).error().status, 400);
  EXPECT_EQ(of({{"Sec-WebSocket-Protocol", "bearer."}}).error().status, 400);
}

TEST_F(AccessTest, AWebSocketsOriginIsOneOfOurHostsOrOfTheList) {
  options_.cors_origins = {"https://dash.example"};
  const auto status = [](const Access& access, const char* origin, const char* host = "localhost") {
    const auto caller =
        access.CheckWebSocket({"GET", "/", "", {{"Host", host}, {"Origin", origin}}, "127.0.0.1"});
    return caller ? 200 : caller.error().status;
  };
  const auto access = Made();
  for (const char* origin : {"http://localhost:8787", "http://127.0.0.1", "https://dash.example"})
    EXPECT_EQ(status(*access, origin), 200) << origin;
  for (const char* origin :
       {"null", "", "https://evil.example", "https://dash.example.evil.example", "localhost"})
    EXPECT_EQ(status(*access, origin), 403) << origin;
  options_.allow_open = true;
  const auto open = Made("0.0.0.0:1");
  EXPECT_EQ(status(*open, "http://meter:8787", "meter:8787"), 200);
  EXPECT_EQ(status(*open, "http://evil.example", "meter:8787"), 403);
}

}  // namespace
}  // namespace keymeter::query_api
