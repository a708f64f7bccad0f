/// deploy/walls finds what it should find, in a small tree that has one thing wrong; ours has nothing wrong.

#include <filesystem>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {
namespace {

using ::testing::HasSubstr;

class Walls : public ::testing::Test {
 protected:
  Walls() { AddTested("schema/log.cc", ""); }

  void Add(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(tree_.File(path)).parent_path());
    WriteFile(tree_.File(path), text);
  }
  /// With a test of its name.
  void AddTested(const std::string& path, const std::string& text) {
    Add(path, text);
    Add("tests/" + path.substr(0, path.size() - 3) + "_test.cc", "");
  }

  /// What it prints of the tree, which is "" when nothing is wrong; of the whole project for "".
  [[nodiscard]] static std::string FindingsIn(const std::string& directory) {
    ChildProcess walls({KEYMETER_SOURCE_DIR "/deploy/walls", directory});
    const int exit_code = walls.Wait().value_or(-1);
    EXPECT_EQ(walls.StandardError(), "");
    EXPECT_EQ(exit_code, walls.StandardOutput().empty() ? 0 : 1);
    return walls.StandardOutput();
  }
  [[nodiscard]] std::string Findings() const { return FindingsIn(tree_.path()); }

  static std::string Lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "\n";
    return text;
  }

 private:
  TempDir tree_;
};

TEST_F(Walls, HoldInThisProject) {
  const std::string findings = FindingsIn(KEYMETER_SOURCE_DIR);
  EXPECT_TRUE(findings.empty()) << findings;
}

TEST_F(Walls, LetWhatTheTableAllowsPass) {
  AddTested("query-api/usage/sums.cc",
            "#include \"query-api/snapshot/state.h\"\n#include \"schema/log.h\"\n");
  AddTested("processor/storage/rows.cc", "#include <sqlite3.h>\n#include <vector>\n");
  EXPECT_EQ(Findings(), "");
}

TEST_F(Walls, NameFileLineAndArrowOfAForbiddenInclude) {
  AddTested("query-api/usage/sums.cc", "#include <vector>\n#include \"query-api/http/router.h\"\n");
  EXPECT_EQ(Findings(),
            "query-api/usage/sums.cc:2: query-api/usage may not include query-api/http "
            "(\"query-api/http/router.h\")\n");
}

TEST_F(Walls, HoldBetweenTheProgramsAndTheSchema) {
  AddTested("schema/clock.cc", "#include \"processor/runtime/progress_bar.h\"\n");
  EXPECT_THAT(Findings(), HasSubstr("schema/clock.cc:1: schema may not include processor/runtime"));
}

TEST_F(Walls, MayLetSingleHeadersThrough) {
  AddTested(
      "processor/config/options.cc",
      "#include \"processor/pipeline/processor_options.h\"\n#include \"processor/pipeline/processor.h\"\n");
  EXPECT_EQ(Findings(),
            "processor/config/options.cc:2: processor/config may not include processor/pipeline "
            "(\"processor/pipeline/processor.h\")\n");
}

TEST_F(Walls, LeaveASingleHeaderToTheRoomsOfItsLine) {
  const std::string include_sqlite = "#include \"schema/sqlite.h\"\n";
  AddTested("processor/storage/rows.cc", include_sqlite);
  Add("tests/processor/storage/rows_test.cc", include_sqlite);
  EXPECT_EQ(Findings(), "");
  AddTested("processor/metering/meter.cc", include_sqlite);
  EXPECT_THAT(Findings(), HasSubstr("processor/metering/meter.cc:1: processor/metering may not include "
                                    "schema/sqlite.h, which deploy/walls.txt leaves to schema "));
  Add("tests/processor/metering/meter_test.cc", include_sqlite);
  EXPECT_THAT(Findings(),
              HasSubstr("meter_test.cc:1: tests/processor/metering may not include schema/sqlite.h"));
}

TEST_F(Walls, RefuseARoomThatTheTableDoesNotKnow) {
  AddTested("processor/cellar/wine.cc", "#include \"schema/log.h\"\n");
  AddTested("processor/source/session.cc", "#include \"processor/cellar/wine.h\"\n");
  EXPECT_THAT(Findings(), HasSubstr("processor/cellar/wine.cc:1: processor/cellar is no room"));
  EXPECT_THAT(Findings(),
              HasSubstr("processor/source/session.cc:1: \"processor/cellar/wine.h\" is in no room"));
}

TEST_F(Walls, LeaveALibraryToTheRoomsThatWrapIt) {
  AddTested("query-api/usage/sums.cc", "#include <sqlite3.h>\n");
  AddTested("processor/source/session.cc", "#include <event2/event.h>\n");
  EXPECT_THAT(Findings(),
              HasSubstr("query-api/usage/sums.cc:1: query-api/usage may not include <sqlite3.h>"));
  EXPECT_THAT(Findings(),
              HasSubstr("processor/source/session.cc:1: processor/source may not include <event2/event.h>"));
}

TEST_F(Walls, HoldForTestsAsForTheirSubjects) {
  Add("tests/processor/storage/rows_test.cc",
      "#include \"processor/storage/rows.h\"\n#include \"tests/processor/metering/values.h\"\n"
      "#include \"tests/support/temp_dir.h\"\n#include \"processor/source/session.h\"\n");
  EXPECT_EQ(
      Findings(),
      "tests/processor/storage/rows_test.cc:4: tests/processor/storage may not include processor/source "
      "(\"processor/source/session.h\")\n");
}

TEST_F(Walls, StandBetweenTestsAndBenchmarks) {
  Add("tests/integration/load_test.cc", "#include \"benchmarks/program/spread.h\"\n");
  Add("benchmarks/program/load.cc", "#include \"tests/integration/metering.h\"\n");
  EXPECT_THAT(Findings(), HasSubstr("tests/integration may not include benchmarks/program"));
  EXPECT_THAT(Findings(), HasSubstr("benchmarks/program may not include tests/integration"));
}

TEST_F(Walls, HoldForTheRoomsOfCMake) {
  Add("query-api/snapshot/CMakeLists.txt", "keymeter_room(snapshot\n  USES usage schema\n  SOURCES a.cc)\n");
  EXPECT_EQ(Findings(),
            "query-api/snapshot/CMakeLists.txt:2: query-api/snapshot may not use query-api/usage\n");
}

TEST_F(Walls, LetNobodyIncludeASource) {
  AddTested("schema/clock.cc", "#include \"schema/log.cc\"\n");
  EXPECT_EQ(Findings(), "schema/clock.cc:1: \"schema/log.cc\" is a source, not a header\n");
}

TEST_F(Walls, RefuseACircleThroughASource) {
  Add("schema/a.h", "#include \"schema/b.h\"\n");
  Add("schema/b.h", "#include <vector>\n");
  AddTested("schema/b.cc", "#include \"schema/b.h\"\n#include \"schema/c.h\"\n");
  Add("schema/c.h", "#include \"schema/a.h\"\n");
  EXPECT_EQ(
      Findings(),
      "schema/c.h:1: these include each other in a circle: schema/a → schema/b → schema/c → schema/a\n");
}

TEST_F(Walls, PrintEachOfTwoCircles) {
  for (const char* pair : {"ab", "cd"}) {
    Add(fmt::format("schema/{}.h", pair[0]), fmt::format("#include \"schema/{}.h\"\n", pair[1]));
    Add(fmt::format("schema/{}.h", pair[1]), fmt::format("#include \"schema/{}.h\"\n", pair[0]));
  }
  EXPECT_THAT(Findings(), HasSubstr("schema/a → schema/b → schema/a\n"));
  EXPECT_THAT(Findings(), HasSubstr("schema/c → schema/d → schema/c\n"));
}

TEST_F(Walls, RefuseALongFile) {
  Add("tests/schema/log_test.cc", Lines(401));
  EXPECT_EQ(Findings(), "tests/schema/log_test.cc:400: 401 lines in a file; 400 are allowed\n");
}

TEST_F(Walls, CountAHeaderAndItsSourceTogether) {
  Add("schema/log.h", Lines(200));
  AddTested("schema/log.cc", Lines(201));
  EXPECT_EQ(Findings(), "schema/log.cc:1: 401 lines together with its header; 400 are allowed\n");
}

TEST_F(Walls, RefuseASourceWithoutATest) {
  Add("schema/clock.cc", "");
  EXPECT_THAT(Findings(), HasSubstr("schema/clock.cc:1: has no tests/schema/clock_test.cc"));
  Add("schema/clock.h", "/// Tested by tests/schema/log_test.cc.\n");
  EXPECT_EQ(Findings(), "");
  Add("schema/clock.h", "/// Tested by tests/schema/watch_test.cc.\n");
  EXPECT_EQ(Findings(),
            "schema/clock.cc:1: is said to be tested by tests/schema/watch_test.cc, which does "
            "not exist\n");
}

TEST_F(Walls, UnderstandHowACommentNamesTests) {
  for (const char* name : {"a", "b", "c"}) Add(fmt::format("tests/schema/{}_test.cc", name), "");
  Add("schema/clock.cc", "");
  for (const char* text :
       {"/// Time. Tested by tests/schema/.\n", "/// Tested by tests/schema/{a,b}_test.cc.\n",
        "/// Tested by\n/// tests/schema/a_test.cc.\n",
        "/// Tested by tests/schema/a_test.cc, b_test.cc and\n/// c_test.cc.\n"}) {
    Add("schema/clock.h", text);
    EXPECT_EQ(Findings(), "") << text;
  }
  for (const char* text : {"/// Tested by tests/scheme/.\n", "/// Tested by tests/schema/{a,x}_test.cc.\n",
                           "/// Tested by tests/schema/a_test.cc and x_test.cc.\n",
                           "/// Tested by\nint tests/schema/a_test.cc;\n"}) {
    Add("schema/clock.h", text);
    EXPECT_NE(Findings(), "") << text;
  }
}

TEST_F(Walls, SayWhenThereIsNoTree) {
  const TempDir empty;
  ChildProcess walls({KEYMETER_SOURCE_DIR "/deploy/walls", empty.path()});
  EXPECT_EQ(walls.Wait(), 2);
  EXPECT_THAT(walls.StandardError(), HasSubstr("no sources below"));
}

}  // namespace
}  // namespace keymeter::testing
