#include "tests/support/process_figures.h"

#include <cstdint>

#include <gtest/gtest.h>
#include <unistd.h>

#include "schema/file_descriptor.h"

namespace keymeter::testing {
namespace {

TEST(ProcessFigures, ReadTheNumberOfALine) {
  const std::string_view text = "Name:\tredis\nVmHWMx:\t7 kB\nVmHWM:\t  1234 kB\nlast: 5";
  EXPECT_EQ(LineValue(text, "VmHWM"), 1234);
  EXPECT_EQ(LineValue(text, "last"), 5);
  EXPECT_EQ(LineValue(text, "Vm"), 0);
  EXPECT_EQ(LineValue("empty:", "empty"), 0);
  EXPECT_EQ(LineValue("", "VmHWM"), 0);
}

TEST(ProcessFigures, CountCpuThatWasSpent) {
  const double before = CpuSeconds(::getpid());
  volatile std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) sum = sum + i;
  EXPECT_GT(CpuSeconds(::getpid()), before);
}

TEST(ProcessFigures, KnowMemoryItsPeakAndTheWakeUps) {
  EXPECT_GT(ResidentMebibytes(::getpid()), 0);
  EXPECT_GT(PeakMebibytes(::getpid()), 0);
  const std::int64_t before = WakeUps(::getpid());
  ::usleep(1000);  // goes to sleep, and has to be woken
  EXPECT_GT(WakeUps(::getpid()), before);
}

TEST(ProcessFigures, CountOpenFiles) {
  const std::size_t before = OpenFiles(::getpid());
  {
    const FileDescriptor copy(::dup(STDERR_FILENO));
    EXPECT_EQ(OpenFiles(::getpid()), before + 1);
  }
  EXPECT_EQ(OpenFiles(::getpid()), before);
}

TEST(ProcessFigures, AreNothingOfNoProcess) {
  const pid_t nobody = 5'000'000;  // beyond what Linux gives
  EXPECT_EQ(CpuSeconds(nobody), 0);
  EXPECT_EQ(ResidentMebibytes(nobody), 0);
  EXPECT_EQ(PeakMebibytes(nobody), 0);
  EXPECT_EQ(DiskBytes(nobody), 0);
  EXPECT_EQ(WakeUps(nobody), 0);
  EXPECT_EQ(OpenFiles(nobody), 0U);
}

}  // namespace
}  // namespace keymeter::testing
