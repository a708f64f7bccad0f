#include "query-api/endpoints/top_query.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "query-api/usage/series_query.h"

namespace keymeter::query_api {

namespace {

class TopCollector {
 public:
  TopCollector(Snapshot& snapshot, const SeriesSelection& selection, const TimeSpan& span)
      : snapshot_(snapshot), selection_(selection), span_(span) {
    sums_.resize(selection.names().size());
    is_used_.resize(sums_.size());
  }

  void Add(std::uint32_t series, const UsageSum& usage, bool is_estimate) {
    whole_ += usage;
    for (const std::uint32_t name : selection_.NamesOf(series)) {
      sums_[name].usage += usage;
      sums_[name].estimated = sums_[name].estimated || is_estimate;
      is_used_[name] = true;
    }
  }

  /// A row of a bucket that reaches beyond the span: the part that most likely lies in it.
  Status AddPart(std::int64_t bucket, std::int64_t end, bool is_evenly, std::uint32_t series,
                 const UsageSum& usage) {
    if (bucket != bucket_ || end != end_) RETURN_IF_ERROR(Weigh(bucket, end, is_evenly));
    if (inside_ == 0) return {};
    const auto part = [&](std::int64_t total) { return PartOf(total, inside_, all_); };
    UsageSum share{part(usage.requests),
                   part(usage.input_tokens),
                   part(usage.output_tokens),
                   part(usage.cache_create_tokens),
                   part(usage.cache_read_tokens),
                   usage.cost_micros * static_cast<double>(inside_) / static_cast<double>(all_),
                   usage.real_cost_micros * static_cast<double>(inside_) / static_cast<double>(all_),
                   part(usage.unpriced_requests),
                   part(usage.unpriced_tokens)};
    // Each number is rounded by itself: what is unpriced would no longer be all of it.
    if (!usage.IsCostKnown()) share.MarkUnpriced();
    Add(series, share, true);
    return {};
  }

  TopSums Finish() && {
    TopSums sums;
    sums.whole = whole_;
    for (std::size_t name = 0; name < sums_.size(); ++name) {
      if (!is_used_[name]) continue;
      sums_[name].id = selection_.names()[name];
      sums.names.push_back(std::move(sums_[name]));
    }
    return sums;
  }

 private:
  Status Weigh(std::int64_t bucket, std::int64_t end, bool is_evenly) {
    CoveredMinutes covered;
    if (!is_evenly) {
      ASSIGN_OR_RETURN(auto read, ReadCoveredMinutes(snapshot_, {bucket, end}));
      covered = std::move(read);
    }
    const std::int64_t from = std::max(bucket, span_.from);
    const std::int64_t to = std::min(end, span_.to);
    const std::array<Piece, 3> pieces{Piece{bucket, from}, Piece{from, to}, Piece{to, end}};
    const auto weights = PieceWeights(pieces, covered, snapshot_.now_ms);
    bucket_ = bucket;
    end_ = end;
    inside_ = weights[1];
    all_ = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
    return {};
  }

  Snapshot& snapshot_;
  const SeriesSelection& selection_;
  const TimeSpan span_;
  std::vector<TopSum> sums_;
  std::vector<bool> is_used_;
  UsageSum whole_;
  std::int64_t bucket_ = -1;  ///< whose weights these are
  std::int64_t end_ = -1;
  std::int64_t inside_ = 0;
  std::int64_t all_ = 0;
};

struct PartialRow {
  std::int64_t bucket = 0;
  std::uint32_t series = 0;
  UsageSum usage{};
};

}  // namespace

std::int64_t PartOf(std::int64_t total, std::int64_t inside, std::int64_t all) {
  __extension__ using Wide = __int128;
  return static_cast<std::int64_t>((static_cast<Wide>(total) * inside + all / 2) / all);
}

Result<TopSums> TopSums::Read(Snapshot& snapshot, UsageCaches& caches, const SeriesFilter& filter, GroupBy by,
                              const TimeSpan& span) {
  ASSIGN_OR_RETURN(const auto selection, SeriesSelection::Make(snapshot, caches.catalogs, filter, by));
  ASSIGN_OR_RETURN(auto reader, PlanReader::Make(snapshot, caches.blocks, selection));
  ASSIGN_OR_RETURN(const auto plan, reader.Plan(span.from, span.to, Level::kMonth));
  TopCollector collector(snapshot, selection, span);
  for (const PlanStep& step : plan.whole()) {
    RETURN_IF_ERROR(reader.Read(step, [&](std::int64_t /*bucket*/, std::uint32_t series,
                                          const UsageSum& usage) { collector.Add(series, usage, false); }));
  }
  for (const auto& [steps, is_evenly] :
       {std::pair(&plan.spread(), false), std::pair(&plan.spread_evenly(), true)})
    for (const PlanStep& step : *steps) {
      std::vector<PartialRow> rows;
      const auto read =
          reader.Read(step, [&](std::int64_t bucket, std::uint32_t series, const UsageSum& usage) {
            rows.push_back({bucket, series, usage});
          });
      if (!read) return Fail(read.error());
      for (const PartialRow& row : rows) {
        const std::int64_t end = NextBucket(LevelOf(step.table), row.bucket, snapshot.state.utc_offset_s);
        RETURN_IF_ERROR(collector.AddPart(row.bucket, end, is_evenly, row.series, row.usage));
      }
    }
  return std::move(collector).Finish();
}

}  // namespace keymeter::query_api
