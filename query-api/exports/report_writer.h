#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "query-api/http/spool_file.h"
#include "schema/error.h"

namespace keymeter::query_api {

/// Writes the rows of a report in one format: the cells of a row from left to right, then EndRow, and after
/// the last row Finish.
///
/// Text comes from outside: bytes that are no UTF-8 become U+FFFD, and text that a spreadsheet would run as a
/// formula stays text. Errors are kUnavailable, or kInvalid when the format cannot hold so much; they
/// are final. Threads: one. Bounds: constant memory, whatever the number of rows.
/// Tested by tests/query-api/exports/report_writer_test.cc, as are csv_report, json_report and report_text.
class ReportWriter {
 public:
  ReportWriter() = default;
  virtual ~ReportWriter() = default;
  ReportWriter(const ReportWriter&) = delete;
  ReportWriter& operator=(const ReportWriter&) = delete;

  virtual void Text(std::string_view text) = 0;
  /// "" means no value: null in JSON, an empty cell elsewhere.
  virtual void TextOrNothing(std::string_view text) = 0;
  /// A day, as "2026-11-20" and as days since 1970-01-01.
  virtual void Date(std::string_view date, std::int64_t day) = 0;
  virtual void Int(std::int64_t value) = 0;
  virtual void Real(double value) = 0;
  virtual void Flag(bool value) = 0;
  /// Millionths of a USD, in USD.
  virtual void Usd(std::int64_t micros) = 0;
  [[nodiscard]] virtual Status EndRow() = 0;
  /// Completes the file.
  [[nodiscard]] virtual Status Finish() = 0;
};

/// Names of columns, in their order. Of static storage.
using ReportColumns = std::vector<std::string_view>;

/// Millionths of a USD as USD, exact, without trailing zeros: 1234500 → "1.2345".
void AppendUsd(std::string& out, std::int64_t micros);

/// RFC 4180 with a line of names; UTF-8 without a byte order mark, lines end in CRLF. Lifetime: borrows the
/// file.
[[nodiscard]] std::unique_ptr<ReportWriter> MakeCsvWriter(SpoolFile& file, const ReportColumns& columns);
/// An array of objects, one a line. Lifetime: borrows the file.
[[nodiscard]] std::unique_ptr<ReportWriter> MakeJsonWriter(SpoolFile& file, const ReportColumns& columns);

}  // namespace keymeter::query_api
