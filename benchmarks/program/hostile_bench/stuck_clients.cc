#include "benchmarks/program/hostile_bench/stuck_clients.h"

#include <array>
#include <cerrno>
#include <chrono>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace keymeter {

namespace {

using Time = std::chrono::steady_clock;

constexpr std::string_view kHalf = "GET /api/apikeys HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";

std::string WhatIsSent(const StuckClients::Way way, const std::string& large_target) {
  if (way == StuckClients::Way::kKept)
    return "GET /api/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n" + std::string(kHalf);
  if (way == StuckClients::Way::kReader)
    return "GET " + large_target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  return std::string(kHalf);
}

}  // namespace

StuckClients::StuckClients(Plan plan) : plan_(std::move(plan)), poll_(::epoll_create1(EPOLL_CLOEXEC)) {
  thread_ = std::thread([this] { Run(); });
}

StuckClients::~StuckClients() {
  stops_ = true;
  thread_.join();
  for (const auto& [file, was_sent] : open_) ::close(file);
  ::close(poll_);
}

void StuckClients::Connect() {
  const int file = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (file < 0) return;
  if (plan_.way == Way::kReader) {
    const int bytes = 4096;
    (void)::setsockopt(file, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(plan_.port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  (void)::connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  epoll_event event{};
  event.events = EPOLLOUT | EPOLLRDHUP;
  event.data.fd = file;
  (void)::epoll_ctl(poll_, EPOLL_CTL_ADD, file, &event);
  open_[file] = false;
  ++connects_;
}

bool StuckClients::IsOver(int file) const {
  if (plan_.way == Way::kReader) return false;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t count = ::recv(file, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) continue;
    return count == 0 || errno != EAGAIN;
  }
}

void StuckClients::Trickle() {
  for (const auto& [file, was_sent] : open_)
    if (was_sent) (void)::send(file, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void StuckClients::Run() {
  const std::string sent = WhatIsSent(plan_.way, plan_.large_target);
  const auto begin = Time::now();
  auto trickled = begin;
  while (!stops_) {
    const double seconds = std::chrono::duration<double>(Time::now() - begin).count();
    const auto wanted = plan_.clients + static_cast<std::int64_t>(seconds * plan_.more_per_s);
    while (clients_ < wanted) {
      ++clients_;
      Connect();
    }
    std::array<epoll_event, 256> events{};
    const int count = ::epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 20);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      const int file = event.data.fd;
      if ((event.events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0 || (open_[file] && IsOver(file))) {
        open_.erase(file);
        ::close(file);
        Connect();
      } else if (!open_[file]) {
        (void)::send(file, sent.data(), sent.size(), MSG_NOSIGNAL);
        open_[file] = true;
        epoll_event quiet{};
        quiet.events = EPOLLRDHUP | (plan_.way == Way::kReader ? 0U : static_cast<unsigned>(EPOLLIN));
        quiet.data.fd = file;
        (void)::epoll_ctl(poll_, EPOLL_CTL_MOD, file, &quiet);
      }
    }
    if (plan_.way == Way::kTrickle && Time::now() - trickled > std::chrono::milliseconds(100)) {
      Trickle();
      trickled = Time::now();
    }
  }
}

}  // namespace keymeter
