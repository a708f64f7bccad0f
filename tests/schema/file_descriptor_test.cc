#include "schema/file_descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace keymeter {
namespace {

FileDescriptor Open() {
  return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

bool IsOpenInThisProcess(int number) {
  return ::fcntl(number, F_GETFD) >= 0;
}

TEST(FileDescriptor, ClosesAtTheEnd) {
  int number = -1;
  {
    const FileDescriptor file = Open();
    ASSERT_TRUE(file.IsOpen());
    number = file.number();
    EXPECT_TRUE(IsOpenInThisProcess(number));
  }
  EXPECT_FALSE(IsOpenInThisProcess(number));
}

TEST(FileDescriptor, HasOneOwner) {
  FileDescriptor from = Open();
  const int number = from.number();
  const FileDescriptor to = std::move(from);
  EXPECT_EQ(to.number(), number);
  EXPECT_TRUE(IsOpenInThisProcess(number));
}

TEST(FileDescriptor, ClosesWhatItHeldWhenAnotherIsAssigned) {
  FileDescriptor file = Open();
  const int first = file.number();
  file = Open();
  EXPECT_FALSE(IsOpenInThisProcess(first));
  EXPECT_TRUE(IsOpenInThisProcess(file.number()));
}

TEST(FileDescriptor, OwnsNothingAfterAFailedOpen) {
  EXPECT_FALSE(FileDescriptor(::open("/nowhere/file", O_RDONLY | O_CLOEXEC)).IsOpen());
  EXPECT_FALSE(FileDescriptor().IsOpen());
}

}  // namespace
}  // namespace keymeter
