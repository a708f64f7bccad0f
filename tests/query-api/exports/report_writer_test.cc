#include "query-api/exports/report_writer.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <limits>

#include <gtest/gtest.h>

#include "query-api/exports/excel_report.h"
#include "query-api/exports/zip_directory.h"
#include "query-api/http/http_types.h"
#include "tests/support/report_reading.h"
#include "tests/support/temp_dir.h"

namespace keymeter::query_api {
namespace {

const ReportColumns kColumns = {"date", "text", "count", "usd", "flag", "real", "maybe"};

class ReportWriterTest : public ::testing::Test {
 protected:
  using Maker = std::unique_ptr<ReportWriter> (*)(SpoolFile&, const ReportColumns&);

  static void WriteRow(ReportWriter& writer, std::string_view text) {
    writer.Date("2026-11-20", 20'777);
    writer.Text(text);
    writer.Int(42);
    writer.Usd(1'234'500);
    writer.Flag(true);
    writer.Real(0.25);
    writer.TextOrNothing("");
    ASSERT_TRUE(writer.EndRow());
  }
  [[nodiscard]] SpoolFile NewFile() const {
    return std::move(*SpoolFile::Create(directory_.path().string(), 100'000'000));
  }
  [[nodiscard]] static std::string ContentOf(const SpoolFile& file) {
    return *file.Read(0, static_cast<std::size_t>(*file.Size()));
  }
  [[nodiscard]] std::string Written(Maker make, const std::vector<std::string>& texts) const {
    SpoolFile file = NewFile();
    const auto writer = make(file, kColumns);
    for (const std::string& text : texts) WriteRow(*writer, text);
    EXPECT_TRUE(writer->Finish());
    return ContentOf(file);
  }
  [[nodiscard]] Result<std::unique_ptr<ReportWriter>> Excel(SpoolFile& file, bool is_stopping = false) const {
    return MakeExcelWriter(file, kColumns,
                           {"usage", directory_.path().string(), [=] { return is_stopping; }});
  }
  /// The XML of the one sheet.
  [[nodiscard]] std::string Sheet(const std::vector<std::string>& texts) const {
    SpoolFile file = NewFile();
    const auto writer = Excel(file);
    for (const std::string& text : texts) WriteRow(**writer, text);
    EXPECT_TRUE((*writer)->Finish());
    const std::string path = directory_.File("report.xlsx");
    keymeter::testing::WriteFile(path, ContentOf(file));
    std::string sheet = Unzipped(path, "xl/worksheets/sheet1.xml");
    EXPECT_EQ(*FindZipEntryBytes(file, "xl/worksheets/sheet1.xml"), sheet.size());
    std::filesystem::remove(path);
    return sheet;
  }
  keymeter::testing::TempDir directory_;
};

TEST_F(ReportWriterTest, CsvHasNamesAndARowForEach) {
  EXPECT_EQ(Written(MakeCsvWriter, {"a", "b"}),
            "date,text,count,usd,flag,real,maybe\r\n"
            "2026-11-20,a,42,1.2345,true,0.25,\r\n"
            "2026-11-20,b,42,1.2345,true,0.25,\r\n");
}

TEST_F(ReportWriterTest, CsvGivesBackEveryText) {
  const std::vector<std::string> texts = {"",     "a,b", "say \"hi\"", "two\r\nlines", " spaces ", "日本 ☃",
                                          "a\tb", "a=b", "semi;colon", "\"",           "'"};
  const auto rows = ParseCsv(Written(MakeCsvWriter, texts));
  ASSERT_EQ(rows.size(), texts.size() + 1);
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(rows[i + 1].at(1), texts[i]);
}

TEST_F(ReportWriterTest, CsvDefusesWhatASpreadsheetTakesForAFormula) {
  const std::vector<std::string> texts = {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=\"a\",b"};
  const auto rows = ParseCsv(Written(MakeCsvWriter, texts));
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(rows.at(i + 1).at(1), "'" + texts[i]);
}

TEST_F(ReportWriterTest, JsonIsAnArrayOfObjects) {
  const std::string text = Written(MakeJsonWriter, {"=1+1", "say \"hi\"\n☃"});
  const Json rows = Json::parse(text);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(
      rows[0].dump(),
      R"({"date":"2026-11-20","text":"=1+1","count":42,"usd":1.2345,"flag":true,"real":0.25,"maybe":null})");
  EXPECT_EQ(rows[1]["text"], "say \"hi\"\n☃");
}

TEST_F(ReportWriterTest, NoRowsAreStillAReport) {
  EXPECT_EQ(Written(MakeCsvWriter, {}), "date,text,count,usd,flag,real,maybe\r\n");
  EXPECT_EQ(Json::parse(Written(MakeJsonWriter, {})), Json::array());
  EXPECT_EQ(SheetCells(Sheet({})).size(), 1U);
}

TEST_F(ReportWriterTest, BytesThatAreNoUtf8BecomeReplacementCharacters) {
  EXPECT_EQ(ParseCsv(Written(MakeCsvWriter, {"a\xff,b"})).at(1).at(1), "a\xEF\xBF\xBD,b");
  EXPECT_EQ(Json::parse(Written(MakeJsonWriter, {"a\xff"}))[0]["text"], "a\xEF\xBF\xBD");
  EXPECT_EQ(SheetCells(Sheet({"a\xff"})).at(1).at(1), "a\xEF\xBF\xBD");
}

TEST_F(ReportWriterTest, CsvDefusesFullWidthFormsToo) {
  const std::vector<std::string> texts = {"＝1+1", "＋1", "－1", "＠SUM(A1)"};
  const auto rows = ParseCsv(Written(MakeCsvWriter, texts));
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(rows.at(i + 1).at(1), "'" + texts[i]);
}

TEST_F(ReportWriterTest, ExcelHoldsWhateverANameHolds) {
  const std::string replaced = "\xEF\xBF\xBD";
  const std::pair<std::string, std::string> cases[] = {{std::string("a\0b", 3), "a" + replaced + "b"},
                                                       {"\xEF\xBF\xBE!", replaced + "!"},  // U+FFFE
                                                       {"\xEF\xBF\xBF", replaced},         // U+FFFF
                                                       {"_x0041_", "_x005F_x0041_"},
                                                       {"_x005F_x0041_", "_x005F_x005F_x005F_x0041_"},
                                                       {"_x00e9_x0041_", "_x005F_x00e9_x005F_x0041_"},
                                                       {"_x004_ _X0041_ _x00G1_", "_x004_ _X0041_ _x00G1_"},
                                                       {"\xF0\x9F\x94\x91", "\xF0\x9F\x94\x91"}};
  std::vector<std::string> texts;
  for (const auto& each : cases) texts.push_back(each.first);
  const auto cells = SheetCells(Sheet(texts));
  ASSERT_EQ(cells.size(), texts.size() + 1);
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(cells[i + 1].at(1), cases[i].second) << i;
}

TEST_F(ReportWriterTest, ExcelTakesATextThatIsAllEscapes) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "_x0041_";
  EXPECT_EQ(SheetCells(Sheet({text})).at(1).at(1).size(), 32'767U) << "as much as a cell holds";
}

TEST_F(ReportWriterTest, MoneyIsExact) {
  const auto usd = [](std::int64_t micros) {
    std::string text;
    AppendUsd(text, micros);
    return text;
  };
  EXPECT_EQ(usd(0), "0");
  EXPECT_EQ(usd(1), "0.000001");
  EXPECT_EQ(usd(-1'500'000), "-1.5");
  EXPECT_EQ(usd(12'000'000), "12");
  EXPECT_EQ(usd(10'000'010), "10.00001");
  EXPECT_EQ(usd(std::numeric_limits<std::int64_t>::max()), "9223372036854.775807");
  EXPECT_EQ(usd(std::numeric_limits<std::int64_t>::min()), "-9223372036854.775808");
}

TEST_F(ReportWriterTest, ExcelHasNumbersTextsAndDates) {
  const std::string sheet = Sheet({"a & <b>"});
  const auto cells = SheetCells(sheet);
  ASSERT_EQ(cells.size(), 2U);
  EXPECT_EQ(cells[0], (CsvRow{"date", "text", "count", "usd", "flag", "real", "maybe"}));
  EXPECT_EQ(cells[1], (CsvRow{"46346", "a & <b>", "42", "1.2345", "1", "0.25"})) << "46346 is 2026-11-20";
}

TEST_F(ReportWriterTest, ExcelHasNoFormulas) {
  const std::vector<std::string> texts = {"=1+1", "+1", "-1", "@SUM(A1)", "{=1}", "http://example.com"};
  const std::string sheet = Sheet(texts);
  EXPECT_EQ(sheet.find("<f"), std::string::npos);
  EXPECT_EQ(sheet.find("hyperlink"), std::string::npos);
  const auto cells = SheetCells(sheet);
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(cells.at(i + 1).at(1), texts[i]);
}

TEST_F(ReportWriterTest, ExcelLeavesNoFilesBehind) {
  (void)Sheet({"a"});
  SpoolFile file = NewFile();
  auto given_up = Excel(file);
  WriteRow(**given_up, "a");
  given_up->reset();
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
}

TEST_F(ReportWriterTest, ExcelThatDoesNotFitOnItsDiskFails) {
  auto file = SpoolFile::Create(directory_.path().string(), 4096);
  const auto writer = Excel(*file);
  (*writer)->Text(std::string(4000, 'x'));
  const auto ended = (*writer)->EndRow();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::kUnavailable);
}

TEST_F(ReportWriterTest, ExcelIsNotPackedWhenTheServerStops) {
  SpoolFile file = NewFile();
  const auto writer = Excel(file, true);
  WriteRow(**writer, "a");
  EXPECT_FALSE((*writer)->Finish());
}

}  // namespace
}  // namespace keymeter::query_api
