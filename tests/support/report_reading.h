#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Reads exported reports, as their users do.
namespace keymeter::query_api {

using CsvRow = std::vector<std::string>;

/// RFC 4180, strictly: quotes only around a whole cell, every line ends in CRLF. Throws std::runtime_error.
[[nodiscard]] std::vector<CsvRow> ParseCsv(std::string_view text);

/// An entry of a zip file, by `unzip`, which also checks its sum. Throws std::runtime_error.
[[nodiscard]] std::string Unzipped(const std::string& path, const std::string& entry);

/// The values of the cells of a sheet's XML, row by row; empty cells are left out. Texts stand in the cells.
[[nodiscard]] std::vector<CsvRow> SheetCells(std::string_view xml);

}  // namespace keymeter::query_api
