#pragma once

#include <cstddef>

#include <hiredis/hiredis.h>

/// Replies may hold secrets (an account that is a string comes whole), and a reader keeps its buffer: so what
/// was taken out of it is overwritten.
///
/// Not wiped: what lies in a socket's buffers in the kernel, and in those of OpenSSL.
/// Threads: the reader's.
namespace keymeter::processor {

/// Room for what comes at once, so that the buffer does not move and leave a copy of half a reply behind.
void ReserveReaderBuffer(redisReader& reader);

/// Overwrites all but the reply that is not whole yet. `end`: how far the buffer was ever filled since the
/// last call.
void WipeTakenReplies(redisReader& reader, std::size_t end);

/// Overwrites everything: before the reader is freed.
void WipeReader(redisReader& reader);

}  // namespace keymeter::processor
