#include "query-api/usage/entity_sums_maker.h"

#include <algorithm>
#include <optional>

#include "query-api/usage/bucket_list.h"
#include "query-api/usage/price_table.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

constexpr std::array kLayerLevels = {Level::kMonth, Level::kDay, Level::kHour, Level::kMinute};

/// What is untimed in open buckets: its level ('total' for what is known to no month), bucket, series, and
/// a BlockRow. Parameters: the open month, day and hour.
std::string OpenUntimedSql() {
  return fmt::format(R"(
      SELECT level, bucket, series, {}
      FROM (SELECT 'total' AS of_level, 0 AS begin UNION ALL VALUES ('month', ?1), ('day', ?2), ('hour', ?3))
        CROSS JOIN usage_untimed ON level = of_level AND bucket >= begin)",
                     kBlockColumnsSql);
}

constexpr std::string_view kPricesSql = R"(
    SELECT json_group_array(json_array(
      model, valid_from, valid_until, input, output, cache_create, cache_create_1h, cache_read))
    FROM (SELECT * FROM price ORDER BY model, valid_from))";

constexpr std::string_view kChangesSql = R"(
    SELECT level, bucket, (SELECT changes_from FROM source_state) FROM bucket_change WHERE data_version > ?1
    UNION ALL
    SELECT '', 0, changes_from FROM source_state)";

struct ClosedChange {
  std::string level;
  std::int64_t bucket = 0;
};

Result<std::string> PricesOf(Snapshot& snapshot) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(kPricesSql));
  RETURN_IF_ERROR(query->Step());
  return std::string(query->Text(0));
}

}  // namespace

/// Makes one EntitySums. Threads: one. Lifetime: borrows everything, for one call of Make.
class EntitySumsMaker {
 public:
  EntitySumsMaker(Snapshot& snapshot, UsageBlocks& blocks, CatalogCache& catalogs, EntitySums::Kind kind,
                  const EntitySums* base)
      : snapshot_(snapshot), blocks_(blocks), catalogs_(catalogs), kind_(kind), base_(base) {}

  Result<std::shared_ptr<const EntitySums>> Make();

 private:
  [[nodiscard]] bool IsOfKeys() const { return kind_ == EntitySums::Kind::kApiKey; }
  [[nodiscard]] std::int64_t OpenBucket(Level level) const {
    return BucketOf(level, snapshot_.state.rolled_until, snapshot_.state.utc_offset_s);
  }
  [[nodiscard]] std::optional<std::uint32_t> EntityOf(std::uint32_t series) const;
  [[nodiscard]] UsageSum SumOf(std::int64_t bucket, std::uint32_t series, const BlockRow& row) const;
  void AddBlock(std::int64_t bucket, const UsageBlock& block, std::vector<UsageSum>& sums) const;

  [[nodiscard]] Status ReadNames();
  /// Drops the base when it is not an earlier state of this file, or not known to be.
  [[nodiscard]] Status CheckBase();
  [[nodiscard]] Status ReadLayer(std::size_t layer, std::int64_t from, std::int64_t to);
  [[nodiscard]] bool IsChanged(std::size_t layer, std::int64_t from, std::int64_t to) const;
  [[nodiscard]] Status ReadLayers();
  [[nodiscard]] Status ReadRepriced();
  /// Adds up the layers.
  [[nodiscard]] Status AddClosed();
  [[nodiscard]] Status AddStored(Level level, std::int64_t bucket, std::vector<UsageSum>& sums);
  [[nodiscard]] Status AddOpenUntimed();
  [[nodiscard]] Status AddOpenMinutes();
  void AddOpen(Level level, std::int64_t bucket, std::uint32_t entity, const UsageSum& usage);

  Snapshot& snapshot_;
  UsageBlocks& blocks_;
  CatalogCache& catalogs_;
  const EntitySums::Kind kind_;
  const EntitySums* base_;
  std::vector<ClosedChange> changes_;  ///< since base_
  std::optional<PriceTable> price_table_;
  std::shared_ptr<EntitySums> sums_ = std::make_shared<EntitySums>();
};

std::optional<std::uint32_t> EntitySumsMaker::EntityOf(std::uint32_t series) const {
  const auto& entries = sums_->catalog_->entries();
  if (series >= entries.size() || entries[series].kind != kind_) return std::nullopt;
  return entries[series].entity;
}

UsageSum EntitySumsMaker::SumOf(std::int64_t bucket, std::uint32_t series, const BlockRow& row) const {
  if (IsOfKeys()) return SumOfKeyRow(row, bucket >= sums_->money_from_);
  return SumOfAccountRow(row, price_table_->Find(sums_->catalog_->entries()[series].model, bucket));
}

void EntitySumsMaker::AddBlock(std::int64_t bucket, const UsageBlock& block,
                               std::vector<UsageSum>& sums) const {
  for (std::size_t row = 0; row < block.rows(); ++row) {
    const std::uint32_t series = block.Series(row);
    if (const auto entity = EntityOf(series)) sums[*entity] += SumOf(bucket, series, block.Row(row));
  }
}

Status EntitySumsMaker::ReadNames() {
  ASSIGN_OR_RETURN(const auto catalog, catalogs_.Of(snapshot_));
  const auto& names = IsOfKeys() ? catalog->keys() : catalog->accounts();
  const bool has_index = base_ != nullptr && base_->index_->numbers.size() == names.size();
  sums_->catalog_ = catalog;
  if (has_index) {
    sums_->index_ = base_->index_;
  } else {
    auto index = std::make_shared<EntitySums::Index>(EntitySums::Index{catalog});
    for (std::size_t i = 0; i < names.size(); ++i)
      index->numbers.emplace(*names[i], static_cast<std::uint32_t>(i));
    sums_->index_ = std::move(index);
  }
  sums_->today_.resize(names.size());
  sums_->month_.resize(names.size());
  sums_->total_.resize(names.size());
  if (IsOfKeys()) return {};
  ASSIGN_OR_RETURN(auto prices, PriceTable::Read(snapshot_, *catalog));
  price_table_ = std::move(prices);
  return {};
}

Status EntitySumsMaker::CheckBase() {
  if (!IsOfKeys()) {
    ASSIGN_OR_RETURN(auto prices, PricesOf(snapshot_));
    sums_->prices_ = std::move(prices);
  }
  if (base_ == nullptr) return {};
  const FileVersion& was = base_->version_.file;
  bool is_earlier = was.IsNoLaterThan(sums_->version_.file);
  ASSIGN_OR_RETURN(auto query, snapshot_.lease.Prepare(kChangesSql));
  query->Bind(1, was.data_version);
  bool knows_all = true;
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) break;
    changes_.push_back({std::string(query->Text(0)), query->Int(1)});
    knows_all = query->Int(2) <= was.data_version;
  }
  if (base_->money_from_ != sums_->money_from_) is_earlier = false;
  if (!is_earlier || !knows_all || base_->prices_ != sums_->prices_) base_ = nullptr;
  return {};
}

bool EntitySumsMaker::IsChanged(std::size_t layer, std::int64_t from, std::int64_t to) const {
  return std::any_of(changes_.begin(), changes_.end(), [&](const ClosedChange& change) {
    return change.level == LevelName(kLayerLevels.at(layer)) && change.bucket >= from && change.bucket < to;
  });
}

Status EntitySumsMaker::ReadLayer(std::size_t layer, std::int64_t from, std::int64_t to) {
  auto& place = sums_->layers_.at(layer);
  std::shared_ptr<const ClosedSums> known = base_ == nullptr ? nullptr : base_->layers_.at(layer);
  if (known && (known->from != from || known->to > to || IsChanged(layer, from, known->to))) known = nullptr;
  if (known && known->to == to && known->of.size() == sums_->entities()) {
    place = std::move(known);
    return {};
  }
  auto next = known ? std::make_shared<ClosedSums>(*known) : std::make_shared<ClosedSums>();
  const std::int64_t read_from = known ? known->to : from;
  next->from = from;
  next->to = to;
  next->of.resize(sums_->entities());
  place = next;
  if (read_from >= to) return {};
  return blocks_.Each(
      snapshot_, RowsOf(kLayerLevels.at(layer)), read_from, to,
      [&](std::int64_t bucket, const UsageBlocks::Block& block) { AddBlock(bucket, *block, next->of); });
}

Status EntitySumsMaker::ReadLayers() {
  const std::int64_t month = OpenBucket(Level::kMonth);
  const std::int64_t day = OpenBucket(Level::kDay);
  const std::int64_t hour = OpenBucket(Level::kHour);
  ASSIGN_OR_RETURN(auto query, snapshot_.lease.Prepare("SELECT coalesce(min(bucket), ?1) FROM usage_month"));
  query->Bind(1, month);
  RETURN_IF_ERROR(query->Step());
  const std::int64_t first = std::min(query->Int(0), month);
  RETURN_IF_ERROR(ReadLayer(EntitySums::kMonths, first, month));
  RETURN_IF_ERROR(ReadLayer(EntitySums::kDays, month, day));
  RETURN_IF_ERROR(ReadLayer(EntitySums::kHours, day, hour));
  return ReadLayer(EntitySums::kMinutes, hour, snapshot_.state.rolled_until);
}

Status EntitySumsMaker::ReadRepriced() {
  sums_->days_from_ = snapshot_.state.horizons.days;
  const auto& months = sums_->layers_[EntitySums::kMonths];
  if (base_ != nullptr && base_->layers_[EntitySums::kMonths] == months &&
      base_->days_from_ == sums_->days_from_ && !IsChanged(EntitySums::kDays, months->from, months->to)) {
    sums_->repriced_ = base_->repriced_;
    return {};
  }
  auto repriced = std::make_shared<std::vector<RepricedMonth>>();
  sums_->repriced_ = repriced;
  if (IsOfKeys()) return {};
  constexpr std::string_view kSql =
      "SELECT month, series, cost_usd * 1e6 FROM repriced_days WHERE month >= ?1 AND month < ?2";
  ASSIGN_OR_RETURN(auto query, snapshot_.lease.Prepare(kSql));
  query->Bind(1, sums_->days_from_).Bind(2, months->to);
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return {};
    if (const auto entity = EntityOf(static_cast<std::uint32_t>(query->Int(1))))
      repriced->push_back({query->Int(0), *entity, query->Real(2)});
  }
}

Status EntitySumsMaker::AddStored(Level level, std::int64_t bucket, std::vector<UsageSum>& sums) {
  ASSIGN_OR_RETURN(const auto block, blocks_.Get(snapshot_, level, bucket));
  AddBlock(bucket, *block, sums);
  return {};
}

Status EntitySumsMaker::AddClosed() {
  const EntitySumsVersion& version = sums_->version_;
  const bool is_open_month = version.month == OpenBucket(Level::kMonth);
  const bool is_open_day = version.today == OpenBucket(Level::kDay);
  const auto add = [&](std::size_t layer, std::vector<UsageSum>& sums) {
    const auto& of = sums_->layers_.at(layer)->of;
    for (std::size_t i = 0; i < of.size(); ++i) sums[i] += of[i];
  };
  for (std::size_t layer = 0; layer < EntitySums::kLayers; ++layer) {
    add(layer, sums_->total_);
    if (layer > EntitySums::kMonths && is_open_month) add(layer, sums_->month_);
    if (layer > EntitySums::kDays && is_open_day) add(layer, sums_->today_);
  }
  for (const RepricedMonth& repriced : *sums_->repriced_) {
    sums_->total_[repriced.entity].cost_micros += repriced.cost_micros;
    if (repriced.month == version.month) sums_->month_[repriced.entity].cost_micros += repriced.cost_micros;
  }
  // Where our clock is behind the processor's, its open day may be our tomorrow.
  if (version.today < OpenBucket(Level::kDay))
    RETURN_IF_ERROR(AddStored(Level::kDay, version.today, sums_->today_));
  if (version.month < OpenBucket(Level::kMonth))
    return AddStored(Level::kMonth, version.month, sums_->month_);
  return {};
}

void EntitySumsMaker::AddOpen(Level level, std::int64_t bucket, std::uint32_t entity, const UsageSum& usage) {
  const EntitySumsVersion& version = sums_->version_;
  sums_->total_[entity] += usage;
  if (level <= Level::kMonth && bucket >= version.month &&
      bucket < NextBucket(Level::kMonth, version.month, version.file.utc_offset_s))
    sums_->month_[entity] += usage;
  if (level <= Level::kDay && bucket >= version.today && bucket < version.today + kDaySeconds)
    sums_->today_[entity] += usage;
}

Status EntitySumsMaker::AddOpenUntimed() {
  ASSIGN_OR_RETURN(auto query, snapshot_.lease.Prepare(OpenUntimedSql()));
  query->Bind(1, OpenBucket(Level::kMonth)).Bind(2, OpenBucket(Level::kDay));
  query->Bind(3, OpenBucket(Level::kHour));
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return {};
    const std::int64_t bucket = query->Int(1);
    const auto series = static_cast<std::uint32_t>(query->Int(2));
    const auto entity = EntityOf(series);
    if (!entity) continue;
    const BlockRow values = ReadBlockRow(*query, 3);
    for (const Level level : {Level::kHour, Level::kDay, Level::kMonth, Level::kTotal})
      if (query->Text(0) == LevelName(level)) AddOpen(level, bucket, *entity, SumOf(bucket, series, values));
  }
}

Status EntitySumsMaker::AddOpenMinutes() {
  ASSIGN_OR_RETURN(const auto buckets, BucketsOf(snapshot_, "usage_minute", snapshot_.state.rolled_until));
  for (const std::int64_t bucket : buckets) {
    std::vector<UsageSum> minute(sums_->entities());
    RETURN_IF_ERROR(AddStored(Level::kMinute, bucket, minute));
    for (std::uint32_t entity = 0; entity < minute.size(); ++entity)
      AddOpen(Level::kMinute, bucket, entity, minute[entity]);
  }
  return {};
}

Result<std::shared_ptr<const EntitySums>> EntitySumsMaker::Make() {
  sums_->version_ = EntitySumsVersion::Of(snapshot_);
  sums_->kind_ = kind_;
  sums_->money_from_ = snapshot_.state.money_from;
  using Part = Status (EntitySumsMaker::*)();
  for (const Part part :
       {&EntitySumsMaker::CheckBase, &EntitySumsMaker::ReadNames, &EntitySumsMaker::ReadLayers,
        &EntitySumsMaker::ReadRepriced, &EntitySumsMaker::AddClosed, &EntitySumsMaker::AddOpenUntimed,
        &EntitySumsMaker::AddOpenMinutes})
    RETURN_IF_ERROR((this->*part)());
  return sums_;
}

Result<std::shared_ptr<const EntitySums>> MakeEntitySums(Snapshot& snapshot, UsageBlocks& blocks,
                                                         CatalogCache& catalogs, EntitySums::Kind kind,
                                                         const EntitySums* base) {
  return EntitySumsMaker(snapshot, blocks, catalogs, kind, base).Make();
}

}  // namespace keymeter::query_api
