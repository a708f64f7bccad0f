#include "processor/storage/new_series_writer.h"

#include "processor/storage/prepare.h"
#include "schema/crash_point.h"

namespace keymeter::processor {

Status NewSeriesWriter::Prepare(Database& database) {
  RETURN_IF_ERROR(names_.Prepare(database));
  constexpr auto kApiKey = static_cast<std::size_t>(EntityKind::kApiKey);
  constexpr auto kAccount = static_cast<std::size_t>(EntityKind::kAccount);
  return PrepareAll(database,
                    {{&add_series_, "INSERT INTO series (id, kind, entity, model) VALUES (?, ?, ?, ?)"},
                     {&add_entity_[kApiKey], "INSERT INTO api_key (id) VALUES (?) ON CONFLICT DO NOTHING"},
                     {&add_entity_[kAccount], "INSERT INTO account (id) VALUES (?) ON CONFLICT DO NOTHING"}});
}

Status NewSeriesWriter::WriteRows(const NewSeriesRows& rows, BatchContext& context) {
  if (!rows.new_series.empty()) context.has_new_data = true;
  for (const auto& [id, series] : rows.new_series) {
    ASSIGN_OR_RETURN(const std::string entity, names_.ShownId(series.entity));
    ASSIGN_OR_RETURN(const std::string model, names_.ShownModel(series.model));
    add_series_.Bind(1, std::int64_t{id}).Bind(2, EntityKindName(series.kind));
    RETURN_IF_ERROR(add_series_.Bind(3, entity).Bind(4, model).Run());
    RETURN_IF_ERROR(add_entity_[static_cast<std::size_t>(series.kind)].Bind(1, entity).Run());
  }
  CrashPoint("flush.series");
  return {};
}

}  // namespace keymeter::processor
