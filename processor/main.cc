// The one place that wires: options, processor (Redis → SQLite) and query API (SQLite → HTTP).

#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "processor/check/check.h"
#include "processor/command_line.h"
#include "processor/event_loop.h"
#include "processor/healthcheck.h"
#include "processor/processor.h"
#include "processor/status_command.h"
#include "processor/version.h"
#include "query-api/api_server.h"
#include "query-api/listen_address.h"
#include "schema/clock.h"
#include "schema/fast_clock.h"
#include "schema/log.h"
#include "schema/price_list.h"

namespace keymeter {
namespace {

using processor::Command;
using processor::EventLoop;
using processor::MetricsSnapshot;
using processor::Options;
using processor::Processor;
using processor::SignalWatch;
using query_api::ApiServer;
using query_api::ListenAddress;
using query_api::MetricsWriter;
using query_api::Probes;

constexpr std::int64_t kLoopStuckMs = 10'000;
constexpr int kUsageError = 2;

void AddProcessorMetrics(const MetricsSnapshot& m, MetricsWriter& out) {
  const auto gauge = [&](std::string_view name, std::string_view help, double value) {
    out.Gauge(name, help, value);
  };
  const auto counter = [&](std::string_view name, std::string_view help, std::int64_t value) {
    out.Counter(name, help, static_cast<double>(value));
  };
  gauge("keymeter_connected", "1 while subscribed to the source.", m.is_connected ? 1 : 0);
  gauge("keymeter_baseline_read", "1 when history and the open hour have been read.",
        m.is_baseline_read ? 1 : 0);
  counter("keymeter_sessions_total", "Subscriptions to the source that came up.", m.sessions);
  counter("keymeter_events_total", "Keyspace events received.", m.events);
  counter("keymeter_metered_events_total", "Keyspace events of metered counters.", m.metered_events);
  counter("keymeter_readings_total", "Counter hashes read.", m.readings);
  counter("keymeter_skipped_values_total", "Counter values that are no whole numbers, and were left out.",
          m.skipped_values);
  counter("keymeter_refused_series_total", "Events of series beyond the most that are kept.",
          m.refused_series);
  gauge("keymeter_series", "Series known: API key or account x model.", static_cast<double>(m.series));
  gauge("keymeter_counters", "Counter hashes whose last reading is kept in memory.",
        static_cast<double>(m.counters));
  gauge("keymeter_dirty_counters", "Counters that changed and wait for their reading.",
        static_cast<double>(m.dirty));
  gauge("keymeter_backlog_counters", "Counters that import or sweep wait to read.",
        static_cast<double>(m.backlog));
  gauge("keymeter_lag_seconds", "Longest delay from an event to its reading in the last flush interval.",
        static_cast<double>(m.lag_ms) / 1000);
  counter("keymeter_flushes_total", "Transactions written.", m.flushes);
  counter("keymeter_failed_flushes_total", "Transactions that SQLite refused; kept and tried again.",
          m.failed_flushes);
  gauge("keymeter_flush_seconds", "Duration of the last flush.", static_cast<double>(m.flush_ms) / 1000);
  gauge("keymeter_unpriced_models", "Models that accounts use and that have no price: they cost 0.",
        static_cast<double>(m.unpriced_models));
  gauge("keymeter_requests_per_minute", "Requests of the trailing minute, all API keys.",
        m.requests_per_minute);
  gauge("keymeter_tokens_per_minute", "Tokens of the trailing minute, all API keys.", m.tokens_per_minute);
}

std::vector<std::string> NotReady(const MetricsSnapshot& metrics) {
  std::vector<std::string> reasons;
  if (!metrics.was_subscribed) reasons.emplace_back("never subscribed to the source yet");
  if (!metrics.is_writable) reasons.emplace_back("the last flush failed");
  return reasons;
}

Probes ProbesOf(const Processor& processor, const Clock& clock) {
  const MetricsSnapshot& metrics = processor.metrics();
  return {[&metrics, &clock] { return clock.MonotonicMs() - metrics.loop_beat_ms < kLoopStuckMs; },
          [&metrics] { return NotReady(metrics); },
          [&metrics](MetricsWriter& out) { AddProcessorMetrics(metrics, out); }};
}

Result<std::unique_ptr<ApiServer>> StartServer(const Options& options, const Clock& clock, Probes probes) {
  query_api::ApiOptions api;
  api.db_path = options.db_path;
  api.listen = options.Serves() ? options.listen : "";
  api.probe_listen = options.probe_listen;
  api.allow_open = options.no_auth;
  api.allowed_hosts = options.allowed_hosts;
  auto server = ApiServer::Start(api, clock, std::move(probes));
  if (!server) return server;
  if (options.Serves()) log::Info("listening", {{"address", (*server)->api_address()}, {"role", "api"}});
  log::Info("listening", {{"address", (*server)->probe_address()}, {"role", "probe"}});
  return server;
}

Status Serve(const Options& options, const Clock& clock) {
  const auto server = StartServer(options, clock, {});
  if (!server) return Fail(server.error());
  EventLoop loop;
  const SignalWatch interrupt(loop, SIGINT, [&loop] { loop.Stop(); });
  const SignalWatch terminate(loop, SIGTERM, [&loop] { loop.Stop(); });
  loop.Run();
  log::Info("stopped");
  return {};
}

Status Process(const Options& options, const Clock& clock) {
  auto processor = Processor::Open({options.redis, options.db_path, options.profiles, options.utc_offset_s,
                                    options.flush_interval_ms, options.poll_ms, options.prices_path},
                                   clock);
  if (!processor) return Fail(processor.error());
  const auto server = StartServer(options, clock, ProbesOf(**processor, clock));
  if (!server) return Fail(server.error());
  return (*processor)->Run();
}

/// Before anything is opened or made.
Status CheckAddresses(const Options& options) {
  if (options.Serves())
    if (const auto listen = ListenAddress::Parse(options.listen, "--listen"); !listen)
      return Fail(listen.error());
  const auto probe_listen = ListenAddress::Parse(options.probe_listen, "--probe-listen");
  return probe_listen ? Status() : Fail(probe_listen.error());
}

/// Commands that work: until a signal, with a log.
int Work(const Options& options) {
  log::Configure(options.log_level, options.log_format);
  for (const std::string& warning : options.warnings) log::Warn("configuration", {{"warning", warning}});
  if (options.Processes()) {
    if (const auto prices = PriceList::Load(options.prices_path); !prices) {
      log::Fault("cannot work", {{"reason", prices.error().In(options.prices_place).message}});
      return kUsageError;
    }
  }
  if (const Status valid = CheckAddresses(options); !valid) {
    log::Fault("cannot work", {{"reason", valid.error().message}});
    return kUsageError;
  }
  const auto clock = ProgramClock();
  const Status done = options.Processes() ? Process(options, *clock) : Serve(options, *clock);
  if (done) return 0;
  log::Fault("cannot work", {{"reason", done.error().message}});
  return 1;
}

int Main(const Options& options) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on files is SQLite's error, not our end
  switch (options.command) {
    case Command::kHealthcheck:
      return processor::Healthcheck(options.probe_listen, options.health_path);
    case Command::kStatus:
      return processor::ShowStatus({options.db_path, options.json, options.watch_ms}, SystemClock());
    case Command::kCheck:
      return check::RunCheck(options, SystemClock());
    default:
      return Work(options);
  }
}

}  // namespace
}  // namespace keymeter

int main(int argc, char** argv) {
  const auto invocation =
      keymeter::processor::ParseCommandLine(argc, argv, keymeter::processor::ProcessEnvironment());
  if (invocation.text.empty()) return keymeter::Main(invocation.options);
  std::fputs(invocation.text.c_str(), invocation.is_error ? stderr : stdout);
  return invocation.exit_code;
}
