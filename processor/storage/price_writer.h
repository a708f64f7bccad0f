#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "processor/storage/batch_part.h"
#include "schema/price_list.h"

namespace keymeter::processor {

/// Writes price lists into the file, and when each price holds.
///
/// A price holds for whole days of the source. A model's first price holds from the beginning: nothing better
/// is known of the time before. A list with another price ends the old one and begins the new one on the day
/// when it was loaded; a second list of the same day replaces the first one's price. A model that a list no
/// longer names keeps its last price: lists drop models that are still in use; so does one whose entry cannot
/// be used, which is listed in `price_fault`. Where a price comes from is stored with it. A model that a list
/// names otherwise than the relay does (PriceList::Find) gets rows of its own, under the relay's name.
///
/// Not for looking up a price: the views do.
/// Threads and lifetime: see BatchPart.
/// Bounds: those of the list, and a row for each change.
class PriceWriter final : public BatchPart {
 public:
  [[nodiscard]] Status Prepare(Database& database) override;
  /// Prices for the models of new series, then the batch's price list.
  [[nodiscard]] Status Write(const WriteBatch& batch, BatchContext& context) override;

  /// Counts the models without a price; nothing when no list and no model came since the last call.
  [[nodiscard]] Result<std::optional<PriceReport>> TakeReport();

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

  Status Load(const PriceLoad& load, std::int64_t utc_offset_s);
  /// A model of a new series: it gets the prices of the entry that it is listed as, with their history.
  Status AddModel(std::string_view model);
  Result<std::optional<OpenPrice>> FindOpen(std::string_view model);
  Status Put(std::string_view model, const PriceList::Entry& entry, const Moment& moment);
  Status PutUsedModels(const Moment& moment);
  Status PutFaults(std::int64_t now_ms);
  Status PutRow(std::string_view model, std::int64_t valid_from, const PriceList::Entry& entry,
                std::int64_t now_ms);

  std::shared_ptr<const PriceList> list_;  ///< the newest
  PriceReport report_;
  bool is_changed_ = false;
  Statement find_open_;
  Statement put_row_;
  Statement set_source_;
  Statement clear_faults_;
  Statement put_fault_;
  Statement end_open_;
  Statement copy_prices_;
  Statement used_models_;
  Statement count_unpriced_;
};

}  // namespace keymeter::processor
