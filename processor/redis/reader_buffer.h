#pragma once

#include <cstddef>

#include <hiredis/hiredis.h>

#include "schema/error.h"

/// What hiredis' reader needs beyond itself: its buffer is wiped, and bounded.
///
/// Wiped, because replies may hold secrets (an account that is stored as a string comes whole) and a reader
/// keeps its buffer. Not wiped: the buffers of the kernel's socket and of OpenSSL. Bounded, because a reply
/// that is announced and never ends must be refused before it fills our memory: we may be connected to any
/// server.
/// Threads: the reader's.
namespace keymeter::processor {

/// The most that the replies of a batch, or one message, may hold: a thousand times what we ask for.
inline constexpr std::size_t kMostReplyBytes = std::size_t{64} * 1024 * 1024;
/// The most that one line may hold: a length, a number, a status, an error.
inline constexpr std::size_t kMostLineBytes = std::size_t{64} * 1024;

/// The most that one text may hold, to be kept: a hundred times the longest that we ask for (INFO).
inline constexpr std::size_t kMostTextBytes = std::size_t{1024} * 1024;
/// Longer texts get half of the room of all replies, and all that are longer than a number or a nonce get
/// three quarters, so that many of them leave room for the others.
inline constexpr std::size_t kLongTextBytes = std::size_t{16} * 1024;
inline constexpr std::size_t kNumberBytes = 64;

/// How long the text is whose length has come, and which itself has not come whole; 0: there is none such.
[[nodiscard]] std::size_t AwaitedText(const redisReader& reader);

/// Puts a nil into the place of the text that AwaitedText has told of. Returns how many of its bytes are
/// still to come, and are to be kept from the reader.
[[nodiscard]] std::size_t ReplaceTextByNil(redisReader& reader, std::size_t length);

/// Fails when the reader's unparsed bytes exceed one of these.
[[nodiscard]] Status CheckUnread(const redisReader& reader);

/// Empties the reader, which must be between two replies. Returns how many of the bytes that it was fed last
/// it has not parsed.
std::size_t TakeBackUnread(redisReader& reader);

inline constexpr std::size_t kReservedBytes = std::size_t{512} * 1024;  ///< far more than is read at once

/// Reserves the buffer, so that it does not grow by moving and leave an unwiped copy of half a reply behind.
void ReserveReaderBuffer(redisReader& reader, std::size_t bytes = kReservedBytes);

/// Overwrites everything but the reply that is incomplete. `end`: how far the buffer has been filled since
/// the last call, at most.
void WipeTakenReplies(redisReader& reader, std::size_t end);

/// Overwrites everything: before the reader is freed.
void WipeReader(redisReader& reader);

}  // namespace keymeter::processor
