#include "query-api/usage/price_table.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

std::int64_t At(const BlockRow& row, BlockColumn column) {
  return row[static_cast<std::size_t>(column)];
}

UsageSum TokensOf(const BlockRow& row) {
  return {At(row, BlockColumn::kRequests), At(row, BlockColumn::kInputTokens),
          At(row, BlockColumn::kOutputTokens), At(row, BlockColumn::kCacheCreateTokens),
          At(row, BlockColumn::kCacheReadTokens)};
}

}  // namespace

UsageSum SumOfKeyRow(const BlockRow& row, bool is_money_known) {
  UsageSum sum = TokensOf(row);
  if (!is_money_known) sum.MarkUnpriced();
  sum.cost_micros = static_cast<double>(At(row, BlockColumn::kCostMicros));
  sum.real_cost_micros = static_cast<double>(At(row, BlockColumn::kRealCostMicros));
  return sum;
}

UsageSum SumOfAccountRow(const BlockRow& row, const PriceTable::Price* price) {
  UsageSum sum = TokensOf(row);
  if (price != nullptr) {
    sum.cost_micros = price->CostMicros(row);
  } else {
    sum.MarkUnpriced();
  }
  return sum;
}

double PriceTable::Price::CostMicros(const BlockRow& row) const {
  const auto tokens = [&](BlockColumn column) { return static_cast<double>(At(row, column)); };
  const double for_an_hour = tokens(BlockColumn::kEphemeral1hTokens);
  const double created =
      (tokens(BlockColumn::kCacheCreateTokens) - for_an_hour) * cache_create + for_an_hour * cache_create_1h;
  return (tokens(BlockColumn::kInputTokens) * input + tokens(BlockColumn::kOutputTokens) * output +
          tokens(BlockColumn::kCacheReadTokens) * cache_read + std::max(0.0, created)) *
         1e6;
}

Result<PriceTable> PriceTable::Read(Snapshot& snapshot, const SeriesCatalog& catalog) {
  std::unordered_map<std::string_view, std::size_t> numbers;
  for (std::size_t i = 0; i < catalog.models().size(); ++i) numbers.emplace(*catalog.models()[i], i);
  PriceTable table;
  table.by_model_.resize(catalog.models().size());
  constexpr std::string_view kSql =
      "SELECT model, valid_from, valid_until, input, output, cache_create, cache_create_1h, cache_read "
      "FROM price ORDER BY model, valid_from";
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(kSql));
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return table;
    const auto model = numbers.find(query->Text(0));
    if (model == numbers.end()) continue;
    table.by_model_[model->second].push_back({query->Int(1), query->Int(2), query->Real(3), query->Real(4),
                                              query->Real(5), query->Real(6), query->Real(7)});
  }
}

const PriceTable::Price* PriceTable::Find(std::uint32_t model, std::int64_t bucket) const {
  if (model >= by_model_.size()) return nullptr;
  const auto& prices = by_model_[model];
  const auto later =
      std::upper_bound(prices.begin(), prices.end(), bucket,
                       [](std::int64_t b, const Price& price) { return b < price.valid_from; });
  if (later == prices.begin()) return nullptr;
  const Price& price = *(later - 1);
  return bucket < price.valid_until ? &price : nullptr;
}

std::vector<std::int64_t> PriceTable::MonthsOfChange(std::int64_t utc_offset_s) const {
  std::vector<std::int64_t> months;
  for (const auto& prices : by_model_)
    for (const Price& price : prices) {
      if (price.valid_from <= 0) continue;
      const std::int64_t month = BucketOf(Level::kMonth, price.valid_from, utc_offset_s);
      if (month < price.valid_from && std::find(months.begin(), months.end(), month) == months.end())
        months.push_back(month);
    }
  return months;
}

}  // namespace keymeter::query_api
