#include "benchmarks/program/e2e/table.h"

#include <algorithm>

namespace keymeter::e2e {

namespace {

constexpr std::size_t kBetween = 2;  // spaces

std::size_t WidthOf(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

std::string Table::Text() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i)
      widths[i] = std::max(widths[i], WidthOf(row[i]));

  std::string text;
  for (std::size_t line = 0; line < rows_.size(); ++line) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const std::string cell = i < rows_[line].size() ? rows_[line][i] : "";
      const std::string pad(widths[i] - WidthOf(cell), ' ');
      if (i > 0) text.append(kBetween, ' ');
      text += i == 0 ? cell + pad : pad + cell;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
    if (line > 0) continue;
    std::size_t whole = kBetween * (widths.size() - 1);
    for (const std::size_t width : widths) whole += width;
    text += std::string(whole, '-') + '\n';
  }
  return text;
}

}  // namespace keymeter::e2e
