#include "processor/storage/odd_names.h"

#include "processor/storage/prepare.h"
#include "schema/shown_name.h"

namespace keymeter::processor {

Status OddNameWriter::Prepare(Database& database) {
  return PrepareAll(
      database,
      {{&add_, "INSERT INTO odd_name (shown, name) VALUES (?, CAST(? AS BLOB)) ON CONFLICT DO NOTHING"}});
}

Result<std::string> OddNameWriter::ShownId(std::string_view id) {
  return ShownModel(id.empty() ? kEmptyName : id);
}

Result<std::string> OddNameWriter::ShownModel(std::string_view model) {
  std::string shown = ShownName(model);
  if (shown != model) RETURN_IF_ERROR(add_.Bind(1, shown).Bind(2, model).Run());
  return shown;
}

Result<OddNames> OddNames::Load(Database& database) {
  ASSIGN_OR_RETURN(auto rows, database.Prepare("SELECT shown, name FROM odd_name"));
  OddNames odd;
  while (true) {
    ASSIGN_OR_RETURN(const auto row, rows.Step());
    if (!row) return odd;
    odd.names_.emplace(rows.Text(0), rows.Text(1));
  }
}

std::string_view OddNames::InRedis(std::string_view shown) const {
  if (names_.empty()) return shown;
  const auto found = names_.find(std::string(shown));
  return found == names_.end() ? shown : found->second;
}

}  // namespace keymeter::processor
