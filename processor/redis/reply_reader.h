#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <string_view>
#include <utility>

#include <hiredis/hiredis.h>

#include "processor/redis/reader_buffer.h"
#include "processor/redis/redis_errors.h"
#include "processor/redis/wiping_memory.h"
#include "schema/error.h"

namespace keymeter::processor {

/// A reply of Redis, valid until its reader's Release.
using Reply = redisReply;

[[nodiscard]] inline std::string_view TextOf(const Reply& reply) {
  return {reply.str, static_cast<std::size_t>(reply.len)};
}
[[nodiscard]] inline bool IsError(const Reply& reply) {
  return reply.type == REDIS_REPLY_ERROR;
}

/// Whether this stands in the place of a text that was too long to be kept. Its bytes were dropped as they
/// came.
[[nodiscard]] inline bool IsTooLong(const Reply& reply) {
  return IsError(reply) && TextOf(reply) == kTooLongText;
}

/// Turns the bytes of a connection on which commands were sent into replies.
///
/// It is hiredis' reader with bounds and its own memory: by itself hiredis allocates whatever length a server
/// names, and one piece for each value. Here all parts of all replies stand in one arena until they are
/// released together.
/// Threads: one. Bounds: kMostReplyBytes from Release to Release, texts and elements together; of a text more
/// than kMostTextBytes long, or for which no room is left, an error is kept instead (IsTooLong); arrays are
/// nested at most seven deep. No allocation for replies of up to kArenaBytes, and few for more.
/// Secrets: WipeTaken overwrites the reader's buffer, Release the arena.
class ReplyReader {
 public:
  explicit ReplyReader(std::size_t reserved_bytes = kReservedBytes) : reserved_bytes_(reserved_bytes) {
    Reset();
  }
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  void Reset();                       ///< for a new connection
  void Feed(std::string_view bytes);  ///< which must stay in place until Next returns null

  /// The next complete reply, which stays until Release; null: there is none yet. After an error only Reset
  /// helps.
  [[nodiscard]] Result<const Reply*> Next();
  /// Overwrites the bytes of all replies that Next has returned. To be called before the next Feed.
  void WipeTaken() { WipeTakenReplies(*reader_, std::exchange(filled_, 0)); }
  /// Overwrites and frees all replies that Next has returned, and what it has made of the next one: to be
  /// called between two replies, or before Reset.
  void Release();

 private:
  /// hiredis moves its unparsed bytes to the front again and again: so it is fed a little at a time.
  static constexpr std::size_t kLentBytes = std::size_t{4} * 1024;
  static constexpr std::size_t kArenaBytes = std::size_t{16} * 1024;

  struct FreeReader {
    void operator()(redisReader* reader) const {
      WipeReader(*reader);
      redisReaderFree(reader);
    }
  };
  friend struct ReplyParts;

  [[nodiscard]] bool Count(std::size_t bytes);
  [[nodiscard]] bool HasRoom(std::size_t text_length) const;
  bool Lend();
  void DropLongText();

  const std::size_t reserved_bytes_;
  std::unique_ptr<redisReader, FreeReader> reader_;
  std::array<std::byte, kArenaBytes> first_bytes_;
  WipingMemory more_bytes_;
  std::pmr::monotonic_buffer_resource arena_{first_bytes_.data(), first_bytes_.size(), &more_bytes_};
  std::string_view unread_;       ///< what of the fed bytes hiredis has not got yet
  std::size_t filled_ = 0;        ///< how far the reader's buffer has been filled since the last WipeTaken
  std::size_t counted_ = 0;       ///< bytes of the replies that are held, and of the one under way
  std::size_t dropping_ = 0;      ///< bytes still to come of a text that is too long
  bool is_text_dropped_ = false;  ///< the nil that comes next stands for it
  bool is_too_large_ = false;
};

}  // namespace keymeter::processor
