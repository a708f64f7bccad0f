#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query-api/snapshot/file_version.h"
#include "query-api/snapshot/series_catalog.h"
#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/usage_sum.h"

namespace keymeter::query_api {

/// What each entity used in the closed buckets [from, to) of one level, by the catalog's number.
struct ClosedSums {
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::vector<UsageSum> of{};
};

/// What a price change within a month adds to the closed months of accounts.
struct RepricedMonth {
  std::int64_t month = 0;
  std::uint32_t entity = 0;
  double cost_micros = 0;
};

/// The state of the file that sums are of, and the day and the month that are "today" and "this month".
struct EntitySumsVersion {
  FileVersion file;
  std::int64_t today = 0;
  std::int64_t month = 0;
  bool operator==(const EntitySumsVersion&) const = default;

  static EntitySumsVersion Of(const Snapshot& snapshot);
};

/// What all entities of a kind used: today, this month and in all. Made by MakeEntitySums.
///
/// Closed months, closed days of the open month, closed hours of its open day and closed minutes of its open
/// hour are summed up once each and kept as layers. So a new state of the file costs what came since the last
/// one, and not 10,000 entities times their models and months. See DESIGN.md.
/// Tested by tests/query-api/usage/entity_totals_test.cc.
/// Threads: immutable, any. Bounds: 7 sums (72 bytes each) an entity; states share the layers that are equal.
class EntitySums {
 public:
  using Kind = SeriesCatalog::Kind;

  [[nodiscard]] const EntitySumsVersion& version() const { return version_; }
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const SeriesCatalog& catalog() const { return *catalog_; }
  [[nodiscard]] std::size_t entities() const { return total_.size(); }
  /// The entity's number; nothing for an id that the catalog does not have.
  [[nodiscard]] std::optional<std::uint32_t> Find(std::string_view id) const;
  [[nodiscard]] const UsageSum& today(std::uint32_t entity) const { return today_[entity]; }
  [[nodiscard]] const UsageSum& month(std::uint32_t entity) const { return month_[entity]; }
  [[nodiscard]] const UsageSum& total(std::uint32_t entity) const { return total_[entity]; }

 private:
  friend class EntitySumsMaker;
  /// Numbers of entities by their ids, whose texts are the catalog's.
  struct Index {
    std::shared_ptr<const SeriesCatalog> catalog;
    std::unordered_map<std::string_view, std::uint32_t> numbers{};
  };
  enum Layer : std::uint8_t { kMonths, kDays, kHours, kMinutes, kLayers };

  EntitySumsVersion version_;
  Kind kind_ = Kind::kApiKey;
  std::shared_ptr<const SeriesCatalog> catalog_;
  std::shared_ptr<const Index> index_;
  std::int64_t money_from_ = 0;  ///< of keys: since when their cost is known
  std::string prices_;           ///< of accounts: the prices that the costs are by, as text
  std::int64_t days_from_ = 0;   ///< the horizon of days when repriced_ was read
  std::array<std::shared_ptr<const ClosedSums>, kLayers> layers_;
  std::shared_ptr<const std::vector<RepricedMonth>> repriced_;
  std::vector<UsageSum> today_, month_, total_;
};

}  // namespace keymeter::query_api
