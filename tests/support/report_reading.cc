#include "tests/support/report_reading.h"

#include <stdexcept>

#include "tests/support/child_process.h"

namespace keymeter::query_api {

namespace {

/// Takes one cell from the front.
std::string TakeCell(std::string_view& rest) {
  std::string cell;
  if (!rest.starts_with('"')) {
    const std::size_t end = rest.find_first_of(",\r\n\"");
    if (end == std::string_view::npos || rest[end] == '"' || rest[end] == '\n')
      throw std::runtime_error("no cell: " + std::string(rest.substr(0, 80)));
    cell = rest.substr(0, end);
    rest.remove_prefix(end);
    return cell;
  }
  rest.remove_prefix(1);
  for (;;) {
    const std::size_t quote = rest.find('"');
    if (quote == std::string_view::npos) throw std::runtime_error("a quote is open");
    cell += rest.substr(0, quote);
    rest.remove_prefix(quote + 1);
    if (!rest.starts_with('"')) return cell;
    cell.push_back('"');
    rest.remove_prefix(1);
  }
}

std::string Unescaped(std::string text) {
  const std::pair<const char*, const char*> escapes[] = {
      {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&amp;", "&"}};
  for (const auto& [escape, character] : escapes)
    for (std::size_t at = text.find(escape); at != std::string::npos; at = text.find(escape, at + 1))
      text.replace(at, std::string_view(escape).size(), character);
  return text;
}

/// What stands between `begin` and `end`, taken from the front; false when there is no more.
bool TakeBetween(std::string_view& rest, std::string_view begin, std::string_view end,
                 std::string_view& found) {
  const std::size_t first = rest.find(begin);
  if (first == std::string_view::npos) return false;
  const std::size_t last = rest.find(end, first + begin.size());
  if (last == std::string_view::npos) throw std::runtime_error("no " + std::string(end));
  found = rest.substr(first + begin.size(), last - first - begin.size());
  rest.remove_prefix(last + end.size());
  return true;
}

}  // namespace

std::vector<CsvRow> ParseCsv(std::string_view text) {
  std::vector<CsvRow> rows;
  while (!text.empty()) {
    CsvRow& row = rows.emplace_back();
    for (;;) {
      row.push_back(TakeCell(text));
      if (text.starts_with("\r\n")) break;
      if (!text.starts_with(','))
        throw std::runtime_error("no end of a cell: " + std::string(text.substr(0, 80)));
      text.remove_prefix(1);
    }
    text.remove_prefix(2);
  }
  return rows;
}

std::string Unzipped(const std::string& path, const std::string& entry) {
  keymeter::testing::ChildProcess unzip({"unzip", "-p", path, entry});
  if (unzip.Wait() != 0) throw std::runtime_error("unzip: " + unzip.StandardError());
  return unzip.StandardOutput();
}

std::vector<CsvRow> SheetCells(std::string_view xml) {
  std::vector<CsvRow> rows;
  std::string_view row;
  while (TakeBetween(xml, "<row ", "</row>", row)) {
    CsvRow& cells = rows.emplace_back();
    std::string_view cell;
    while (TakeBetween(row, "<c ", "</c>", cell)) {
      std::string_view value;
      std::string_view of_text = cell;
      if (!TakeBetween(cell, "<v>", "</v>", value)) {
        if (!TakeBetween(of_text, "<t", "</t>", value)) throw std::runtime_error("a cell without a value");
        value.remove_prefix(value.find('>') + 1);  // <t xml:space="preserve">
      }
      cells.push_back(Unescaped(std::string(value)));
    }
  }
  return rows;
}

}  // namespace keymeter::query_api
