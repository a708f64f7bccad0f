#include "processor/redis/pubsub_reader.h"

#include <algorithm>
#include <utility>

#include "processor/redis/reader_buffer.h"

namespace keymeter::processor {

/// The reply-object functions: C callbacks that forward. A null would mean to hiredis that memory is short,
/// so one address stands for every object.
struct ReplyObjects {
  static PubSubReader& Owner(const redisReadTask* task) {
    return *static_cast<PubSubReader*>(task->privdata);
  }

  static void* Text(const redisReadTask* task, char* text, std::size_t length) {
    Owner(task).OnText(*task, {text, length});
    return task->privdata;
  }
  static void* Array(const redisReadTask* task, int elements) {
    Owner(task).OnArray(*task, elements);
    return task->privdata;
  }
  static void* Integer(const redisReadTask* task, long long value) {
    Owner(task).OnInteger(*task, value);
    return task->privdata;
  }
  static void* Nil(const redisReadTask* task) {
    Owner(task).OnNil(*task);
    return task->privdata;
  }
  static void Free(void*) {}
};

namespace {

redisReplyObjectFunctions functions = {&ReplyObjects::Text, &ReplyObjects::Array, &ReplyObjects::Integer,
                                       &ReplyObjects::Nil, &ReplyObjects::Free};

}  // namespace

PubSubReader::PubSubReader(std::vector<std::string> channels, PubSubSink& sink)
    : channels_(std::move(channels)), sink_(sink), frames_(channels_) {
  Reset();
}

void PubSubReader::Reset() {
  reader_.reset(redisReaderCreateWithFunctions(&functions));
  reader_->privdata = this;
  reader_->maxbuf = 0;  // keep the buffer
  kind_ = Kind::kNone;
  is_unexpected_ = false;
  is_text_dropped_ = false;
  dropping_ = 0;
}

Status PubSubReader::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    TakeMessages(bytes);
    RETURN_IF_ERROR(ParseOne(bytes));
  }
  return {};
}

void PubSubReader::TakeMessages(std::string_view& bytes) {
  if (!IsBetweenReplies() || dropping_ > 0) return;
  while (true) {
    const MessageFrames::Message message = frames_.First(bytes);
    if (message.size == 0) return;
    sink_.OnMessage(message.channel, message.payload);
    bytes.remove_prefix(message.size);
  }
}

/// Parses what is no message, or is cut off by the end of what was read.
Status PubSubReader::ParseOne(std::string_view& bytes) {
  const std::size_t dropped = std::min(dropping_, bytes.size());
  dropping_ -= dropped;
  bytes.remove_prefix(dropped);
  const std::string_view lent = bytes.substr(0, kLentBytes);
  bytes.remove_prefix(lent.size());
  redisReaderFeed(reader_.get(), lent.data(), lent.size());
  void* reply = nullptr;
  do {
    if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK)
      return Fail(ErrorCode::kCorrupt, "not the Redis protocol: {}", reader_->errstr);
    if (is_unexpected_) return Fail(ErrorCode::kCorrupt, "replies out of step: one that nobody asked for");
    if (reply == nullptr) RETURN_IF_ERROR(CheckUnread(*reader_));
  } while (reply == nullptr && DropLongText(bytes));
  if (reply == nullptr) return {};
  // The parser was fed more than this reply: the rest is given back, for TakeMessages.
  const std::size_t unread = TakeBackUnread(*reader_);
  bytes = {bytes.data() - unread, bytes.size() + unread};
  return {};
}

/// True when a nil was put into the place of a text, whose bytes are dropped as they come.
bool PubSubReader::DropLongText(std::string_view& bytes) {
  const std::size_t length = AwaitedText(*reader_);
  if (length <= kMostTextBytes) return false;
  dropping_ = ReplaceTextByNil(*reader_, length);
  is_text_dropped_ = true;
  const std::size_t dropped = std::min(dropping_, bytes.size());
  dropping_ -= dropped;
  bytes.remove_prefix(dropped);
  return true;
}

void PubSubReader::OnText(const redisReadTask& task, std::string_view text) {
  if (is_unexpected_) return;
  if (task.parent != nullptr) return task.type == REDIS_REPLY_STRING ? OnPart(task.idx, text) : Refuse();
  if (task.type == REDIS_REPLY_ERROR) return sink_.OnError(text);
  task.type == REDIS_REPLY_STATUS&& text == "OK" ? sink_.OnStatus() : Refuse();
}

void PubSubReader::OnArray(const redisReadTask& task, int elements) {
  kind_ = Kind::kNone;
  elements_ = elements;
  if (task.parent != nullptr || (elements != 2 && elements != 3)) Refuse();
}

void PubSubReader::OnPart(int index, std::string_view text) {
  if (index == 0) {
    kind_ = elements_ == 2        ? (text == "pong" ? Kind::kPong : Kind::kNone)
            : text == "message"   ? Kind::kMessage
            : text == "subscribe" ? Kind::kSubscribe
                                  : Kind::kNone;
    return kind_ == Kind::kNone ? Refuse() : void();
  }
  if (kind_ == Kind::kPong) return sink_.OnPong(text);
  if (index == 1) {
    const auto channel = std::find(channels_.begin(), channels_.end(), text);
    channel_ = static_cast<std::size_t>(channel - channels_.begin());
    return channel == channels_.end() ? Refuse() : void();
  }
  kind_ == Kind::kMessage ? sink_.OnMessage(channel_, text) : Refuse();
}

void PubSubReader::OnInteger(const redisReadTask& task, std::int64_t value) {
  if (is_unexpected_) return;
  if (task.parent == nullptr) return sink_.OnClientId(value);
  task.idx == 2 && kind_ == Kind::kSubscribe ? sink_.OnSubscribed(channel_) : Refuse();
}

void PubSubReader::OnNil(const redisReadTask& task) {
  const bool is_dropped = std::exchange(is_text_dropped_, false);
  if (is_unexpected_) return;
  is_dropped&& task.parent != nullptr&& task.idx == 2 && kind_ == Kind::kMessage
      ? sink_.OnLongMessage(channel_)
      : Refuse();
}

}  // namespace keymeter::processor
