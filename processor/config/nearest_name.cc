#include "processor/config/nearest_name.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace keymeter::processor {

namespace {

constexpr std::size_t kLongestName = 64;  ///< what is longer is no slip of the fingers

/// Levenshtein: letters to insert, remove or replace.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string NearestName(std::string_view typed, const std::vector<std::string>& known) {
  if (typed.size() > kLongestName) return "";
  std::string nearest;
  std::size_t least = typed.size() / 3 + 1;  // a third of the letters may be wrong
  for (const std::string& name : known) {
    const std::size_t distance = Distance(typed, name);
    if (distance > least || (distance == least && !nearest.empty())) continue;
    least = distance;
    nearest = name;
  }
  return nearest;
}

std::string Suggestion(std::string_view typed, const std::vector<std::string>& known) {
  const std::string nearest = NearestName(typed, known);
  return nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest);
}

}  // namespace keymeter::processor
