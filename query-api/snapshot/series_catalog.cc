#include "query-api/snapshot/series_catalog.h"

#include <utility>

namespace keymeter::query_api {

std::uint32_t CatalogBuilder::Numbers::Of(std::string_view name, SeriesCatalog::Names& names) {
  const auto found = of.find(name);
  if (found != of.end()) return found->second;
  const auto number = static_cast<std::uint32_t>(names.size());
  names.push_back(std::make_shared<const std::string>(name));
  of.emplace(*names.back(), number);
  return number;
}

void CatalogBuilder::AddSeries(std::uint32_t id, std::string_view kind, std::string_view entity,
                               std::string_view model) {
  using Kind = SeriesCatalog::Kind;
  if (id < next_.entries_.size()) return;
  next_.entries_.resize(std::size_t{id} + 1);
  const bool is_key = kind == "api_key";
  SeriesCatalog::Entry& entry = next_.entries_.back();
  entry.kind = is_key ? Kind::kApiKey : Kind::kAccount;
  entry.entity = is_key ? keys_.Of(entity, next_.keys_) : accounts_.Of(entity, next_.accounts_);
  entry.model = models_.Of(model, next_.models_);
}

void CatalogBuilder::SetOwners(const std::vector<KeyOwner>& owners, std::int64_t version) {
  owner_of_key_.clear();
  for (const KeyOwner& each : owners) owner_of_key_.emplace(each.key, each.owner);
  next_.owners_version_ = version;
}

std::shared_ptr<const SeriesCatalog> CatalogBuilder::Publish() {
  std::unordered_map<std::string_view, std::uint32_t> owners;
  std::uint32_t next_owner = 0;
  next_.owners_.clear();
  for (const auto& key : next_.keys_) {
    const auto owner = owner_of_key_.find(*key);
    if (owner == owner_of_key_.end()) {
      next_.owners_.push_back(next_owner++);
      continue;
    }
    const auto [found, is_new] = owners.try_emplace(owner->second, next_owner);
    if (is_new) ++next_owner;
    next_.owners_.push_back(found->second);
  }
  next_.owner_count_ = next_owner;
  return std::make_shared<const SeriesCatalog>(next_);
}

}  // namespace keymeter::query_api
