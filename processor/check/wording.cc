#include "processor/check/wording.h"

#include <array>

#include <fmt/format.h>

namespace keymeter::check {

namespace {

/// Errors that say what happened and not what to do, by how they begin.
struct Known {
  std::string_view begin;
  std::string_view remedy;
};

constexpr std::array kWithoutRemedy = {
    Known{"look up the host", "check the host's name in --redis, and this machine's DNS"},
    Known{"no answer in",
          "check host and port in --redis; a firewall that drops packets looks like this, too"},
    Known{"not the Redis protocol", "another service answers there: check the port in --redis"},
    Known{"connection:", "see the log of the Redis server; a proxy or its maxclients may have cut us"},
    Known{"Redis is loading", "wait until it has; keymeter run waits by itself"},
    Known{"this replica has lost", "wait, or name another server in --redis; keymeter run waits by itself"},
    Known{"Redis says", "ask the operator of that Redis"},
};

}  // namespace

std::string Count(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::string Count(std::int64_t number, std::string_view singular) {
  return fmt::format("{} {}{}", Count(number), singular, number == 1 ? "" : "s");
}

std::string Bytes(std::int64_t bytes) {
  constexpr double kStep = 1024;
  auto amount = static_cast<double>(bytes);
  std::string_view unit = "bytes";
  for (const std::string_view next : {"KB", "MB", "GB", "TB"}) {
    if (amount < kStep) break;
    amount /= kStep;
    unit = next;
  }
  const bool is_small = amount < 10 && unit != "bytes";
  return fmt::format("{:.{}f} {}", amount, is_small ? 1 : 0, unit);
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

Observation FaultOf(const Error& error) {
  const std::string& message = error.message;
  const std::size_t colon = message.rfind(": ");
  const std::string remedy = colon == std::string::npos ? "check --redis" : message.substr(colon + 2);
  if (remedy.starts_with("use ")) return Fault(message.substr(0, colon), remedy);
  for (const Known& known : kWithoutRemedy)
    if (message.starts_with(known.begin)) return Fault(message, std::string(known.remedy));
  constexpr std::string_view kRunThere = ": run there: ";
  if (const std::size_t at = message.find(kRunThere); at != std::string::npos)
    return Fault(message.substr(0, at), "run on the Redis server:\n" + message.substr(at + kRunThere.size()));
  if (colon == std::string::npos) return Fault(message, remedy);
  const bool is_only_reason = message.starts_with("connect to") && !remedy.ends_with('?');
  if (is_only_reason) return Fault(message, "check host and port in --redis");
  return Fault(message.substr(0, colon), remedy);
}

}  // namespace keymeter::check
