#pragma once

#include <cstdint>
#include <vector>

#include "query-api/snapshot/series_catalog.h"
#include "query-api/snapshot/snapshot.h"
#include "query-api/snapshot/usage_block.h"
#include "query-api/usage/usage_sum.h"
#include "schema/error.h"

namespace keymeter::query_api {

/// What tokens cost, by the catalog's number of their model: the table `price`, read once for an answer.
///
/// Gives the same costs as the views `account_usage_*`. For accounts only: API keys carry the relay's money.
/// Threads: const, any. Bounds: the file's prices.
class PriceTable {
 public:
  /// USD for one token, from `valid_from` on (epoch seconds).
  struct Price {
    std::int64_t valid_from = 0;
    std::int64_t valid_until = 0;
    double input = 0;
    double output = 0;
    double cache_create = 0;
    double cache_create_1h = 0;
    double cache_read = 0;

    [[nodiscard]] double CostMicros(const BlockRow& row) const;
  };

  static Result<PriceTable> Read(Snapshot& snapshot, const SeriesCatalog& catalog);

  /// The price of a bucket that begins then; null when there is none.
  [[nodiscard]] const Price* Find(std::uint32_t model, std::int64_t bucket) const;
  /// The months in which a price changes after their first day: they cost what their days cost.
  [[nodiscard]] std::vector<std::int64_t> MonthsOfChange(std::int64_t utc_offset_s) const;

 private:
  std::vector<std::vector<Price>> by_model_;  ///< each in the order of valid_from
};

/// A row of an API key, with the money that the relay counted. `is_money_known`: the relay counted money all
/// through its bucket (SourceState::money_from); else all of it is unpriced, whatever it cost since.
[[nodiscard]] UsageSum SumOfKeyRow(const BlockRow& row, bool is_money_known);
/// A row of an account, priced; all of it unpriced when there is no price.
[[nodiscard]] UsageSum SumOfAccountRow(const BlockRow& row, const PriceTable::Price* price);

}  // namespace keymeter::query_api
