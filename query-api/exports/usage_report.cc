#include "query-api/exports/usage_report.h"

#include "query-api/exports/usage_rows.h"
#include "schema/civil_time.h"
#include "schema/metrics.h"

namespace keymeter::query_api {

namespace {

constexpr UsageRowsSource kKeyRows = {"api_key", "k.name", "LEFT JOIN api_key k ON k.id = s.entity"};

/// Writes rows; the text of a bucket is made once for all its rows. Threads: one. Lifetime: borrows the
/// writer.
class UsageRowWriter {
 public:
  UsageRowWriter(Level level, const SourceState& state, ReportWriter& writer)
      : level_(level), offset_(state.utc_offset_s), money_from_(state.money_from), writer_(writer) {}

  [[nodiscard]] Status Write(const Statement& row) {
    WriteBucket(row.Int(kRowBucket));
    writer_.Text(row.Text(kRowEntity));
    writer_.TextOrNothing(row.Text(kRowColumns));
    writer_.Text(row.Text(kRowModel));
    const Amounts amounts = AmountsOfRow(row);
    for (std::size_t i = 0; i < static_cast<std::size_t>(Metric::kCostMicros); ++i)
      writer_.Int(amounts.values.at(i));
    writer_.Int(amounts.TotalTokens());
    for (const Metric money : {Metric::kCostMicros, Metric::kRealCostMicros}) {
      // Before the relay counted money, what was not counted is unknown.
      if (row.Int(kRowBucket) < money_from_ && amounts[money] == 0)
        writer_.TextOrNothing("");
      else
        writer_.Usd(amounts[money]);
    }
    return writer_.EndRow();
  }

 private:
  void WriteBucket(std::int64_t bucket) {
    if (bucket != bucket_ || text_.empty()) {
      bucket_ = bucket;
      if (level_ == Level::kHour) text_ = FormatRfc3339(bucket * 1000);
      if (level_ == Level::kDay) text_ = FormatDate(bucket, offset_);
      if (level_ == Level::kMonth) text_ = FormatMonth(bucket, offset_);
    }
    if (level_ == Level::kDay) {
      writer_.Date(text_, (bucket + offset_) / kDaySeconds);
    } else {
      writer_.Text(text_);
    }
  }

  const Level level_;
  const std::int64_t offset_;
  const std::int64_t money_from_;
  ReportWriter& writer_;
  std::int64_t bucket_ = 0;
  std::string text_;
};

}  // namespace

ReportColumns UsageReportColumns(Level level) {
  const std::string_view time = level == Level::kHour ? "time" : level == Level::kDay ? "date" : "month";
  return {time,
          "keyId",
          "name",
          "model",
          "requests",
          "inputTokens",
          "outputTokens",
          "cacheCreateTokens",
          "cacheReadTokens",
          "ephemeral5mTokens",
          "ephemeral1hTokens",
          "totalTokens",
          "cost",
          "realCost"};
}

Result<std::int64_t> WriteUsageReport(Snapshot& snapshot, const UsageReportSpan& span,
                                      const ReportSelection& selection, ReportWriter& writer,
                                      const std::function<bool()>& is_stopping) {
  UsageRowWriter rows(span.level, snapshot.state, writer);
  std::int64_t count = 0;
  const auto write = [&](const Statement& row) -> Status {
    if (!selection.Has(row.Text(kRowEntity))) return {};
    ++count;
    return rows.Write(row);
  };
  RETURN_IF_ERROR(ReadUsageRows(snapshot, span, kKeyRows, is_stopping, write));
  return count;
}

}  // namespace keymeter::query_api
