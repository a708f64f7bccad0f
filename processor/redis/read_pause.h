#pragma once

#include <cstddef>
#include <cstdint>

namespace keymeter::processor {

/// How long what comes next may stay in the socket. Redis sends what one turn of its loop announced, often a
/// handful of events: to be woken for each of them costs more than to read them.
///
/// A rest does not blur minutes: around a minute's edge there is none, so an event counts as arrived when it
/// arrived. It costs the others up to kRestMs of precision, far less than the tick that they wait for.
/// Threads: any. Bounds: constant.
struct ReadPause {
  static constexpr std::int64_t kRestMs = 20;
  /// After so many bytes at once more is on its way than sockets hold by the end of a rest.
  static constexpr std::size_t kMuchBytes = std::size_t{96} * 1024;

  std::size_t bytes = 0;     ///< that were read
  std::size_t messages = 0;  ///< among them
  bool is_awaited = false;   ///< somebody waits for what comes next

  [[nodiscard]] std::int64_t Ms(std::int64_t wall_ms) const;
};

}  // namespace keymeter::processor
