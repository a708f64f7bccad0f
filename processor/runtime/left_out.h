#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace keymeter::processor {

/// What of a relay is not read because it is too long, too much or never ends: each logged once, counted, and
/// a reason of health for as long as it lasts.
///
/// Not for what cannot be read for another reason (a wrong type, a right that lacks): see the readers.
/// Threads: one. Bounds: kMostNames names of each kind; more are counted as one.
class LeftOut {
 public:
  enum class Kind : std::uint8_t {
    kField,    ///< of an entity: too long
    kEntity,   ///< more than are kept
    kMember,   ///< of a group, or of an index set: its name is too long, or there are more than are kept
    kListing,  ///< it does not end
    kCounter,  ///< one of its values is too long
  };
  static constexpr std::size_t kMostNames = 1000;

  /// `why` and `next` are for the log only.
  void Add(Kind kind, std::string_view name, std::string_view why, std::string_view next);
  void Remove(Kind kind, std::string_view name);
  [[nodiscard]] bool Has(Kind kind, std::string_view name) const;

  /// How many things are left out now.
  [[nodiscard]] std::int64_t count() const;
  /// For people, without names: "left out: 2 fields that are too long (see the log)"; empty: nothing is.
  [[nodiscard]] std::string Text() const;

 private:
  static constexpr std::size_t kKinds = 5;
  using Names = std::set<std::string, std::less<>>;

  std::array<Names, kKinds> names_;
};

}  // namespace keymeter::processor
