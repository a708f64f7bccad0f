#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "processor/config/command_line.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

/// A command line, an environment of its own and files.
class OptionsTest : public ::testing::Test {
 protected:
  [[nodiscard]] Invocation Parse(std::vector<const char*> arguments) const;
  /// Of a command line that is right.
  [[nodiscard]] Options Taken(const std::vector<const char*>& arguments) const;
  /// A usage error whose text has all of `words`.
  void ExpectRefused(const std::vector<const char*>& arguments, const std::vector<std::string>& words) const;
  /// A file of this test's directory.
  [[nodiscard]] std::string Written(const char* name, std::string_view content, mode_t mode = 0600) const;

  Environment environment_;
  const testing::TempDir directory_;
};

}  // namespace keymeter::processor
