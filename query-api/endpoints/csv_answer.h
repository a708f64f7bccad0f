#pragma once

#include <string>
#include <string_view>

#include "query-api/http/http_types.h"
#include "query-api/http/params.h"

/// Answers as CSV: RFC 4180, a line of names first, UTF-8 without a byte order mark, lines end in CRLF.
namespace keymeter::query_api {

/// Appends a cell's text: quoted where it must be, and with a ' before what a spreadsheet would run as a
/// formula.
void AppendCsvText(std::string& out, std::string_view text);

/// Whether `format=csv` is asked for, and not JSON. Errors are kInvalid.
[[nodiscard]] Result<bool> WantsCsv(const Params& params);

/// Rows are an array of objects with the same members; a member of a member has both names, with a dot.
/// Headers that are about the rows stay. `name` is the file's, without its end.
[[nodiscard]] Response CsvResponse(const Json& rows, std::string_view name, Response of_json = {});

}  // namespace keymeter::query_api
