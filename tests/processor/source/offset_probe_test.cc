#include "processor/source/offset_probe.h"

#include "tests/processor/source/relay_session.h"

namespace keymeter::processor {

namespace {

using Found = OffsetProbe::Found;

/// Probes a relay of +08:00 at 12:30 UTC.
class OffsetProbeTest : public RelaySession {
 protected:
  ~OffsetProbeTest() override {
    if (link_) link_->Stop();  // before what its callbacks use
  }

  /// A counter of this hour of the relay's day that was last written so many minutes ago.
  void Write(const std::string& id, int hour, int minutes_ago) {
    const std::string when = fmt::format("2026-11-20:{:02}", hour);
    const std::string key =
        is_by_model_ ? "usage:" + id + ":model:hourly:gpt-5:" + when : "usage:hourly:" + id + ":" + when;
    relay_.Must({"HINCRBY", key, "requests", "1"});
    relay_.Must({"EXPIRE", key, std::to_string(7 * kDaySeconds - minutes_ago * kMinuteSeconds)});
    if (!is_indexed_) return;
    relay_.Must({"SADD", "usage:keymodel:hourly:index:" + when, id + ":gpt-5"});
    relay_.Must({"EXPIRE", "usage:keymodel:hourly:index:" + when, std::to_string(7 * kDaySeconds)});
  }
  /// Hours of the offset; 99 when it is not shown.
  std::int64_t Probe(Found expected, const std::string& profile = "claude-relay-service") {
    std::optional<Found> found;
    std::optional<OffsetProbe> probe;
    std::optional<ScanQueue> scans;
    Connect(profile, std::nullopt, false, [&] {
      plan_->See(0, clock_.WallMs());  // the finest counters are metered
      scans.emplace(loop_, *link_, readers_->pacer, readers_->left_out, limits_);
      probe.emplace(*plan_, clock_, *link_, *scans, *offset_);
      probe->Start([&](Found what) { found = what; });
    });
    EXPECT_TRUE(RunUntil([&] { return found.has_value(); }));
    link_->Stop();
    EXPECT_EQ(found, expected);
    return offset_->known() ? *offset_->known() / kHourSeconds : 99;
  }

  bool is_by_model_ = true;  ///< else the counters are totals
  bool is_indexed_ = true;
  ScanQueue::Limits limits_;
};

TEST_F(OffsetProbeTest, GoesByTheCountersWhoseIndexesWereRenewed) {
  Write("k1", 17, 180);
  Write("k2", 19, 75);
  EXPECT_EQ(Probe(Found::kHours), 8);
  EXPECT_EQ(offset_->origin(), OffsetOrigin::kInferred);
}

TEST_F(OffsetProbeTest, ARenewedCounterIsNoProof) {
  Write("k1", 17, 0);
  EXPECT_EQ(Probe(Found::kHours), 99);
}

TEST_F(OffsetProbeTest, ASearchThatIsBrokenOffDoesNotSayThatThereIsNothing) {
  for (int i = 0; i < 5000; ++i) relay_.Must({"SET", "other:" + std::to_string(i), "1"});
  limits_.key_steps = 1;
  EXPECT_EQ(Probe(Found::kHours), 99);
}

TEST_F(OffsetProbeTest, CountersThatDisagreeAreNoProof) {
  Write("k1", 17, 180);
  Write("k2", 19, 0);
  EXPECT_EQ(Probe(Found::kHours), 99);
}

TEST_F(OffsetProbeTest, FindsCountersWithoutIndexSets) {
  is_indexed_ = false;
  Write("k1", 17, 180);
  Write("k2", 19, 75);
  EXPECT_EQ(Probe(Found::kHours), 8);
}

/// The relay was upgraded: its totals are not metered any more, and finer counters have not come yet.
TEST_F(OffsetProbeTest, GoesByHoursOfTotalsAlone) {
  is_by_model_ = is_indexed_ = false;
  Write("k1", 17, 180);
  Write("k2", 19, 75);
  EXPECT_EQ(Probe(Found::kHours, "auto"), 8);
}

TEST_F(OffsetProbeTest, OneCounterIsTooFew) {
  is_indexed_ = false;
  Write("k1", 17, 180);
  EXPECT_EQ(Probe(Found::kHours), 99);
}

TEST_F(OffsetProbeTest, OneCounterThatIsWrittenAnewBetweenTwoQuestionsIsEnough) {
  Write("k1", 20, 10);
  std::vector<bool> known;
  std::optional<OffsetProbe> probe;
  const auto on_done = [&](Found) { known.push_back(offset_->known().has_value()); };
  Connect("claude-relay-service", std::nullopt, false, [&] {
    probe.emplace(*plan_, clock_, *link_, readers_->scans, *offset_);
    probe->Start(on_done);
  });
  for (std::size_t asked = 1; asked <= 3; ++asked) {
    ASSERT_TRUE(RunUntil([&] { return known.size() == asked; }));
    if (asked == 1) clock_.AdvanceMs(1000);  // a clock that is set is no write
    if (asked == 2) Write("k1", 20, 0);
    if (asked < 3) probe->Start(on_done);
  }
  link_->Stop();
  EXPECT_EQ(known, (std::vector<bool>{false, false, true}));
  EXPECT_EQ(offset_->known(), 8 * kHourSeconds);
}

TEST_F(OffsetProbeTest, SaysThatThereAreDaysOnly) {
  relay_.Must({"HINCRBY", "usage:k1:model:daily:gpt-5:2026-11-02", "requests", "5"});
  EXPECT_EQ(Probe(Found::kHistory), 99);
}

TEST_F(OffsetProbeTest, SaysThatThereIsNothing) {
  EXPECT_EQ(Probe(Found::kNothing), 99);
}

TEST_F(OffsetProbeTest, WalksOverTheKeysOnceForAllPatterns) {
  relay_.Must({"HINCRBY", "usage:k1:model:monthly:gpt-5:2026-10", "requests", "5"});
  EXPECT_EQ(Probe(Found::kHistory), 99);
  EXPECT_NE(relay_.Text({"INFO", "commandstats"}).find("cmdstat_scan:calls=1,"), std::string::npos);
}

}  // namespace

}  // namespace keymeter::processor
