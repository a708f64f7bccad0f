// Imports and returns at random instants while a relay writes: the short form of
// benchmarks/program/instants_bench.cc.

#include "tests/support/instants.h"

#include <gtest/gtest.h>

namespace keymeter::testing {
namespace {

TEST(Instants, AtTwentyRandomOnesNoHourAndNoDayIsOff) {
  Instants instants({.imports = 10, .returns = 10});
  const Instants::Result result = instants.Run();
  EXPECT_EQ(result.import_ms.size(), 10U);
  EXPECT_EQ(result.return_ms.size(), 10U);
  EXPECT_EQ(result.files, 10);
  EXPECT_EQ(result.values_off, 0) << result.differences;
  EXPECT_EQ(result.adjustments, 0);
}

}  // namespace
}  // namespace keymeter::testing
