/// How documents are written: their lines, their links, the paths and names in them, and that a test reads
/// every block that shows something to run.

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include <fmt/format.h>
#include <fnmatch.h>
#include <gtest/gtest.h>

#include "tests/documents/documents.h"

namespace keymeter::testing {
namespace {

constexpr std::size_t kMostColumns = 120;

/// The text of every source, to look names up in.
const std::string& AllSources() {
  static const std::string text = [] {
    std::string all;
    static const std::set<std::string> kinds = {".h", ".cc", ".mjs", ".js", ".json", ".sql", ".txt", ".conf"};
    for (const std::string& file : SourceFiles())
      if (kinds.contains(std::filesystem::path(file).extension())) all += SourceFile(file);
    return all;
  }();
  return text;
}

std::string DirectoryOf(const std::string& document) {
  const std::size_t slash = document.rfind('/');
  return slash == std::string::npos ? "" : document.substr(0, slash + 1);
}

/// "processor/.." and the like taken out.
std::string Normal(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().string();
}

TEST(DocumentLayout, LinesHaveAtMost120Columns) {
  for (const std::string& document : Documents())
    for (const MarkdownLine& line : LinesOf(SourceFile(document))) {
      if (line.is_code || line.is_table || line.text.find("](") != std::string::npos) continue;
      EXPECT_LE(Columns(line.text), kMostColumns) << document << ":" << line.number << ": " << line.text;
    }
}

TEST(DocumentLayout, RelativeLinksLeadSomewhere) {
  for (const std::string& document : Documents())
    for (const Link& link : LinksOf(SourceFile(document))) {
      if (link.target.find("://") != std::string::npos) continue;
      const std::size_t hash = std::min(link.target.find('#'), link.target.size());
      const std::string file = link.target.substr(0, hash);
      const std::string target = file.empty() ? document : Normal(DirectoryOf(document) + file);
      ASSERT_TRUE(ExistsInSource(target)) << document << ":" << link.line << ": " << link.target;
      if (hash == link.target.size()) continue;
      const auto anchors = AnchorsOf(SourceFile(target));
      EXPECT_NE(std::find(anchors.begin(), anchors.end(), link.target.substr(hash + 1)), anchors.end())
          << document << ":" << link.line << ": " << link.target;
    }
}

/// Words of a document that may be paths: of its text between backticks, and of its blocks that are no
/// output.
std::vector<std::string> CodeWords(const std::string& document) {
  std::string code;
  for (const std::string& text : InlineCodeOf(SourceFile(document))) code += text + "\n";
  for (const Block& block : BlocksOf(document, SourceFile(document)))
    if (block.language == "sh" || block.language.empty()) code += block.text;
  static const std::regex word(R"([A-Za-z0-9_.*{},/<>:-]+)");
  std::vector<std::string> words;
  for (std::sregex_iterator at(code.begin(), code.end(), word), end; at != end; ++at) {
    std::string text = at->str();
    while (!text.empty() && std::string(".,:").find(text.back()) != std::string::npos) text.pop_back();
    words.push_back(text);
  }
  return words;
}

/// NAME stands for any name.
std::string WithoutPlaceholders(const std::string& path) {
  static const std::regex placeholder(R"((^|[/_])[A-Z]{4,}(?=$|[/_]))");
  return std::regex_replace(path, placeholder, "$1*");
}

/// Whether a word that looks like a path of ours leads nowhere.
bool IsBrokenPath(const std::string& document, const std::string& word) {
  const std::size_t slash = word.find('/');
  if (slash == std::string::npos || slash == 0 || word.find("://") != std::string::npos) return false;
  const std::string first = word.substr(0, slash);
  if (first == "build" || first == "*" || first == ".." || first == ".") return false;
  for (const std::string& directory : {std::string(), DirectoryOf(document)})
    if (ExistsInSource(directory + first))
      return !ExistsInSource(WithoutPlaceholders(word)) &&
             !ExistsInSource(directory + WithoutPlaceholders(word));
  return false;
}

TEST(DocumentLayout, PathsLeadSomewhere) {
  for (const std::string& document : Documents())
    for (const std::string& word : CodeWords(document))
      EXPECT_FALSE(IsBrokenPath(document, word)) << document << ": there is no " << word;
}

TEST(DocumentLayout, FilesThatAreNamedAloneExist) {
  static const std::regex source(R"([a-z0-9_*]+\.(h|cc|mjs))");
  for (const std::string& document : Documents())
    for (const std::string& word : CodeWords(document)) {
      if (!std::regex_match(word, source)) continue;
      const auto has_name = [&word](const std::string& file) {
        return ::fnmatch(("*/" + word).c_str(), file.c_str(), 0) == 0;
      };
      EXPECT_TRUE(std::any_of(SourceFiles().begin(), SourceFiles().end(), has_name))
          << document << ": there is no " << word;
    }
}

/// "see storage/DESIGN.md": seen from the source's folder, or from one around it.
bool HasDocument(const std::string& source, const std::string& document) {
  for (std::filesystem::path folder = source; !folder.empty();) {
    folder = folder.parent_path();
    if (ExistsInSource((folder / document).string())) return true;
  }
  return false;
}

TEST(DocumentLayout, DocumentsThatSourcesNameExist) {
  static const std::regex document(R"([A-Za-z/-]*(README|DESIGN)\.md)");
  for (const std::string& source : SourceFiles()) {
    if (!source.ends_with(".h") && !source.ends_with(".cc") && !source.ends_with("CMakeLists.txt")) continue;
    if (source.starts_with("tests/documents/")) continue;
    const std::string text = SourceFile(source);
    for (std::sregex_iterator at(text.begin(), text.end(), document), end; at != end; ++at) {
      const std::string name = at->str().substr(at->str().starts_with("/") ? 1 : 0);
      EXPECT_TRUE(HasDocument(source, name)) << source << ": there is no " << name;
    }
  }
}

/// A newcomer finds each room from the map above it.
TEST(DocumentLayout, TheMapsHaveEveryRoom) {
  for (const std::string folder : {"processor", "query-api"}) {
    const std::string map = SourceFile(folder + "/DESIGN.md");
    for (const std::string& file : SourceFiles()) {
      if (!file.starts_with(folder + "/") || !file.ends_with("/CMakeLists.txt")) continue;
      const std::string room = file.substr(folder.size() + 1, file.rfind('/') - folder.size());
      EXPECT_TRUE(room.empty() || map.find("\n| `" + room + "`") != std::string::npos)
          << folder << "/" << room;
    }
  }
}

/// What has two humps is a name of our code (or of a library, and then it stands in our code too). The
/// changelog speaks of the past.
TEST(DocumentLayout, NamesOfCodeAreThoseOfTheCode) {
  static const std::regex name(R"([A-Z][a-z0-9]+[A-Z][A-Za-z0-9]*)");
  for (const std::string& document : Documents()) {
    if (document == "CHANGELOG.md") continue;
    for (const std::string& code : InlineCodeOf(SourceFile(document)))
      for (std::sregex_iterator at(code.begin(), code.end(), name), end; at != end; ++at)
        EXPECT_NE(AllSources().find(at->str()), std::string::npos)
            << document << ": no source has a " << at->str();
  }
}

/// Which test reads which blocks. "sh" and "sql" are read in all documents (shell_test.cc, sql_test.cc),
/// blocks without a language are pictures, whose commands are read too. Of the others the number in each
/// document is known.
TEST(DocumentLayout, EveryBlockIsReadByATest) {
  const std::map<std::string, int> known = {
      {"js query-api/README.md", 1},          // tests/query-api/openapi/readme.test.mjs
      {"json schema/profiles/README.md", 2},  // tests/integration/profiles_test.cc
      {"yaml deploy/README.md", 1},           // prometheus_test.cc
      {"dockerfile processor/README.md", 1},  // command_test.cc
      {"python schema/README.md", 1},         // python_test.cc
  };
  std::map<std::string, int> found;
  for (const Block& block : AllBlocks()) {
    if (block.language.empty() || block.language == "sh" || block.language == "sql") continue;
    const std::string document = block.where.substr(0, block.where.find(':'));
    if (block.language == "cpp" && (document.ends_with("DESIGN.md") || document.starts_with("tests/")))
      continue;  // a sketch, for who changes the code
    ++found[block.language + " " + document];
  }
  EXPECT_EQ(found, known) << "a test must read the block; then name it here";
}

}  // namespace
}  // namespace keymeter::testing
