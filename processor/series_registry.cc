#include "processor/series_registry.h"

#include <utility>

#include <xxhash.h>

namespace keymeter::processor {

std::size_t SeriesRegistry::Hash::operator()(const Key& key) const {
  const XXH64_hash_t entity =
      XXH3_64bits_withSeed(key.entity.data(), key.entity.size(), static_cast<XXH64_hash_t>(key.kind));
  return XXH3_64bits_withSeed(key.model.data(), key.model.size(), entity);
}

SeriesId SeriesRegistry::Find(EntityKind kind, std::string_view entity, std::string_view model) const {
  const auto found = ids_.find({kind, entity, model});
  return found == ids_.end() ? kNone : found->second;
}

SeriesId SeriesRegistry::Intern(EntityKind kind, std::string_view entity, std::string_view model) {
  if (const SeriesId id = Find(kind, entity, model); id != kNone) return id;
  if (series_.size() >= kMaxSeries) return kNone;
  return Add({kind, std::string(entity), std::string(model)});
}

void SeriesRegistry::Restore(Series series) {
  Add(std::move(series));
}

SeriesId SeriesRegistry::Add(Series series) {
  const Series& kept = series_.emplace_back(std::move(series));
  const auto id = static_cast<SeriesId>(series_.size());
  ids_.emplace(Key{kept.kind, kept.entity, kept.model}, id);
  return id;
}

}  // namespace keymeter::processor
