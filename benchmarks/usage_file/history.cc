#include "benchmarks/usage_file/history.h"

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_map>

#include "benchmarks/usage_file/draw.h"
#include "benchmarks/usage_file/entities.h"
#include "benchmarks/usage_file/rollup.h"
#include "benchmarks/usage_file/steady_relay.h"
#include "schema/log.h"
#include "schema/migrations.h"

namespace keymeter::usage_file {

namespace {

/// Requests of an hour before the minutes, for each row of a minute: so such an hour has about as many rows
/// as others.
constexpr std::int64_t kRequestsOfAnHour = 16;

class StoredHistory {
 public:
  StoredHistory(const HistoryOptions& options, Database& database, const relay_load::Population& population)
      : options_(options), database_(database), population_(population), draw_(population, options.seed) {}

  Status Open() {
    Rollup* coarser = nullptr;
    for (const Level level : {Level::kMonth, Level::kDay, Level::kHour, Level::kMinute}) {
      ASSIGN_OR_RETURN(auto made, Rollup::Make(database_, level, options_.utc_offset_s, coarser));
      rollups_[static_cast<std::size_t>(level)] = std::make_unique<Rollup>(std::move(made));
      coarser = rollups_[static_cast<std::size_t>(level)].get();
    }
    ASSIGN_OR_RETURN(auto series,
                     database_.Prepare("INSERT INTO series (id, kind, entity, model) VALUES (?, ?, ?, ?)"));
    insert_series_ = std::make_unique<Statement>(std::move(series));
    ASSIGN_OR_RETURN(auto coverage, database_.Prepare("INSERT INTO coverage VALUES (?, 60000, 0, 0, 20)"));
    insert_coverage_ = std::make_unique<Statement>(std::move(coverage));
    return {};
  }

  Status Write() {
    const std::int64_t first =
        BucketOf(Level::kDay, options_.end - options_.days * kDaySeconds, options_.utc_offset_s);
    const std::int64_t minutes_from =
        BucketOf(Level::kHour, options_.end - options_.minute_days * kDaySeconds, 0);
    std::int64_t tenth = 0;
    for (std::int64_t hour = first; hour < options_.end; hour += kHourSeconds) {
      if (BucketOf(Level::kDay, hour, options_.utc_offset_s) == hour) draw_.BeginDay();
      draw_.BeginHour();
      RETURN_IF_ERROR(hour < minutes_from ? WriteOldHour(hour) : WriteMinutes(hour));
      RETURN_IF_ERROR(WriteCoverage(hour));
      if (const std::int64_t now = 10 * (hour - first) / (options_.end - first); now > tenth) {
        tenth = now;
        log::Info("writing", {{"done", fmt::format("{}%", tenth * 10)}});
      }
    }
    return Close();
  }

  [[nodiscard]] HistoryCounts Counts() const {
    const auto rows = [this](Level level) { return rollups_[static_cast<std::size_t>(level)]->rows(); };
    return {rows(Level::kMinute), rows(Level::kHour), rows(Level::kDay), rows(Level::kMonth),
            static_cast<std::int64_t>(series_.size())};
  }

 private:
  /// Finer levels give their last bucket to coarser ones, so in this order.
  Status Close() {
    for (const Level level : {Level::kMinute, Level::kHour, Level::kDay, Level::kMonth})
      RETURN_IF_ERROR(rollups_[static_cast<std::size_t>(level)]->Close());
    return {};
  }

  Status WriteOldHour(std::int64_t hour) {
    Rollup& hours = *rollups_[static_cast<std::size_t>(Level::kHour)];
    for (std::int64_t i = 0; i < kRequestsOfAnHour * RowsAMinute(); ++i)
      RETURN_IF_ERROR(AddRequest(hours, hour));
    return {};
  }

  /// So many rows a minute that the newest days come out at what was asked for.
  Status WriteMinutes(std::int64_t hour) {
    Rollup& minutes = *rollups_[static_cast<std::size_t>(Level::kMinute)];
    for (std::int64_t minute = hour; minute < std::min(hour + kHourSeconds, options_.end);
         minute += kMinuteSeconds) {
      do {
        RETURN_IF_ERROR(AddRequest(minutes, minute));
      } while (static_cast<std::int64_t>(minutes.open_series()) < RowsAMinute());
    }
    return {};
  }

  [[nodiscard]] std::int64_t RowsAMinute() const {
    return std::max<std::int64_t>(
        options_.minute_rows / (options_.minute_days * kDaySeconds / kMinuteSeconds), 1);
  }

  Status WriteCoverage(std::int64_t hour) {
    for (std::int64_t minute = hour; minute < std::min(hour + kHourSeconds, options_.end);
         minute += kMinuteSeconds) {
      insert_coverage_->Bind(1, minute);
      RETURN_IF_ERROR(insert_coverage_->Run());
    }
    return {};
  }

  Status AddRequest(Rollup& level, std::int64_t moment) {
    const Draw::Request request = draw_.Next();
    const std::string& model = population_.models[request.model].name;
    ASSIGN_OR_RETURN(const auto key, SeriesOf("api_key", population_.keys[request.key].id, request.key,
                                              request.model, model));
    RETURN_IF_ERROR(level.Add(moment, key, request.amounts));
    ASSIGN_OR_RETURN(const auto account,
                     SeriesOf("account", population_.accounts[request.account].id,
                              population_.keys.size() + request.account, request.model, model));
    Amounts unpriced = request.amounts;  // the relay keeps no money of accounts
    unpriced[Metric::kCostMicros] = unpriced[Metric::kRealCostMicros] = 0;
    return level.Add(moment, account, unpriced);
  }

  Result<std::int64_t> SeriesOf(std::string_view kind, const std::string& entity, std::size_t number,
                                std::size_t model_number, const std::string& model) {
    const std::size_t name = number * population_.models.size() + model_number;
    const auto next = static_cast<std::int64_t>(series_.size()) + 1;
    const auto [found, is_new] = series_.try_emplace(name, next);
    if (!is_new) return found->second;
    insert_series_->Bind(1, next).Bind(2, kind).Bind(3, entity).Bind(4, model);
    RETURN_IF_ERROR(insert_series_->Run());
    return next;
  }

  const HistoryOptions& options_;
  Database& database_;
  const relay_load::Population& population_;
  Draw draw_;
  std::array<std::unique_ptr<Rollup>, 4> rollups_;  ///< by Level
  std::unique_ptr<Statement> insert_series_;
  std::unique_ptr<Statement> insert_coverage_;
  std::unordered_map<std::size_t, std::int64_t> series_;
};

/// As a processor leaves it that has rolled everything up and read all history.
Status WriteState(Database& database, const HistoryOptions& options) {
  return database.Execute(fmt::format(
      "UPDATE source_state SET profile = 'claude-relay-service', utc_offset_s = {0}, rolled_until = {1}, "
      "covered_until_ms = {1} * 1000, data_version = 1, history_due_from_ms = -1;"
      "INSERT INTO profile_use VALUES (0, 'claude-relay-service', 0);"
      "INSERT INTO _hour_bucket (bucket, utc_offset_s) SELECT DISTINCT bucket, {0} FROM usage_hour;"
      "INSERT INTO _day_bucket (bucket, utc_offset_s) SELECT DISTINCT bucket, {0} FROM usage_day;"
      "INSERT INTO _month_bucket (bucket, utc_offset_s) SELECT DISTINCT bucket, {0} FROM usage_month;",
      options.utc_offset_s, options.end));
}

template <typename Writer>
Result<HistoryCounts> WriteWith(const HistoryOptions& options, Database& database,
                                const relay_load::Population& population) {
  Writer writer(options, database, population);
  RETURN_IF_ERROR(writer.Open());
  RETURN_IF_ERROR(writer.Write());
  return writer.Counts();
}

}  // namespace

Result<HistoryCounts> WriteHistory(const HistoryOptions& options) {
  ASSIGN_OR_RETURN(auto database, Database::Open(options.path, Database::Mode::kReadWrite));
  RETURN_IF_ERROR(Migrate(database));
  if (const auto rows = database.QueryInt("SELECT count(*) FROM series"); !rows || *rows > 0)
    return Fail(ErrorCode::kInvalid, "{} holds usage already: name a new file", options.path);
  // A WAL would hold all of it once more.
  RETURN_IF_ERROR(database.LeaveWal());
  RETURN_IF_ERROR(
      database.Execute("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; "
                       "PRAGMA cache_size = -65536"));
  relay_load::PopulationOptions wanted;
  wanted.keys = options.keys;
  wanted.accounts = options.accounts;
  wanted.models = options.models;
  wanted.groups = options.groups;
  wanted.created_at_ms = (options.end - options.days * kDaySeconds) * 1000;
  const relay_load::Population population = relay_load::MakePopulation(wanted);
  ASSIGN_OR_RETURN(auto transaction, Transaction::Begin(database));
  RETURN_IF_ERROR(WriteEntities(database, population, options.end));
  ASSIGN_OR_RETURN(const auto counts, options.active_share > 0
                                          ? WriteWith<SteadyRelay>(options, database, population)
                                          : WriteWith<StoredHistory>(options, database, population));
  RETURN_IF_ERROR(WriteState(database, options));
  RETURN_IF_ERROR(transaction.Commit());
  RETURN_IF_ERROR(database.Execute("PRAGMA journal_mode = WAL"));
  return counts;
}

}  // namespace keymeter::usage_file
