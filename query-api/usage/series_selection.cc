#include "query-api/usage/series_selection.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "schema/tags.h"

namespace keymeter::query_api {

namespace {

using NameLists = std::map<std::string, std::vector<std::string>, std::less<>>;

/// Under which names each account or key counts: its platform, its groups, its owner.
Result<NameLists> ReadNames(Snapshot& snapshot, std::string_view sql) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(sql));
  NameLists lists;
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return lists;
    lists[std::string(query->Text(0))].emplace_back(query->Text(1));
  }
}

constexpr std::string_view kPlatformsSql = "SELECT id, platform FROM account";
constexpr std::string_view kGroupsSql = R"(
    SELECT m.account, m.group_id
    FROM group_member m JOIN account_group g ON g.id = m.group_id AND NOT g.gone
    ORDER BY m.account, m.group_id)";

const std::string& OwnersSql() {
  static const std::string sql = fmt::format("SELECT id, {0} FROM api_key WHERE {0} <> ''", kOwnerSql);
  return sql;
}

Result<NameLists> ReadTagsOfKeys(Snapshot& snapshot) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare("SELECT id, tags FROM api_key WHERE tags <> '[]'"));
  NameLists lists;
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return lists;
    auto tags = ReadTags(query->Text(1)).value_or(std::vector<std::string>());
    std::sort(tags.begin(), tags.end());
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
    if (!tags.empty()) lists.emplace(query->Text(0), std::move(tags));
  }
}

/// Lists by id, where an entity may have several names or share one; nothing where its own is the only one.
Result<std::optional<NameLists>> NameListsOf(Snapshot& snapshot, GroupBy by) {
  std::string_view sql;
  switch (by) {
    case GroupBy::kPlatform:
      sql = kPlatformsSql;
      break;
    case GroupBy::kGroup:
      sql = kGroupsSql;
      break;
    case GroupBy::kOwner:
      sql = OwnersSql();
      break;
    case GroupBy::kTag: {
      ASSIGN_OR_RETURN(auto tags, ReadTagsOfKeys(snapshot));
      return std::optional(std::move(tags));
    }
    default:
      return std::nullopt;
  }
  ASSIGN_OR_RETURN(auto lists, ReadNames(snapshot, sql));
  return std::optional(std::move(lists));
}

/// The ids that a query finds; its parameter is `value`.
Result<std::vector<std::string>> IdsBy(Snapshot& snapshot, std::string_view sql, std::string_view value) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(sql));
  query->Bind(1, value);
  std::vector<std::string> ids;
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return ids;
    ids.emplace_back(query->Text(0));
  }
}

/// The entities that a filter means; nothing: all of them.
Result<std::optional<std::vector<std::string>>> EntitiesOf(Snapshot& snapshot, const SeriesFilter& filter) {
  using Entities = std::optional<std::vector<std::string>>;
  Entities entities;
  if (filter.scope == SeriesFilter::Scope::kGroup) {
    ASSIGN_OR_RETURN(entities,
                     IdsBy(snapshot, "SELECT account FROM group_member WHERE group_id = ?1", filter.id));
  } else if (filter.scope == SeriesFilter::Scope::kAccounts) {
    entities = filter.ids;
  } else if (filter.scope != SeriesFilter::Scope::kAllKeys) {
    entities = std::vector<std::string>{filter.id};
  }
  if (!filter.platform) return entities;
  ASSIGN_OR_RETURN(auto of_platform, IdsBy(snapshot, "SELECT id FROM account WHERE platform = ?1 ORDER BY id",
                                           *filter.platform));
  if (!entities) return Entities(std::move(of_platform));
  std::erase_if(*entities, [&](const std::string& id) {
    return !std::binary_search(of_platform.begin(), of_platform.end(), id);
  });
  return entities;
}

std::uint64_t PairOf(std::uint32_t number, std::uint32_t name) {
  return (std::uint64_t{name} << 32U) | number;
}

/// Which of the catalog's entities are meant, by their numbers.
std::vector<bool> Mark(const SeriesCatalog::Names& names, const std::optional<std::vector<std::string>>& of) {
  std::vector<bool> marks(names.size(), !of);
  if (!of) return marks;
  const std::unordered_set<std::string_view> meant(of->begin(), of->end());
  for (std::size_t i = 0; i < names.size(); ++i) marks[i] = meant.contains(*names[i]);
  return marks;
}

}  // namespace

/// Gives each entity, or model, the places of its names; asked by the catalog's number of it.
class SeriesSelection::Names {
 public:
  /// Its own name is the only one.
  Names(std::vector<std::string>& names, const SeriesCatalog::Names& ids) : names_(names), ids_(ids) {}
  /// Lists by id; who is in none has `otherwise`.
  Names(std::vector<std::string>& names, const SeriesCatalog::Names& ids, const NameLists& lists,
        std::vector<std::string> otherwise)
      : names_(names), ids_(ids), lists_(&lists), otherwise_(std::move(otherwise)) {}

  const std::vector<std::uint32_t>& PlacesOf(std::uint32_t number) {
    if (places_.size() < ids_.size()) places_.resize(ids_.size());
    auto& places = places_[number];
    if (!places) places = Find(*ids_[number]);
    return *places;
  }

 private:
  std::vector<std::uint32_t> Find(const std::string& id) {
    if (lists_ == nullptr) return {Place(id)};
    const auto list = lists_->find(id);
    std::vector<std::uint32_t> places;
    for (const std::string& name : list == lists_->end() ? otherwise_ : list->second)
      places.push_back(Place(name));
    return places;
  }
  std::uint32_t Place(const std::string& name) {
    const auto [found, is_new] = place_of_name_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
    if (is_new) names_.push_back(name);
    return found->second;
  }

  std::vector<std::string>& names_;
  const SeriesCatalog::Names& ids_;
  const NameLists* lists_ = nullptr;
  std::vector<std::string> otherwise_;
  std::vector<std::optional<std::vector<std::uint32_t>>> places_;
  std::unordered_map<std::string, std::uint32_t> place_of_name_;
};

Result<SeriesSelection> SeriesSelection::Make(Snapshot& snapshot, CatalogCache& catalogs,
                                              const SeriesFilter& filter, GroupBy by) {
  SeriesSelection selection;
  ASSIGN_OR_RETURN(auto catalog, catalogs.Of(snapshot));
  selection.catalog_ = std::move(catalog);
  selection.is_of_keys_ = filter.IsOfKeys() && !IsOfAccounts(by);
  RETURN_IF_ERROR(selection.Fill(snapshot, filter, by));
  selection.Number(by);
  return selection;
}

Status SeriesSelection::Fill(Snapshot& snapshot, const SeriesFilter& filter, GroupBy by) {
  ASSIGN_OR_RETURN(const auto entities, EntitiesOf(snapshot, filter));
  const SeriesCatalog::Names& ids = is_of_keys_ ? catalog_->keys() : catalog_->accounts();
  const std::vector<bool> is_meant = Mark(ids, entities);
  if (by == GroupBy::kNothing) names_.emplace_back();
  ASSIGN_OR_RETURN(const auto lists, NameListsOf(snapshot, by));
  if (!lists) {
    Names names(names_, by == GroupBy::kModel ? catalog_->models() : ids);
    Select(filter, by, is_meant, names);
    return {};
  }
  const bool has_rest = by == GroupBy::kPlatform || by == GroupBy::kOwner;
  Names names(names_, ids, *lists, has_rest ? std::vector<std::string>{""} : std::vector<std::string>{});
  Select(filter, by, is_meant, names);
  return {};
}

void SeriesSelection::Select(const SeriesFilter& filter, GroupBy by, const std::vector<bool>& is_meant,
                             Names& names) {
  using Kind = SeriesCatalog::Kind;
  const std::vector<std::uint32_t> only{0};
  const std::vector<bool> is_model_meant =
      Mark(catalog_->models(),
           filter.model ? std::optional(std::vector<std::string>{*filter.model}) : std::nullopt);
  const auto& entries = catalog_->entries();
  const Kind kind = is_of_keys_ ? Kind::kApiKey : Kind::kAccount;
  places_.resize(entries.size());
  for (std::uint32_t series = 0; series < entries.size(); ++series) {
    const SeriesCatalog::Entry& entry = entries[series];
    if (entry.kind != kind || !is_meant[entry.entity] || !is_model_meant[entry.model]) continue;
    Add(series,
        by == GroupBy::kNothing ? only : names.PlacesOf(by == GroupBy::kModel ? entry.model : entry.entity));
  }
}

void SeriesSelection::Add(std::uint32_t series, std::span<const std::uint32_t> names) {
  places_[series] = {static_cast<std::uint32_t>(name_lists_.size()),
                     static_cast<std::uint32_t>(names.size())};
  name_lists_.insert(name_lists_.end(), names.begin(), names.end());
  series_.push_back(series);
}

/// Under one name, or a name for each key, the catalog's own numbers do. Of models each has its own keys and
/// owners.
void SeriesSelection::Number(GroupBy by) {
  const auto& entries = catalog_->entries();
  members_.resize(entries.size());
  if (!is_of_keys_) return;
  std::unordered_map<std::uint64_t, std::uint32_t> owners_of_models;
  for (const std::uint32_t series : series_) {
    const SeriesCatalog::Entry& entry = entries[series];
    Member& member = members_[series];
    member = {entry.entity, catalog_->owners()[entry.entity]};
    if (by == GroupBy::kApiKey) member.owner = entry.entity;
    if (by == GroupBy::kTag)
      for (const std::uint32_t name : NamesOf(series)) {
        key_pairs_.try_emplace(PairOf(member.entity, name), static_cast<std::uint32_t>(key_pairs_.size()));
        owner_pairs_.try_emplace(PairOf(member.owner, name), static_cast<std::uint32_t>(owner_pairs_.size()));
      }
    if (by != GroupBy::kModel) continue;
    member.entity = series;
    member.owner = owners_of_models
                       .try_emplace(PairOf(member.owner, entry.model),
                                    static_cast<std::uint32_t>(owners_of_models.size()))
                       .first->second;
  }
}

Member SeriesSelection::MemberOf(std::uint32_t series, std::uint32_t name) const {
  const Member& member = members_[series];
  if (key_pairs_.empty()) return member;
  return {key_pairs_.at(PairOf(member.entity, name)), owner_pairs_.at(PairOf(member.owner, name))};
}

}  // namespace keymeter::query_api
