#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "schema/error.h"
#include "schema/price_list.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// What prices a batch left behind.
struct PriceReport {
  bool is_loaded = false;            ///< a list came with the batch
  std::int64_t changed = 0;          ///< models whose price it set or changed
  std::int64_t unpriced_models = 0;  ///< models of accounts without a price; '' (not known by model) is none
};

/// Writes price lists into the file, and when each price holds.
///
/// A price holds for whole days of the source. A model's first price holds from the beginning: nothing better
/// is known of the time before. A list with another price ends the old one and begins the new one with its
/// day; what is loaded on one day replaces what was loaded on it before. What a list no longer names keeps
/// its last price: lists drop models that are still in use. A model that a list names otherwise than the
/// relay does (PriceList::Find) gets rows of its own, under the relay's name.
///
/// Not for looking up a price: the views do.
/// Threads and lifetime: as the WindowWriter that owns it; inside its transaction.
/// Bounds: those of the list, and a row for each change.
class PriceWriter {
 public:
  Status Prepare(Database& database);

  Status Load(std::shared_ptr<const PriceList> list, std::int64_t now_ms, std::int64_t utc_offset_s);
  /// A model of a new series: it gets the prices of the entry that it is listed as, with their history.
  Status AddModel(std::string_view model);
  /// Counts what is unpriced; nothing when no list and no model came since the last call.
  Result<std::optional<PriceReport>> TakeReport();

 private:
  struct OpenPrice {
    std::int64_t valid_from;
    std::int64_t loaded_ms;
    ModelPrice price;
  };
  struct Moment {
    std::int64_t now_ms;
    std::int64_t utc_offset_s;
  };

  Result<std::optional<OpenPrice>> FindOpen(std::string_view model);
  Status Put(std::string_view model, const PriceList::Entry& entry, const Moment& moment);
  Status PutUsedModels(const Moment& moment);
  Status PutRow(std::string_view model, std::int64_t valid_from, const PriceList::Entry& entry,
                std::int64_t now_ms);

  std::shared_ptr<const PriceList> list_;  ///< the newest
  PriceReport report_;
  bool is_changed_ = false;
  Statement find_open_;
  Statement put_row_;
  Statement end_open_;
  Statement copy_prices_;
  Statement used_models_;
  Statement count_unpriced_;
};

}  // namespace keymeter::processor
