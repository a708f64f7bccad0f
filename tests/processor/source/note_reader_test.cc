#include "processor/source/note_reader.h"

#include "tests/processor/source/relay_session.h"

namespace keymeter::processor {

namespace {

constexpr const char* kNote = "temp_unavailable:claude-official:a1";
constexpr const char* kMark =
    R"({"statusCode":529,"errorType":"overload","markedAt":"2026-11-20T12:29:00.000Z",)"
    R"("ttlSeconds":600,"cooldownSeconds":600,"expiresAt":"2026-11-20T12:39:00.000Z"})";

/// One account of Claude, which the walk has found.
class NoteReaderTest : public RelaySession {
 protected:
  NoteReaderTest() {
    relay_.Must({"HSET", "claude:account:a1", "name", "n"});
    Connect("claude-relay-service", kOffset, false, [this] { readers_->entities.WalkAll(true); });
    EXPECT_TRUE(RunUntil([&] {
      readers_->entities.ReadMarked();
      return link_->IsReady() && readers_->entities.known().IsThere(EntityKind::kAccount, "a1");
    }));
  }
  ~NoteReaderTest() override { link_->Stop(); }

  /// What they say of a mark. Of a balance the first ones after a start say that there is none.
  std::map<std::string, std::string> Marks() {
    std::map<std::string, std::string> texts = Turns();
    std::erase_if(texts, [](const auto& text) { return text.first.find("balance") != std::string::npos; });
    return texts;
  }
  /// As many turns as every mark takes; what came of them, by account and attribute.
  std::map<std::string, std::string> Turns() {
    for (int i = 0; i < kTurns; ++i) {
      readers_->notes.OnSecond();
      bool is_answered = false;
      link_->commands().Fence([&] { is_answered = true; });
      EXPECT_TRUE(RunUntil([&] { return is_answered; }));
    }
    WriteBatch batch;
    readers_->notes.Drain(batch);
    std::map<std::string, std::string> texts;
    for (const AccountNote& note : batch.notes)
      for (const auto& [name, text] : note.attributes) texts[note.account + " " + name] = text;
    return texts;
  }
  std::int64_t Calls(const std::string& command) {
    const std::string stats = relay_.Text({"INFO", "commandstats"});
    const std::string begin = "cmdstat_" + command + ":calls=";
    const std::size_t at = stats.find(begin);
    return at == std::string::npos ? 0 : std::stoll(stats.substr(at + begin.size()));
  }

  static constexpr int kTurns = 3;
  using Texts = std::map<std::string, std::string>;
};

TEST_F(NoteReaderTest, ReadsAMarkThatComesAndGoes) {
  EXPECT_EQ(Marks(), (Texts{{"a1 unavailable_until", ""}})) << "the file may hold one of before the start";
  EXPECT_EQ(Marks(), Texts{}) << "nothing is new";
  relay_.Must({"SETEX", kNote, "600", kMark});
  EXPECT_EQ(Marks(), (Texts{{"a1 unavailable_until", "2026-11-20T12:39:00.000Z"}}));
  EXPECT_EQ(Marks(), Texts{});
  relay_.Must({"DEL", kNote});
  EXPECT_EQ(Marks(), (Texts{{"a1 unavailable_until", ""}}));
}

TEST_F(NoteReaderTest, ReadsOfABalanceWhatIsListed) {
  relay_.Must(
      {"HSET", "account_balance:claude:a1", "balance", "12.5", "currency", "USD", "rawData", "secret"});
  EXPECT_EQ(Turns(), (Texts{{"a1 unavailable_until", ""},
                            {"a1 balance", "12.5"},
                            {"a1 balance_currency", "USD"},
                            {"a1 balance_at", ""}}));
  relay_.Must({"DEL", "account_balance:claude:a1"});
  EXPECT_EQ(Turns(), Texts{}) << "it is not asked for as often";
  for (int i = 0; i < 30 / kTurns; ++i)
    if (const Texts texts = Turns(); !texts.empty()) {
      EXPECT_EQ(texts, (Texts{{"a1 balance", ""}, {"a1 balance_currency", ""}, {"a1 balance_at", ""}}));
      return;
    }
  FAIL() << "it is not asked for again";
}

TEST_F(NoteReaderTest, TakesBackRowsThatWereNotWritten) {
  relay_.Must({"SETEX", kNote, "600", kMark});
  (void)Marks();
  relay_.Must({"DEL", kNote});
  WriteBatch refused;
  refused.notes.push_back({"a1", {{"unavailable_until", "2026-11-20T12:39:00.000Z"}}});
  readers_->notes.Undrain(refused);
  EXPECT_EQ(Marks(), (Texts{{"a1 unavailable_until", ""}})) << "what came since is newer";
}

TEST_F(NoteReaderTest, KnowsNothingFromWhatCannotBeRead) {
  (void)Marks();
  for (const std::string& text :
       {std::string("no JSON"), std::string("[1]"), std::string("7"), std::string(100'000, ' '),
        R"({"expiresAt":")" + std::string(300, '9') + R"("})", std::string(R"({"expiresAt":null})")}) {
    relay_.Must({"SET", kNote, text});
    EXPECT_EQ(Marks(), Texts{}) << text.substr(0, 50);
    EXPECT_FALSE(lost_) << lost_->Text();
    readers_->notes.Reset();
  }
  relay_.Must({"DEL", kNote});
  relay_.Must({"HSET", kNote, "expiresAt", "2026-11-20T12:39:00.000Z"});
  EXPECT_EQ(Marks(), Texts{});
}

/// A replica that has lost its master refuses every command; so does a Redis that loads or runs a script.
TEST_F(NoteReaderTest, KeepsWhatItKnowsWhenRedisAnswersNothing) {
  relay_.Must({"SETEX", kNote, "600", kMark});
  (void)Marks();
  relay_.Must({"CONFIG", "SET", "replica-serve-stale-data", "no"});
  relay_.Must({"REPLICAOF", "127.0.0.1", "1"});
  for (int i = 0; i < kTurns; ++i) readers_->notes.OnSecond();
  ASSERT_TRUE(RunUntil([&] { return lost_.has_value(); }));
  EXPECT_EQ(lost_->reason, ErrorReason::kMasterLost) << lost_->Text();
  readers_->notes.Reset();
  WriteBatch batch;
  readers_->notes.Drain(batch);
  EXPECT_TRUE(batch.notes.empty()) << "the mark may stand still";
  relay_.Must({"REPLICAOF", "NO", "ONE"});
  relay_.Must({"DEL", kNote});
  ASSERT_TRUE(RunUntil([&] { return link_->IsReady(); }));
  EXPECT_EQ(Marks(), (Texts{{"a1 unavailable_until", ""}})) << "it is asked for at once";
}

TEST_F(NoteReaderTest, LeavesARefusedKindAloneUntilTheNextSession) {
  relay_.Must({"SETEX", kNote, "600", kMark});
  relay_.Must({"ACL", "SETUSER", "default", "resetkeys", "~claude:account*"});
  EXPECT_EQ(Marks(), (Texts{{"a1 unavailable_until", ""}}));
  const std::int64_t asked = Calls("get");
  EXPECT_EQ(Marks(), Texts{});
  EXPECT_EQ(Calls("get"), asked);
  EXPECT_FALSE(lost_) << "the session goes on";
  readers_->notes.Reset();
  relay_.Must({"ACL", "SETUSER", "default", "allkeys"});
  EXPECT_EQ(Marks(), (Texts{{"a1 unavailable_until", "2026-11-20T12:39:00.000Z"}}));
}

TEST_F(NoteReaderTest, AsksForNothingOfAnAccountThatIsGone) {
  (void)Marks();
  relay_.Must({"DEL", "claude:account:a1"});
  readers_->entities.MarkUnknown(EntityKind::kAccount, "other");
  readers_->entities.Mark(1, "a1");
  readers_->entities.ReadMarked();
  EXPECT_TRUE(RunUntil([&] { return !readers_->entities.known().IsThere(EntityKind::kAccount, "a1"); }));
  const std::int64_t asked = Calls("get");
  EXPECT_EQ(Marks(), Texts{});
  EXPECT_EQ(Calls("get"), asked);
}

}  // namespace

}  // namespace keymeter::processor
