/// Every SQL statement that a document, the Grafana dashboard or Datasette's file shows works on the views,
/// and finds something in a file that has one of everything.

#include <nlohmann/json.hpp>

#include "tests/documents/documents.h"
#include "tests/documents/example_fixture.h"

namespace keymeter::testing {
namespace {

using DocumentedSql = ExampleDirectory;

void ExpectRows(const ShellResult& result, const std::string& what) {
  EXPECT_EQ(result.exit_code, 0) << what << ":\n" << result.error;
  EXPECT_EQ(result.error, "") << what;
  EXPECT_NE(result.out, "") << what << " finds nothing";
}

TEST_F(DocumentedSql, AnswersItsQuestion) {
  int statements = 0;
  for (const Block& block : BlocksIn("sql"))
    for (const std::string& sql : StatementsOf(block)) {
      ExpectRows(RunSql(sql, directory()), block.where + ": " + sql);
      ++statements;
    }
  EXPECT_GE(statements, 10);
}

/// With the last two weeks as the time that Grafana shows.
std::string WithGrafanaTimes(const std::string& sql) {
  const std::int64_t now_ms = std::time(nullptr) * 1000;
  const std::int64_t two_weeks_ms = 14 * 86'400'000LL;
  return Replaced(Replaced(sql, "$__from", std::to_string(now_ms - two_weeks_ms)), "$__to",
                  std::to_string(now_ms));
}

TEST_F(DocumentedSql, InTextWorksToo) {
  const auto found = InlineSql();
  EXPECT_GE(found.size(), 3U);
  for (const Block& block : found)
    ExpectRows(RunSql(WithGrafanaTimes(block.text), directory()), block.where + ": " + block.text);
}

/// What changes the file, or only opens it, finds nothing.
bool IsQuestion(const std::string& command) {
  return command.find("SELECT ") != std::string::npos;
}

TEST_F(DocumentedSql, OfTheShellWorksToo) {
  int commands = 0;
  for (const auto& [where, command] : ShownCommands()) {
    if (!command.starts_with("sqlite3 ")) continue;
    const ShellResult result = RunShell(command + " </dev/null", directory());
    std::string what = where;
    what += ": ";
    what += command;
    if (IsQuestion(command)) {
      ExpectRows(result, what);
    } else {
      EXPECT_EQ(result.exit_code, 0) << what << ":\n" << result.error;
    }
    ++commands;
  }
  EXPECT_GE(commands, 7);
}

TEST_F(DocumentedSql, OfTheGrafanaDashboardWorks) {
  const auto dashboard = nlohmann::json::parse(SourceFile("deploy/grafana/dashboard.json"));
  for (const auto& panel : dashboard.at("panels")) {
    const auto& target = panel.at("targets").at(0);
    EXPECT_EQ(target.at("queryText"), target.at("rawQueryText"));
    const std::string sql = WithGrafanaTimes(target.at("queryText"));
    EXPECT_EQ(sql.find('$'), std::string::npos) << "a variable that the test does not know: " << sql;
    ExpectRows(RunSql(sql, directory()), panel.at("title"));
  }
}

TEST_F(DocumentedSql, OfDatasetteWorks) {
  const auto metadata = nlohmann::json::parse(SourceFile("deploy/datasette.json"));
  for (const auto& [name, query] : metadata.at("databases").at("keymeter").at("queries").items())
    ExpectRows(RunSql(Replaced(query.at("sql"), ":api_key", "'key-1'"), directory()), name);
}

}  // namespace
}  // namespace keymeter::testing
