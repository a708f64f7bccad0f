#include "benchmarks/relay_load/relay_commands.h"

#include <iterator>

#include <fmt/format.h>

#include "tests/support/relay/calendar.h"

namespace keymeter::relay_load {
namespace {

constexpr std::int64_t kRecordsTtl = 90LL * 86'400;

/// The whole hash again, with a new lastUsedAt: the relay reads it, changes one field and writes all of them
/// back.
void AppendLastUsed(RespWriter& out, const Request& request) {
  const ApiKey& key = *request.key;
  const std::string hash = "apikey:" + key.id;
  const std::string last_used_at = IsoTime(request.at_ms);
  out.BeginCommand(2 + 2 * key.fields.size());
  out.Arg("hset");
  out.Arg(hash);
  for (std::size_t i = 0; i < key.fields.size(); ++i) {
    out.Arg(key.fields[i].first);
    out.Arg(i == key.last_used_at ? last_used_at : key.fields[i].second);
  }
  out.Expire(hash, kApiKeyTtl);
  out.EndPart();
}

std::string CostJson(const Cost& cost) {
  return fmt::format(
      R"("input":{},"output":{},"cacheCreate":{},"cacheRead":{},"ephemeral5m":{},"ephemeral1h":{})",
      Usd(cost.input), Usd(cost.output), Usd(cost.cache_create), Usd(cost.cache_read), Usd(cost.ephemeral_5m),
      Usd(cost.ephemeral_1h));
}

std::string TokensJson(const Tokens& tokens, bool with_ephemeral) {
  std::string json =
      fmt::format(R"("inputTokens":{},"outputTokens":{},"cacheCreateTokens":{},"cacheReadTokens":{})",
                  tokens.input, tokens.output, tokens.cache_create, tokens.cache_read);
  if (with_ephemeral) {
    fmt::format_to(std::back_inserter(json), R"(,"ephemeral5mTokens":{},"ephemeral1hTokens":{})",
                   tokens.ephemeral_5m, tokens.ephemeral_1h);
  }
  fmt::format_to(std::back_inserter(json), R"(,"totalTokens":{})", tokens.All());
  return json;
}

std::string RecordJson(const Request& request, std::string_view secret_mark) {
  const std::string_view dash = secret_mark.empty() ? "" : "-";
  return fmt::format(
      R"({{"timestamp":"{}","model":"{}","accountId":"{}","accountType":"{}","requestId":"{}{}req-{}",)"
      R"("endpoint":"/api/v1/messages","method":"POST","statusCode":200,"stream":{},"durationMs":{},{},)"
      R"("cost":{},"realCost":{},"costBreakdown":{{{},"total":{}}},"realCostBreakdown":{{{},"total":{}}},)"
      R"({}"isLongContext":false}})",
      IsoTime(request.at_ms + request.account_delay_ms), request.model->request_name, request.account->id,
      request.account->kind->usage_type, secret_mark, dash, request.number, request.is_stream,
      request.duration_ms, TokensJson(request.tokens, request.has_details),
      Usd(request.rated_cost.Micros() * 1'000'000), Usd(request.real_cost.Micros() * 1'000'000),
      CostJson(request.rated_cost), Usd(request.rated_cost.Total()), CostJson(request.real_cost),
      Usd(request.real_cost.Total()),
      request.has_details ? R"("pricingSource":"dynamic","usedFallbackPricing":false,)" : "");
}

std::string BillingJson(const Request& request, std::string_view secret_mark) {
  const std::int64_t at_ms = request.at_ms + request.account_delay_ms;
  const std::string_view dash = secret_mark.empty() ? "" : "-";
  const std::string time = IsoTime(at_ms);
  return fmt::format(
      R"({{"eventId":"{}{}{}-{:09}","eventType":"usage.recorded","timestamp":"{}","version":"1.0",)"
      R"("apiKey":{{"id":"{}","name":"{}","userId":null}},"usage":{{"model":"{}",{}}},)"
      R"("cost":{{"total":{},"currency":"USD","breakdown":{{{}}}}},"account":{{"id":"{}","type":"{}"}},)"
      R"("context":{{"isLongContext":false,"requestTimestamp":"{}"}}}})",
      secret_mark, dash, at_ms, request.number, time, request.key->id, request.key->json_name,
      request.model->request_name, TokensJson(request.tokens, true), Usd(request.rated_cost.Total()),
      CostJson(request.rated_cost), request.account->id, request.account->kind->usage_type, time);
}

void AppendRecords(RespWriter& out, const Request& request, std::string_view secret_mark, const Age& age) {
  if (out.Outlives(kRecordsTtl) && age.KeepsRecords()) {
    const std::string list = "usage:records:" + request.key->id;
    out.Command({"lpush", list, RecordJson(request, secret_mark)});
    out.Command({"ltrim", list, "0", "199"});
    out.Expire(list, kRecordsTtl);
    out.EndPart();
  }
  if (request.has_details && age.PublishesBilling()) {
    out.Command(
        {"xadd", "billing:events", "MAXLEN", "~", "100000", "*", "data", BillingJson(request, secret_mark)});
    out.EndPart();
  }
}

}  // namespace

void AppendRequest(RespWriter& out, const Request& request, std::int64_t offset_seconds,
                   std::string_view secret_mark, const Age& age) {
  AppendKeyUsage(out, request, offset_seconds, age);
  AppendKeyCost(out, request, offset_seconds, age);
  AppendLastUsed(out, request);
  AppendAccountUsage(out, request, offset_seconds, age);
  AppendRecords(out, request, secret_mark, age);
}

std::string Usd(std::int64_t pico_dollars) {
  // Twelve decimals hold it exactly; JSON and INCRBYFLOAT want no trailing zeros and no exponent.
  std::string text =
      fmt::format("{}.{:012}", pico_dollars / 1'000'000'000'000, pico_dollars % 1'000'000'000'000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace keymeter::relay_load
