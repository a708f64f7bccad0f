#pragma once

#include <cstddef>

#include <hiredis/hiredis.h>

#include "schema/error.h"

/// Replies may hold secrets (an account that is a string comes whole), and a reader keeps its buffer: so what
/// was taken out of it is overwritten.
///
/// Not wiped: what lies in a socket's buffers in the kernel, and in those of OpenSSL.
/// Threads: the reader's.
///
/// And a server may be anybody's: what it announces and does not end is refused before it fills our memory.
namespace keymeter::processor {

/// The most that one reply or message may hold: a thousand times what we ask for, an eighth of what Redis
/// lets a value be.
inline constexpr std::size_t kMostReplyBytes = std::size_t{64} * 1024 * 1024;
/// The most that a line may hold: a length, a number, a state, an error.
inline constexpr std::size_t kMostLineBytes = std::size_t{64} * 1024;

/// Fails when what the reader could not parse yet is more than that.
[[nodiscard]] Status CheckUnread(const redisReader& reader);

/// Empties the reader, which must stand between two replies. Returns how many of the bytes that it was fed
/// last it has not parsed.
std::size_t TakeBackUnread(redisReader& reader);

inline constexpr std::size_t kReservedBytes = std::size_t{512} * 1024;  ///< twice what is read at once

/// Room for what comes at once, so that the buffer does not move and leave a copy of half a reply behind.
void ReserveReaderBuffer(redisReader& reader, std::size_t bytes = kReservedBytes);

/// Overwrites all but the reply that is not whole yet. `end`: how far the buffer was ever filled since the
/// last call.
void WipeTakenReplies(redisReader& reader, std::size_t end);

/// Overwrites everything: before the reader is freed.
void WipeReader(redisReader& reader);

}  // namespace keymeter::processor
