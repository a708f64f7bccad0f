#include "processor/redis/pubsub_reader.h"

#include <algorithm>

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
  static void* Array(const redisReadTask* task, int) { return task->privdata; }
  static void* Integer(const redisReadTask* task, long long value) {
    Owner(task).OnInteger(*task, value);
    return task->privdata;
  }
  static void* Nil(const redisReadTask* task) { return task->privdata; }
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
  kind_ = Kind::kOther;
}

Status PubSubReader::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    TakeMessages(bytes);
    RETURN_IF_ERROR(ParseOne(bytes));
  }
  return {};
}

void PubSubReader::TakeMessages(std::string_view& bytes) {
  if (!IsBetweenReplies()) return;
  while (true) {
    const MessageFrames::Message message = frames_.First(bytes);
    if (message.size == 0) return;
    sink_.OnMessage(message.channel, message.payload);
    bytes.remove_prefix(message.size);
  }
}

/// Parses what is no message, or is cut off by the end of what was read.
Status PubSubReader::ParseOne(std::string_view& bytes) {
  const std::string_view lent = bytes.substr(0, kLentBytes);
  bytes.remove_prefix(lent.size());
  redisReaderFeed(reader_.get(), lent.data(), lent.size());
  void* reply = nullptr;
  if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK)
    return Fail(ErrorCode::kCorrupt, "not the Redis protocol: {}", reader_->errstr);
  if (reply == nullptr) return CheckUnread(*reader_);
  // The parser was fed more than this reply: the rest is given back, for TakeMessages.
  const std::size_t unread = TakeBackUnread(*reader_);
  bytes = {bytes.data() - unread, bytes.size() + unread};
  return {};
}

void PubSubReader::OnText(const redisReadTask& task, std::string_view text) {
  if (task.type == REDIS_REPLY_ERROR) return sink_.OnError(text);
  if (task.parent != nullptr) return OnPart(task.idx, text);
  text == "PONG" ? sink_.OnPong() : sink_.OnStatus();
}

void PubSubReader::OnPart(int index, std::string_view text) {
  if (index == 0) {
    kind_ = text == "message"     ? Kind::kMessage
            : text == "subscribe" ? Kind::kSubscribe
            : text == "pong"      ? Kind::kPong
                                  : Kind::kOther;
    channel_ = channels_.size();
    return;
  }
  if (index == 1 && kind_ == Kind::kPong) return sink_.OnPong();
  if (index == 1)
    channel_ =
        static_cast<std::size_t>(std::find(channels_.begin(), channels_.end(), text) - channels_.begin());
  if (index == 2 && kind_ == Kind::kMessage && channel_ < channels_.size()) sink_.OnMessage(channel_, text);
}

void PubSubReader::OnInteger(const redisReadTask& task, std::int64_t value) {
  if (task.parent == nullptr) return sink_.OnClientId(value);
  if (task.idx == 2 && kind_ == Kind::kSubscribe) sink_.OnSubscribed();
}

}  // namespace keymeter::processor
