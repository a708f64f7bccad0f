#include "tests/support/child_process.h"

#include <csignal>

#include <gtest/gtest.h>

namespace keymeter::testing {

namespace {

ChildProcess Shell(const char* script) {
  return ChildProcess({"sh", "-c", script}, {{"GREETING", "hello"}});
}

TEST(ChildProcess, KeepsBothStreamsAndTheExitCode) {
  ChildProcess child = Shell("echo \"$GREETING\"; echo oops >&2; exit 3");
  EXPECT_EQ(child.Wait(), 3);
  EXPECT_EQ(child.StandardOutput(), "hello\n");
  EXPECT_EQ(child.StandardError(), "oops\n");
}

TEST(ChildProcess, WaitsForALineThatComesLater) {
  ChildProcess child = Shell("echo one; sleep 0.1; echo 'port=7 ready' >&2; exec sleep 1000");
  EXPECT_EQ(child.WaitForLine("ready"), "port=7 ready");
  EXPECT_TRUE(child.IsRunning());
}

TEST(ChildProcess, GivesUpOnALineWhenTheProgramEnds) {
  ChildProcess child = Shell("echo one");
  EXPECT_EQ(child.WaitForLine("two"), std::nullopt);
}

TEST(ChildProcess, SaysWhichSignalEndedIt) {
  ChildProcess child = Shell("exec sleep 1000");
  child.Signal(SIGTERM);
  EXPECT_EQ(child.Wait(), 128 + SIGTERM);
}

TEST(ChildProcess, EndsWithItsObject) {
  pid_t pid = 0;
  {
    ChildProcess child = Shell("exec sleep 1000");
    pid = child.pid();
  }
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST(ChildProcess, SaysWhenThereIsNoSuchProgram) {
  ChildProcess child({"/no/such/program"});
  EXPECT_EQ(child.Wait(), 127);
  EXPECT_EQ(child.StandardError(), "cannot be executed\n");
}

}  // namespace

}  // namespace keymeter::testing
