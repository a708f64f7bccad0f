#include "processor/source/audit.h"

#include "tests/processor/source/relay_session.h"

namespace keymeter::processor {

namespace {

/// Audits of a relay that keeps nothing, one an hour; the test takes what each flush would write.
class AuditTest : public RelaySession {
 protected:
  static constexpr std::int64_t kIntervalMs = kHourSeconds * 1000;

  AuditTest() {
    bool is_ready = false;
    Connect("claude-relay-service", kOffset, false, [&is_ready] { is_ready = true; });
    EXPECT_TRUE(RunUntil([&is_ready] { return is_ready; }));
    audit_.emplace(clock_, *plan_, readers_->hours, readers_->counters, readers_->history_reader, *link_,
                   meter_, kIntervalMs, 0);
    on_backlog_read_ = [this] { audit_->OnBacklogRead(); };
    audit_->OnBaselineRead();
  }
  ~AuditTest() override { link_->Stop(); }

  /// An hour passes; the next audit covers all that the relay keeps.
  [[nodiscard]] bool IsNextOneOfAll() {
    clock_.AdvanceMs(kIntervalMs);
    EXPECT_TRUE(audit_->StartWhenDue(clock_.WallMs(), kOffset));
    std::optional<AuditRow> audited;
    EXPECT_TRUE(RunUntil([&] {
      WriteBatch batch;
      audit_->Drain(batch);
      if (batch.audited) audited = batch.audited;
      return audited.has_value();
    }));
    return audited && audited->is_whole;
  }

  void Find(const HistoryFindings& history) {
    AuditFindings findings;
    findings.history = history;
    audit_->OnFindings(findings);
  }

  std::optional<Audit> audit_;
};

TEST_F(AuditTest, OfAllIsTheFirstAndThenOneADay) {
  EXPECT_TRUE(IsNextOneOfAll());
  for (int hour = 1; hour < 24; ++hour) EXPECT_FALSE(IsNextOneOfAll()) << hour;
  EXPECT_TRUE(IsNextOneOfAll());
}

TEST_F(AuditTest, OfAllFollowsOneThatLeftADayBecauseItMayHaveBeenOlderThanOurRows) {
  ASSERT_TRUE(IsNextOneOfAll());
  Find({.overtaken = 1});
  EXPECT_TRUE(IsNextOneOfAll());
  Find({.recovered = 1});
  EXPECT_FALSE(IsNextOneOfAll());
}

}  // namespace

}  // namespace keymeter::processor
