#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/metering/metering_plan.h"
#include "schema/profile.h"

namespace keymeter::processor {

/// Says what a key is by the profile: a metered counter, an entity, a group, or none of our business.
///
/// Threads: loop thread. Lifetime: borrows the plan.
/// Bounds: no allocation; of the patterns that begin with the key's first byte only those are tried that have
/// the same eight bytes at the end of their prefix, and the same last fixed byte: two comparisons of numbers,
/// after which nine of ten keys of a relay are known to be none of ours.
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
    std::size_t word_at;  ///< where the last eight bytes of its prefix stand
    std::uint64_t word;   ///< they, as a number, where the mask is set
    std::uint64_t mask;
    KeyPattern::ByteFromEnd tail;
    What what;
    std::size_t spec;
    const KeyPattern* pattern;
    const std::vector<std::string>* exclude;  ///< ids that are no ids
  };

  [[nodiscard]] static bool MayBe(const Candidate& candidate, std::string_view key) {
    std::uint64_t word = 0;
    if (key.size() < candidate.word_at + sizeof word) return true;  // too short to tell so
    std::memcpy(&word, key.data() + candidate.word_at, sizeof word);
    if ((word & candidate.mask) != candidate.word) return false;
    const KeyPattern::ByteFromEnd& tail = candidate.tail;
    return tail.place <= key.size() && (tail.place == 0 || key[key.size() - tail.place] == tail.value);
  }
  void Add(What what, std::size_t spec, const KeyPattern& pattern, const std::vector<std::string>& exclude);

  std::array<std::vector<Candidate>, 256> by_first_byte_;
  std::string last_hour_text_;
  std::int64_t last_hour_ = 0;
};

}  // namespace keymeter::processor
