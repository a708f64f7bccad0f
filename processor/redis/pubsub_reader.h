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
  /// A message of that channel whose payload is too long to be kept.
  virtual void OnLongMessage(std::size_t channel) = 0;
  virtual void OnSubscribed(std::size_t channel) = 0;  ///< to the channel with this index
  virtual void OnPong(std::string_view text) = 0;      ///< PING was answered with what it had said
  virtual void OnStatus() = 0;                         ///< "+OK" to a command before the first SUBSCRIBE
  virtual void OnClientId(std::int64_t id) = 0;        ///< CLIENT ID was answered
  virtual void OnError(std::string_view text) = 0;     ///< a command was refused
};

/// Hands each message of a subscribed connection to a sink, as a view into the bytes that were read.
///
/// Messages are recognized (see MessageFrames). Everything else, and what is cut off by the end of the bytes,
/// is parsed by hiredis' reader with our own reply-object functions, which make no objects. What is none of
/// the replies that the sink can take fails; whether one was awaited, the sink must know.
/// Threads: one. Lifetime: borrows the sink. Bounds: a message costs no allocation. The parser's buffer holds
/// kLentBytes, or a reply that came in pieces; of a payload of more than kMostTextBytes nothing is kept.
class PubSubReader {
 public:
  PubSubReader(std::vector<std::string> channels, PubSubSink& sink);

  [[nodiscard]] Status Feed(std::string_view bytes);
  void Reset();  ///< for a new connection

 private:
  enum class Kind : unsigned char { kNone, kMessage, kSubscribe, kPong };
  struct FreeReader {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };
  friend struct ReplyObjects;

  static constexpr std::size_t kLentBytes = std::size_t{4} * 1024;  ///< most that the parser is fed at once

  /// The parser holds no incomplete reply.
  [[nodiscard]] bool IsBetweenReplies() const { return reader_->ridx < 0; }
  void TakeMessages(std::string_view& bytes);
  Status ParseOne(std::string_view& bytes);
  [[nodiscard]] bool DropLongText(std::string_view& bytes);
  void OnText(const redisReadTask& task, std::string_view text);
  void OnPart(int index, std::string_view text);
  void OnArray(const redisReadTask& task, int elements);
  void OnInteger(const redisReadTask& task, std::int64_t value);
  void OnNil(const redisReadTask& task);
  void Refuse() { is_unexpected_ = true; }

  std::vector<std::string> channels_;
  PubSubSink& sink_;
  MessageFrames frames_;
  std::unique_ptr<redisReader, FreeReader> reader_;
  Kind kind_ = Kind::kNone;       ///< of the reply that is being parsed, which may arrive in pieces
  int elements_ = 0;              ///< likewise
  std::size_t channel_ = 0;       ///< likewise
  bool is_unexpected_ = false;    ///< it is none of those that we know
  bool is_text_dropped_ = false;  ///< the nil that comes next stands for a text that is too long
  std::size_t dropping_ = 0;      ///< bytes still to come of that text
};

}  // namespace keymeter::processor
