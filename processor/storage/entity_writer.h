#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "processor/storage/batch_part.h"
#include "processor/storage/odd_names.h"

namespace keymeter::processor {

/// Writes API keys, accounts and groups, turning the relay's texts into the columns' types.
///
/// Not for entities that are known by their usage only: NewSeriesWriter adds those.
/// Threads and lifetime: see BatchPart.
class EntityWriter final : public RowsPart<EntityRows> {
 public:
  [[nodiscard]] Status Prepare(Database& database) override;

 private:
  [[nodiscard]] Status WriteRows(const EntityRows& rows, BatchContext& context) override;
  [[nodiscard]] Status Put(const EntityRow& row);
  [[nodiscard]] Status PutAttributes(const EntityRow& row);
  [[nodiscard]] Status PutBindings(const ApiKeyBindings& bindings);
  [[nodiscard]] Status PutMembers(const GroupMembers& members);
  [[nodiscard]] Status PutNote(const AccountNote& note);

  OddNameWriter names_;
  std::array<Statement, 3> put_;   ///< by EntityRow::Table
  std::array<Statement, 3> gone_;  ///< likewise
  Statement forget_bindings_;
  Statement add_binding_;
  Statement forget_members_;
  Statement add_member_;
  std::vector<Statement> put_note_;  ///< in the order of NoteAttributes
};

/// How the relay's text of an attribute becomes a value of its column. What is no number is 0, or NULL where
/// 0 would say something else than nothing (kMaybe…). kTexts (see schema/tags.h) and kRates (see
/// schema/service_rates.h) are JSON that the reader of entities has checked and bounded: stored as it is.
enum class AttributeType : std::uint8_t {
  kText,
  kFlag,
  kWhole,
  kReal,
  kMaybeWhole,
  kMaybeReal,
  kTime,
  kTexts,
  kRates
};
[[nodiscard]] AttributeType TypeOfAttribute(std::string_view name);

/// "true" and "1" are 1; everything else is 0.
[[nodiscard]] std::int64_t FlagOf(std::string_view text);
/// RFC 3339 or epoch milliseconds → RFC 3339 in UTC; '' for anything else.
[[nodiscard]] std::string TimeOf(std::string_view text);

}  // namespace keymeter::processor
