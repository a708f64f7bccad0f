#include "processor/check/wording.h"

#include <utility>

#include <fmt/format.h>

namespace keymeter::check {

namespace {

/// Where an error of Redis does not say what to do about it.
std::string_view RemedyOf(const Error& error) {
  switch (error.reason) {
    case ErrorReason::kCannotConnect:
      return "check host and port in --redis";
    case ErrorReason::kTimedOut:
      return "check host and port in --redis; a firewall that drops packets looks like this, too";
    case ErrorReason::kConnectionLost:
      return "see the log of the Redis server; a proxy or its maxclients may have cut us";
    case ErrorReason::kLoading:
      return "wait until it has; keymeter run waits by itself";
    case ErrorReason::kMasterLost:
      return "wait, or name another server in --redis; keymeter run waits by itself";
    default:
      break;
  }
  if (error.code == ErrorCode::kCorrupt) return "another service answers there: check the port in --redis";
  return "check --redis, or ask the operator of that Redis";
}

/// "run on the Redis server: COMMAND", with the command on a line of its own, to be copied.
std::string OnOwnLine(std::string remedy, std::string_view user) {
  constexpr std::string_view kBeforeCommand = ": ";
  constexpr std::string_view kNameless = "<our user>";
  if (const std::size_t at = remedy.find(kBeforeCommand); at != std::string::npos)
    remedy.replace(at, kBeforeCommand.size(), ":\n");
  if (const std::size_t at = remedy.find(kNameless); at != std::string::npos)
    remedy.replace(at, kNameless.size(), user);
  return remedy;
}

}  // namespace

std::string Count(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::string Count(std::int64_t number, std::string_view singular) {
  return fmt::format("{} {}{}", Count(number), singular, number == 1 ? "" : "s");
}

std::string Span(std::int64_t milliseconds) {
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 3600;
  constexpr std::int64_t kDay = 86'400;
  const std::int64_t s = milliseconds / 1000;
  if (s < 2 * kMinute) return fmt::format("{} s", s);
  if (s < 2 * kHour) return fmt::format("{} min", s / kMinute);
  if (s < 2 * kDay) return fmt::format("{} h", s / kHour);
  return fmt::format("{} d", s / kDay);
}

Observation FaultOf(const Error& error, std::string_view otherwise) {
  return Fault(error.message, error.remedy.empty() ? std::string(otherwise) : error.remedy);
}

Observation RedisFaultOf(const Error& error, std::string_view user) {
  Observation fault = FaultOf(error, RemedyOf(error));
  if (error.reason == ErrorReason::kForbidden) fault.remedy = OnOwnLine(std::move(fault.remedy), user);
  return fault;
}

}  // namespace keymeter::check
