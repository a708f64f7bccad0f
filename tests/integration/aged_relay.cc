#include "tests/integration/aged_relay.h"

#include <fmt/format.h>

#include "schema/civil_time.h"
#include "tests/support/relay_trace.h"

namespace keymeter::testing {

namespace {

constexpr const char* kModel = "opus";
constexpr int kTokens = 10;  ///< of a request

}  // namespace

void AgedRelay::Serve(const std::string& key, const std::string& account, int requests) {
  const std::int64_t now_s = clock_.WallMs() / 1000;
  const std::string date = FormatDate(now_s, kTraceOffset);
  const std::string hour = date + ":" + FormatHour(now_s, kTraceOffset);
  const std::string month = FormatMonth(now_s, kTraceOffset);
  Add("usage:daily:" + key + ":" + date, requests, age_.has_money);
  Add("usage:" + key + ":model:daily:" + kModel + ":" + date, requests, age_.has_money);
  Add("usage:" + key + ":model:monthly:" + kModel + ":" + month, requests, age_.has_money);
  Add("usage:hourly:" + key + ":" + hour, requests, age_.has_money);
  Add("usage:" + key + ":model:hourly:" + kModel + ":" + hour, requests, age_.has_money);
  counted_[{"api_key", key, BucketOf(Level::kHour, now_s, 0)}] += requests;
  List("usage:keymodel:", key, date, hour);
  Add("account_usage:hourly:" + account + ":" + hour, requests, false);
  if (!age_.has_account_models) {
    without_model_[{"account", account, BucketOf(Level::kHour, now_s, 0)}] += requests;
    return;
  }
  Add("account_usage:model:daily:" + account + ":" + kModel + ":" + date, requests, false);
  Add("account_usage:model:monthly:" + account + ":" + kModel + ":" + month, requests, false);
  Add("account_usage:model:hourly:" + account + ":" + kModel + ":" + hour, requests, false);
  counted_[{"account", account, BucketOf(Level::kHour, now_s, 0)}] += requests;
  List("account_usage:model:", account, date, hour);
}

void AgedRelay::MakeSetsOfKeys() {
  for (const auto& [what, requests] : counted_) {
    const auto& [kind, entity, hour] = what;
    if (kind != "api_key") continue;
    client_.Must({"SADD",
                  "usage:keymodel:hourly:index:" + FormatDate(hour, kTraceOffset) + ":" +
                      FormatHour(hour, kTraceOffset),
                  entity + ":" + kModel});
  }
}

std::string AgedRelay::Counted(Counters which) const {
  Counts counts = counted_;
  if (which == Counters::kFinest) counts.insert(without_model_.begin(), without_model_.end());
  std::string lines;
  for (const auto& [what, requests] : counts) {
    const auto& [kind, entity, hour] = what;
    lines += fmt::format("{} {} {} {} {}\n", kind, entity, hour, requests, kTokens * requests);
  }
  return lines;
}

void AgedRelay::Add(const std::string& key, int requests, bool has_money) {
  client_.Must({"HINCRBY", key, "requests", std::to_string(requests)});
  client_.Must({"HINCRBY", key, "inputTokens", std::to_string(kTokens * requests)});
  if (has_money) client_.Must({"HINCRBY", key, "realCostMicro", std::to_string(100 * requests)});
}

void AgedRelay::List(const std::string& prefix, const std::string& entity, const std::string& date,
                     const std::string& hour) {
  if (!age_.has_sets) return;
  client_.Must({"SADD", prefix + "hourly:index:" + hour, entity + ":" + kModel});
  client_.Must({"SADD", prefix + "daily:index:" + date, entity + ":" + kModel});
}

}  // namespace keymeter::testing
