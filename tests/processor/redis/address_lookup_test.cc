#include "processor/redis/address_lookup.h"

#include <algorithm>
#include <optional>

#include <gtest/gtest.h>

#include "tests/support/wait_for.h"

namespace keymeter::processor {

namespace {

using testing::kPatience;

class AddressLookupTest : public ::testing::Test {
 protected:
  AddressLookupTest() : give_up_(loop_, [this] { loop_.Stop(); }) {}

  /// The addresses of a URL, or the error; nothing when no answer came.
  std::vector<std::string> Found(const std::string& url) {
    std::vector<std::string> found;
    AddressLookup lookup(loop_, ParseRedisUrl(url).value(), [&](const AddressLookup::Answer& answer) {
      if (!answer) found.push_back(answer.error().message);
      if (answer)
        for (const SocketAddress& address : *answer) found.push_back(address.Display());
      loop_.Stop();
    });
    lookup.Start();
    EXPECT_TRUE(found.empty()) << "answered during the call";
    give_up_.StartIn(kPatience.count());
    loop_.Run();
    return found;
  }

  EventLoop loop_;
  Timer give_up_;
};

using Texts = std::vector<std::string>;

TEST_F(AddressLookupTest, TakesNumbersAndSocketsAsTheyAre) {
  EXPECT_EQ(Found("redis://127.0.0.1:7000"), Texts{"127.0.0.1:7000"});
  EXPECT_EQ(Found("rediss://[::1]"), Texts{"[::1]:6379"});
  EXPECT_EQ(Found("unix:///run/redis.sock"), Texts{"/run/redis.sock"});
}

TEST_F(AddressLookupTest, ReadsTheHostsFile) {
  const Texts found = Found("redis://localhost:7000");
  EXPECT_NE(std::find(found.begin(), found.end(), "127.0.0.1:7000"), found.end());
}

TEST_F(AddressLookupTest, NamesAHostThatNobodyKnows) {
  const Texts found = Found("redis://no-such-host.invalid");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].starts_with("look up the host 'no-such-host.invalid': ")) << found[0];
}

TEST_F(AddressLookupTest, AnswersNobodyWhoIsGoneOrWantsNoAnswer) {
  const auto no_answer = [](const AddressLookup::Answer&) { FAIL() << "nobody asked"; };
  AddressLookup cancelled(loop_, ParseRedisUrl("redis://localhost").value(), no_answer);
  cancelled.Start();
  cancelled.Cancel();
  std::optional<AddressLookup> gone(std::in_place, loop_, ParseRedisUrl("redis://localhost").value(),
                                    no_answer);
  gone->Start();
  gone.reset();
  EXPECT_FALSE(Found("redis://localhost").empty());
}

TEST_F(AddressLookupTest, AnswersOnceHoweverOftenItIsStarted) {
  int answers = 0;
  AddressLookup lookup(loop_, ParseRedisUrl("redis://localhost").value(),
                       [&](const AddressLookup::Answer&) { ++answers; });
  lookup.Start();
  lookup.Cancel();
  lookup.Start();
  EXPECT_FALSE(Found("redis://localhost").empty());
  while (answers == 0) (void)Found("redis://127.0.0.1");
  EXPECT_EQ(answers, 1);
}

}  // namespace

}  // namespace keymeter::processor
