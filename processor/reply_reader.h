#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <hiredis/hiredis.h>

#include "processor/reader_buffer.h"
#include "schema/error.h"

namespace keymeter::processor {

/// A reply of Redis, valid as long as its owner keeps it.
using Reply = redisReply;

[[nodiscard]] inline std::string_view TextOf(const Reply& reply) {
  return {reply.str, static_cast<std::size_t>(reply.len)};
}
[[nodiscard]] inline bool IsError(const Reply& reply) {
  return reply.type == REDIS_REPLY_ERROR;
}

struct FreeReply {
  void operator()(Reply* reply) const { freeReplyObject(reply); }
};
using ReplyPtr = std::unique_ptr<Reply, FreeReply>;

/// The bytes of a connection that commands were sent on, as replies: hiredis' reader, which by itself
/// believes whatever length a server names.
///
/// Threads: one. Bounds: kMostReplyBytes for the reply under way, its text and its elements together, and as
/// much for what of it is not parsed yet; arrays are nested seven deep at most. What was received is wiped.
class ReplyReader {
 public:
  explicit ReplyReader(std::size_t reserved_bytes = kReservedBytes) : reserved_bytes_(reserved_bytes) {
    Reset();
  }
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  void Reset();  ///< for a new connection
  void Feed(std::string_view bytes);

  /// The next whole reply; null: there is none yet. After an error only Reset helps.
  [[nodiscard]] Result<ReplyPtr> Next();
  /// Overwrites what Next has handed out so far; before the next Feed.
  void WipeTaken() { WipeTakenReplies(*reader_, filled_); }

 private:
  struct FreeReader {
    void operator()(redisReader* reader) const {
      WipeReader(*reader);
      redisReaderFree(reader);
    }
  };
  friend struct CountedReplyObjects;

  [[nodiscard]] bool Count(std::size_t bytes);

  const std::size_t reserved_bytes_;
  std::unique_ptr<redisReader, FreeReader> reader_;
  std::size_t filled_ = 0;   ///< of the reader's buffer, since the last WipeTaken
  std::size_t counted_ = 0;  ///< bytes of the reply under way
  bool is_too_large_ = false;
};

}  // namespace keymeter::processor
