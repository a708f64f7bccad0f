#include "processor/source/entity_reader.h"

#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "tests/processor/source/relay_session.h"

namespace keymeter::processor {

namespace {

/// Two accounts, of which a set lists one, walked.
class EntityReaderTest : public RelaySession {
 protected:
  using Attributes = std::map<std::string, std::string>;

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
  /// What is read of the key "k" with these fields.
  Attributes ReadKey(std::vector<std::string> fields) {
    std::vector<std::string> put = {"HSET", "apikey:k", "name", "n"};
    put.insert(put.end(), fields.begin(), fields.end());
    relay_.Must(put);
    Connected([](EntityReader& entities) { entities.MarkUnknown(EntityKind::kApiKey, "k"); });
    return ReadKeys(1)["k"];
  }
  /// The attributes of so many keys.
  std::map<std::string, Attributes> ReadKeys(std::size_t count) {
    std::map<std::string, Attributes> keys;
    EXPECT_TRUE(RunUntil([&] {
      if (!readers_ || !link_->IsReady()) return false;
      WriteBatch batch;
      readers_->entities.Drain(batch);
      for (const EntityRow& row : batch.entities)
        keys[row.id].insert(row.attributes.begin(), row.attributes.end());
      return keys.size() >= count;
    }));
    return keys;
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

TEST_F(EntityReaderTest, LeavesOfListsWhatTheirColumnsTake) {
  const std::vector<std::string> models(65, "model");
  const auto key = ReadKey(
      {"tags", R"([ "a\u00e9" ])", "permissions", "all", "restrictedModels", nlohmann::json(models).dump()});
  EXPECT_EQ(key.at("tags"), R"([ "a\u00e9" ])");
  EXPECT_EQ(key.at("permissions"), R"(["all"])");
  EXPECT_EQ(nlohmann::json::parse(key.at("restricted_models")).size(), 64U)
      << "an empty list restricts nothing";
}

TEST_F(EntityReaderTest, LeavesOfRatesNumbersByServiceAndNothingElse) {
  const std::vector<std::pair<std::string, std::string>> kept = {
      {R"({"claude": "1.5"})", R"({"claude":1.5})"},
      {"{}", "{}"},
      {"", ""},
      {"[]", ""},
      {R"({"claude":-1})", ""}};
  for (std::size_t i = 0; i < kept.size(); ++i)
    relay_.Must({"HSET", fmt::format("apikey:k{}", i), "serviceRates", kept[i].first});
  Connected([&](EntityReader& entities) {
    for (std::size_t i = 0; i < kept.size(); ++i)
      entities.MarkUnknown(EntityKind::kApiKey, fmt::format("k{}", i));
  });
  const auto keys = ReadKeys(kept.size());
  for (std::size_t i = 0; i < kept.size(); ++i)
    EXPECT_EQ(keys.at(fmt::format("k{}", i)).at("service_rates"), kept[i].second) << kept[i].first;
}

TEST_F(EntityReaderTest, TakesAnEmptyListForWhatIsNone) {
  const auto key = ReadKey({"tags", "all", "permissions", R"({"a":1})", "restrictedModels", "[1]"});
  for (const char* list : {"tags", "permissions", "restricted_models"}) EXPECT_EQ(key.at(list), "[]") << list;
}

}  // namespace

}  // namespace keymeter::processor
