#pragma once

#include <string>
#include <vector>

namespace keymeter::e2e {

/// Text in columns: the first to the left, the others to the right. UTF-8, a column a code point (no
/// combining or wide characters).
class Table {
 public:
  explicit Table(std::vector<std::string> headings) { rows_.push_back(std::move(headings)); }

  /// As many cells as there are headings, or fewer: the rest is empty.
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  /// Lines, each ended; a rule under the headings.
  [[nodiscard]] std::string Text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace keymeter::e2e
