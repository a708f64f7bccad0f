#include "tests/processor/config/options_fixture.h"

#include <utility>

namespace keymeter::processor {

Invocation OptionsTest::Parse(std::vector<const char*> arguments) const {
  arguments.insert(arguments.begin(), "keymeter");
  return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data(), environment_);
}

Options OptionsTest::Taken(const std::vector<const char*>& arguments) const {
  Invocation invocation = Parse(arguments);
  EXPECT_EQ(invocation.text, "");
  EXPECT_EQ(invocation.exit_code, 0);
  return std::move(invocation.options);
}

void OptionsTest::ExpectRefused(const std::vector<const char*>& arguments,
                                const std::vector<std::string>& words) const {
  const Invocation invocation = Parse(arguments);
  EXPECT_EQ(invocation.exit_code, 2) << invocation.text;
  EXPECT_TRUE(invocation.is_error) << invocation.text;
  for (const std::string& word : words)
    EXPECT_NE(invocation.text.find(word), std::string::npos) << word << " is not in\n" << invocation.text;
}

std::string OptionsTest::Written(const char* name, std::string_view content, mode_t mode) const {
  std::string path = directory_.File(name);
  testing::WriteFile(path, content);
  ::chmod(path.c_str(), mode);
  return path;
}

}  // namespace keymeter::processor
