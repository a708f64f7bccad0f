#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query-api/http/http_types.h"
#include "query-api/http/params.h"

/// Answers as CSV: RFC 4180, a line of names first, UTF-8 without a byte order mark, lines end in CRLF.
namespace keymeter::query_api {

/// Appends a cell's text: quoted where it must be, and with a ' before what a spreadsheet would run as a
/// formula.
void AppendCsvText(std::string& out, std::string_view text);

/// Whether `format=csv` is asked for, and not JSON. Errors are kInvalid.
[[nodiscard]] Result<bool> WantsCsv(const Params& params);

/// The body with the headers of a file; `name` is the file's, without its end.
[[nodiscard]] Response CsvFile(std::string body, std::string_view name);

/// Rows are an array of objects, columns the names of their members; a member of a member has both names,
/// with a dot. A cell is found by its name: a row that lacks a member has an empty cell, and no rows leave
/// the line of names.
[[nodiscard]] Response CsvResponse(const std::vector<std::string_view>& columns, const Json& rows,
                                   std::string_view name);

}  // namespace keymeter::query_api
