#pragma once

#include <string>
#include <vector>

namespace keymeter::e2e {

/// Text in columns: the first is left-aligned, the others are right-aligned. Threads: one. Not for combining
/// or wide characters: it counts code points of UTF-8.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) { rows_.push_back(std::move(headings)); }

  /// At most as many cells as there are headings; missing ones are empty.
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  /// Lines that each end with a newline, with a rule below the headings.
  [[nodiscard]] std::string Text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace keymeter::e2e
