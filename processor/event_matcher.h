#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schema/profile.h"

namespace keymeter::processor {

/// Says what a key is by the profile: a metered counter, an entity, a group, or none of our business.
///
/// Threads: loop thread. Lifetime: borrows the profile.
/// Bounds: no allocation; nine of ten keys of a relay are dropped after a look at their last few bytes.
class EventMatcher {
 public:
  enum class What : std::uint8_t { kNothing, kCounter, kEntity, kGroup };

  struct Match {
    What what = What::kNothing;
    std::size_t spec = 0;  ///< index into the profile's counters or entities
    KeyParts parts;        ///< views into the key
  };

  explicit EventMatcher(const Profile& profile) : profile_(profile) {}

  [[nodiscard]] Match Find(std::string_view key) const;

  /// Hours since 1970 of a counter's {date} and {hour}, read as if they were UTC; nothing when they are no
  /// time. Remembers the last one: nearly every event names the same hour.
  [[nodiscard]] std::optional<std::int64_t> NaiveHour(const KeyParts& parts);

 private:
  const Profile& profile_;
  std::string last_hour_text_;
  std::int64_t last_hour_ = 0;
};

}  // namespace keymeter::processor
