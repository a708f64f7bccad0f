#include "benchmarks/program/e2e/table.h"

#include <gtest/gtest.h>

namespace keymeter::e2e {
namespace {

TEST(E2eTable, AlignsNamesLeftAndNumbersRight) {
  Table table({"", "CPU", "a long heading"});
  table.Add({"floor", "1.5", "2"});
  table.Add({"naive", "12.25", "3"});
  EXPECT_EQ(table.Text(),
            "         CPU  a long heading\n"
            "----------------------------\n"
            "floor    1.5               2\n"
            "naive  12.25               3\n");
}

TEST(E2eTable, CountsCharactersAndNotBytes) {
  Table table({"a", "b"});
  table.Add({"≤ 1", "x"});
  EXPECT_EQ(table.Text(), "a    b\n------\n≤ 1  x\n");
}

TEST(E2eTable, LeavesMissingCellsEmpty) {
  Table table({"a", "b", "c"});
  table.Add({"x"});
  EXPECT_EQ(table.Text(), "a  b  c\n-------\nx\n");
}

}  // namespace
}  // namespace keymeter::e2e
