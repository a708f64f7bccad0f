#include "tests/support/relay_trace.h"

#include <charconv>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>

#include <zlib.h>

#include "schema/civil_time.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {

namespace {

constexpr const char* kTracePath = KEYMETER_TEST_DATA "/relay-trace.resp.gz";
constexpr const char* kExpectedPath = KEYMETER_TEST_DATA "/relay-trace.expected.json";

constexpr std::string_view kHour = "2026-11-20:20";
constexpr std::string_view kDate = "2026-11-20";
constexpr std::string_view kMonth = "2026-11";

std::string Unzipped(const char* path) {
  struct Close {
    void operator()(gzFile_s* file) const { ::gzclose(file); }
  };
  const std::unique_ptr<gzFile_s, Close> file(::gzopen(path, "rb"));
  if (!file) throw std::runtime_error(std::string("open ") + path);
  std::string text;
  char buffer[65536];
  int count = 0;
  while ((count = ::gzread(file.get(), buffer, sizeof buffer)) > 0)
    text.append(buffer, static_cast<std::size_t>(count));
  if (count < 0) throw std::runtime_error(std::string("read ") + path);
  return text;
}

/// Reads "*3\r\n$4\r\nHSET\r\n…".
class RespText {
 public:
  explicit RespText(std::string_view text) : rest_(text) {}

  std::optional<RedisCommand> Next() {
    if (rest_.empty()) return std::nullopt;
    RedisCommand command(Number('*'));
    for (std::string& word : command) {
      const std::size_t size = Number('$');
      word = Take(size);
      (void)Take(2);
    }
    return command;
  }

 private:
  std::size_t Number(char mark) {
    const std::size_t end = rest_.find("\r\n");
    if (end == std::string_view::npos || rest_.front() != mark) throw std::runtime_error("trace: not RESP");
    const std::string_view digits = Take(end).substr(1);
    (void)Take(2);
    std::size_t number = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec != std::errc())
      throw std::runtime_error("trace: no number");
    return number;
  }

  std::string_view Take(std::size_t size) {
    if (rest_.size() < size) throw std::runtime_error("trace: cut short");
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
};

struct Instant {
  std::string hour;
  std::string date;
  std::string month;
};

bool EndsAt(const std::string& text, std::size_t at) {
  return at == text.size() || text[at] == ':';
}

/// The finest form first; "2026-11-16T00", a week of its own kind, stays.
void Redate(std::string& text, const Instant& to) {
  for (std::size_t at = 0; (at = text.find(kMonth, at)) != std::string::npos; ++at) {
    for (const auto& [from, other] :
         {std::pair{kHour, &to.hour}, std::pair{kDate, &to.date}, std::pair{kMonth, &to.month}}) {
      if (text.compare(at, from.size(), from) != 0 || !EndsAt(text, at + from.size())) continue;
      text.replace(at, from.size(), *other);
      break;
    }
  }
}

bool IsDate(const std::string& text) {
  return text == kHour || text == kDate || text == kMonth;
}

Amounts AmountsOf(const nlohmann::json& fields) {
  static constexpr std::pair<Metric, const char*> kFields[] = {
      {Metric::kRequests, "requests"},
      {Metric::kInputTokens, "inputTokens"},
      {Metric::kOutputTokens, "outputTokens"},
      {Metric::kCacheCreateTokens, "cacheCreateTokens"},
      {Metric::kCacheReadTokens, "cacheReadTokens"},
      {Metric::kEphemeral5mTokens, "ephemeral5mTokens"},
      {Metric::kEphemeral1hTokens, "ephemeral1hTokens"},
      {Metric::kCostMicros, "ratedCostMicro"},
      {Metric::kRealCostMicros, "realCostMicro"},
  };
  Amounts amounts;
  for (const auto& [metric, field] : kFields) amounts[metric] = fields.value(field, std::int64_t{0});
  return amounts;
}

}  // namespace

RelayTrace RelayTrace::Load() {
  const std::string text = Unzipped(kTracePath);
  RespText resp(text);
  RelayTrace trace;
  while (auto command = resp.Next()) trace.commands_.push_back(*std::move(command));
  return trace;
}

RelayTrace RelayTrace::Redated(std::int64_t epoch_seconds, std::int64_t utc_offset_seconds) const {
  Instant to;
  to.date = FormatDate(epoch_seconds, utc_offset_seconds);
  to.hour = to.date + ":" + FormatHour(epoch_seconds, utc_offset_seconds);
  to.month = FormatMonth(epoch_seconds, utc_offset_seconds);
  RelayTrace trace = *this;
  for (RedisCommand& command : trace.commands_) {
    Redate(command.at(1), to);
    for (std::size_t i = 2; i < command.size(); ++i)
      if (IsDate(command[i])) Redate(command[i], to);
  }
  return trace;
}

RelayTrace RelayTrace::Mapped(const std::function<RedisCommand(const RedisCommand&)>& change) const {
  RelayTrace mapped;
  mapped.commands_.reserve(commands_.size());
  for (const RedisCommand& command : commands_) mapped.commands_.push_back(change(command));
  return mapped;
}

std::string RelayTrace::Resp(std::size_t begin, std::size_t end) const {
  std::string resp;
  for (std::size_t i = begin; i < end; ++i) AppendResp(resp, commands_.at(i));
  return resp;
}

RelayExpectation RelayExpectation::Load() {
  RelayExpectation expectation;
  expectation.all = nlohmann::json::parse(ReadFile(kExpectedPath));
  for (const auto& [kind, section] :
       {std::pair{"api_key", "api_key_model"}, std::pair{"account", "account_model"}}) {
    for (const auto& [entity, models] : expectation.all.at(section).items())
      for (const auto& [model, fields] : models.items())
        expectation.usage[{kind, entity, model}] = AmountsOf(fields);
  }
  return expectation;
}

}  // namespace keymeter::testing
