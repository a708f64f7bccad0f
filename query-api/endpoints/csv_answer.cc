#include "query-api/endpoints/csv_answer.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/ranges.h>

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

/// The member of that name, or null; "cost.input" is a member of a member.
const Json& MemberOf(const Json& object, std::string_view name) {
  static const Json nothing;
  const std::size_t dot = name.find('.');
  const auto found = object.find(name.substr(0, dot));
  if (found == object.end()) return nothing;
  return dot == std::string_view::npos ? *found : MemberOf(*found, name.substr(dot + 1));
}

void AppendCell(std::string& out, const Json& value) {
  if (value.is_string()) {
    AppendCsvText(out, value.get_ref<const std::string&>());
  } else if (!value.is_null()) {
    out += value.dump();
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

Response CsvFile(std::string body, std::string_view name) {
  Response response = TextResponse(std::move(body), "text/csv; charset=utf-8; header=present");
  response.headers.push_back(
      {"Content-Disposition", fmt::format("attachment; filename=\"keymeter-{}.csv\"", name)});
  return response;
}

Response CsvResponse(const std::vector<std::string_view>& columns, const Json& rows, std::string_view name) {
  std::string body = fmt::format("{}\r\n", fmt::join(columns, ","));
  for (const Json& row : rows) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) body.push_back(',');
      AppendCell(body, MemberOf(row, columns[i]));
    }
    body += "\r\n";
  }
  return CsvFile(std::move(body), name);
}

}  // namespace keymeter::query_api
