#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "schema/clock.h"

namespace keymeter::processor {

/// What of a relay is not read because it is too long, too much or never ends: each logged once, counted, and
/// a reason of health for as long as it lasts.
///
/// Not for what cannot be read for another reason (a wrong type, a right that lacks): see the readers.
/// What belongs to an hour (its counters, their index set) is forgotten when nobody has met it for kForgetMs:
/// by then the relay keeps it no longer, or an audit has met it again. Threads: one. Lifetime: borrows the
/// clock. Bounds: kMostNames names of each kind; more are counted as one.
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
  static constexpr std::int64_t kForgetMs =
      26LL * 3600 * 1000;  ///< longer than from one whole audit to the next

  explicit LeftOut(const Clock& clock) : clock_(clock) {}

  /// `why` and `next` are for the log only.
  void Add(Kind kind, std::string_view name, std::string_view why, std::string_view next);
  void Remove(Kind kind, std::string_view name);
  [[nodiscard]] bool Has(Kind kind, std::string_view name) const;  ///< for tests

  /// To be called from time to time, before count and Text.
  void Forget();
  /// How many things are left out now.
  [[nodiscard]] std::int64_t count() const;
  /// For people, without names: "left out: 2 fields that are too long (see the log)"; empty: nothing is.
  [[nodiscard]] std::string Text() const;

 private:
  static constexpr std::size_t kKinds = 5;
  using Names = std::map<std::string, std::int64_t, std::less<>>;  ///< and when it was last met, monotonic

  const Clock& clock_;
  std::array<Names, kKinds> names_;
};

}  // namespace keymeter::processor
