#include "processor/source/entity_reader.h"

#include <set>

#include "tests/processor/source/relay_session.h"

namespace keymeter::processor {

namespace {

/// Two accounts, of which a set lists one, walked.
class EntityReaderTest : public RelaySession {
 protected:
  EntityReaderTest() {
    relay_.Must({"HSET", "claude:account:listed", "name", "n"});
    relay_.Must({"SADD", "claude:account:index", "listed"});
    relay_.Must({"HSET", "claude:account:unlisted", "name", "n"});
  }
  ~EntityReaderTest() override {
    if (link_) link_->Stop();
  }

  void Connected(std::function<void(EntityReader&)> begin) {
    Connect("claude-relay-service", kOffset, false,
            [this, call = std::move(begin)] { call(readers_->entities); });
  }
  /// The ids of all that were found, once the walk has ended and there are so many.
  std::set<std::string> Found(std::size_t count) {
    std::set<std::string> ids;
    EXPECT_TRUE(RunUntil([&] {
      if (!readers_ || !link_->IsReady()) return false;
      WriteBatch batch;
      readers_->entities.Drain(batch);
      for (const EntityRow& row : batch.entities) ids.insert(row.id);
      return ids.size() >= count && !readers_->entities.IsWalkingAll();
    }));
    return ids;
  }
  [[nodiscard]] bool HasSearched() {
    return relay_.Text({"INFO", "commandstats"}).find("cmdstat_scan:") != std::string::npos;
  }
};

TEST_F(EntityReaderTest, WalksWhatSetsListWithoutASearch) {
  Connected([](EntityReader& entities) { entities.WalkAll(false); });
  EXPECT_EQ(Found(1), std::set<std::string>{"listed"});
  EXPECT_FALSE(HasSearched());
}

TEST_F(EntityReaderTest, FindsTheOthersByASearchThatAWalkWithoutOneDoesNotPutOff) {
  Connected([](EntityReader& entities) {
    entities.WalkAll(false);
    entities.WalkAll(true);
  });
  EXPECT_EQ(Found(2), (std::set<std::string>{"listed", "unlisted"}));
  EXPECT_TRUE(HasSearched());
}

}  // namespace

}  // namespace keymeter::processor
