#include "processor/reply_reader.h"

namespace keymeter::processor {

namespace {

/// hiredis keeps its own functions to itself, but every reader of its own has them.
const redisReplyObjectFunctions& Plain() {
  static const redisReplyObjectFunctions plain = [] {
    redisReader* reader = redisReaderCreate();
    const redisReplyObjectFunctions copy = *reader->fn;
    redisReaderFree(reader);
    return copy;
  }();
  return plain;
}

constexpr std::size_t kElementBytes = sizeof(Reply) + sizeof(Reply*);

}  // namespace

/// The reply-object functions: those of hiredis, which are asked only while there is room. To hiredis a null
/// is a want of memory, and the end of the connection.
struct CountedReplyObjects {
  static bool HasRoom(const redisReadTask* task, std::size_t bytes) {
    return static_cast<ReplyReader*>(task->privdata)->Count(bytes);
  }

  static void* Text(const redisReadTask* task, char* text, std::size_t length) {
    return HasRoom(task, length) ? Plain().createString(task, text, length) : nullptr;
  }
  /// An array's elements are counted before they are there: hiredis makes room for all of them at once.
  static void* Array(const redisReadTask* task, int elements) {
    const std::size_t bytes = static_cast<std::size_t>(elements) * kElementBytes;
    return HasRoom(task, bytes) ? Plain().createArray(task, elements) : nullptr;
  }
};

void ReplyReader::Reset() {
  static redisReplyObjectFunctions counted = {&CountedReplyObjects::Text, &CountedReplyObjects::Array,
                                              Plain().createInteger, Plain().createNil, Plain().freeObject};
  reader_.reset(redisReaderCreateWithFunctions(&counted));
  reader_->privdata = this;
  reader_->maxbuf = 0;  // keep the buffer: readings come again and again
  ReserveReaderBuffer(*reader_, reserved_bytes_);
  filled_ = 0;
  counted_ = 0;
  is_too_large_ = false;
}

void ReplyReader::Feed(std::string_view bytes) {
  redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
  filled_ = reader_->len;
}

Result<ReplyPtr> ReplyReader::Next() {
  void* raw = nullptr;
  const bool is_protocol = redisReaderGetReply(reader_.get(), &raw) == REDIS_OK;
  if (is_too_large_) return Fail(ErrorCode::kCorrupt, "a reply of more than {} MB", kMostReplyBytes >> 20U);
  if (!is_protocol) return Fail(ErrorCode::kCorrupt, "not the Redis protocol: {}", reader_->errstr);
  if (raw != nullptr) {
    counted_ = 0;
    return ReplyPtr(static_cast<Reply*>(raw));
  }
  if (auto sound = CheckUnread(*reader_); !sound) return Fail(sound.error());
  return ReplyPtr();
}

bool ReplyReader::Count(std::size_t bytes) {
  counted_ += bytes;
  is_too_large_ = counted_ > kMostReplyBytes;
  return !is_too_large_;
}

}  // namespace keymeter::processor
