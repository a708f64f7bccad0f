#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "query-api/exports/report_writer.h"
#include "query-api/http/http_types.h"

/// Tested by tests/query-api/exports/report_writer_test.cc.
namespace keymeter::query_api {

namespace {

/// Stands in JSON as it is.
bool IsPlainJson(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

class JsonReportWriter : public ReportWriter {
 public:
  JsonReportWriter(SpoolFile& file, const ReportColumns& columns) : file_(file) {
    for (const std::string_view column : columns)
      names_.push_back(fmt::format("{}\"{}\":", names_.empty() ? "{" : ",", column));
    rows_ = "[";
  }

  void Text(std::string_view text) override {
    Name();
    if (!IsPlainJson(text)) {
      rows_ += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
      return;
    }
    rows_.push_back('"');
    rows_ += text;
    rows_.push_back('"');
  }
  void TextOrNothing(std::string_view text) override {
    if (text.empty()) return Plain("null");
    Text(text);
  }
  void Date(std::string_view date, std::int64_t /*day*/) override { Text(date); }
  void Int(std::int64_t value) override { Plain(fmt::format_int(value).c_str()); }
  void Real(double value) override { Plain(std::isfinite(value) ? fmt::format("{}", value) : "null"); }
  void Flag(bool value) override { Plain(value ? "true" : "false"); }
  void Usd(std::int64_t micros) override {
    Name();
    AppendUsd(rows_, micros);
  }

  Status EndRow() override {
    rows_.push_back('}');
    cell_ = 0;
    return rows_.size() < kRowsBytes ? Status() : Write();
  }
  Status Finish() override {
    rows_ += "\n]\n";
    RETURN_IF_ERROR(Write());
    return file_.Flush();
  }

 private:
  static constexpr std::size_t kRowsBytes = 32'768;

  Status Write() {
    auto written = file_.Append(rows_);
    rows_.clear();
    return written;
  }
  void Name() {
    if (cell_ == 0) rows_ += std::exchange(is_first_row_, false) ? "\n" : ",\n";
    rows_ += names_.at(cell_++);
  }
  void Plain(std::string_view value) {
    Name();
    rows_ += value;
  }

  SpoolFile& file_;
  std::vector<std::string> names_;  ///< with what stands before and after: `,"model":`
  std::string rows_;
  std::size_t cell_ = 0;
  bool is_first_row_ = true;
};

}  // namespace

std::unique_ptr<ReportWriter> MakeJsonWriter(SpoolFile& file, const ReportColumns& columns) {
  return std::make_unique<JsonReportWriter>(file, columns);
}

}  // namespace keymeter::query_api
