#include "processor/redis/reply_reader.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <utility>

namespace keymeter::processor {

/// The reply-object functions: C callbacks that make the parts of a reply in the reader's arena, as long as
/// it is not too large. A null means to hiredis that memory is short, which ends the connection.
struct ReplyParts {
  static constexpr std::size_t kElementBytes = sizeof(Reply) + sizeof(Reply*);  ///< at least

  static void* Text(const redisReadTask* task, char* text, std::size_t length) {
    if (task->type == REDIS_REPLY_STRING && !Owner(task).HasRoom(length)) return TooLong(task);
    Reply* part = New(task, length);
    if (part == nullptr) return nullptr;
    part->str = static_cast<char*>(Owner(task).arena_.allocate(length + 1, 1));
    std::memcpy(part->str, text, length);
    part->str[length] = '\0';
    part->len = length;
    return part;
  }
  /// An array names the number of its elements before they arrive: room for all of them is made at once.
  static void* Array(const redisReadTask* task, int elements) {
    const auto count = static_cast<std::size_t>(elements);
    // Its elements are counted when they come: here it is made sure that there is room for them.
    if (count * kElementBytes > kMostReplyBytes - std::min(Owner(task).counted_, kMostReplyBytes))
      return Refuse(task);
    Reply* part = New(task, count * sizeof(Reply*));
    if (part == nullptr) return nullptr;
    part->element = static_cast<Reply**>(
        Owner(task).arena_.allocate(std::max<std::size_t>(count, 1) * sizeof(Reply*), alignof(Reply*)));
    std::fill_n(part->element, count, nullptr);
    part->elements = count;
    return part;
  }
  static void* Integer(const redisReadTask* task, long long value) {
    Reply* part = New(task, 0);
    if (part != nullptr) part->integer = value;
    return part;
  }
  static void* Nil(const redisReadTask* task) {
    if (std::exchange(Owner(task).is_text_dropped_, false)) return TooLong(task);
    Reply* part = New(task, 0);
    if (part != nullptr) part->type = REDIS_REPLY_NIL;  // the task's type is that of a text or an array
    return part;
  }
  static void Free(void*) {}  // freed with the arena

 private:
  static ReplyReader& Owner(const redisReadTask* task) { return *static_cast<ReplyReader*>(task->privdata); }

  static void* Refuse(const redisReadTask* task) {
    Owner(task).is_too_large_ = true;
    return nullptr;
  }
  static Reply* TooLong(const redisReadTask* task) {
    static std::string text(kTooLongText);
    Reply* part = New(task, 0);
    if (part == nullptr) return nullptr;
    part->type = REDIS_REPLY_ERROR;
    part->str = text.data();
    part->len = text.size();
    return part;
  }
  /// A part, entered among its parent's elements.
  static Reply* New(const redisReadTask* task, std::size_t bytes) {
    ReplyReader& owner = Owner(task);
    if (!owner.Count(sizeof(Reply) + bytes)) return nullptr;
    Reply* part = new (owner.arena_.allocate(sizeof(Reply), alignof(Reply))) Reply{};
    part->type = task->type;
    if (task->parent != nullptr) static_cast<Reply*>(task->parent->obj)->element[task->idx] = part;
    return part;
  }
};

void ReplyReader::Reset() {
  static redisReplyObjectFunctions parts = {&ReplyParts::Text, &ReplyParts::Array, &ReplyParts::Integer,
                                            &ReplyParts::Nil, &ReplyParts::Free};
  reader_.reset(redisReaderCreateWithFunctions(&parts));
  reader_->privdata = this;
  reader_->maxbuf = 0;  // keep the buffer: replies come again and again
  ReserveReaderBuffer(*reader_, reserved_bytes_);
  Release();
  unread_ = {};
  filled_ = 0;
  dropping_ = 0;
  is_text_dropped_ = false;
  is_too_large_ = false;
}

void ReplyReader::Release() {
  arena_.release();
  explicit_bzero(first_bytes_.data(), first_bytes_.size());
  counted_ = 0;
}

void ReplyReader::Feed(std::string_view bytes) {
  unread_ = bytes;
}

/// The bytes of a text that is too long are dropped, and a nil is put into its place.
void ReplyReader::DropLongText() {
  const std::size_t length = AwaitedText(*reader_);
  if (length <= kMostTextBytes && HasRoom(length)) return;
  dropping_ = ReplaceTextByNil(*reader_, length);
  is_text_dropped_ = true;
}

bool ReplyReader::Lend() {
  const std::size_t dropped = std::min(dropping_, unread_.size());
  dropping_ -= dropped;
  unread_.remove_prefix(dropped);
  const std::string_view lent = unread_.substr(0, kLentBytes);
  unread_.remove_prefix(lent.size());
  if (!lent.empty()) redisReaderFeed(reader_.get(), lent.data(), lent.size());
  filled_ = std::max(filled_, reader_->len);
  return !lent.empty();
}

Result<const Reply*> ReplyReader::Next() {
  do {
    void* raw = nullptr;
    const bool is_protocol = redisReaderGetReply(reader_.get(), &raw) == REDIS_OK;
    if (is_too_large_) return Fail(ErrorCode::kCorrupt, "replies of more than {} MB", kMostReplyBytes >> 20U);
    if (!is_protocol) return Fail(ErrorCode::kCorrupt, "not the Redis protocol: {}", reader_->errstr);
    if (raw != nullptr) return static_cast<const Reply*>(raw);
    RETURN_IF_ERROR(CheckUnread(*reader_));
    DropLongText();
  } while (is_text_dropped_ || Lend());
  return nullptr;
}

bool ReplyReader::HasRoom(std::size_t text_length) const {
  if (text_length <= kNumberBytes) return true;  // if there is none, the reply is refused
  const std::size_t room = text_length > kLongTextBytes ? kMostReplyBytes / 2 : kMostReplyBytes / 4 * 3;
  return counted_ + text_length <= room;
}

bool ReplyReader::Count(std::size_t bytes) {
  counted_ += bytes;
  is_too_large_ |= counted_ > kMostReplyBytes;
  return !is_too_large_;
}

}  // namespace keymeter::processor
