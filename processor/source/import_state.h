#pragma once

#include <cstdint>
#include <string>

namespace keymeter::processor {

/// How much an import, or the return from an absence, has read so far.
struct ImportState {
  std::int64_t counters = 0;  ///< found so far
  std::int64_t read = 0;
  bool is_listed = false;  ///< all counters have been found
  std::int64_t elapsed_ms = 0;
};

/// Seconds until all is read, estimated from the pace so far; -1: too early to say.
[[nodiscard]] std::int64_t SecondsLeft(const ImportState& state);

/// "importing  [#########-----------]  45 %  12,345 of 27,000 counters, 3 s left"
[[nodiscard]] std::string ImportBar(const ImportState& state);

}  // namespace keymeter::processor
