#include "processor/source/known_entities.h"

#include <algorithm>
#include <utility>

#include <xxhash.h>

namespace keymeter::processor {

namespace {

std::uint64_t HashOf(std::string_view text, std::uint64_t seed) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

// Never 0, which stands for "not read yet".
std::uint64_t HashOf(const EntityRow& row) {
  std::uint64_t hash = HashOf(row.group_id, 1);
  for (const auto& [name, text] : row.attributes) hash = HashOf(text, HashOf(name, hash));
  return std::max<std::uint64_t>(hash, 1);
}

std::uint64_t HashOf(const std::vector<Binding>& bindings) {
  std::uint64_t hash = 1;
  for (const Binding& binding : bindings)
    hash = HashOf(binding.target, HashOf(binding.platform, hash + static_cast<std::uint64_t>(binding.kind)));
  return std::max<std::uint64_t>(hash, 1);
}

std::string FirstGroupOf(const std::vector<Binding>& bindings) {
  for (const Binding& binding : bindings)
    if (binding.kind == BindingKind::kGroup) return binding.target;
  return "";
}

}  // namespace

void KnownEntities::Restore(const StoredEntities& stored) {
  for (const std::string& id : stored.api_keys) known_.try_emplace({Table::kApiKey, id});
  for (const std::string& id : stored.accounts) known_.try_emplace({Table::kAccount, id});
  if (profile_.groups)
    for (const std::string& id : stored.groups) known_[{Table::kGroup, id}].spec = EntityPlace::kGroups;
  missing_.insert(stored.bare_accounts.begin(), stored.bare_accounts.end());
}

EntityRow::Table KnownEntities::TableOf(std::size_t spec) const {
  if (spec == EntityPlace::kGroups) return Table::kGroup;
  return TableOf(profile_.entities[spec].kind);
}

EntityRow::Table KnownEntities::TableOf(EntityKind kind) {
  return kind == EntityKind::kApiKey ? EntityRow::Table::kApiKey : EntityRow::Table::kAccount;
}

bool KnownEntities::IsThere(EntityKind kind, std::string_view id) const {
  return IsThere({TableOf(kind), std::string(id)});
}

bool KnownEntities::IsThere(const Key& key) const {
  const auto found = known_.find(key);
  return found != known_.end() && !found->second.is_gone;
}

bool KnownEntities::IsLastOfItsKind(std::size_t spec) const {
  if (spec == EntityPlace::kGroups) return true;
  for (std::size_t i = spec + 1; i < profile_.entities.size(); ++i)
    if (profile_.entities[i].kind == profile_.entities[spec].kind) return false;
  return true;
}

std::vector<EntityPlace> KnownEntities::PlacesOf(EntityKind kind, std::string_view id) const {
  std::vector<EntityPlace> places;
  for (std::size_t i = 0; i < profile_.entities.size(); ++i)
    if (profile_.entities[i].kind == kind) places.push_back({i, std::string(id)});
  return places;
}

void KnownEntities::AppendPlaces(const Key& key, const Known& known, std::vector<EntityPlace>& places) const {
  if (known.is_gone) return;
  if (known.spec != kUnknownSpec) {
    places.push_back({known.spec, key.second});
    return;
  }
  const EntityKind kind = key.first == Table::kApiKey ? EntityKind::kApiKey : EntityKind::kAccount;
  for (EntityPlace& place : PlacesOf(kind, key.second)) places.push_back(std::move(place));
}

std::vector<EntityPlace> KnownEntities::Places() const {
  std::vector<EntityPlace> places;
  for (const auto& [key, known] : known_) AppendPlaces(key, known, places);
  return places;
}

std::vector<EntityPlace> KnownEntities::PlacesIn(std::size_t spec) const {
  std::vector<EntityPlace> places;
  // They stand by table: accounts are few, also where API keys are many.
  const Table table = TableOf(spec);
  for (auto entry = known_.lower_bound({table, ""}); entry != known_.end() && entry->first.first == table;
       ++entry)
    if (entry->second.spec == spec) AppendPlaces(entry->first, entry->second, places);
  return places;
}

void KnownEntities::Miss(std::string_view account) {
  if (missing_.size() < most_ && !known_.contains({Table::kAccount, std::string(account)}))
    missing_.emplace(account);
}

std::vector<std::string> KnownEntities::TakeMissing(std::size_t most) {
  std::vector<std::string> taken;
  auto next = missing_.upper_bound(last_missing_);
  while (taken.size() < std::min(most, missing_.size())) {
    if (next == missing_.end()) next = missing_.begin();
    taken.push_back(*next++);
  }
  if (!taken.empty()) last_missing_ = taken.back();
  return taken;
}

void KnownEntities::OnFound(const EntityPlace& place, Attributes attributes, std::vector<Binding> bindings) {
  const Key key = KeyOf(place);
  if (IsFull() && !known_.contains(key)) return;
  Known& known = known_[key];
  if (!known.is_gone && known.spec < place.spec) return;  // another kind of account has the same id
  known.spec = place.spec;
  if (key.first == Table::kAccount) missing_.erase(place.id);
  EntityRow row{key.first, place.id, false, std::move(attributes), FirstGroupOf(bindings)};
  if (const std::uint64_t hash = HashOf(row); known.is_gone || known.hash != hash) {
    known.hash = hash;
    known.is_gone = false;
    Put(std::move(row), known);
  }
  if (key.first != Table::kApiKey) return;
  if (const std::uint64_t hash = HashOf(bindings); known.bindings_hash != hash) {
    known.bindings_hash = hash;
    Put(ApiKeyBindings{place.id, std::move(bindings)}, known);
  }
}

bool KnownEntities::OnNotFound(const EntityPlace& place) {
  const Key key = KeyOf(place);
  const auto found = known_.find(key);
  if (found == known_.end()) {
    // An API key whose usage is there and whose hash is not was deleted. An account may be of a kind that no
    // profile lists.
    if (key.first == Table::kApiKey && !IsFull()) KeepGone(key, known_[key]);
    return false;
  }
  Known& known = found->second;
  // Places are read in the order of the profile: at the last one it is known that none before holds it.
  const bool was_here = known.spec == place.spec || (known.spec == kUnknownSpec && !known.may_be_unreadable &&
                                                     IsLastOfItsKind(place.spec));
  if (known.is_gone || !was_here) return false;
  KeepGone(key, known);
  return true;
}

bool KnownEntities::HasRow(const Key& key, const Known& known) const {
  return known.row < rows_.size() && rows_[known.row].table == key.first && rows_[known.row].id == key.second;
}

bool KnownEntities::HasBindings(const std::string& api_key, const Known& known) const {
  return known.bindings_row < bindings_.size() && bindings_[known.bindings_row].api_key == api_key;
}

void KnownEntities::Put(EntityRow row, Known& known) {
  if (HasRow({row.table, row.id}, known)) {
    rows_[known.row] = std::move(row);
    return;
  }
  known.row = static_cast<std::uint32_t>(rows_.size());
  rows_.push_back(std::move(row));
}

void KnownEntities::Put(ApiKeyBindings bindings, Known& known) {
  if (HasBindings(bindings.api_key, known)) {
    bindings_[known.bindings_row] = std::move(bindings);
    return;
  }
  known.bindings_row = static_cast<std::uint32_t>(bindings_.size());
  bindings_.push_back(std::move(bindings));
}

void KnownEntities::KeepGone(const Key& key, Known& known) {
  known.is_gone = true;
  Put(EntityRow{key.first, key.second, true, {}, ""}, known);
  if (key.first != Table::kGroup) return;
  known_members_.erase(key.second);
  members_.erase(key.second);
}

void KnownEntities::OnUnreadable(const EntityPlace& place) {
  const auto found = known_.find(KeyOf(place));
  if (found != known_.end() && found->second.spec == kUnknownSpec) found->second.may_be_unreadable = true;
}

void KnownEntities::OnMembers(GroupMembers members) {
  if (!IsGroup(members.group_id)) return;
  std::sort(members.accounts.begin(), members.accounts.end());
  members.accounts.erase(std::unique(members.accounts.begin(), members.accounts.end()),
                         members.accounts.end());
  const auto [known, is_new] = known_members_.try_emplace(members.group_id, members.accounts);
  if (!is_new && known->second == members.accounts) return;
  known->second = members.accounts;
  members_[members.group_id] = std::move(members);
}

void KnownEntities::Drain(WriteBatch& batch) {
  batch.entities = std::exchange(rows_, {});
  batch.bindings = std::exchange(bindings_, {});
  for (auto& [group_id, members] : std::exchange(members_, {})) batch.members.push_back(std::move(members));
}

void KnownEntities::Undrain(const WriteBatch& batch) {
  // What came since is newer, and stays.
  for (const EntityRow& row : batch.entities) {
    const Key key{row.table, row.id};
    if (Known& known = known_[key]; !HasRow(key, known)) Put(row, known);
  }
  for (const ApiKeyBindings& bindings : batch.bindings)
    if (Known& known = known_[{Table::kApiKey, bindings.api_key}]; !HasBindings(bindings.api_key, known))
      Put(bindings, known);
  for (const GroupMembers& members : batch.members)
    if (IsGroup(members.group_id)) members_.try_emplace(members.group_id, members);
}

}  // namespace keymeter::processor
