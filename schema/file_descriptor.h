#pragma once

#include <utility>

#include <unistd.h>

namespace keymeter {

/// Owns an open file, socket or other descriptor, and closes it.
///
/// Not for files that are only read as a whole: see small_file.h.
/// Threads: one at a time. Lifetime: open until destroyed, moved from or assigned to.
class FileDescriptor {
 public:
  /// Takes ownership; a negative number, as open(2) gives after a failure, owns nothing.
  explicit FileDescriptor(int number = -1) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    FileDescriptor closed_at_the_end(std::exchange(number_, std::exchange(other.number_, -1)));
    return *this;
  }
  ~FileDescriptor() {
    if (IsOpen()) ::close(number_);
  }

  [[nodiscard]] bool IsOpen() const { return number_ >= 0; }
  [[nodiscard]] int number() const { return number_; }
  /// Gives ownership away.
  [[nodiscard]] int Release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

}  // namespace keymeter
