/// What documents for users say about the keymeter program: its commands, flags, variables, views and paths
/// exist.

#include <algorithm>
#include <map>
#include <regex>

#include <nlohmann/json.hpp>

#include "tests/documents/documents.h"
#include "tests/documents/example_fixture.h"
#include "tests/support/program.h"

namespace keymeter::testing {
namespace {

/// The help of "run", "token create", …; empty when there is no such command. Asked once.
const std::string& HelpOf(const std::string& command) {
  static std::map<std::string, std::string> helps;
  const auto [at, is_new] = helps.try_emplace(command);
  if (!is_new) return at->second;
  std::istringstream words(command);
  std::vector<std::string> arguments{std::istream_iterator<std::string>(words), {}};
  arguments.emplace_back("--help");
  const Ended ended = RunKeymeter(std::move(arguments));
  if (ended.exit_code == 0) at->second = ended.out;
  return at->second;
}

std::string HelpOfAll() {
  std::string all;
  for (const char* command : {"run", "process", "serve", "check", "status", "healthcheck", "backup",
                              "rebuild", "token create", "token list", "token revoke"}) {
    EXPECT_NE(HelpOf(command), "") << command;
    all += HelpOf(command);
  }
  return all;
}

bool HasFlag(const std::string& help, const std::string& flag) {
  return std::regex_search(help, std::regex(flag + "(?![a-z-])"));
}

/// A use of the program: "token create" and the flags behind it.
struct Use {
  std::string command;
  std::vector<std::string> flags;
};

/// All uses in a piece of shell, without its comments.
std::vector<Use> UsesIn(const std::string& commented) {
  static const std::regex comment(R"( +# .*)");
  static const std::regex use(R"((?:^|[/(]|[;&|] )keymeter ((?:token )?[a-z]+)([^|)&]*))");
  const std::string shell = std::regex_replace(commented, comment, "");
  static const std::regex flag(R"(--[a-z][a-z-]*)");
  std::vector<Use> uses;
  for (std::sregex_iterator at(shell.begin(), shell.end(), use), end; at != end; ++at) {
    Use found{(*at)[1], {}};
    const std::string rest = (*at)[2];
    for (std::sregex_iterator word(rest.begin(), rest.end(), flag); word != end; ++word)
      found.flags.push_back(word->str());
    uses.push_back(std::move(found));
  }
  return uses;
}

int ExpectKnown(const std::string& where, const std::string& shell) {
  int uses = 0;
  for (const Use& use : UsesIn(shell)) {
    EXPECT_NE(HelpOf(use.command), "") << where << ": " << shell;
    for (const std::string& flag : use.flags)
      EXPECT_TRUE(HasFlag(HelpOf(use.command), flag))
          << where << ": " << flag << " is no flag of " << use.command;
    ++uses;
  }
  return uses;
}

TEST(DocumentedKeymeter, HasTheCommandsAndFlagsOfTheBlocks) {
  int uses = 0;
  for (const auto& [where, command] : ShownCommands()) uses += ExpectKnown(where, command);
  EXPECT_GE(uses, 15);
}

TEST(DocumentedKeymeter, HasTheCommandsFlagsAndVariablesOfTheText) {
  const std::string all = HelpOfAll();
  static const std::regex flag(R"((--[a-z][a-z-]*)( [^:]*)?)");
  static const std::regex variable(R"(KEYMETER_([A-Z_]+)(=.*)?)");
  for (const char* document : UserDocuments())
    for (const std::string& code : InlineCodeOf(SourceFile(document))) {
      std::smatch match;
      if (code.starts_with("keymeter ")) ExpectKnown(document, code);
      if (std::regex_match(code, match, flag)) {
        EXPECT_TRUE(HasFlag(all, match[1])) << document << ": " << code;
      }
      if (std::regex_match(code, match, variable)) {
        std::string name = "--" + match[1].str();
        std::transform(name.begin(), name.end(), name.begin(), [](char c) {
          return c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        });
        EXPECT_TRUE(HasFlag(all, name) || all.find(match[0].str()) != std::string::npos)
            << document << ": " << code;
      }
    }
}

TEST(DocumentedKeymeter, RunsTheHealthcheckOfTheDockerfile) {
  const auto blocks = BlocksIn("dockerfile");
  ASSERT_EQ(blocks.size(), 1U);
  const std::string& text = blocks[0].text;
  auto words = nlohmann::json::parse(text.substr(text.find("CMD ") + 4)).get<std::vector<std::string>>();
  ASSERT_EQ(words.at(0), "keymeter");
  words.erase(words.begin());
  words.insert(words.end(), {"--probe-listen", "127.0.0.1:1"});
  EXPECT_EQ(RunKeymeter(words).exit_code, 1) << "nobody answers, but that is how it is used";
}

using DocumentedFile = ExampleDirectory;

/// Views that others are made from. Users need not know them.
constexpr const char* kInnerViews =
    "'open_buckets','repriced_months','repriced_days','repriced_series','live_rates','today_parts','month_"
    "parts'";

/// `a_minute` `_hour` → a_minute, a_hour.
std::vector<std::string> ViewsOfTheReadme() {
  std::vector<std::string> views;
  for (const MarkdownLine& line : LinesOf(SourceFile("schema/README.md"))) {
    if (!line.text.starts_with("| `")) continue;
    for (const std::string& name : InlineCodeOf(line.text.substr(0, line.text.find('|', 2))))
      views.push_back(name.starts_with("_") ? views.back().substr(0, views.back().rfind('_')) + name : name);
  }
  std::sort(views.begin(), views.end());
  return views;
}

TEST_F(DocumentedFile, HasTheViewsOfTheReadmeAndNoOthers) {
  const ShellResult result = RunSql(
      std::string(
          "SELECT name FROM sqlite_master WHERE type = 'view' AND name NOT GLOB '[_]*' AND name NOT IN (") +
          kInnerViews + ") ORDER BY name;",
      directory());
  std::string documented;
  for (const std::string& view : ViewsOfTheReadme()) documented += view + "\n";
  EXPECT_EQ(result.out, documented);
}

TEST(DocumentedApi, HasEveryPathInItsReadme) {
  const auto contract = nlohmann::json::parse(SourceFile("query-api/endpoints/openapi.json"));
  const std::string readme = SourceFile("query-api/README.md");
  for (const auto& [path, methods] : contract.at("paths").items()) {
    if (path == "/livez" || path == "/readyz" || path == "/healthz" || path == "/metrics") continue;
    EXPECT_NE(readme.find("`" + path + "`"), std::string::npos) << path;
  }
}

}  // namespace
}  // namespace keymeter::testing
