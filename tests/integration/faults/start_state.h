#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/integration/faults/relay_writer.h"

namespace keymeter::testing {

/// What a schedule begins with. The names are those of KEYMETER_TEST_START.
enum class StartState : std::uint8_t {
  kUsual,          ///< "usual": the UTC offset is said
  kWrongOffset,    ///< "a wrong offset": it was inferred from times to live that mislead
  kUnknownOffset,  ///< "an unknown offset": nothing shows it, and the program waits
};
/// Throws when there is none of this name.
[[nodiscard]] StartState StartStateNamed(std::string_view name);

/// One series in one past hour.
struct PastUsage {
  UsageId series;
  Amounts amounts;
  std::int64_t at_ms;
};

/// Before anybody meters, and before all other traffic: hours of up to thirty hours ago, whose times to live
/// all show the same wrong offset (returned, in seconds), as if each was written some hours later, or
/// earlier, than it names.
std::int64_t WriteMisleadingPast(RedisClient& redis, std::int64_t now_ms, relay_load::Random& random,
                                 std::vector<PastUsage>& past);
/// Likewise one counter alone, which shows none.
void WriteSilentPast(RedisClient& redis, std::int64_t now_ms, relay_load::Random& random,
                     std::vector<PastUsage>& past);

}  // namespace keymeter::testing
