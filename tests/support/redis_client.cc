#include "tests/support/redis_client.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/socket.h>

namespace keymeter::testing {

namespace {

/// Its reply says that those of all commands before it have come.
constexpr std::string_view kLastWord = "keymeter-test-end-of-pipe";

struct FreeReply {
  void operator()(redisReply* reply) const { ::freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

struct FreeReader {
  void operator()(redisReader* reader) const { ::redisReaderFree(reader); }
};
using Reader = std::unique_ptr<redisReader, FreeReader>;

RedisValue ValueOf(const redisReply& reply) {
  RedisValue value;
  switch (reply.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      value.kind = RedisValue::Kind::kString;
      value.text.assign(reply.str, static_cast<std::size_t>(reply.len));
      break;
    case REDIS_REPLY_ERROR:
      value.kind = RedisValue::Kind::kError;
      value.text.assign(reply.str, static_cast<std::size_t>(reply.len));
      break;
    case REDIS_REPLY_INTEGER:
      value.kind = RedisValue::Kind::kInteger;
      value.integer = reply.integer;
      break;
    case REDIS_REPLY_ARRAY:
      value.kind = RedisValue::Kind::kArray;
      for (std::size_t i = 0; i < reply.elements; ++i) value.elements.push_back(ValueOf(*reply.element[i]));
      break;
    default:
      break;
  }
  return value;
}

timeval TimevalOf(Milliseconds time) {
  return {time.count() / 1000, time.count() % 1000 * 1000};
}

/// Both directions of one connection at once.
class PipeRun {
 public:
  PipeRun(int file, std::string_view commands, Milliseconds timeout)
      : file_(file), commands_(commands), timeout_(timeout), reader_(::redisReaderCreate()) {
    AppendResp(end_text_, {"ECHO", std::string(kLastWord)});
    end_ = end_text_;
  }

  PipeResult Run() {
    while (!is_over_) {
      const bool sends = !commands_.empty() || !end_.empty();
      pollfd poll_file = {file_, static_cast<short>(POLLIN | (sends ? POLLOUT : 0)), 0};
      const int ready = ::poll(&poll_file, 1, static_cast<int>(timeout_.count()));
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) throw std::runtime_error("Redis neither takes commands nor answers");
      if ((poll_file.revents & POLLOUT) != 0) SendSome();
      if ((poll_file.revents & ~POLLOUT) != 0) ReadSome();
    }
    return result_;
  }

 private:
  void SendSome() {
    std::string_view& rest = commands_.empty() ? end_ : commands_;
    const ssize_t sent = ::send(file_, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) rest.remove_prefix(static_cast<std::size_t>(sent));
    if (sent < 0 && errno != EAGAIN && errno != EINTR) Throw("send");
  }

  void ReadSome() {
    char buffer[65536];
    const ssize_t count = ::recv(file_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (count == 0) throw std::runtime_error("Redis closed the connection");
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count < 0) Throw("recv");
    ::redisReaderFeed(reader_.get(), buffer, static_cast<std::size_t>(count));
    for (;;) {
      void* object = nullptr;
      if (::redisReaderGetReply(reader_.get(), &object) != REDIS_OK)
        throw std::runtime_error("Redis sent what is no reply");
      if (object == nullptr) return;
      Count(*Reply(static_cast<redisReply*>(object)));
    }
  }

  void Count(const redisReply& reply) {
    if (reply.type == REDIS_REPLY_STRING && reply.str == kLastWord) {
      is_over_ = true;
      return;
    }
    ++result_.replies;
    if (reply.type != REDIS_REPLY_ERROR) return;
    if (++result_.errors == 1) result_.first_error = reply.str;
  }

  [[noreturn]] static void Throw(const char* what) {
    throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
  }

  int file_;
  std::string_view commands_;
  std::string end_text_;
  std::string_view end_;  ///< to be sent after the commands
  Milliseconds timeout_;
  Reader reader_;
  PipeResult result_;
  bool is_over_ = false;
};

}  // namespace

std::vector<std::string> RedisValue::Texts() const {
  std::vector<std::string> texts;
  for (const RedisValue& element : elements) texts.push_back(element.text);
  return texts;
}

void AppendResp(std::string& out, const RedisCommand& command) {
  fmt::format_to(std::back_inserter(out), "*{}\r\n", command.size());
  for (const std::string& word : command)
    fmt::format_to(std::back_inserter(out), "${}\r\n{}\r\n", word.size(), word);
}

void RedisClient::Free::operator()(redisContext* context) const {
  ::redisFree(context);
}

RedisClient::RedisClient(int port, const std::string& password, Milliseconds timeout)
    : RedisClient(::redisConnectWithTimeout("127.0.0.1", port, TimevalOf(timeout)), std::to_string(port),
                  password, timeout) {}

RedisClient::RedisClient(const std::string& path, const std::string& password, Milliseconds timeout)
    : RedisClient(::redisConnectUnixWithTimeout(path.c_str(), TimevalOf(timeout)), path, password, timeout) {}

RedisClient::RedisClient(redisContext* context, const std::string& address, const std::string& password,
                         Milliseconds timeout)
    : context_(context), timeout_(timeout) {
  if (!context_ || context_->err != 0)
    throw std::runtime_error(
        fmt::format("connect to Redis at {}: {}", address, context_ ? context_->errstr : "out of memory"));
  ::redisSetTimeout(context_.get(), TimevalOf(timeout));
  if (!password.empty()) Must({"AUTH", password});
}

RedisValue RedisClient::Command(const RedisCommand& command) {
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  for (const std::string& word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
  }
  const Reply reply(static_cast<redisReply*>(
      ::redisCommandArgv(context_.get(), static_cast<int>(words.size()), words.data(), sizes.data())));
  if (!reply) throw std::runtime_error(fmt::format("{}: {}", command.at(0), context_->errstr));
  return ValueOf(*reply);
}

RedisValue RedisClient::Must(const RedisCommand& command) {
  RedisValue value = Command(command);
  if (value.IsError()) throw std::runtime_error(fmt::format("{}: {}", fmt::join(command, " "), value.text));
  return value;
}

PipeResult RedisClient::Pipe(std::string_view raw_resp) {
  return PipeRun(context_->fd, raw_resp, timeout_).Run();
}

}  // namespace keymeter::testing
