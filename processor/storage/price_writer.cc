#include "processor/storage/price_writer.h"

#include <utility>
#include <vector>

#include "processor/storage/prepare.h"
#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr std::string_view kPriceColumns =
    "input, output, cache_create, cache_create_1h, cache_read, long_above, long_input, long_output, "
    "long_cache_create, long_cache_create_1h, long_cache_read";

TokenPrices ReadTokens(const Statement& row, int first) {
  return {row.Real(first), row.Real(first + 1), row.Real(first + 2), row.Real(first + 3),
          row.Real(first + 4)};
}

void BindTokens(Statement& statement, int first, const TokenPrices& prices) {
  statement.Bind(first, prices.input).Bind(first + 1, prices.output).Bind(first + 2, prices.cache_create);
  statement.Bind(first + 3, prices.cache_create_1h).Bind(first + 4, prices.cache_read);
}

}  // namespace

Status PriceWriter::Prepare(Database& database) {
  return PrepareAll(
      database,
      {{&find_open_, fmt::format("SELECT valid_from, loaded_ms, {} FROM price"
                                 " WHERE model = ? AND valid_until = 9223372036854775807",
                                 kPriceColumns)},
       {&put_row_,
        fmt::format("INSERT OR REPLACE INTO price (model, valid_from, listed_as, loaded_ms, {}, source)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    kPriceColumns)},
       {&set_source_,
        "UPDATE price SET source = ?2, listed_as = ?3 WHERE model = ?1 AND valid_until = 9223372036854775807"
        " AND (source <> ?2 OR listed_as <> ?3)"},
       {&clear_faults_, "DELETE FROM price_fault"},
       {&put_fault_,
        "INSERT OR REPLACE INTO price_fault (entry, reason, source, loaded_ms) VALUES (?, ?, ?, ?)"},
       {&end_open_,
        "UPDATE price SET valid_until = ?2 WHERE model = ?1 AND valid_until = 9223372036854775807"},
       {&copy_prices_,
        fmt::format("INSERT INTO price (model, valid_from, valid_until, listed_as, loaded_ms, source, {0})"
                    " SELECT ?1, valid_from, valid_until, listed_as, loaded_ms, source, {0} FROM price"
                    " WHERE model = ?2 AND NOT EXISTS (SELECT 1 FROM price WHERE model = ?1)",
                    kPriceColumns)},
       {&used_models_, "SELECT DISTINCT model FROM series WHERE model <> ''"},
       {&count_unpriced_,
        "SELECT count(DISTINCT model) FROM series s WHERE kind = 'account' AND model <> ''"
        " AND NOT EXISTS (SELECT 1 FROM price p WHERE p.model = s.model)"}});
}

Status PriceWriter::Write(const WriteBatch& batch, BatchContext& context) {
  for (const auto& [id, series] : batch.new_series) RETURN_IF_ERROR(AddModel(series.model));
  if (!batch.prices) return {};
  context.has_new_data = true;
  return Load(*batch.prices, context.utc_offset_s);
}

Status PriceWriter::Load(const PriceLoad& load, std::int64_t utc_offset_s) {
  list_ = load.list;
  report_ = {};
  report_.is_loaded = true;
  report_.faults = static_cast<std::int64_t>(list_->faults().size());
  is_changed_ = true;
  const Moment moment{load.now_ms, utc_offset_s};
  for (const auto& [name, entry] : list_->entries()) RETURN_IF_ERROR(Put(name, entry, moment));
  RETURN_IF_ERROR(PutFaults(load.now_ms));
  return PutUsedModels(moment);
}

Status PriceWriter::PutFaults(std::int64_t now_ms) {
  RETURN_IF_ERROR(clear_faults_.Run());
  for (const PriceList::Fault& fault : list_->faults())
    RETURN_IF_ERROR(
        put_fault_.Bind(1, fault.name).Bind(2, fault.reason).Bind(3, list_->source()).Bind(4, now_ms).Run());
  return {};
}

Status PriceWriter::PutUsedModels(const Moment& moment) {
  std::vector<std::string> models;
  used_models_.Reset();
  while (true) {
    ASSIGN_OR_RETURN(const auto row, used_models_.Step());
    if (!row) break;
    models.emplace_back(used_models_.Text(0));
  }
  used_models_.Reset();
  for (const std::string& model : models) {
    if (list_->entries().contains(model)) continue;
    RETURN_IF_ERROR(AddModel(model));
    const PriceList::Entry* entry = list_->Find(model);
    if (entry == nullptr) continue;
    RETURN_IF_ERROR(Put(model, *entry, moment));
  }
  return {};
}

Status PriceWriter::AddModel(std::string_view model) {
  is_changed_ = true;
  const PriceList::Entry* entry = list_ == nullptr ? nullptr : list_->Find(model);
  if (entry == nullptr || entry->name == model) return {};
  return copy_prices_.Bind(1, model).Bind(2, entry->name).Run();
}

Status PriceWriter::Put(std::string_view model, const PriceList::Entry& entry, const Moment& moment) {
  ASSIGN_OR_RETURN(const auto open, FindOpen(model));
  if (open && open->price == entry.price)
    return set_source_.Bind(1, model).Bind(2, entry.source).Bind(3, entry.name).Run();
  ++report_.changed;
  if (!open) return PutRow(model, 0, entry, moment.now_ms);
  const auto day_of = [&](std::int64_t ms) { return BucketOf(Level::kDay, ms / 1000, moment.utc_offset_s); };
  const std::int64_t today = day_of(moment.now_ms);
  // It was loaded today (or later, when the clock was set back), so it never held for a whole day.
  if (day_of(open->loaded_ms) >= today || open->valid_from >= today)
    return PutRow(model, open->valid_from, entry, moment.now_ms);
  RETURN_IF_ERROR(end_open_.Bind(1, model).Bind(2, today).Run());
  return PutRow(model, today, entry, moment.now_ms);
}

Status PriceWriter::PutRow(std::string_view model, std::int64_t valid_from, const PriceList::Entry& entry,
                           std::int64_t now_ms) {
  put_row_.Bind(1, model).Bind(2, valid_from).Bind(3, entry.name).Bind(4, now_ms);
  BindTokens(put_row_, 5, entry.price.tokens);
  put_row_.Bind(10, entry.price.long_above);
  BindTokens(put_row_, 11, entry.price.long_context);
  put_row_.Bind(16, entry.source);
  return put_row_.Run();
}

Result<std::optional<PriceWriter::OpenPrice>> PriceWriter::FindOpen(std::string_view model) {
  find_open_.Reset();
  find_open_.Bind(1, model);
  ASSIGN_OR_RETURN(const auto row, find_open_.Step());
  std::optional<OpenPrice> open;
  if (row) {
    open = OpenPrice{find_open_.Int(0), find_open_.Int(1), {}};
    open->price = {ReadTokens(find_open_, 2), find_open_.Int(7), ReadTokens(find_open_, 8)};
  }
  find_open_.Reset();
  return open;
}

Result<std::optional<PriceReport>> PriceWriter::TakeReport() {
  if (!std::exchange(is_changed_, false)) return std::nullopt;
  count_unpriced_.Reset();
  RETURN_IF_ERROR(count_unpriced_.Step());
  PriceReport report = std::exchange(report_, {});
  report.unpriced_models = count_unpriced_.Int(0);
  count_unpriced_.Reset();
  return report;
}

}  // namespace keymeter::processor
