#include "query-api/endpoints/csv_answer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "schema/utf8.h"

namespace keymeter::query_api {

namespace {

/// What a spreadsheet begins a formula with, whether the cell is quoted or not. The last four are full-width
/// forms, which some take for the same.
constexpr std::array<std::string_view, 11> kFormulaBegins = {"=",  "+",  "-",  "@",  "\t", "\r",
                                                             "\n", "＝", "＋", "－", "＠"};

bool LooksLikeFormula(std::string_view text) {
  return std::any_of(kFormulaBegins.begin(), kFormulaBegins.end(),
                     [&](std::string_view begin) { return text.starts_with(begin); });
}

void AppendNames(std::string& out, const Json& object, const std::string& prefix) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_object()) {
      AppendNames(out, value, prefix + name + ".");
      continue;
    }
    if (!out.empty()) out.push_back(',');
    AppendCsvText(out, prefix + name);
  }
}

void AppendValues(std::string& out, const Json& object, bool& is_first) {
  for (const auto& value : object) {
    if (value.is_object()) {
      AppendValues(out, value, is_first);
      continue;
    }
    if (!is_first) out.push_back(',');
    is_first = false;
    if (value.is_string()) {
      AppendCsvText(out, value.get_ref<const std::string&>());
    } else if (!value.is_null()) {
      out += value.dump();
    }
  }
}

}  // namespace

void AppendCsvText(std::string& out, std::string_view text) {
  if (!utf8::IsValid(text)) return AppendCsvText(out, utf8::Repaired(text));
  const bool is_formula = LooksLikeFormula(text);
  if (!is_formula && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out.push_back('"');
  if (is_formula) out.push_back('\'');
  for (const char c : text) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
}

Result<bool> WantsCsv(const Params& params) {
  ASSIGN_OR_RETURN(const auto format, params.OneOf("format", {"json", "csv"}));
  return format == "csv";
}

Response CsvResponse(const Json& rows, std::string_view name, Response of_json) {
  Response response;
  response.headers.push_back({"Content-Type", "text/csv; charset=utf-8; header=present"});
  response.headers.push_back(
      {"Content-Disposition", fmt::format("attachment; filename=\"keymeter-{}.csv\"", name)});
  for (Header& header : of_json.headers)
    if (!EqualsIgnoringCase(header.name, "Content-Type")) response.headers.push_back(std::move(header));
  if (!rows.empty()) {
    AppendNames(response.body, rows.front(), "");
    response.body += "\r\n";
  }
  for (const Json& row : rows) {
    bool is_first = true;
    AppendValues(response.body, row, is_first);
    response.body += "\r\n";
  }
  return response;
}

}  // namespace keymeter::query_api
