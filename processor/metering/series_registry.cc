#include "processor/metering/series_registry.h"

#include <algorithm>
#include <cstring>

#include <xxhash.h>

#include "schema/shown_name.h"

namespace keymeter::processor {

namespace {

std::uint32_t HashOfSeries(EntityKind kind, std::string_view entity, std::string_view model) {
  const XXH64_hash_t seed =
      XXH3_64bits_withSeed(entity.data(), entity.size(), static_cast<XXH64_hash_t>(kind));
  return static_cast<std::uint32_t>(XXH3_64bits_withSeed(model.data(), model.size(), seed));
}

std::size_t LongBytes(std::string_view name) {
  return name.size() > kLongestShownName ? name.size() : 0;
}

}  // namespace

Series SeriesRegistry::operator[](SeriesId id) const {
  const Kept& kept = kept_[id - 1];
  return {static_cast<EntityKind>(kept.kind), {kept.entity, kept.entity_bytes}, models_[kept.model]};
}

/// A series whose hash is taken stands at the next number that was free. Series are never removed, so there
/// is no hole between.
SeriesId SeriesRegistry::Find(EntityKind kind, std::string_view entity, std::string_view model) const {
  for (std::uint32_t hash = HashOfSeries(kind, entity, model);; ++hash) {
    const auto found = ids_.find(hash);
    if (found == ids_.end()) return kNone;
    const Series series = (*this)[found->second];
    if (series.kind == kind && series.entity == entity && series.model == model) return found->second;
  }
}

SeriesId SeriesRegistry::Intern(EntityKind kind, std::string_view entity, std::string_view model) {
  if (const SeriesId id = Find(kind, entity, model); id != kNone) return id;
  if (kept_.size() >= kMaxSeries) return kNone;
  const std::size_t long_bytes = LongBytes(entity) + LongBytes(model);
  if (long_bytes > 0 && long_bytes_ + long_bytes > kMostLongBytes) return kNone;
  return Add({kind, entity, model});
}

SeriesId SeriesRegistry::Add(const Series& series) {
  long_bytes_ += LongBytes(series.entity) + LongBytes(series.model);
  const std::string_view entity = Keep(series.entity);
  Kept kept{};
  kept.entity = entity.data();
  kept.entity_bytes = static_cast<std::uint32_t>(entity.size());
  kept.model = KeepModel(series.model) & 0xFFFFFFU;
  kept.kind = static_cast<std::uint8_t>(series.kind);
  kept_.push_back(kept);
  const auto id = static_cast<SeriesId>(kept_.size());
  std::uint32_t hash = HashOfSeries(series.kind, series.entity, series.model);
  while (!ids_.try_emplace(hash, id).second) ++hash;
  return id;
}

std::string_view SeriesRegistry::Keep(std::string_view text) {
  if (text.size() > block_left_) {
    block_left_ = std::max(kBlockBytes, text.size());
    blocks_.push_back(std::make_unique<char[]>(block_left_));
    block_end_ = blocks_.back().get() + block_left_;
  }
  char* place = block_end_ - block_left_;
  if (!text.empty()) std::memcpy(place, text.data(), text.size());
  block_left_ -= text.size();
  return {place, text.size()};
}

std::uint32_t SeriesRegistry::KeepModel(std::string_view model) {
  if (const auto found = model_numbers_.find(model); found != model_numbers_.end()) return found->second;
  const auto number = static_cast<std::uint32_t>(models_.size());
  model_numbers_.emplace(models_.emplace_back(model), number);
  return number;
}

}  // namespace keymeter::processor
