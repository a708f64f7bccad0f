#include "processor/source/key_search.h"

#include <set>

#include "tests/processor/source/relay_session.h"

namespace keymeter::processor {

namespace {

/// A relay's keys, searched.
class KeySearchTest : public RelaySession {
 protected:
  ~KeySearchTest() override {
    if (link_) link_->Stop();
  }

  /// Connects, and has `begin` called then.
  void Connected(std::function<void()> begin) {
    Connect("auto", kOffset, false, [this, call = std::move(begin)] {
      search_.emplace(
          *plan_, readers_->scans,
          KeySearch::Handler{
              .on_counter =
                  [this](std::size_t spec, const KeyParts& parts) {
                    on_counter_();
                    found_.insert("counter " + std::to_string(spec) + " " + std::string(parts.id));
                  },
              .on_entity = [this](std::size_t,
                                  std::string_view id) { found_.insert("entity " + std::string(id)); },
              .on_group = [this](std::string_view id) { found_.insert("group " + std::string(id)); }});
      call();
    });
  }
  void Search() {
    search_->Start([this](bool is_whole) { outcomes_.push_back(is_whole); });
  }
  /// How many SCANs Redis was asked for, while `count` searches came to their end.
  std::int64_t ScansOf(std::size_t count) {
    EXPECT_TRUE(RunUntil([&] { return outcomes_.size() == count; }));
    const std::string stats = relay_.Text({"INFO", "commandstats"});
    const std::string name = "cmdstat_scan:calls=";
    const std::size_t at = stats.find(name);
    return at == std::string::npos ? 0 : std::stoll(stats.substr(at + name.size()));
  }

  std::optional<KeySearch> search_;
  std::function<void()> on_counter_ = [] {};  ///< while a search is under way
  std::set<std::string> found_;
  std::vector<bool> outcomes_;  ///< whether it was whole
};

TEST_F(KeySearchTest, FindsCountersEntitiesAndGroupsWithoutAnySet) {
  relay_.Must({"HSET", kCounter, "requests", "1"});
  relay_.Must({"HSET", "account_usage:model:hourly:a1:gpt:5:2026-11-20:20", "requests", "1"});
  relay_.Must({"HSET", "usage:hourly:k2:2026-11-20:20", "requests", "1"});
  relay_.Must({"HSET", "apikey:k1", "name", "n"});
  relay_.Must({"SET", "apikey:hash_map", "no key"});
  relay_.Must({"SET", "bedrock_account:b1", "{}"});
  relay_.Must({"HSET", "account_group:g1", "name", "n"});
  relay_.Must({"SADD", "account_usage:model:hourly:index:2026-11-20:20", "a1:gpt:5"});
  relay_.Must({"SET", "session:x", "none of ours"});
  Connected([this] { Search(); });
  ScansOf(1);
  EXPECT_TRUE(outcomes_.front());
  EXPECT_EQ(found_, (std::set<std::string>{"counter 0 k1", "counter 1 a1", "counter 2 k2", "entity b1",
                                           "entity k1", "group g1"}));
}

TEST_F(KeySearchTest, OfSeveralIsOneWalkUntilItHasBegun) {
  Connected([this] {
    Search();
    Search();
  });
  EXPECT_EQ(ScansOf(2), 1);
  Search();
  EXPECT_EQ(ScansOf(3), 2);
}

TEST_F(KeySearchTest, IsWholeBesideAKeyThatIsTooLongToBeNamed) {
  relay_.Must({"SET", std::string(1'500'000, 'x'), "anybody's"});
  relay_.Must({"HSET", kCounter, "requests", "1"});
  Connected([this] { Search(); });
  ScansOf(1);
  EXPECT_TRUE(outcomes_.front());
  EXPECT_EQ(found_, std::set<std::string>{"counter 0 k1"});
}

TEST_F(KeySearchTest, ThatEndsWithItsSessionTellsNobody) {
  Connected([this] {
    Search();
    readers_->scans.Clear();
    search_->Reset();
    Search();
  });
  EXPECT_EQ(ScansOf(1), 1);
}

}  // namespace

}  // namespace keymeter::processor
