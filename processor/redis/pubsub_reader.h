#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <hiredis/read.h>

#include "processor/redis/message_frames.h"
#include "schema/error.h"

namespace keymeter::processor {

/// What a subscribed connection says. Texts are valid during the call only.
class PubSubSink {
 public:
  virtual ~PubSubSink() = default;
  virtual void OnMessage(std::size_t channel,
                         std::string_view payload) = 0;  ///< channel: index of the list given
  virtual void OnSubscribed() = 0;                       ///< one channel of the list
  virtual void OnPong() = 0;
  virtual void OnStatus() = 0;                   ///< "+OK" of a command before the first SUBSCRIBE
  virtual void OnClientId(std::int64_t id) = 0;  ///< the number that answers CLIENT ID
  virtual void OnError(std::string_view text) = 0;
};

/// Hands each message of a subscribed connection on while it still stands in what was read. Messages are
/// recognized (see MessageFrames); what else comes, and what is cut off, is parsed by hiredis' reader with
/// our own reply-object functions, which make no objects. A message costs no allocation.
///
/// Threads: one. Lifetime: borrows the sink. Bounds: the parser's buffer, kLentBytes, or a reply cut in
/// pieces: kMostReplyBytes at most.
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

  /// As much as the parser gets at once.
  static constexpr std::size_t kLentBytes = std::size_t{4} * 1024;

  /// The parser has not begun a reply that is not whole yet.
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
  Kind kind_ = Kind::kOther;  ///< of the reply that is being parsed; it may arrive in pieces
  std::size_t channel_ = 0;
};

}  // namespace keymeter::processor
