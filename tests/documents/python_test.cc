/// Python's sqlite3 reads all of a usage file (every_view.py), and what schema/README.md shows of it works.

#include "tests/documents/documents.h"
#include "tests/documents/example_fixture.h"

namespace keymeter::testing {
namespace {

using DocumentedPython = ExampleDirectory;

TEST_F(DocumentedPython, ReadsEveryView) {
  WriteFile(directory() + "/every_view.py", SourceFile("tests/documents/every_view.py"));
  const ShellResult result = RunShell("python3 every_view.py keymeter.db", directory());
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_NE(result.out.find(" views, "), std::string::npos) << result.out;
}

TEST_F(DocumentedPython, WorksAsShown) {
  const auto blocks = BlocksIn("python");
  EXPECT_FALSE(blocks.empty());
  for (const Block& block : blocks) {
    WriteFile(directory() + "/shown.py", block.text);
    const ShellResult result = RunShell("python3 shown.py", directory());
    EXPECT_EQ(result.exit_code, 0) << block.where << ": " << result.error;
    EXPECT_NE(result.out, "") << block.where << " finds nothing";
  }
}

}  // namespace
}  // namespace keymeter::testing
