#include "benchmarks/program/hostile_bench/honest_clients.h"

#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace keymeter {

namespace {

using Time = std::chrono::steady_clock;

constexpr int kHonest = 32;
constexpr std::chrono::milliseconds kPause(50);
constexpr std::chrono::milliseconds kProbePause(100);

double MsSince(Time::time_point begin) {
  return std::chrono::duration<double, std::milli>(Time::now() - begin).count();
}

/// A blocking connection that asks one thing after the other.
class Client {
 public:
  Client(int port, std::string target, bool keeps)
      : port_(port),
        request_("GET " + std::move(target) + " HTTP/1.1\r\nHost: localhost\r\n" +
                 (keeps ? "" : "Connection: close\r\n") + "\r\n"),
        keeps_(keeps) {}
  ~Client() { Close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Milliseconds until the whole answer was there; nothing when there was none. A kept connection that the
  /// server has closed meanwhile is opened anew, as every HTTP client does; that counts.
  std::optional<double> Ask() {
    const auto begin = Time::now();
    const bool was_open = file_ >= 0;
    bool is_good = Try();
    if (!is_good && was_open) is_good = Try();
    if (!keeps_) Close();
    return is_good ? std::optional(MsSince(begin)) : std::nullopt;
  }

 private:
  bool Try() {
    if (file_ < 0 && !Connect()) return false;
    if (::send(file_, request_.data(), request_.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(request_.size()) &&
        ReadAnswer())
      return true;
    Close();
    return false;
  }

  bool Connect() {
    file_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    (void)::setsockopt(file_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (::connect(file_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return true;
    Close();
    return false;
  }

  bool ReadAnswer() {
    std::string answer;
    std::size_t whole = std::string::npos;
    while (answer.size() < whole) {
      char buffer[16384];
      const ssize_t count = ::recv(file_, buffer, sizeof(buffer), 0);
      if (count <= 0) return false;
      answer.append(buffer, static_cast<std::size_t>(count));
      const std::size_t end = answer.find("\r\n\r\n");
      const std::size_t length = answer.find("Content-Length: ");
      if (whole == std::string::npos && end != std::string::npos && length < end)
        whole = end + 4 + std::strtoull(answer.c_str() + length + 16, nullptr, 10);
    }
    return answer.starts_with("HTTP/1.1 200");
  }

  void Close() {
    if (file_ >= 0) ::close(file_);
    file_ = -1;
  }

  const int port_;
  const std::string request_;
  const bool keeps_;
  int file_ = -1;
};

/// One client at its pace, until the end.
Delays AskUntil(Time::time_point end, Client& client, std::chrono::milliseconds pause) {
  Delays delays;
  while (Time::now() < end) {
    if (const auto ms = client.Ask())
      delays.ms.push_back(*ms);
    else
      ++delays.failures;
    std::this_thread::sleep_for(pause);
  }
  return delays;
}

}  // namespace

HonestDelays AskHonestly(int api, int probe, std::chrono::seconds time) {
  const auto end = Time::now() + time;
  HonestDelays delays;
  std::mutex mutex;
  std::vector<std::thread> threads;
  threads.reserve(kHonest + 2);
  for (int i = 0; i < kHonest; ++i) {
    threads.emplace_back([&, i] {
      const bool keeps = i % 2 == 0;
      Client client(api, "/api/apikeys?limit=50", keeps);
      const Delays mine = AskUntil(end, client, kPause);
      const std::lock_guard lock(mutex);
      Delays& all = keeps ? delays.kept : delays.fresh;
      all.ms.insert(all.ms.end(), mine.ms.begin(), mine.ms.end());
      all.failures += mine.failures;
    });
  }
  const auto ask_probe = [&](const char* path, Delays& probed) {
    threads.emplace_back([&probed, probe, path, end] {
      Client client(probe, path, false);
      probed = AskUntil(end, client, kProbePause);
    });
  };
  ask_probe("/livez", delays.alive);
  ask_probe("/readyz", delays.ready);
  for (std::thread& thread : threads) thread.join();
  return delays;
}

}  // namespace keymeter
