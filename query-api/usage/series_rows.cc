#include "query-api/usage/series_rows.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace keymeter::query_api {

bool SeriesRows::DistinctCounter::IsNew(std::uint32_t number, std::int32_t place) {
  constexpr std::int32_t kNowhere = -1;
  if (number >= last_place_.size())
    last_place_.resize(std::max<std::size_t>(number + 1, 2 * last_place_.size()), kNowhere);
  return std::exchange(last_place_[number], place) != place;
}

std::vector<SeriesRow>& SeriesRows::RowsOf(std::uint32_t name) {
  if (name >= rows_.size()) rows_.resize(std::size_t{name} + 1);
  if (rows_[name].empty()) {
    rows_[name].resize(slots_.count());
    ++used_names_;
  }
  return rows_[name];
}

void SeriesRows::AddTimed(std::int64_t bucket, Member member, const UsageSum& usage, std::uint32_t name) {
  if (bucket != bucket_) {
    bucket_ = bucket;
    slot_ = slots_.IndexOf(bucket);
  }
  if (!slot_) return;
  SeriesRow& row = RowsOf(name)[*slot_];
  const auto place = static_cast<std::int32_t>(*slot_);
  row.usage += usage;
  if (slot_entities_.IsNew(member.entity, place)) ++row.entities;
  if (slot_owners_.IsNew(member.owner, place)) ++row.owners;
}

SeriesRows::Untimed& SeriesRows::UntimedOf(std::int64_t from, std::int64_t to, SpreadMode mode,
                                           std::uint32_t name) {
  if (untimed_.empty() || untimed_.back().from != from || untimed_.back().to != to) {
    bucket_begin_ = untimed_.size();
    ++untimed_buckets_;
  }
  if (name >= untimed_places_.size()) untimed_places_.resize(std::size_t{name} + 1, 0);
  std::size_t& place = untimed_places_[name];
  if (place <= bucket_begin_) {
    untimed_.push_back({from, to, mode, name});
    place = untimed_.size();
    (void)RowsOf(name);
  }
  return untimed_[place - 1];
}

void SeriesRows::AddUntimed(std::int64_t from, std::int64_t to, Member member, const UsageSum& usage,
                            SpreadMode mode, std::uint32_t name) {
  Untimed& bucket = UntimedOf(from, to, mode, name);
  bucket.usage += usage;
  if (untimed_entities_.IsNew(member.entity, untimed_buckets_)) ++bucket.entities;
  if (untimed_owners_.IsNew(member.owner, untimed_buckets_)) ++bucket.owners;
}

void SeriesRows::AddShare(std::size_t slot, const UsageSum& share, const Untimed& whole, bool is_estimate) {
  SeriesRow& row = RowsOf(whole.name)[slot];
  row.usage += share;
  row.estimated = row.estimated || is_estimate;
  row.owners = std::max(row.owners, std::min(whole.owners, share.requests));
  row.entities = std::max(row.entities, std::min(whole.entities, share.requests));
}

void SeriesRows::Cut(const Untimed& untimed, const CoveredMinutes& covered, std::int64_t now_ms,
                     Pieces& cut) const {
  if (cut.from == untimed.from && cut.to == untimed.to && cut.mode == untimed.mode) return;
  cut = {untimed.from, untimed.to, untimed.mode};
  for (std::int64_t slot = slots_.Floor(untimed.from); slot < untimed.to; slot = slots_.Next(slot))
    cut.pieces.push_back({std::max(slot, untimed.from), std::min(slots_.Next(slot), untimed.to)});
  cut.weights = PieceWeights(
      cut.pieces, untimed.mode == SpreadMode::kOverWholeBucket ? CoveredMinutes() : covered, now_ms);
}

void SeriesRows::Apportion(const Untimed& untimed, const Pieces& cut) {
  const auto shares_of = [&](std::int64_t total) { return SpreadByWeight(total, cut.weights); };
  const UsageSum& whole = untimed.usage;
  const auto requests = shares_of(whole.requests);
  const auto input = shares_of(whole.input_tokens);
  const auto output = shares_of(whole.output_tokens);
  const auto cache_create = shares_of(whole.cache_create_tokens);
  const auto cache_read = shares_of(whole.cache_read_tokens);
  const auto cost = shares_of(std::llround(whole.cost_micros));
  const auto real_cost = shares_of(std::llround(whole.real_cost_micros));
  const auto unpriced_requests = shares_of(whole.unpriced_requests);
  const auto unpriced_tokens = shares_of(whole.unpriced_tokens);
  for (std::size_t i = 0; i < cut.pieces.size(); ++i) {
    const auto slot = slots_.IndexOf(cut.pieces[i].from);
    if (!slot || cut.weights[i] == 0) continue;
    UsageSum share{requests[i],
                   input[i],
                   output[i],
                   cache_create[i],
                   cache_read[i],
                   static_cast<double>(cost[i]),
                   static_cast<double>(real_cost[i]),
                   unpriced_requests[i],
                   unpriced_tokens[i]};
    // The kinds of tokens are rounded each by itself, so their sum may differ from the unpriced tokens.
    if (!whole.IsCostKnown()) share.MarkUnpriced();
    AddShare(*slot, share, untimed, cut.pieces.size() > 1);
  }
}

Piece SeriesRows::CoverageSpan() const {
  Piece span{slots_.start(), slots_.end()};
  for (const Untimed& untimed : untimed_)
    span = {std::min(span.from, untimed.from), std::max(span.to, untimed.to)};
  return span;
}

std::vector<std::vector<SeriesRow>> SeriesRows::FinishNames(const CoveredMinutes& covered,
                                                            std::int64_t now_ms) {
  Pieces cut;
  for (const Untimed& untimed : untimed_) {
    Cut(untimed, covered, now_ms, cut);
    Apportion(untimed, cut);
  }
  std::int64_t slot = slots_.start();
  for (std::size_t i = 0; i < slots_.count(); ++i) {
    const std::int64_t next = slots_.Next(slot);
    const std::int64_t past_ms = std::min(next * 1000, now_ms) - slot * 1000;
    double coverage = 0;
    if (past_ms > 0)
      coverage =
          std::min(1.0, static_cast<double>(covered.CoveredMs(slot, next)) / static_cast<double>(past_ms));
    for (std::vector<SeriesRow>& rows : rows_) {
      if (rows.empty()) continue;
      rows[i].bucket = slot;
      rows[i].coverage = coverage;
    }
    slot = next;
  }
  return std::move(rows_);
}

std::vector<SeriesRow> SeriesRows::Finish(const CoveredMinutes& covered, std::int64_t now_ms) {
  (void)RowsOf(0);
  return std::move(FinishNames(covered, now_ms).front());
}

}  // namespace keymeter::query_api
