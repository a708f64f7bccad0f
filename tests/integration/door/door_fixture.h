#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/program.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {

/// A usage file that has one of everything, and a token file: what every test of the door starts the program
/// with.
class DoorTest : public ::testing::Test {
 protected:
  DoorTest();

  /// Made once for each name.
  [[nodiscard]] std::string Token(const std::string& name, const std::string& role = "admin") const;
  /// Flags of `keymeter serve`: tokens are needed, rates have no limit, all else is as by default.
  [[nodiscard]] std::vector<std::string> Flags(const std::vector<std::string>& more = {}) const;
  [[nodiscard]] std::string File(const std::string& name) const { return directory_.File(name); }
  [[nodiscard]] std::string directory() const { return directory_.path().string(); }

 private:
  TempDir directory_;
};

/// Many connections need many open files: as many as the system allows. Throws when that is fewer than
/// `count`.
void AllowOpenFiles(std::size_t count);

/// "127.0.0.1:8787" of "http://127.0.0.1:8787".
[[nodiscard]] std::string AddressIn(const std::string& url);

/// The ports of 127.0.0.1 on which a process listens.
[[nodiscard]] std::vector<int> ListeningPorts(pid_t pid);

/// The statuses of all answers in what a connection brought.
[[nodiscard]] std::vector<int> StatusesIn(const std::string& answers);

/// Sanitizers keep memory that the program has given back.
[[nodiscard]] bool MemoryIsItsOwn();

}  // namespace keymeter::testing
