// The one place that wires: options, processor (Redis → SQLite) and query API (SQLite → HTTP).

#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "processor/check/check.h"
#include "processor/commands/backup_command.h"
#include "processor/commands/healthcheck.h"
#include "processor/commands/rebuild_command.h"
#include "processor/commands/status_command.h"
#include "processor/config/command_line.h"
#include "processor/pipeline/metrics_page.h"
#include "processor/pipeline/processor.h"
#include "processor/runtime/event_loop.h"
#include "query-api/access/token_command.h"
#include "query-api/api_server.h"
#include "query-api/http/listen_address.h"
#include "schema/clock.h"
#include "schema/fast_clock.h"
#include "schema/log.h"
#include "schema/price_list.h"
#include "schema/version.h"

namespace keymeter {
namespace {

using processor::Command;
using processor::EventLoop;
using processor::Options;
using processor::Processor;
using processor::ProcessorMetrics;
using processor::SignalWatch;
using query_api::ApiServer;
using query_api::ListenAddress;
using query_api::Probes;

constexpr int kUsageError = 2;

Probes ProbesOf(const Processor& processor, const Clock& clock) {
  const ProcessorMetrics& metrics = processor.metrics();
  return {[&metrics, &clock] { return processor::IsLoopAlive(metrics, clock.MonotonicMs()); },
          [&metrics] { return processor::NotReadyReasons(metrics); },
          [&metrics](PrometheusText& out) { processor::WriteMetrics(metrics, out); }};
}

query_api::AccessOptions AccessOptionsOf(const Options& options) {
  query_api::AccessOptions access;
  access.allow_open = options.no_auth;
  access.allowed_hosts = options.allowed_hosts;
  access.token_file = options.token_file;
  access.jwt_secret_file = options.jwt_secret_file;
  access.trusted_proxies = options.trusted_proxies;
  access.cors_origins = options.cors_origins;
  access.rate_limit = {options.rate_limit_per_second, options.rate_limit_burst};
  return access;
}

query_api::AccessLogMode AccessLogModeOf(const Options& options) {
  using Mode = query_api::AccessLogMode;
  return options.access_log == "on" ? Mode::kOn : options.access_log == "errors" ? Mode::kErrors : Mode::kOff;
}

Result<std::unique_ptr<ApiServer>> StartServer(const Options& options, const Clock& clock, Probes probes) {
  query_api::ApiOptions api;
  api.db_path = options.db_path;
  api.listen = options.Serves() ? options.listen : "";
  api.probe_listen = options.probe_listen;
  api.access = AccessOptionsOf(options);
  api.access_log = AccessLogModeOf(options);
  api.threads = options.max_connections;
  api.connections_per_address = options.connections_per_address;
  api.max_websockets = options.max_websockets;
  api.answer_cache_bytes = static_cast<std::size_t>(options.answer_cache_bytes);
  auto server = ApiServer::Start(api, clock, std::move(probes));
  if (!server) return server;
  if (options.Serves()) log::Info("listening", {{"address", (*server)->api_address()}, {"role", "api"}});
  log::Info("listening", {{"address", (*server)->probe_address()}, {"role", "probe"}});
  return server;
}

Status Serve(const Options& options, const Clock& clock) {
  ASSIGN_OR_RETURN(const auto server, StartServer(options, clock, {}));
  EventLoop loop;
  const SignalWatch interrupt(loop, SIGINT, [&loop] { loop.Stop(); });
  const SignalWatch terminate(loop, SIGTERM, [&loop] { loop.Stop(); });
  loop.Run();
  log::Info("stopped");
  return {};
}

processor::ProcessorOptions ProcessorOptionsOf(const Options& options) {
  return {.redis = options.redis,
          .db_path = options.db_path,
          .profiles = options.profiles,
          .utc_offset_s = options.utc_offset_s,
          .flush_interval_ms = options.flush_interval_ms,
          .poll_ms = options.poll_ms,
          .prices_path = options.prices_path,
          .audit_interval_ms = options.audit_interval_ms,
          .import_max_load = options.import_max_load,
          .file = options.file};
}

Status Process(const Options& options, const Clock& clock) {
  ASSIGN_OR_RETURN(auto processor, Processor::Open(ProcessorOptionsOf(options), clock));
  ASSIGN_OR_RETURN(const auto server, StartServer(options, clock, ProbesOf(*processor, clock)));
  return processor->Run();
}

/// Before anything is opened or made.
Status CheckAddresses(const Options& options, const Clock& clock) {
  if (options.Serves()) {
    ASSIGN_OR_RETURN(const auto listen, ListenAddress::Parse(options.listen, "--listen"));
    if (const auto access = query_api::Access::Make(listen, AccessOptionsOf(options), clock); !access)
      return Fail(access.error());
  }
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
  const auto clock = ProgramClock();
  if (const Status valid = CheckAddresses(options, *clock); !valid) {
    log::Fault("cannot work", {{"reason", valid.error().Text()}});
    return kUsageError;
  }
  const Status done = options.Processes() ? Process(options, *clock) : Serve(options, *clock);
  if (done) return 0;
  log::Fault("cannot work", {{"reason", done.error().Text()}});
  return 1;
}

/// It speaks for itself; the log only warns.
int Rebuild(const Options& options) {
  log::Configure(log::Severity::kWarn, options.log_format);
  return processor::Rebuild({ProcessorOptionsOf(options), options.dry_run, options.force}, SystemClock());
}

/// But for the address, which has a check of its own.
check::AccessFacts LookAtAccess(const Options& options) {
  const SystemClock clock;
  const auto access = query_api::Access::Make({"127.0.0.1", 0}, AccessOptionsOf(options), clock);
  if (!access) return {access.error()};
  return {{}, (*access)->RefusesEverybody()};
}

int Token(const Options& options) {
  switch (options.command) {
    case Command::kTokenCreate: {
      const auto role = options.token_role == "admin" ? query_api::Role::kAdmin : query_api::Role::kViewer;
      return query_api::CreateToken(options.token_file, {options.token_name, role, options.token_lifetime_s},
                                    SystemClock());
    }
    case Command::kTokenList:
      return query_api::ListTokens(options.token_file, options.json, SystemClock());
    default:
      return query_api::RevokeToken(options.token_file, options.token);
  }
}

int Main(const Options& options) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit of the file's size is an error like any other
  switch (options.command) {
    case Command::kHealthcheck:
      return processor::Healthcheck(options.probe_listen, options.health_path);
    case Command::kStatus:
      return processor::ShowStatus({options.db_path, options.json, options.watch_ms}, SystemClock());
    case Command::kCheck:
      return check::RunCheck(options, LookAtAccess(options), SystemClock());
    case Command::kBackup:
      return processor::Backup({options.db_path, options.backup_path, options.force});
    case Command::kRebuild:
      return Rebuild(options);
    case Command::kTokenCreate:
    case Command::kTokenList:
    case Command::kTokenRevoke:
      return Token(options);
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
