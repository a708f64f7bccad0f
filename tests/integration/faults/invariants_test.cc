#include "tests/integration/faults/invariants.h"

#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "schema/migrations.h"
#include "schema/sqlite.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {
namespace {

class GapsThatOverlap : public ::testing::Test {
 protected:
  /// A gap within another one, both of one reason.
  void Overlap(const ClockRun& outer, const ClockRun& inner) {
    auto database = Database::Open(Db(), Database::Mode::kReadWrite).value();
    ASSERT_TRUE(Migrate(database).has_value());
    for (const ClockRun& gap : {outer, inner})
      ASSERT_TRUE(
          database
              .Execute(fmt::format("INSERT INTO gap (from_ms, to_ms, reason) VALUES ({}, {}, 'disconnected')",
                                   gap.from_ms, gap.to_ms))
              .has_value());
  }
  [[nodiscard]] bool AreWrong(const std::vector<ClockRun>& runs) const {
    return !OverlapsOfGaps(DatabaseRows(Db()), runs).empty();
  }
  [[nodiscard]] std::string Db() const { return directory_.File("keymeter.db"); }

  TempDir directory_;
};

TEST_F(GapsThatOverlap, AreWrongWhereNobodySetTheClock) {
  Overlap({100, 200}, {150, 160});
  EXPECT_TRUE(AreWrong({{0, 1000}}));
}

TEST_F(GapsThatOverlap, AreWrongBeforeAndAfterTheClockWasSet) {
  Overlap({100, 200}, {150, 160});
  EXPECT_TRUE(AreWrong({{0, 300}, {5300, 5400}, {400, 500}})) << "ahead and back";
  EXPECT_TRUE(AreWrong({{5000, 5300}, {0, 300}})) << "back";
}

TEST_F(GapsThatOverlap, AreRightWhereOneListsWhatAStepAheadLeftOutAndTheClockCameBack) {
  Overlap({300, 5310}, {420, 430});
  EXPECT_FALSE(AreWrong({{0, 300}, {5300, 5400}, {400, 500}}));
}

TEST_F(GapsThatOverlap, AreRightWhereTimeWasShownTwice) {
  Overlap({100, 200}, {150, 160});
  EXPECT_FALSE(AreWrong({{0, 300}, {140, 500}}));
}

}  // namespace
}  // namespace keymeter::testing
