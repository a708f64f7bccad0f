#include "processor/check/redis_dialogue.h"

#include <algorithm>

#include <event2/event.h>

#include "processor/redis/redis_errors.h"

namespace keymeter::check {

namespace {

using processor::AddressLookup;
using processor::Reply;

RedisReply Kept(const Reply& reply) {
  RedisReply kept;
  switch (reply.type) {
    case REDIS_REPLY_ERROR:
      kept.kind = RedisReply::Kind::kError;
      kept.text = processor::TextOf(reply);
      break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      kept.kind = RedisReply::Kind::kText;
      kept.text = processor::TextOf(reply);
      break;
    case REDIS_REPLY_INTEGER:
      kept.kind = RedisReply::Kind::kInteger;
      kept.integer = reply.integer;
      break;
    case REDIS_REPLY_ARRAY:
      kept.kind = RedisReply::Kind::kArray;
      for (std::size_t i = 0; i < reply.elements; ++i) kept.elements.push_back(Kept(*reply.element[i]));
      break;
    default:
      break;
  }
  return kept;
}

}  // namespace

void Questions::Add(std::initializer_list<std::string_view> arguments) {
  processor::AppendCommand(bytes_, arguments);
  ++count_;
}

void Questions::AddHmget(std::string_view key, const std::vector<std::pair<Metric, std::string>>& fields) {
  processor::AppendHmget(bytes_, key, fields);
  ++count_;
}

bool RunLoop(const EventLoop& loop, std::int64_t limit_ms, const std::function<bool()>& until) {
  bool is_over = false;
  Timer timer(loop, [&is_over] { is_over = true; });
  timer.StartIn(std::max<std::int64_t>(0, limit_ms));
  while (!until() && !is_over) event_base_loop(loop.base(), EVLOOP_ONCE);
  return until();
}

RedisDialogue::RedisDialogue(const EventLoop& loop, const Clock& clock, const processor::RedisTarget& target,
                             std::int64_t deadline_ms)
    : loop_(loop),
      clock_(clock),
      target_(target),
      deadline_ms_(deadline_ms),
      lookup_(loop, target.url,
              [this](const AddressLookup::Answer& addresses) {
                addresses ? commands_.Connect(*addresses) : static_cast<void>(error_ = addresses.error());
              }),
      commands_(loop, clock, target,
                {[this] { Greet(); }, nullptr, [this](const Error& why) { error_ = why; }}) {}

std::int64_t RedisDialogue::RemainingMs() const {
  return deadline_ms_ - clock_.MonotonicMs();
}

Status RedisDialogue::Await(std::int64_t limit_ms, const std::function<bool()>& until) {
  const std::int64_t wait_ms = std::min(limit_ms, RemainingMs());
  const bool is_done = RunLoop(loop_, wait_ms, [&] { return until() || error_; });
  if (!is_done) {
    const processor::AwaitedStep awaited = commands_.Awaited();
    error_ = MakeError(ErrorCode::kUnavailable, "no answer in {:.1f} s: waited for {}",
                       static_cast<double>(std::max<std::int64_t>(0, wait_ms)) / 1000, awaited.what)
                 .Because(ErrorReason::kTimedOut)
                 .Remedy(std::string(awaited.remedy));
    lookup_.Cancel();
    commands_.Drop();  // a late reply must not reach a caller that is gone
  }
  if (error_) return Fail(*error_);
  return {};
}

Status RedisDialogue::Connect() {
  lookup_.Start();
  const bool has_credentials = target_.url.HasCredentials();
  if (has_credentials && target_.url.user.empty()) greeting_.Add({"AUTH", target_.url.password});
  if (has_credentials && !target_.url.user.empty())
    greeting_.Add({"AUTH", target_.url.user, target_.url.password});
  greeting_.Add({"PING"});
  greeting_.Add({"SELECT", std::to_string(target_.url.database)});
  auto answered = Await(target_.timeouts.connect_ms, [this] { return greeted_.size() == greeting_.count(); });
  auto judged = JudgeGreeting();  // a server that refuses us says why before it closes
  if (judged) return answered;
  error_ = judged.error();
  commands_.Drop();
  return judged;
}

/// Sent at once: a server without room for us says so before it is asked.
void RedisDialogue::Greet() {
  commands_.Pipeline(greeting_.bytes(), greeting_.count(),
                     [this](std::size_t, const Reply& reply) { greeted_.push_back(Kept(reply)); });
}

Status RedisDialogue::JudgeGreeting() const {
  for (std::size_t i = 0; i < greeted_.size(); ++i) {
    const RedisReply& reply = greeted_[i];
    if (!reply.IsError()) continue;
    const std::size_t to_come = greeting_.count() - i;  // 1: SELECT, 2: PING, 3: AUTH
    if (to_come == 3) return Fail(processor::ErrorOfAuthReply(reply.text));
    const bool is_denied =
        processor::IsForbiddenCommand(reply.text) || processor::IsUnknownCommand(reply.text);
    if (to_come == 2 && !is_denied) return Fail(processor::ErrorOfReply(reply.text));
    if (to_come == 1 && target_.url.database != 0)
      return Fail(processor::ErrorOfSelectReply(reply.text, target_.url.database));
  }
  return {};
}

Result<RedisReply> RedisDialogue::Ask(std::initializer_list<std::string_view> arguments) {
  Questions question;
  question.Add(arguments);
  ASSIGN_OR_RETURN(auto replies, AskAll(question));
  return std::move(replies.front());
}

Result<std::vector<RedisReply>> RedisDialogue::AskAll(const Questions& questions) {
  if (error_) return Fail(*error_);
  std::vector<RedisReply> replies;
  replies.reserve(questions.count());
  commands_.Pipeline(questions.bytes(), questions.count(),
                     [&replies](std::size_t, const Reply& reply) { replies.push_back(Kept(reply)); });
  const auto answered =
      Await(target_.timeouts.command_ms, [&] { return replies.size() == questions.count(); });
  if (!answered) return Fail(answered.error());
  return replies;
}

}  // namespace keymeter::check
