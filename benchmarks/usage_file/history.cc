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

class HistoryWriter {
 public:
  HistoryWriter(const HistoryOptions& options, Database& database, const relay_load::Population& population)
      : options_(options), database_(database), population_(population), draw_(population, options.seed) {}

  Status Open() {
    Rollup* coarser = nullptr;
    for (const Level level : {Level::kMonth, Level::kDay, Level::kHour, Level::kMinute}) {
      auto made = Rollup::Make(database_, level, options_.utc_offset_s, coarser);
      if (!made) return Fail(made.error());
      rollups_[static_cast<std::size_t>(level)] = std::make_unique<Rollup>(std::move(*made));
      coarser = rollups_[static_cast<std::size_t>(level)].get();
    }
    auto series = database_.Prepare("INSERT INTO series (id, kind, entity, model) VALUES (?, ?, ?, ?)");
    if (!series) return Fail(series.error());
    insert_series_ = std::make_unique<Statement>(std::move(*series));
    auto coverage = database_.Prepare("INSERT INTO coverage VALUES (?, 60000, 0, 0, 20)");
    if (!coverage) return Fail(coverage.error());
    insert_coverage_ = std::make_unique<Statement>(std::move(*coverage));
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
      if (auto written = hour < minutes_from ? WriteOldHour(hour) : WriteMinutes(hour); !written)
        return written;
      if (auto covered = WriteCoverage(hour); !covered) return covered;
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
      if (auto closed = rollups_[static_cast<std::size_t>(level)]->Close(); !closed) return closed;
    return {};
  }

  Status WriteOldHour(std::int64_t hour) {
    Rollup& hours = *rollups_[static_cast<std::size_t>(Level::kHour)];
    for (std::int64_t i = 0; i < kRequestsOfAnHour * RowsAMinute(); ++i)
      if (auto added = AddRequest(hours, hour); !added) return added;
    return {};
  }

  /// So many rows a minute that the newest days come out at what was asked for.
  Status WriteMinutes(std::int64_t hour) {
    Rollup& minutes = *rollups_[static_cast<std::size_t>(Level::kMinute)];
    for (std::int64_t minute = hour; minute < std::min(hour + kHourSeconds, options_.end);
         minute += kMinuteSeconds) {
      do {
        if (auto added = AddRequest(minutes, minute); !added) return added;
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
      if (auto written = insert_coverage_->Run(); !written) return written;
    }
    return {};
  }

  Status AddRequest(Rollup& level, std::int64_t moment) {
    const Draw::Request request = draw_.Next();
    const std::string& model = population_.models[request.model].name;
    const auto key = SeriesOf("api_key", population_.keys[request.key].id, request.key, request.model, model);
    if (!key) return Fail(key.error());
    if (auto added = level.Add(moment, *key, request.amounts); !added) return added;
    const auto account = SeriesOf("account", population_.accounts[request.account].id,
                                  population_.keys.size() + request.account, request.model, model);
    if (!account) return Fail(account.error());
    Amounts unpriced = request.amounts;  // the relay keeps no money of accounts
    unpriced[Metric::kCostMicros] = unpriced[Metric::kRealCostMicros] = 0;
    return level.Add(moment, *account, unpriced);
  }

  Result<std::int64_t> SeriesOf(std::string_view kind, const std::string& entity, std::size_t number,
                                std::size_t model_number, const std::string& model) {
    const std::size_t name = number * population_.models.size() + model_number;
    const auto next = static_cast<std::int64_t>(series_.size()) + 1;
    const auto [found, is_new] = series_.try_emplace(name, next);
    if (!is_new) return found->second;
    insert_series_->Bind(1, next).Bind(2, kind).Bind(3, entity).Bind(4, model);
    if (auto written = insert_series_->Run(); !written) return Fail(written.error());
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
      "INSERT INTO profile_use VALUES (0, 'claude-relay-service', 0);",
      options.utc_offset_s, options.end));
}

template <typename Writer>
Result<HistoryCounts> WriteWith(const HistoryOptions& options, Database& database,
                                const relay_load::Population& population) {
  Writer writer(options, database, population);
  if (auto opened = writer.Open(); !opened) return Fail(opened.error());
  if (auto written = writer.Write(); !written) return Fail(written.error());
  return writer.Counts();
}

}  // namespace

Result<HistoryCounts> WriteHistory(const HistoryOptions& options) {
  auto database = Database::Open(options.path, Database::Mode::kReadWrite);
  if (!database) return Fail(database.error());
  if (auto migrated = Migrate(*database); !migrated) return Fail(migrated.error());
  if (const auto rows = database->QueryInt("SELECT count(*) FROM series"); !rows || *rows > 0)
    return Fail(ErrorCode::kInvalid, "{} holds usage already: name a new file", options.path);
  // A WAL would hold all of it once more.
  if (auto left = database->LeaveWal(); !left) return Fail(left.error());
  if (auto fast = database->Execute("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; "
                                    "PRAGMA cache_size = -65536");
      !fast)
    return Fail(fast.error());
  relay_load::PopulationOptions wanted;
  wanted.keys = options.keys;
  wanted.accounts = options.accounts;
  wanted.models = options.models;
  wanted.groups = options.groups;
  wanted.created_at_ms = (options.end - options.days * kDaySeconds) * 1000;
  const relay_load::Population population = relay_load::MakePopulation(wanted);
  auto transaction = Transaction::Begin(*database);
  if (!transaction) return Fail(transaction.error());
  if (auto written = WriteEntities(*database, population, options.end); !written)
    return Fail(written.error());
  const auto counts = options.active_share > 0 ? WriteWith<SteadyRelay>(options, *database, population)
                                               : WriteWith<HistoryWriter>(options, *database, population);
  if (!counts) return Fail(counts.error());
  if (auto written = WriteState(*database, options); !written) return Fail(written.error());
  if (auto committed = transaction->Commit(); !committed) return Fail(committed.error());
  if (auto back = database->Execute("PRAGMA journal_mode = WAL"); !back) return Fail(back.error());
  return *counts;
}

}  // namespace keymeter::usage_file
