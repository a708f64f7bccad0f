#include "processor/storage/taken_amounts.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "processor/storage/metric_sql.h"
#include "processor/storage/prepare.h"
#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr std::array kLevels = {Level::kHour, Level::kDay, Level::kMonth};

/// "requests = requests - ?4, …"
std::string Subtractions() {
  std::string text;
  for (std::size_t i = 0; i < kMetricCount; ++i)
    text += fmt::format("{0}{1} = {1} - ?{2}", i > 0 ? ", " : "", MetricName(static_cast<Metric>(i)), i + 4);
  return text;
}

std::string AllZero() {
  std::string text;
  for (std::size_t i = 0; i < kMetricCount; ++i)
    text += fmt::format("{}{} = 0", i > 0 ? " AND " : "", MetricName(static_cast<Metric>(i)));
  return text;
}

Amounts Least(const Amounts& a, const Amounts& b) {
  Amounts least;
  for (std::size_t i = 0; i < kMetricCount; ++i)
    least.values[i] = std::max<std::int64_t>(0, std::min(a.values[i], b.values[i]));
  return least;
}

}  // namespace

Status TakenAmounts::Prepare(Database& database) {
  constexpr std::string_view kOfBucket = "level = ?1 AND bucket = ?2 AND series = ?3";
  const auto subtract = [&](std::string_view table) {
    return fmt::format("UPDATE {} SET {} WHERE {}", table, Subtractions(), kOfBucket);
  };
  const auto forget = [&](std::string_view table) {
    return fmt::format("DELETE FROM {} WHERE {} AND {}", table, kOfBucket, AllZero());
  };
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    const std::string_view level = LevelName(kLevels[i]);
    RETURN_IF_ERROR(PrepareAll(
        database,
        {{&shrink_[i],
          fmt::format("UPDATE usage_{} SET {} WHERE bucket = ?2 AND series = ?3", level, Subtractions())},
         // A row of zeros that minutes wait for stays: see WaitingRows. (+: else SQLite looks for the series
         // in each minute that is kept.)
         {&remove_empty_[i], fmt::format("DELETE FROM usage_{} WHERE bucket = ?1 AND series = ?2 AND {}"
                                         " AND NOT EXISTS (SELECT 1 FROM usage_minute m"
                                         " WHERE m.bucket >= (SELECT rolled_until FROM source_state)"
                                         " AND m.bucket >= ?1 AND m.bucket < ?3 AND +m.series = ?2)",
                                         level, AllZero())}}));
  }
  return PrepareAll(
      database,
      {{&any_, "SELECT EXISTS (SELECT 1 FROM taken)"},
       {&add_, fmt::format("INSERT INTO taken (level, bucket, series, {}) VALUES (?, ?, ?, {})"
                           " ON CONFLICT DO UPDATE SET {}",
                           kMetricColumns, kMetricMarks, MetricAdditions())},
       {&find_, fmt::format("SELECT {} FROM taken WHERE {}", kMetricColumns, kOfBucket)},
       {&find_from_,
        fmt::format("SELECT bucket, series, {} FROM taken WHERE level = ? AND bucket >= ?", kMetricColumns)},
       // A model replaces what is known without one; a finer bucket without a model what is
       // known of any model.
       {&others_,
        "SELECT e.id FROM series s JOIN series e ON e.kind = s.kind AND e.entity = s.entity"
        " AND e.id <> s.id AND (e.model = '' OR (s.model = '' AND ?4))"
        " JOIN taken t ON t.level = ?1 AND t.bucket = ?2 AND t.series = e.id WHERE s.id = ?3"},
       {&subtract_, subtract("taken")},
       {&subtract_untimed_, subtract("usage_untimed")},
       {&forget_empty_, forget("taken")},
       {&forget_empty_untimed_, forget("usage_untimed")}});
}

Result<bool> TakenAmounts::IsAny() {
  if (!is_any_) {
    ASSIGN_OR_RETURN(const auto is_read, any_.Step());
    is_any_ = is_read && any_.Int(0) != 0;
    any_.Reset();
  }
  return *is_any_;
}

Status TakenAmounts::Add(const GrowthRow& row) {
  is_any_ = true;
  add_.Bind(1, LevelName(row.level)).Bind(2, row.bucket).Bind(3, std::int64_t{row.series});
  BindAmounts(add_, 4, row.growth);
  return add_.Run();
}

Status TakenAmounts::GiveBack(Level level, std::int64_t from, const BatchContext& context) {
  std::vector<GrowthRow> rows;
  find_from_.Bind(1, LevelName(level)).Bind(2, from);
  while (true) {
    ASSIGN_OR_RETURN(const auto is_row, find_from_.Step());
    if (!is_row) break;
    rows.push_back(
        {level, find_from_.Int(0), static_cast<SeriesId>(find_from_.Int(1)), AmountsAt(find_from_, 2)});
  }
  find_from_.Reset();
  Amounts back;
  for (const GrowthRow& row : rows) {
    RETURN_IF_ERROR(TakeBack(level, row.bucket, row.series, row.growth, context, back));
    RETURN_IF_ERROR(Shrink(level, row.bucket, row.series, back, context));
  }
  return {};
}

/// `back`: what was taken back, at most `most`; it is no longer untimed in that bucket either.
Status TakenAmounts::TakeBack(Level level, std::int64_t bucket, SeriesId series, const Amounts& most,
                              const BatchContext& context, Amounts& back) {
  ASSIGN_OR_RETURN(const auto row,
                   find_.Bind(1, LevelName(level)).Bind(2, bucket).Bind(3, std::int64_t{series}).Step());
  back = row ? Least(AmountsAt(find_, 0), most) : Amounts{};
  find_.Reset();
  if (back.IsZero()) return {};
  context.changes.Note(level, bucket);  // what is untimed in it, even where its row stays as it is
  for (Statement* subtract : {&subtract_, &subtract_untimed_}) {
    subtract->Bind(1, LevelName(level)).Bind(2, bucket).Bind(3, std::int64_t{series});
    BindAmounts(*subtract, 4, back);
    RETURN_IF_ERROR(subtract->Run());
  }
  for (Statement* forget : {&forget_empty_, &forget_empty_untimed_}) {
    forget->Bind(1, LevelName(level)).Bind(2, bucket).Bind(3, std::int64_t{series});
    RETURN_IF_ERROR(forget->Run());
  }
  return {};
}

/// Takes it out of the bucket's row and those above, of a series whose amounts another one shows by now: the
/// sum of the entity stays.
Status TakenAmounts::Shrink(Level level, std::int64_t bucket, SeriesId series, const Amounts& back,
                            const BatchContext& context) {
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (kLevels[i] < level) continue;
    const std::int64_t upper = BucketOf(kLevels[i], bucket, context.utc_offset_s);
    context.changes.Note(kLevels[i], upper);
    shrink_[i].Bind(2, upper).Bind(3, std::int64_t{series});
    BindAmounts(shrink_[i], 4, back);
    RETURN_IF_ERROR(shrink_[i].Run());
    remove_empty_[i].Bind(1, upper).Bind(2, std::int64_t{series});
    remove_empty_[i].Bind(3, NextBucket(kLevels[i], upper, context.utc_offset_s));
    RETURN_IF_ERROR(remove_empty_[i].Run());
  }
  return {};
}

Status TakenAmounts::Replace(Level level, bool is_coarser, const GrowthRow& row, const BatchContext& context,
                             Replacement& replaced) {
  const std::int64_t bucket = BucketOf(level, row.bucket, context.utc_offset_s);
  // Nothing is taken of a bucket that is open.
  if (NextBucket(level, bucket, context.utc_offset_s) > context.rolled_until) return {};
  ASSIGN_OR_RETURN(const bool is_any, IsAny());
  if (!is_any) return {};
  Amounts back;
  if (is_coarser) {
    RETURN_IF_ERROR(TakeBack(level, bucket, row.series, replaced.rest, context, back));
    replaced.rest = replaced.rest - back;
    replaced.rest_others = replaced.rest_others - Least(replaced.rest_others, back);
  }
  ASSIGN_OR_RETURN(const auto others, OthersOf(level, bucket, row.series, is_coarser));
  for (const SeriesId other : others) {
    RETURN_IF_ERROR(TakeBack(level, bucket, other, replaced.rest_others, context, back));
    if (back.IsZero()) continue;
    replaced.rest_others = replaced.rest_others - back;
    RETURN_IF_ERROR(Shrink(level, bucket, other, back, context));
  }
  return {};
}

Result<std::vector<SeriesId>> TakenAmounts::OthersOf(Level level, std::int64_t bucket, SeriesId series,
                                                     bool is_coarser) {
  others_.Bind(1, LevelName(level)).Bind(2, bucket).Bind(3, std::int64_t{series});
  others_.Bind(4, std::int64_t{is_coarser});
  std::vector<SeriesId> others;
  while (true) {
    ASSIGN_OR_RETURN(const auto row, others_.Step());
    if (!row) break;
    others.push_back(static_cast<SeriesId>(others_.Int(0)));
  }
  others_.Reset();
  return others;
}

}  // namespace keymeter::processor
