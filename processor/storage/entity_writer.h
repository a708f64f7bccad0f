#pragma once

#include <array>
#include <string_view>

#include "processor/metering/write_batch.h"
#include "schema/error.h"
#include "schema/profile.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Writes API keys, accounts and groups, turning the relay's texts into the columns' types.
///
/// Threads and lifetime: as the WindowWriter that owns it.
class EntityWriter {
 public:
  Status Prepare(Database& database);

  /// A row for an entity of which nothing but its usage is known, unless there is one.
  Status AddBare(EntityKind kind, std::string_view id);
  Status Put(const EntityRow& row);
  Status PutBindings(const ApiKeyBindings& bindings);
  Status PutMembers(const GroupMembers& members);

 private:
  Status PutAttributes(const EntityRow& row);

  std::array<Statement, 3> put_;   ///< by EntityRow::Table
  std::array<Statement, 3> gone_;  ///< by EntityRow::Table
  std::array<Statement, 2> add_bare_;
  Statement forget_bindings_;
  Statement add_binding_;
  Statement forget_members_;
  Statement add_member_;
};

/// How the relay's text of an attribute becomes a value of its column.
enum class AttributeType : std::uint8_t { kText, kFlag, kWhole, kReal, kTime, kTags };
[[nodiscard]] AttributeType TypeOfAttribute(std::string_view name);

/// "true" and "1" are 1; everything else is 0.
[[nodiscard]] std::int64_t FlagOf(std::string_view text);
/// RFC 3339 or epoch milliseconds → RFC 3339 in UTC; '' for anything else.
[[nodiscard]] std::string TimeOf(std::string_view text);

}  // namespace keymeter::processor
