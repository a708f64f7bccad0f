#include <fmt/format.h>

#include "query-api/exports/report_writer.h"
#include "schema/utf8.h"

/// Tested by tests/query-api/exports/report_writer_test.cc.
namespace keymeter::query_api {

namespace {

/// A spreadsheet reads a cell that begins so as a formula, whether it is quoted or not.
bool LooksLikeFormula(std::string_view text) {
  constexpr std::string_view kFirst = "=+-@\t\r\n";
  return !text.empty() && kFirst.find(text.front()) != std::string_view::npos;
}

class CsvWriter : public ReportWriter {
 public:
  CsvWriter(SpoolFile& file, const ReportColumns& columns) : file_(file) {
    for (const std::string_view column : columns) Plain(column);
    row_ += "\r\n";
    is_first_ = true;
  }

  void Text(std::string_view text) override {
    Separate();
    if (!utf8::IsValid(text)) return Quoted(ToUtf8(text));
    if (LooksLikeFormula(text) || text.find_first_of(",\"\r\n") != std::string_view::npos)
      return Quoted(text);
    row_ += text;
  }
  void TextOrNothing(std::string_view text) override { Text(text); }
  void Date(std::string_view date, std::int64_t /*day*/) override { Plain(date); }
  void Int(std::int64_t value) override { Plain(fmt::format_int(value).c_str()); }
  void Real(double value) override { Plain(fmt::format("{}", value)); }
  void Flag(bool value) override { Plain(value ? "true" : "false"); }
  void Usd(std::int64_t micros) override {
    Separate();
    AppendUsd(row_, micros);
  }

  Status EndRow() override {
    row_ += "\r\n";
    is_first_ = true;
    return row_.size() < kRowsBytes ? Status() : Write();
  }
  Status Finish() override {
    RETURN_IF_ERROR(Write());
    return file_.Flush();
  }

 private:
  static constexpr std::size_t kRowsBytes = 32'768;

  Status Write() {
    auto written = file_.Append(row_);
    row_.clear();
    return written;
  }
  void Separate() {
    if (!is_first_) row_.push_back(',');
    is_first_ = false;
  }
  void Plain(std::string_view text) {
    Separate();
    row_ += text;
  }
  void Quoted(std::string_view text) {
    row_.push_back('"');
    if (LooksLikeFormula(text)) row_.push_back('\'');
    for (const char c : text) {
      if (c == '"') row_.push_back('"');
      row_.push_back(c);
    }
    row_.push_back('"');
  }

  SpoolFile& file_;
  std::string row_;
  bool is_first_ = true;
};

}  // namespace

std::unique_ptr<ReportWriter> MakeCsvWriter(SpoolFile& file, const ReportColumns& columns) {
  return std::make_unique<CsvWriter>(file, columns);
}

}  // namespace keymeter::query_api
