#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "schema/price_list.h"

namespace keymeter::processor {

/// A price list that was read, and when.
/// Tested by tests/processor/storage/price_writer_test.cc.
struct PriceLoad {
  std::shared_ptr<const PriceList> list;
  std::int64_t now_ms;
};

struct PriceRows {
  std::optional<PriceLoad> prices;
};

/// What a batch changed about prices: written on the writer thread, for the loop thread.
struct PriceReport {
  bool is_loaded = false;    ///< a list came with the batch
  std::int64_t changed = 0;  ///< models whose price it set or changed
  std::int64_t faults = 0;   ///< entries of the list that cannot be used
  /// Models of accounts without a price; usage of no known model is not counted.
  std::int64_t unpriced_models = 0;
};

}  // namespace keymeter::processor
