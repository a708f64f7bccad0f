#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query-api/snapshot/catalog_cache.h"
#include "query-api/snapshot/series_catalog.h"
#include "query-api/snapshot/snapshot.h"

namespace keymeter::query_api {

/// Whose usage is summed up.
struct SeriesFilter {
  enum class Scope : std::uint8_t { kAllKeys, kKey, kAccount, kAccounts, kGroup };

  Scope scope = Scope::kAllKeys;
  std::string id{};                       ///< of a key, an account or a group
  std::optional<std::string> model{};     ///< or all
  std::optional<std::string> platform{};  ///< of accounts; or all
  std::vector<std::string> ids{};         ///< of kAccounts

  /// API keys carry the relay's money, so sums over everything are sums over keys. A platform is one of
  /// accounts.
  [[nodiscard]] bool IsOfKeys() const {
    return (scope == Scope::kAllKeys || scope == Scope::kKey) && !platform;
  }
  [[nodiscard]] std::string_view kind() const { return IsOfKeys() ? "api_key" : "account"; }
};

/// What usage is grouped by.
enum class GroupBy : std::uint8_t { kNothing, kModel, kPlatform, kApiKey, kAccount, kGroup, kOwner, kTag };

/// Keys have no platform and no account: those are summed up from the counters of accounts.
[[nodiscard]] constexpr bool IsOfAccounts(GroupBy by) {
  return by == GroupBy::kPlatform || by == GroupBy::kAccount || by == GroupBy::kGroup;
}
/// Accounts have no owner and no tags.
[[nodiscard]] constexpr bool IsOfKeysOnly(GroupBy by) {
  return by == GroupBy::kApiKey || by == GroupBy::kOwner || by == GroupBy::kTag;
}

/// Whose row it is: numbers of its API key and of the key's owner. Under different names they differ.
struct Member {
  std::uint32_t entity = 0;
  std::uint32_t owner = 0;
};

/// The series that a filter selects, each with the names that it counts under (a member of two groups, or a
/// key with two tags, has two).
///
/// Made in one pass over the catalog. Threads: const, any. Bounds: 16 bytes a series of the file.
class SeriesSelection {
 public:
  static Result<SeriesSelection> Make(Snapshot& snapshot, CatalogCache& catalogs, const SeriesFilter& filter,
                                      GroupBy by);

  [[nodiscard]] bool is_of_keys() const { return is_of_keys_; }
  /// Ids of the names; one, "", when nothing is grouped. Ids of keys, accounts and groups, names of others.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  /// `series.id` of what is selected, ascending.
  [[nodiscard]] const std::vector<std::uint32_t>& series() const { return series_; }
  /// The names, as places in names(), that the series counts under; none when it is not selected.
  [[nodiscard]] std::span<const std::uint32_t> NamesOf(std::uint32_t series) const {
    if (series >= places_.size()) return {};
    return {name_lists_.data() + places_[series].first, places_[series].count};
  }
  [[nodiscard]] Member MemberOf(std::uint32_t series, std::uint32_t name) const;
  [[nodiscard]] const SeriesCatalog& catalog() const { return *catalog_; }

 private:
  struct Place {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };
  class Names;

  [[nodiscard]] Status Fill(Snapshot& snapshot, const SeriesFilter& filter, GroupBy by);
  void Select(const SeriesFilter& filter, GroupBy by, const std::vector<bool>& is_meant, Names& names);
  void Add(std::uint32_t series, std::span<const std::uint32_t> names);
  void Number(GroupBy by);

  std::shared_ptr<const SeriesCatalog> catalog_;
  bool is_of_keys_ = true;
  std::vector<std::string> names_;
  std::vector<std::uint32_t> series_;
  std::vector<Place> places_;  ///< by series id
  std::vector<std::uint32_t> name_lists_;
  std::vector<Member> members_;  ///< by series id
  /// Where a key may have several names: numbers of key and name, of owner and name.
  std::unordered_map<std::uint64_t, std::uint32_t> key_pairs_, owner_pairs_;
};

}  // namespace keymeter::query_api
