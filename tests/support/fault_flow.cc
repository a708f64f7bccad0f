#include "tests/support/fault_flow.h"

#include <algorithm>
#include <cerrno>

#include <sys/socket.h>

#include "tests/support/resp_frames.h"

namespace keymeter::testing {

namespace {

constexpr std::size_t kMostHeld = 1 << 20;

std::string Disturbed(const Disorder& disorder, std::string_view value) {
  switch (disorder.kind) {
    case Disorder::Kind::kStray:
      return disorder.bytes + std::string(value);
    case Disorder::Kind::kLike:
      return OtherNumbers(value) + std::string(value);
    case Disorder::Kind::kDoubled:
      return std::string(value) + std::string(value);
    case Disorder::Kind::kDropped:
      return "";
  }
  return "";
}

}  // namespace

std::optional<std::string_view> FaultFlow::Read(const FlowFault& fault, std::int64_t now_ms) {
  if (!WantsToRead(fault)) return std::string_view();
  const ssize_t count = ::recv(from_, buffer_, sizeof buffer_, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return std::string_view();
  if (count <= 0) return std::nullopt;
  const std::string_view bytes(buffer_, static_cast<std::size_t>(count));
  // Never before what came earlier, also when a delay ended meanwhile.
  // The clock has dropped a part of a millisecond: a delay is never shorter than was asked for.
  const std::int64_t rounded_up_ms = fault.delay_ms > 0 ? 1 : 0;
  Hold(Followed(bytes),
       std::max(now_ms + fault.delay_ms + rounded_up_ms, held_.empty() ? 0 : held_.back().due_ms));
  return bytes;
}

/// Follows where values begin and end, and disturbs the first that comes whole.
std::string FaultFlow::Followed(std::string_view bytes) {
  const std::size_t old = begun_.size();  // has been passed on
  if (old > kMostHeld) return std::string(bytes);
  const std::string all = begun_.append(bytes);
  std::string passed;
  std::size_t at = 0;
  for (std::size_t size = FrameSize(all); size > 0; size = FrameSize(std::string_view(all).substr(at))) {
    const bool is_new = at >= old;
    const std::string_view value =
        std::string_view(all).substr(is_new ? at : old, is_new ? size : at + size - old);
    if (is_new && disorder_) {
      passed += Disturbed(*std::exchange(disorder_, std::nullopt), value);
    } else {
      passed += value;
    }
    at += size;
  }
  passed += std::string_view(all).substr(std::max(at, old));
  begun_ = all.substr(at);
  return passed;
}

bool FaultFlow::Write(const FlowFault& fault, std::int64_t now_ms) {
  while (WantsToWrite(now_ms)) {
    std::string& bytes = held_.front().bytes;
    const std::size_t most = fault.drip_bytes > 0 ? std::min(fault.drip_bytes, bytes.size()) : bytes.size();
    const ssize_t count = ::send(to_, bytes.data(), most, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    held_bytes_ -= static_cast<std::size_t>(count);
    bytes.erase(0, static_cast<std::size_t>(count));
    if (bytes.empty()) held_.pop_front();
    if (fault.drip_bytes > 0) next_drop_ms_ = now_ms + 1;
  }
  return true;
}

void FaultFlow::Forget() {
  held_.clear();
  held_bytes_ = 0;
}

bool FaultFlow::WantsToRead(const FlowFault& fault) const {
  return !fault.is_stalled && held_bytes_ < kMostHeld;
}

bool FaultFlow::WantsToWrite(std::int64_t now_ms) const {
  const auto due_ms = DueMs();
  return due_ms && *due_ms <= now_ms;
}

std::optional<std::int64_t> FaultFlow::DueMs() const {
  if (held_.empty()) return std::nullopt;
  return std::max(held_.front().due_ms, next_drop_ms_);
}

void FaultFlow::Hold(std::string_view bytes, std::int64_t due_ms) {
  held_.push_back({due_ms, std::string(bytes)});
  held_bytes_ += bytes.size();
}

}  // namespace keymeter::testing
