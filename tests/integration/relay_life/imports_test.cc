// Another relay's usage comes in by the relay's own scripts: without hours by model, without index sets,
// without times to live, and without any usage of accounts.

#include <gtest/gtest.h>

#include "tests/integration/relay_life/relay_life.h"

namespace keymeter::testing {
namespace {

class Imported : public RelayLife {
 protected:
  Imported() {
    Install("1.1.314");
    old_.Install("1.1.262");
    old_.MakeEntities();
    for (int day = 0; day < 12; ++day) ServeOld(2 + day, kDay);
    ServeOld(1, 0);
  }
  /// At the relay that is given up, whose clock is the same.
  void ServeOld(int requests, std::int64_t pass_ms) {
    old_.Serve(requests, {}, false);
    old_.Serve(1, {.key = 1, .account = 1, .model = 2}, false);
    old_.Pass(pass_ms);
  }
  void Import() { relay_.Import(old_.Export()); }

  RedisServer old_server_;
  LifeRelay old_{old_server_, clock_};
};

TEST_F(Imported, BeforeTheFirstStartGivesDaysAndMonths) {
  Import();
  Pass(kDay);
  Watch();
  EXPECT_EQ(Wrong(), "");
}

TEST_F(Imported, AndMigratedByTheNextStartGivesDaysAndMonths) {
  Import();
  relay_.Start();
  Pass(kDay);
  Serve(3);
  Watch();
  Serve(1);
  EXPECT_EQ(Wrong(), "");
}

TEST_F(Imported, IntoARelayThatServesBesidesItsOwn) {
  relay_.MakeEntities();
  Serve(4, {.key = 2, .account = 2, .model = 1});
  Import();
  Serve(1);
  Serve(1, {.key = 2, .account = 2, .model = 1});
  Pass(kDay);
  Serve(2);
  Watch();
  Serve(1);
  EXPECT_EQ(Wrong(), "");
}

TEST_F(Imported, WhileWeWatchIsFoundByTheAudit) {
  relay_.MakeEntities();
  Watch();
  Serve(2, {.key = 2, .account = 2, .model = 1});
  Import();
  Serve(1);
  AwaitAudit();
  EXPECT_EQ(Wrong(), "");
  EXPECT_EQ(Drift(), "");
}

TEST_F(Imported, WhileWeAreAwayIsFoundOnReturn) {
  relay_.MakeEntities();
  Watch();
  Serve(2, {.key = 2, .account = 2, .model = 1});
  Leave();
  Import();
  Pass(kDay);
  Serve(1);
  Watch();
  AwaitAudit();
  EXPECT_EQ(Wrong(), "");
}

TEST_F(Imported, TwiceCountsOnce) {
  Import();
  Pass(kDay);
  Watch();
  Leave();
  Import();
  Watch();
  AwaitAudit();
  EXPECT_EQ(Wrong(), "");
}

TEST_F(Imported, PlainlyBringsNoUsage) {
  relay_.ImportPlainly(old_.Export());
  Watch();
  Serve(1);
  EXPECT_EQ(Wrong(), "");
}

TEST_F(Imported, AndIdleShowsNoWrongOffset) {
  offset_s_.reset();
  Import();
  relay_.Start();
  Pass(2 * kHour);
  Watch();
  EXPECT_EQ(Value("SELECT coalesce(utc_offset_s, 28800) FROM processor_status"), "28800")
      << "none, or the right one";
}

}  // namespace
}  // namespace keymeter::testing
