#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <hiredis/read.h>

#include "processor/redis/message_frames.h"
#include "schema/error.h"

namespace keymeter::processor {

/// Takes what a PubSubReader has read. Texts are valid only during the call. Threads: called on the reader's.
class PubSubSink {
 public:
  virtual ~PubSubSink() = default;
  /// A message of the channel with this index in the reader's list.
  virtual void OnMessage(std::size_t channel, std::string_view payload) = 0;
  virtual void OnSubscribed() = 0;                  ///< to one channel of the list
  virtual void OnPong() = 0;                        ///< PING was answered
  virtual void OnStatus() = 0;                      ///< "+OK" to a command before the first SUBSCRIBE
  virtual void OnClientId(std::int64_t id) = 0;     ///< CLIENT ID was answered
  virtual void OnError(std::string_view text) = 0;  ///< a command was refused
};

/// Hands each message of a subscribed connection to a sink, as a view into the bytes that were read.
///
/// Messages are recognized (see MessageFrames). Everything else, and what is cut off by the end of the bytes,
/// is parsed by hiredis' reader with our own reply-object functions, which make no objects.
/// Threads: one. Lifetime: borrows the sink. Bounds: a message costs no allocation. The parser's buffer holds
/// kLentBytes, or a reply that came in pieces, at most kMostReplyBytes.
class PubSubReader {
 public:
  PubSubReader(std::vector<std::string> channels, PubSubSink& sink);

  [[nodiscard]] Status Feed(std::string_view bytes);
  void Reset();  ///< for a new connection

 private:
  enum class Kind : unsigned char { kOther, kMessage, kSubscribe, kPong };
  struct FreeReader {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };
  friend struct ReplyObjects;

  static constexpr std::size_t kLentBytes = std::size_t{4} * 1024;  ///< most that the parser is fed at once

  /// The parser holds no incomplete reply.
  [[nodiscard]] bool IsBetweenReplies() const { return reader_->ridx < 0; }
  void TakeMessages(std::string_view& bytes);
  Status ParseOne(std::string_view& bytes);
  void OnText(const redisReadTask& task, std::string_view text);
  void OnPart(int index, std::string_view text);
  void OnInteger(const redisReadTask& task, std::int64_t value);

  std::vector<std::string> channels_;
  PubSubSink& sink_;
  MessageFrames frames_;
  std::unique_ptr<redisReader, FreeReader> reader_;
  Kind kind_ = Kind::kOther;  ///< of the reply that is being parsed, which may arrive in pieces
  std::size_t channel_ = 0;   ///< likewise
};

}  // namespace keymeter::processor
