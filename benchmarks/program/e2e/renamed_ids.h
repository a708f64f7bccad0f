#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

namespace keymeter::e2e {

/// UUIDs of a recorded relay, and the ids that they have in a copy of it. Copy 0 is the original.
///
/// Threads: one. Bounds: copies 0 to 4095.
class RenamedIds {
 public:
  /// Throws std::runtime_error for an id that is no UUID: its copies would all have the same name.
  void Add(const std::string& id);

  /// The id in that copy: of the same length, its first three digits are the copy's number.
  [[nodiscard]] static std::string InCopy(std::string_view id, unsigned copy);
  /// A text with each of the ids in it renamed; its length stays.
  [[nodiscard]] std::string TextInCopy(std::string_view text, unsigned copy) const;

 private:
  std::unordered_set<std::string> ids_;
};

}  // namespace keymeter::e2e
