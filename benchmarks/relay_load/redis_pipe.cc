#include "benchmarks/relay_load/redis_pipe.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/socket.h>

namespace keymeter::relay_load {
namespace {

constexpr int kConnectTimeoutSeconds = 5;
constexpr int kReplyTimeoutMs = 30'000;
constexpr const char* kMarkerKey = "keymeter:relay_load";

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
struct FreeReader {
  void operator()(redisReader* reader) const { redisReaderFree(reader); }
};
struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using ReplyPtr = std::unique_ptr<redisReply, FreeReply>;

// Reply objects are not built: each callback returns this, and an error's text goes into the reader's
// privdata.
int seen;

void* OnString(const redisReadTask* task, char* text, std::size_t length) {
  if (task->type == REDIS_REPLY_ERROR) {
    auto* first_error = static_cast<std::string*>(task->privdata);
    if (first_error->empty()) first_error->assign(text, length);
  }
  return &seen;
}
void* OnArray(const redisReadTask* /*task*/, int /*size*/) {
  return &seen;
}
void* OnInteger(const redisReadTask* /*task*/, long long /*value*/) {
  return &seen;
}
void* OnNil(const redisReadTask* /*task*/) {
  return &seen;
}
void OnFree(void* /*object*/) {}

redisReplyObjectFunctions reply_functions{OnString, OnArray, OnInteger, OnNil, OnFree};

Error Unreachable(const RedisUrl& url, std::string_view reason) {
  return {ErrorCode::kUnavailable,
          fmt::format("cannot reach Redis at {}: {}; is it running, and is --redis right?", url.Address(),
                      reason)};
}

}  // namespace

struct RedisPipe::State {
  RedisUrl url;
  std::unique_ptr<redisContext, FreeContext> context;
  std::string first_error;  // outlives the reader, which holds its address
  std::unique_ptr<redisReader, FreeReader> reader;
  std::size_t in_flight = 0;
  std::uint64_t replies = 0;

  /// One command, waiting for its reply.
  template <typename... Args>
  Result<ReplyPtr> Ask(const char* format, Args... args) {
    ReplyPtr reply(static_cast<redisReply*>(redisCommand(context.get(), format, args...)));
    if (!reply) return Fail(Unreachable(url, context->errstr));
    if (reply->type == REDIS_REPLY_ERROR) {
      return Fail(ErrorCode::kRefused, "Redis at {} answers: {}", url.Address(), reply->str);
    }
    return reply;
  }

  Status LogIn() {
    if (!url.password.empty()) {
      const auto reply = url.user.empty() ? Ask("AUTH %b", url.password.data(), url.password.size())
                                          : Ask("AUTH %b %b", url.user.data(), url.user.size(),
                                                url.password.data(), url.password.size());
      if (!reply) {
        return Fail(Error{reply.error().code, reply.error().Text() + "; check the URL's password or "
                                                                     "KEYMETER_REDIS_PASSWORD"});
      }
    }
    const auto selected = Ask("SELECT %d", url.db);
    if (!selected) {
      const bool wants_password = selected.error().message.find("NOAUTH") != std::string::npos;
      return Fail(
          Error{selected.error().code,
                selected.error().Text() +
                    (wants_password ? "; give the password in the URL or in KEYMETER_REDIS_PASSWORD" : "")});
    }
    return {};
  }
};

RedisPipe::RedisPipe(std::unique_ptr<State> state) : state_(std::move(state)) {}
RedisPipe::RedisPipe(RedisPipe&&) noexcept = default;
RedisPipe::~RedisPipe() = default;

Result<RedisPipe> RedisPipe::Open(const RedisUrl& url) {
  auto state = std::make_unique<State>();
  state->url = url;
  const timeval timeout{kConnectTimeoutSeconds, 0};
  state->context.reset(redisConnectWithTimeout(url.host.c_str(), url.port, timeout));
  if (!state->context) return Fail(ErrorCode::kInternal, "out of memory");
  if (state->context->err != 0) return Fail(Unreachable(url, state->context->errstr));
  redisSetTimeout(state->context.get(), timeout);
  RETURN_IF_ERROR(state->LogIn());
  state->reader.reset(redisReaderCreateWithFunctions(&reply_functions));
  state->reader->privdata = &state->first_error;
  return RedisPipe(std::move(state));
}

Status RedisPipe::Claim(bool force) {
  ASSIGN_OR_RETURN(const auto marker, state_->Ask("EXISTS %s", kMarkerKey));
  if (marker->integer == 1) return {};
  ASSIGN_OR_RETURN(const auto size, state_->Ask("DBSIZE"));
  if (size->integer != 0) {
    if (force) return {};
    return Fail(
        ErrorCode::kRefused,
        "the database at {} holds {} keys that relay_load did not write, and relay_load adds made-up usage "
        "to "
        "what it finds; use an empty database (another number at the end of the URL), or --force if this one "
        "may be spoilt",
        state_->url.Address(), size->integer);
  }
  ASSIGN_OR_RETURN(const auto marked,
                   state_->Ask("SET %s %s", kMarkerKey, "this database holds made-up usage"));
  return {};
}

Status RedisPipe::Send(std::string_view bytes, std::size_t commands, std::size_t max_in_flight) {
  state_->in_flight += commands;
  std::string_view unsent = bytes;
  while (!unsent.empty() || state_->in_flight > max_in_flight) {
    RETURN_IF_ERROR(WaitAndTransfer(unsent));
  }
  return {};
}

Status RedisPipe::Drain() {
  return Send({}, 0, 0);
}

std::uint64_t RedisPipe::Replies() const {
  return state_->replies;
}

Status RedisPipe::WaitAndTransfer(std::string_view& unsent) {
  const auto wanted = static_cast<short>(POLLIN | (unsent.empty() ? 0 : POLLOUT));
  pollfd descriptor{state_->context->fd, wanted, 0};
  const int ready = ::poll(&descriptor, 1, kReplyTimeoutMs);
  if (ready < 0 && errno == EINTR) return {};
  if (ready <= 0) {
    return Fail(Unreachable(state_->url, ready == 0 ? "no reply for 30 s" : std::strerror(errno)));
  }
  if ((descriptor.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
    RETURN_IF_ERROR(ReadReplies());
  }
  if ((descriptor.revents & POLLOUT) == 0) return {};
  const ssize_t sent = ::send(state_->context->fd, unsent.data(), unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent > 0) {
    unsent.remove_prefix(static_cast<std::size_t>(sent));
  } else if (errno != EAGAIN && errno != EINTR) {
    return Fail(Unreachable(state_->url, std::strerror(errno)));
  }
  return {};
}

Status RedisPipe::ReadReplies() {
  std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
  const ssize_t got = ::recv(state_->context->fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (got < 0) return Fail(Unreachable(state_->url, std::strerror(errno)));
  if (got == 0) return Fail(Unreachable(state_->url, "it closed the connection"));
  redisReaderFeed(state_->reader.get(), buffer.data(), static_cast<std::size_t>(got));
  for (;;) {
    void* reply = nullptr;
    if (redisReaderGetReply(state_->reader.get(), &reply) != REDIS_OK) {
      return Fail(ErrorCode::kCorrupt, "Redis at {} sent no RESP: {}", state_->url.Address(),
                  state_->reader->errstr);
    }
    if (reply == nullptr) break;
    ++state_->replies;
    if (state_->in_flight > 0) --state_->in_flight;
  }
  if (state_->first_error.empty()) return {};
  return Fail(ErrorCode::kRefused, "Redis at {} refused a write: {}", state_->url.Address(),
              state_->first_error);
}

}  // namespace keymeter::relay_load
