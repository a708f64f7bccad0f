#include "benchmarks/program/e2e/subject.h"

#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include <nlohmann/json.hpp>

#include "benchmarks/program/e2e/channels.h"
#include "tests/support/http_client.h"
#include "tests/support/process_figures.h"

namespace keymeter::e2e {

namespace {

using testing::Milliseconds;

constexpr Milliseconds kMarkEvery{500};
constexpr Milliseconds kToSay{5000};
const char* const kBaseline = KEYMETER_SOURCE_DIR "/benchmarks/program/baseline";

std::vector<std::string> NaiveCommand(const SubjectSetup& setup) {
  if (!std::filesystem::exists(std::string(kBaseline) + "/node_modules/ioredis"))
    throw std::runtime_error(
        "the naive client's packages are not installed: run benchmarks/program/baseline/install");
  return {"node", std::string(kBaseline) + "/index.mjs", setup.redis.url()};
}

std::vector<std::string> KeymeterCommand(const SubjectSetup& setup, const std::string& db) {
  const bool serves = setup.kind == SubjectKind::kServe;
  // The profile and the offset are those that it would find by itself in a relay that is not empty.
  std::vector<std::string> argv = {setup.kind == SubjectKind::kBefore ? setup.other_binary : KEYMETER_BINARY,
                                   serves ? "run" : "process",
                                   "--redis",
                                   setup.redis.url(),
                                   "--db",
                                   db,
                                   "--profile",
                                   "claude-relay-service",
                                   "--utc-offset",
                                   "+08:00",
                                   "--probe-listen",
                                   "127.0.0.1:0"};
  if (serves) argv.insert(argv.end(), {"--listen", "127.0.0.1:0"});
  return argv;
}

/// keymeter sets the flags itself; the others get the same.
void SetNotifications(const SubjectSetup& setup) {
  const bool is_off = setup.kind == SubjectKind::kOff || IsKeymeter(setup.kind);
  setup.redis.Connect().Must({"CONFIG", "SET", "notify-keyspace-events", is_off ? "" : "Eghx"});
}

}  // namespace

Subject::Subject(const SubjectSetup& setup) : kind_(setup.kind), redis_(setup.redis) {
  SetNotifications(setup);
  if (kind_ == SubjectKind::kFloor) {
    process_ = std::make_unique<testing::ChildProcess>(
        std::vector<std::string>{E2E_FLOOR_BINARY, "127.0.0.1", std::to_string(redis_.port())});
    Await("\"subscribed\":true");
  } else if (kind_ == SubjectKind::kNaive) {
    process_ = std::make_unique<testing::ChildProcess>(NaiveCommand(setup));
    Await("\"subscribed\":true");
  } else if (IsKeymeter(kind_)) {
    db_ = setup.directory + "/keymeter.db";
    process_ = std::make_unique<testing::ChildProcess>(KeymeterCommand(setup, db_));
    Await("msg=\"baseline read\"");
    Await("msg=\"days and months read\"");
  }
}

std::optional<pid_t> Subject::pid() const {
  return process_ ? std::optional(process_->pid()) : std::nullopt;
}

void Subject::Await(const std::string& part) {
  if (process_->WaitForLine(part)) return;
  throw std::runtime_error("no line with '" + part + "' in:\n" + process_->StandardError());
}

std::string Subject::Address(const std::string& role) const {
  const auto line = process_->WaitForLine([&](const std::string& text) {
    return text.find("msg=\"listening\"") != std::string::npos &&
           text.find("role=" + role) != std::string::npos;
  });
  if (!line) throw std::runtime_error("not listening:\n" + process_->StandardError());
  const std::size_t begin = line->find("address=") + 8;
  return "http://" + line->substr(begin, line->find(' ', begin) - begin);
}

std::string Subject::Api(const std::string& path) const {
  return Address("api") + path;
}
std::string Subject::Probe(const std::string& path) const {
  return Address("probe") + path;
}

std::optional<Counted> Subject::LastCount() const {
  std::optional<Counted> last;
  for (const std::string& line : process_->Lines()) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("done")) continue;
    last = Counted{json["done"], json["events"], json["connections"]};
  }
  return last;
}

std::optional<Counted> Subject::AwaitCount(Milliseconds timeout) {
  testing::RedisClient client = redis_.Connect();
  const auto is_done = [&] {
    const auto counted = LastCount();
    return counted && counted->is_done;
  };
  // One that was cut off hears the mark once it is back.
  for (Milliseconds waited{0}; waited < timeout && !is_done() && process_->IsRunning();
       waited += kMarkEvery) {
    client.Must({"PUBLISH", kEndChannel, ""});
    (void)testing::WaitFor(kMarkEvery, is_done);
  }
  if (!is_done()) {
    process_->Signal(SIGTERM);
    (void)process_->Wait(kToSay);
  }
  return LastCount();
}

std::string Subject::Complaints() const {
  std::string complaints;
  if (!process_) return complaints;
  for (const std::string& line : process_->Lines())
    if (line.find("level=warn") != std::string::npos || line.find("level=error") != std::string::npos)
      complaints += line + '\n';
  return complaints;
}

std::int64_t Subject::Sessions() const {
  std::string text = testing::HttpGet(Probe("/metrics")).body;
  for (char& c : text)
    if (c == ' ') c = ':';  // "name value", as LineValue reads it
  return testing::LineValue(text, "keymeter_sessions_total");
}

}  // namespace keymeter::e2e
