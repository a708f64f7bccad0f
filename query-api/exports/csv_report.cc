#include <fmt/format.h>

#include "query-api/endpoints/csv_answer.h"
#include "query-api/exports/report_writer.h"

/// Tested by tests/query-api/exports/report_writer_test.cc.
namespace keymeter::query_api {

namespace {

class CsvWriter : public ReportWriter {
 public:
  CsvWriter(SpoolFile& file, const ReportColumns& columns) : file_(file) {
    for (const std::string_view column : columns) Plain(column);
    row_ += "\r\n";
    is_first_ = true;
  }

  void Text(std::string_view text) override {
    Separate();
    AppendCsvText(row_, text);
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
  SpoolFile& file_;
  std::string row_;
  bool is_first_ = true;
};

}  // namespace

std::unique_ptr<ReportWriter> MakeCsvWriter(SpoolFile& file, const ReportColumns& columns) {
  return std::make_unique<CsvWriter>(file, columns);
}

}  // namespace keymeter::query_api
