#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/metering_plan.h"
#include "schema/profile.h"

namespace keymeter::processor {

/// Says what a key is by the profile: a metered counter, an entity, a group, or none of our business.
///
/// Threads: loop thread. Lifetime: borrows the plan.
/// Bounds: no allocation; of the patterns that begin with the key's first byte only those are tried whose
/// first eight bytes and last fixed byte the key has: two comparisons of numbers, after which nine of ten
/// keys of a relay are known to be none of ours.
class EventMatcher {
 public:
  enum class What : std::uint8_t { kNothing, kCounter, kEntity, kGroup };

  struct Match {
    What what = What::kNothing;
    std::size_t spec = 0;  ///< index into the plan's counters, or the profile's entities
    KeyParts parts;        ///< views into the key
  };

  /// Watches the counters that the plan watches now, and every entity.
  explicit EventMatcher(const MeteringPlan& plan);

  [[nodiscard]] Match Find(std::string_view key) const;

  /// Hours since 1970 of a counter's {date} and {hour}, read as if they were UTC; nothing when they are no
  /// time. Remembers the last one: nearly every event names the same hour.
  [[nodiscard]] std::optional<std::int64_t> NaiveHour(const KeyParts& parts);

 private:
  struct Candidate {
    std::uint64_t head;  ///< the first bytes of such a key, as a number, where the mask is set
    std::uint64_t head_mask;
    KeyPattern::ByteFromEnd tail;
    What what;
    std::size_t spec;
    const KeyPattern* pattern;
    const std::vector<std::string>* exclude;  ///< ids that are no ids
  };

  static std::uint64_t HeadOf(std::string_view key);
  [[nodiscard]] static bool MayBe(const Candidate& candidate, std::uint64_t head, std::string_view key) {
    if ((head & candidate.head_mask) != candidate.head) return false;
    const KeyPattern::ByteFromEnd& tail = candidate.tail;
    return tail.place <= key.size() && (tail.place == 0 || key[key.size() - tail.place] == tail.value);
  }
  void Add(What what, std::size_t spec, const KeyPattern& pattern, const std::vector<std::string>& exclude);

  std::array<std::vector<Candidate>, 256> by_first_byte_;
  std::string last_hour_text_;
  std::int64_t last_hour_ = 0;
};

}  // namespace keymeter::processor
