#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "processor/storage/batch_part.h"

namespace keymeter::processor {

/// Notes since when the relay counts money of API keys: `source_state.money_from`.
///
/// A cost field is absent until it is above 0, so a reading does not say whether its relay counts money at
/// all; old ones do not. What is certain: by the end of an hour (day, month) in which some key has money, the
/// relay counts it; and usage that ended before that may have cost anything. Where the earliest usage has
/// money, it is known from the beginning (0). Where nothing has, it never was (the greatest number).
/// Only the earliest ends are kept, so the order in which history is read does not matter.
/// Not for accounts: their money is computed from prices.
/// Threads and lifetime: see BatchPart. Bounds: a bit a series.
class MoneyWriter final : public BatchPart {
 public:
  [[nodiscard]] Status Prepare(Database& database) override;
  [[nodiscard]] Status Write(const WriteBatch& batch, BatchContext& context) override;

 private:
  struct Ends {
    std::optional<std::int64_t> usage;
    std::optional<std::int64_t> money;
    bool operator==(const Ends&) const = default;

    void Note(Level level, std::int64_t bucket, const Amounts& amounts, std::int64_t utc_offset_s);
    [[nodiscard]] std::int64_t MoneyFrom() const;
  };

  [[nodiscard]] Result<Ends> ReadEnds();
  void NoteKey(SeriesId series);
  [[nodiscard]] bool IsKey(SeriesId series) const { return series < is_key_.size() && is_key_[series]; }

  std::vector<bool> is_key_;  ///< by the number of the series
  Statement ends_;
  Statement put_;
};

}  // namespace keymeter::processor
