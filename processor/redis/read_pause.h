#pragma once

#include <cstddef>
#include <cstdint>

namespace keymeter::processor {

/// Decides how long events may wait in the socket before the next read. Redis sends events in many small
/// pieces, a handful each: to be woken for each piece costs more than to read it.
///
/// A pause does not put events into the wrong minute: around a minute's edge there is none. Elsewhere an
/// event may seem to arrive up to kRestMs late, far less than the tick that its reading waits for.
/// Threads: any; a plain value.
struct ReadPause {
  static constexpr std::int64_t kRestMs = 20;
  /// When so many bytes came at once, a socket would be full before the pause ends.
  static constexpr std::size_t kMuchBytes = std::size_t{96} * 1024;

  std::size_t bytes = 0;     ///< read since the last pause
  std::size_t messages = 0;  ///< among them
  bool is_awaited = false;   ///< a fence waits for what comes next

  /// The pause to make now, milliseconds; 0: none.
  [[nodiscard]] std::int64_t Ms(std::int64_t wall_ms) const;
};

}  // namespace keymeter::processor
