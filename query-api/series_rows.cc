#include "query-api/series_rows.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace keymeter::query_api {

bool SeriesRows::DistinctCounter::IsNew(std::uint32_t number, std::int64_t place) {
  constexpr std::int64_t kNowhere = -1;
  if (number >= last_place_.size()) last_place_.resize(number + 1, kNowhere);
  return std::exchange(last_place_[number], place) != place;
}

void SeriesRows::AddTimed(std::int64_t bucket, Member member, const UsageSum& usage) {
  const auto slot = slots_.IndexOf(bucket);
  if (!slot) return;
  SeriesRow& row = rows_[*slot];
  const auto place = static_cast<std::int64_t>(*slot);
  row.usage += usage;
  if (slot_entities_.IsNew(member.entity, place)) ++row.entities;
  if (slot_owners_.IsNew(member.owner, place)) ++row.owners;
}

void SeriesRows::AddUntimed(std::int64_t from, std::int64_t to, Member member, const UsageSum& usage,
                            Laid laid) {
  if (untimed_.empty() || untimed_.back().from != from || untimed_.back().to != to)
    untimed_.push_back({from, to, laid, {}, 0, 0});
  Untimed& bucket = untimed_.back();
  const auto place = static_cast<std::int64_t>(untimed_.size());
  bucket.usage += usage;
  if (untimed_entities_.IsNew(member.entity, place)) ++bucket.entities;
  if (untimed_owners_.IsNew(member.owner, place)) ++bucket.owners;
}

void SeriesRows::AddShare(std::size_t slot, const UsageSum& share, const Untimed& whole, bool is_estimate) {
  SeriesRow& row = rows_[slot];
  row.usage += share;
  row.estimated = row.estimated || is_estimate;
  row.owners = std::max(row.owners, std::min(whole.owners, share.requests));
  row.entities = std::max(row.entities, std::min(whole.entities, share.requests));
}

void SeriesRows::Spread(const Untimed& untimed, const Coverage& coverage, std::int64_t now_ms) {
  std::vector<Piece> pieces;
  for (std::int64_t slot = slots_.Floor(untimed.from); slot < untimed.to; slot = slots_.Next(slot))
    pieces.push_back({std::max(slot, untimed.from), std::min(slots_.Next(slot), untimed.to)});
  const auto weights = PieceWeights(pieces, untimed.laid == Laid::kEvenly ? Coverage() : coverage, now_ms);
  const auto shares_of = [&](std::int64_t total) { return SpreadByWeight(total, weights); };
  const UsageSum& whole = untimed.usage;
  const auto requests = shares_of(whole.requests);
  const auto input = shares_of(whole.input_tokens);
  const auto output = shares_of(whole.output_tokens);
  const auto cache_create = shares_of(whole.cache_create_tokens);
  const auto cache_read = shares_of(whole.cache_read_tokens);
  const auto cost = shares_of(std::llround(whole.cost_micros));
  const auto real_cost = shares_of(std::llround(whole.real_cost_micros));
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const auto slot = slots_.IndexOf(pieces[i].from);
    if (!slot || weights[i] == 0) continue;
    const UsageSum share{requests[i],
                         input[i],
                         output[i],
                         cache_create[i],
                         cache_read[i],
                         static_cast<double>(cost[i]),
                         static_cast<double>(real_cost[i])};
    AddShare(*slot, share, untimed, pieces.size() > 1);
  }
}

Piece SeriesRows::CoverageSpan() const {
  Piece span{slots_.start(), slots_.end()};
  for (const Untimed& untimed : untimed_)
    span = {std::min(span.from, untimed.from), std::max(span.to, untimed.to)};
  return span;
}

std::vector<SeriesRow> SeriesRows::Finish(const Coverage& coverage, std::int64_t now_ms) {
  for (const Untimed& untimed : untimed_) Spread(untimed, coverage, now_ms);
  std::int64_t slot = slots_.start();
  for (SeriesRow& row : rows_) {
    const std::int64_t next = slots_.Next(slot);
    row.bucket = slot;
    const std::int64_t past_ms = std::min(next * 1000, now_ms) - slot * 1000;
    if (past_ms > 0)
      row.coverage =
          std::min(1.0, static_cast<double>(coverage.CoveredMs(slot, next)) / static_cast<double>(past_ms));
    slot = next;
  }
  return std::move(rows_);
}

}  // namespace keymeter::query_api
