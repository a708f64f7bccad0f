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
  /// Seconds in which nothing that is asked is answered.
  void Pass(int seconds) {
    for (int i = 0; i < seconds; ++i) readers_->notes.OnSecond();
  }
  static std::string NoteOf(const std::string& id) { return "temp_unavailable:claude-official:" + id; }
  void AddAccount(const std::string& id) {
    relay_.Must({"HSET", "claude:account:" + id, "name", "n"});
    readers_->entities.Mark(1, id);
    readers_->entities.ReadMarked();
    ASSERT_TRUE(RunUntil([&] { return readers_->entities.known().IsThere(EntityKind::kAccount, id); }));
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

/// An account for each text, since what cannot be read is not asked for again soon.
TEST_F(NoteReaderTest, KnowsNothingFromWhatCannotBeRead) {
  const std::vector<std::string> texts = {"no JSON",
                                          "[1]",
                                          "7",
                                          std::string(100'000, ' '),
                                          R"({"expiresAt":")" + std::string(300, '9') + R"("})",
                                          R"({"expiresAt":null})",
                                          "{}"};
  (void)Turns();
  for (std::size_t i = 0; i <= texts.size(); ++i) {
    AddAccount("b" + std::to_string(i));
    relay_.Must({"SET", NoteOf("b" + std::to_string(i)), kMark});
  }
  EXPECT_EQ(Marks().size(), texts.size() + 1);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string id = "b" + std::to_string(i);
    relay_.Must({"SET", NoteOf(id), texts[i]});
    EXPECT_EQ(Marks(), (Texts{{id + " unavailable_until", ""}})) << texts[i].substr(0, 50);
  }
  const std::string last = "b" + std::to_string(texts.size());
  relay_.Must({"DEL", NoteOf(last)});
  relay_.Must({"HSET", NoteOf(last), "expiresAt", "2026-11-20T12:39:00.000Z"});
  EXPECT_EQ(Marks(), (Texts{{last + " unavailable_until", ""}})) << "of another type";
  EXPECT_FALSE(lost_) << lost_->Text();
}

TEST_F(NoteReaderTest, RestsForTenMinutesFromWhatCannotBeRead) {
  (void)Marks();
  Pass(300);
  relay_.Must({"SET", kNote, "no JSON"});
  (void)Marks();
  relay_.Must({"SET", kNote, kMark});
  Pass(590);
  EXPECT_EQ(Marks(), Texts{});
  Pass(10);
  EXPECT_EQ(Marks(), (Texts{{"a1 unavailable_until", "2026-11-20T12:39:00.000Z"}}));
}

/// What takes longer than a command may take would end each session.
TEST_F(NoteReaderTest, RestsWhenTwoSessionsInARowEndWhileItAsks) {
  (void)Marks();
  const auto end_session_under_way = [this] {
    Pass(kTurns);
    readers_->notes.Reset();
  };
  end_session_under_way();
  relay_.Must({"SET", kNote, kMark});
  EXPECT_EQ(Marks().size(), 1U) << "one alone";
  end_session_under_way();
  relay_.Must({"DEL", kNote});
  EXPECT_EQ(Marks().size(), 1U) << "not in a row";
  end_session_under_way();
  end_session_under_way();
  relay_.Must({"SET", kNote, kMark});
  EXPECT_EQ(Marks(), Texts{});
  Pass(590);
  EXPECT_EQ(Marks(), Texts{});
  Pass(10);
  EXPECT_EQ(Marks(), (Texts{{"a1 unavailable_until", "2026-11-20T12:39:00.000Z"}}));
}

/// A replica that has lost its master refuses every command; so does a Redis that loads or runs a script.
TEST_F(NoteReaderTest, KeepsWhatItKnowsWhenRedisAnswersNothing) {
  relay_.Must({"SETEX", kNote, "600", kMark});
  (void)Marks();
  relay_.Must({"CONFIG", "SET", "replica-serve-stale-data", "no"});
  relay_.Must({"REPLICAOF", "127.0.0.1", "1"});
  Pass(kTurns);
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
