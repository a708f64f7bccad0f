// The floor of a meter by keyspace events: subscribes to the channels that keymeter subscribes to, reads what
// comes into a buffer, has hiredis' reader make replies of it, and counts them. Nothing can be metered for
// less by a client that reads its messages with hiredis.
//
//   e2e_floor HOST PORT

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <thread>

#include <hiredis/hiredis.h>
#include <sys/socket.h>
#include <unistd.h>

#include "benchmarks/program/e2e/channels.h"

namespace {

constexpr std::size_t kBufferBytes = 65'536;

using Context = std::unique_ptr<redisContext, decltype(&redisFree)>;
using Reader = std::unique_ptr<redisReader, decltype(&redisReaderFree)>;

Context Connect(const char* host, int port) {
  Context context(redisConnect(host, port), redisFree);
  if (!context || context->err != 0) throw std::runtime_error(context ? context->errstr : "no memory");
  return context;
}

/// The least that a client of these channels can do: reads and counts messages. Threads: one. Lifetime:
/// borrows the connection.
class FloorCounter {
 public:
  explicit FloorCounter(redisContext& context) : context_(context) {
    for (const char* channel : keymeter::e2e::kEventChannels) Subscribe(channel);
    Subscribe(keymeter::e2e::kEndChannel);
    std::puts(R"({"subscribed":true})");
    std::fflush(stdout);
  }

  /// Until the connection ends.
  void Run() {
    char buffer[kBufferBytes];
    for (;;) {
      const ssize_t count = ::read(context_.fd, buffer, sizeof buffer);
      if (count <= 0) break;
      redisReaderFeed(reader_.get(), buffer, static_cast<std::size_t>(count));
      CountReplies();
    }
    Print(false);
  }

 private:
  void Subscribe(const char* channel) {
    auto* reply = static_cast<redisReply*>(redisCommand(&context_, "SUBSCRIBE %s", channel));
    if (reply == nullptr) throw std::runtime_error(context_.errstr);
    freeReplyObject(reply);
  }

  void CountReplies() {
    void* reply = nullptr;
    while (redisReaderGetReply(reader_.get(), &reply) == REDIS_OK && reply != nullptr) {
      const auto* message = static_cast<redisReply*>(reply);
      const bool is_end = message->elements == 3 && message->element[1]->len == kEnd.size();
      if (!is_end) ++events_;
      if (is_end) Print(true);
      freeReplyObject(reply);
    }
  }

  void Print(bool is_done) const {
    std::printf("{\"done\":%s,\"events\":%llu,\"connections\":1}\n", is_done ? "true" : "false",
                static_cast<unsigned long long>(events_));
    std::fflush(stdout);
  }

  // No event channel is as long, so its length tells it.
  static constexpr std::string_view kEnd = keymeter::e2e::kEndChannel;

  redisContext& context_;
  Reader reader_{redisReaderCreate(), redisReaderFree};
  std::uint64_t events_ = 0;
};

void RunFloor(const char* host, int port) {
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);

  const Context context = Connect(host, port);
  FloorCounter counter(*context);
  // What was read before the signal is counted, then the read finds the end.
  std::thread([&stop_signals, file = context->fd] {
    int signal = 0;
    sigwait(&stop_signals, &signal);
    ::shutdown(file, SHUT_RD);
  }).detach();
  counter.Run();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "Usage: e2e_floor HOST PORT\n");
    return 2;
  }
  try {
    RunFloor(argv[1], std::atoi(argv[2]));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "e2e_floor: %s\n", error.what());
    return 1;
  }
}
