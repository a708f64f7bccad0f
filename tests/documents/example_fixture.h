#pragma once

#include <ctime>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/example_file.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {

/// A directory with a keymeter.db that has one of everything.
class ExampleDirectory : public ::testing::Test {
 protected:
  ExampleDirectory() { query_api::WriteExample(file(), std::time(nullptr)); }

  [[nodiscard]] std::string directory() const { return directory_.path().string(); }
  [[nodiscard]] std::string file() const { return directory_.File("keymeter.db"); }

 private:
  TempDir directory_;
};

}  // namespace keymeter::testing
