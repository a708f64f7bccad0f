#include "query-api/exports/usage_cells.h"

namespace keymeter::query_api {

ReportColumns UsageColumns(Level level, const std::vector<std::string_view>& of_entity,
                           const std::vector<std::string_view>& money) {
  ReportColumns columns = {level == Level::kHour ? "time" : level == Level::kDay ? "date" : "month"};
  columns.insert(columns.end(), of_entity.begin(), of_entity.end());
  columns.insert(columns.end(), {"requests", "inputTokens", "outputTokens", "cacheCreateTokens",
                                 "cacheReadTokens", "ephemeral5mTokens", "ephemeral1hTokens", "totalTokens"});
  columns.insert(columns.end(), money.begin(), money.end());
  return columns;
}

void UsageCells::WriteBucket(std::int64_t bucket) {
  if (bucket != bucket_ || text_.empty()) {
    bucket_ = bucket;
    if (level_ == Level::kHour) text_ = FormatRfc3339(bucket * 1000);
    if (level_ == Level::kDay) text_ = FormatDate(bucket, offset_);
    if (level_ == Level::kMonth) text_ = FormatMonth(bucket, offset_);
  }
  if (level_ == Level::kDay)
    writer_.Date(text_, (bucket + offset_) / kDaySeconds);
  else
    writer_.Text(text_);
}

void UsageCells::WriteAmounts(const Amounts& amounts) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(Metric::kCostMicros); ++i)
    writer_.Int(amounts.values.at(i));
  writer_.Int(amounts.TotalTokens());
}

}  // namespace keymeter::query_api
