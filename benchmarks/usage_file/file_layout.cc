#include "benchmarks/usage_file/file_layout.h"

namespace keymeter::usage_file {

Result<std::map<std::string, TableSize>> LayoutOf(Database& database) {
  // dbstat names the tree; an index' tree belongs to its table. Inner pages hold keys, not rows.
  ASSIGN_OR_RETURN(
      auto pages,
      database.Prepare(
          "SELECT s.tbl_name, sum(d.pgsize), sum(iif(d.pagetype = 'leaf', d.payload, 0)), sum(d.unused)"
          " FROM dbstat d JOIN sqlite_schema s ON s.name = d.name WHERE s.type IN ('table', 'index')"
          " GROUP BY s.tbl_name"));
  std::map<std::string, TableSize> tables;
  while (true) {
    ASSIGN_OR_RETURN(const auto row, pages.Step());
    if (!row) break;
    tables[std::string(pages.Text(0))] = {0, pages.Int(1), pages.Int(2), pages.Int(3)};
  }
  for (auto& [name, size] : tables) {
    ASSIGN_OR_RETURN(const auto rows, database.QueryInt(fmt::format("SELECT count(*) FROM {}", name)));
    size.rows = rows;
  }
  std::erase_if(tables, [](const auto& table) { return table.second.rows == 0; });
  return tables;
}

}  // namespace keymeter::usage_file
