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

/// Says what a key is by the profile: a metered counter, an entity, a group, or nothing that concerns us.
///
/// Called for every event, and nine of ten events of a relay do not concern us. So before a pattern is tried,
/// two numbers are compared: the last eight bytes of its prefix, and its last fixed byte.
/// Threads: loop thread. Lifetime: borrows the plan. Bounds: no allocation; tries only the patterns that
/// begin with the key's first byte.
class EventMatcher {
 public:
  enum class What : std::uint8_t {
    kNothing,
    kCounter,
    kEntity,
    kGroup,
    kAmbiguous,  ///< a counter's key with a name that cannot be told from an empty one
  };

  struct Match {
    What what = What::kNothing;
    std::size_t spec = 0;  ///< index into the plan's counters, or the profile's entities
    KeyParts parts;        ///< views into the key
  };

  /// Knows the counters that the plan watches at this moment, and every entity.
  explicit EventMatcher(const MeteringPlan& plan);

  [[nodiscard]] Match Find(std::string_view key) const;

  /// Hours since 1970 of a counter's {date} and {hour}, read as if they were UTC; empty when they are no
  /// time. Remembers the last hour: nearly every event names the same one.
  [[nodiscard]] std::optional<std::int64_t> NaiveHour(const KeyParts& parts);

 private:
  struct Candidate {
    std::size_t word_at;  ///< offset of the last eight bytes of its prefix
    std::uint64_t word;   ///< those bytes as a number; 0 where the prefix is shorter
    std::uint64_t mask;   ///< the bits of `word` that count
    KeyPattern::ByteFromEnd tail;
    What what;
    std::size_t spec;
    const KeyPattern* pattern;
    const std::vector<std::string>* exclude;  ///< texts in the place of an id that are none
  };

  [[nodiscard]] static bool MayBe(const Candidate& candidate, std::string_view key) {
    std::uint64_t word = 0;
    if (key.size() < candidate.word_at + sizeof word) return true;  // too short for this test
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
