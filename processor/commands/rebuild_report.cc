#include "processor/commands/rebuild_report.h"

#include "processor/commands/status_text.h"
#include "schema/civil_time.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

namespace {

struct Recovered {
  std::int64_t rows = 0;
  std::string first;  ///< the oldest bucket, as RFC 3339
  std::string last;
};

Result<Recovered> Count(Database& database, Level level) {
  ASSIGN_OR_RETURN(auto row,
                   database.Prepare(fmt::format(
                       "SELECT count(*), min(time), max(time) FROM (SELECT time FROM api_key_usage_{0} "
                       "UNION ALL SELECT time FROM account_usage_{0})",
                       LevelName(level))));
  RETURN_IF_ERROR(row.Step());
  return Recovered{row.Int(0), std::string(row.Text(1)), std::string(row.Text(2))};
}

std::string Line(Level level, const Recovered& recovered) {
  const std::string name = fmt::format("{}s", LevelName(level));
  if (recovered.rows == 0) return fmt::format("  {:<8}none\n", name);
  return fmt::format("  {:<8}{:>12} rows, {} to {}\n", name, CountText(static_cast<double>(recovered.rows)),
                     recovered.first, recovered.last);
}

}  // namespace

Result<std::string> RebuildReport(const std::string& db_path, const std::string& aside) {
  ASSIGN_OR_RETURN(auto database, Database::Open(db_path, Database::Mode::kReadOnly));
  std::string text = fmt::format("{} is made anew. From the relay's history:\n", db_path);
  std::string oldest_hour = "now";
  for (const Level level : {Level::kHour, Level::kDay, Level::kMonth}) {
    ASSIGN_OR_RETURN(const auto recovered, Count(database, level));
    if (level == Level::kHour && recovered.rows > 0) oldest_hour = recovered.first;
    text += Line(level, recovered);
  }
  return text + fmt::format(
                    "Not recovered: minutes until now, and hours before {} (the relay does not keep them), "
                    "gaps, adjustments, old prices.\n"
                    "The file as it was: {}; sqlite3 {} .recover may read more of it.\n",
                    oldest_hour, aside, aside);
}

}  // namespace keymeter::processor
