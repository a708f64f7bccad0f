#include "processor/storage/entity_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "processor/storage/prepare.h"
#include "schema/civil_time.h"
#include "schema/shown_name.h"
#include "schema/tags.h"
#include "schema/utf8.h"

namespace keymeter::processor {

namespace {

using Table = EntityRow::Table;

constexpr std::array<std::string_view, 3> kTables = {"api_key", "account", "account_group"};
constexpr std::size_t kLongestText = 4096;  ///< bytes of an attribute; what is longer is cut
/// A character that this cuts begins behind what is kept, so it leaves no U+FFFD there.
constexpr std::size_t kLookedAt = kLongestText + 3;

const std::vector<std::string_view>& AttributesOf(Table table) {
  if (table == Table::kGroup) return GroupAttributes();
  return EntityAttributes(table == Table::kApiKey ? EntityKind::kApiKey : EntityKind::kAccount);
}

std::string PutSql(Table table) {
  std::string columns;
  std::string marks;
  std::string updates;
  for (std::string_view name : AttributesOf(table)) {
    columns += fmt::format(", {}", name);
    marks += ", ?";
    updates += fmt::format(", {0} = excluded.{0}", name);
  }
  if (table == Table::kApiKey) {
    columns += ", group_id";
    marks += ", ?";
    updates += ", group_id = excluded.group_id";
  }
  return fmt::format("INSERT INTO {} (id{}) VALUES (?{}) ON CONFLICT DO UPDATE SET gone = 0{}",
                     kTables[static_cast<std::size_t>(table)], columns, marks, updates);
}

std::string_view AttributeText(const EntityRow& row, std::string_view name) {
  for (const auto& [attribute, text] : row.attributes)
    if (attribute == name) return text;
  return {};
}

template <typename Number>
std::optional<Number> NumberIn(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if constexpr (std::is_floating_point_v<Number>)
    if (!std::isfinite(value)) return std::nullopt;
  return value;
}

template <typename Number>
void BindMaybe(Statement& statement, int position, std::optional<Number> value) {
  if (value) {
    statement.Bind(position, *value);
  } else {
    statement.BindNull(position);
  }
}

void BindAttribute(Statement& statement, int position, std::string_view name, std::string_view text) {
  switch (TypeOfAttribute(name)) {
    case AttributeType::kText:
      statement.Bind(position, utf8::Truncated(ShownText(text.substr(0, kLookedAt)), kLongestText));
      break;
    case AttributeType::kFlag:
      statement.Bind(position, FlagOf(text));
      break;
    case AttributeType::kWhole:
      statement.Bind(position, NumberIn<std::int64_t>(text).value_or(0));
      break;
    case AttributeType::kReal:
      statement.Bind(position, NumberIn<double>(text).value_or(0));
      break;
    case AttributeType::kMaybeWhole:
      BindMaybe(statement, position, NumberIn<std::int64_t>(text));
      break;
    case AttributeType::kMaybeReal:
      BindMaybe(statement, position, NumberIn<double>(text));
      break;
    case AttributeType::kTime:
      statement.Bind(position, TimeOf(text));
      break;
    case AttributeType::kTexts:
      statement.Bind(position, text.empty() ? std::string_view("[]") : text);
      break;
    case AttributeType::kRates:
      statement.Bind(position, text);
      break;
  }
}

}  // namespace

AttributeType TypeOfAttribute(std::string_view name) {
  constexpr std::array<std::string_view, 7> kWhole = {
      "priority",        "token_limit",    "concurrency_limit", "rate_limit_window", "rate_limit_requests",
      "activation_days", "max_concurrency"};
  if (std::find(kWhole.begin(), kWhole.end(), name) != kWhole.end()) return AttributeType::kWhole;
  if (name.starts_with("is_") || name == "schedulable" || name.ends_with("_stopped"))
    return AttributeType::kFlag;
  if (name.starts_with("weekly_reset_") || name.ends_with("_after_s")) return AttributeType::kMaybeWhole;
  if (name.ends_with("_percent") || name == "balance") return AttributeType::kMaybeReal;
  if (name.ends_with("_limit") || name == "rate_limit_cost" || name == "daily_quota" || name == "daily_usage")
    return AttributeType::kReal;
  if (name.ends_with("_at") || name == "unavailable_until") return AttributeType::kTime;
  if (name == "service_rates") return AttributeType::kRates;
  return ListFormOf(name) == ListForm::kNone ? AttributeType::kText : AttributeType::kTexts;
}

std::int64_t FlagOf(std::string_view text) {
  return text == "true" || text == "1" ? 1 : 0;
}

std::string TimeOf(std::string_view text) {
  if (const auto ms = ParseRfc3339(text)) return FormatRfc3339(*ms);
  const auto epoch_ms = NumberIn<std::int64_t>(text).value_or(0);
  constexpr std::int64_t kYear9999Ms = 253'402'300'799'000;
  return epoch_ms > 0 && epoch_ms <= kYear9999Ms ? FormatRfc3339(epoch_ms) : "";
}

Status EntityWriter::Prepare(Database& database) {
  RETURN_IF_ERROR(names_.Prepare(database));
  for (const Table table : {Table::kApiKey, Table::kAccount, Table::kGroup}) {
    const auto i = static_cast<std::size_t>(table);
    RETURN_IF_ERROR(PrepareAll(database, {{&put_[i], PutSql(table)},
                                          {&gone_[i], fmt::format("INSERT INTO {} (id, gone) VALUES (?, 1)"
                                                                  " ON CONFLICT DO UPDATE SET gone = 1",
                                                                  kTables[i])}}));
  }
  put_note_ = std::vector<Statement>(NoteAttributes().size());
  for (std::size_t i = 0; i < put_note_.size(); ++i)
    RETURN_IF_ERROR(PrepareAll(
        database, {{&put_note_[i], fmt::format("UPDATE account SET {0} = ?2 WHERE id = ?1 AND {0} IS NOT ?2",
                                               NoteAttributes()[i])}}));
  return PrepareAll(
      database,
      {{&forget_bindings_, "DELETE FROM api_key_binding WHERE api_key = ?"},
       {&add_binding_, "INSERT INTO api_key_binding (api_key, platform, kind, target) VALUES (?, ?, ?, ?)"},
       {&forget_members_, "DELETE FROM group_member WHERE group_id = ?"},
       {&add_member_, "INSERT INTO group_member (group_id, account) VALUES (?, ?) ON CONFLICT DO NOTHING"}});
}

Status EntityWriter::WriteRows(const EntityRows& rows, BatchContext& context) {
  context.has_new_data = context.has_new_data || !rows.entities.empty() || !rows.bindings.empty() ||
                         !rows.members.empty() || !rows.notes.empty();
  for (const EntityRow& row : rows.entities) RETURN_IF_ERROR(Put(row));
  for (const ApiKeyBindings& bindings : rows.bindings) RETURN_IF_ERROR(PutBindings(bindings));
  for (const GroupMembers& members : rows.members) RETURN_IF_ERROR(PutMembers(members));
  for (const AccountNote& note : rows.notes) RETURN_IF_ERROR(PutNote(note));
  return {};
}

Status EntityWriter::Put(const EntityRow& row) {
  if (!row.is_gone) return PutAttributes(row);
  ASSIGN_OR_RETURN(const std::string id, names_.ShownId(row.id));
  RETURN_IF_ERROR(gone_[static_cast<std::size_t>(row.table)].Bind(1, id).Run());
  if (row.table != Table::kGroup) return {};
  return forget_members_.Bind(1, id).Run();
}

Status EntityWriter::PutAttributes(const EntityRow& row) {
  Statement& put = put_[static_cast<std::size_t>(row.table)];
  int position = 1;
  ASSIGN_OR_RETURN(const std::string id, names_.ShownId(row.id));
  put.Bind(position++, id);
  for (std::string_view name : AttributesOf(row.table))
    BindAttribute(put, position++, name, AttributeText(row, name));
  if (row.table != Table::kApiKey) return put.Run();
  ASSIGN_OR_RETURN(const std::string group_id, names_.ShownModel(row.group_id));  // empty: none
  return put.Bind(position, group_id).Run();
}

Status EntityWriter::PutBindings(const ApiKeyBindings& bindings) {
  ASSIGN_OR_RETURN(const std::string api_key, names_.ShownId(bindings.api_key));
  RETURN_IF_ERROR(forget_bindings_.Bind(1, api_key).Run());
  for (const Binding& binding : bindings.bindings) {
    ASSIGN_OR_RETURN(const std::string target, names_.ShownId(binding.target));
    add_binding_.Bind(1, api_key).Bind(2, binding.platform);
    RETURN_IF_ERROR(add_binding_.Bind(3, BindingKindName(binding.kind)).Bind(4, target).Run());
  }
  return {};
}

Status EntityWriter::PutMembers(const GroupMembers& members) {
  ASSIGN_OR_RETURN(const std::string group_id, names_.ShownId(members.group_id));
  RETURN_IF_ERROR(forget_members_.Bind(1, group_id).Run());
  for (const std::string& member : members.accounts) {
    ASSIGN_OR_RETURN(const std::string account, names_.ShownId(member));
    RETURN_IF_ERROR(add_member_.Bind(1, group_id).Bind(2, account).Run());
  }
  return {};
}

/// The account's row stands by now: its note is read after it was found.
Status EntityWriter::PutNote(const AccountNote& note) {
  ASSIGN_OR_RETURN(const std::string id, names_.ShownId(note.account));
  const auto& known = NoteAttributes();
  for (const auto& [name, text] : note.attributes) {
    const auto at = static_cast<std::size_t>(std::find(known.begin(), known.end(), name) - known.begin());
    Statement& put = put_note_[at];
    BindAttribute(put, 2, name, text);
    RETURN_IF_ERROR(put.Bind(1, id).Run());
  }
  return {};
}

}  // namespace keymeter::processor
