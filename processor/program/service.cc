#include "processor/program/service.h"

#include <csignal>
#include <filesystem>
#include <memory>
#include <utility>

#include "processor/pipeline/metrics_page.h"
#include "processor/pipeline/processor.h"
#include "processor/program/api_options.h"
#include "query-api/api_server.h"
#include "query-api/front/tls_context.h"
#include "query-api/http/listen_address.h"
#include "schema/event_loop.h"
#include "schema/log.h"
#include "schema/price_list.h"

namespace keymeter {

namespace {

using processor::Options;
using processor::Processor;
using processor::ProcessorMetrics;
using processor::ProcessorOptions;
using query_api::ApiServer;
using query_api::ListenAddress;
using query_api::ParseListenAddresses;
using query_api::Probes;

constexpr int kCannotWork = 1;
constexpr int kUsageError = 2;

Probes ProbesOf(const ProcessorMetrics& metrics, const Clock& clock) {
  return {[&metrics, &clock] { return processor::IsLoopAlive(metrics, clock.MonotonicMs()); },
          [&metrics] { return processor::NotReadyReasons(metrics); },
          [&metrics](PrometheusText& out) { processor::WriteMetrics(metrics, out); }};
}

Result<std::unique_ptr<ApiServer>> StartServer(const Options& options, const Clock& clock, Probes probes) {
  auto server = ApiServer::Start(ApiOptionsOf(options), clock, std::move(probes));
  if (!server) return server;
  for (const std::string& address : (*server)->api_addresses())
    log::Info("listening", {{"address", address}, {"role", "api"}});
  log::Info("listening", {{"address", (*server)->probe_address()}, {"role", "probe"}});
  return server;
}

/// On SIGHUP. A certificate that cannot be read changes nothing but the log.
void ReloadCertificates(ApiServer& server, const std::string& certificate) {
  if (certificate.empty()) return;
  if (const Status reloaded = server.ReloadCertificates(); !reloaded)
    log::Warn("certificate not read",
              {{"reason", reloaded.error().Text()}, {"next", "the earlier certificate stays in use"}});
  else
    log::Info("certificate read", {{"file", certificate}});
}

Status Serve(const Options& options, const Clock& clock) {
  std::unique_ptr<ApiServer> server;
  EventLoop loop;
  // Taken over before "listening" is said: whoever reads that may send a signal at once.
  const SignalWatch interrupt(loop, SIGINT, [&loop] { loop.Stop(); });
  const SignalWatch terminate(loop, SIGTERM, [&loop] { loop.Stop(); });
  const SignalWatch hang_up(loop, SIGHUP, [&] { ReloadCertificates(*server, options.api.tls_cert); });
  ASSIGN_OR_RETURN(server, StartServer(options, clock, {}));
  loop.Run();
  server.reset();
  log::Info("stopped");
  return {};
}

Status Process(const Options& options, const Clock& clock) {
  // Before a processor hears SIGHUP, and between two of them, it would end the process. SIGINT and SIGTERM
  // may: then nothing is in memory only.
  std::signal(SIGHUP, SIG_IGN);
  const auto metrics = std::make_shared<ProcessorMetrics>();
  ProcessorOptions settings = options.processor;
  ASSIGN_OR_RETURN(auto processor, Processor::Open(settings, clock, metrics));
  ASSIGN_OR_RETURN(const auto server, StartServer(options, clock, ProbesOf(*metrics, clock)));
  while (true) {
    if (options.Serves()) processor->AlsoOnHangUp([&] { ReloadCertificates(*server, options.api.tls_cert); });
    RETURN_IF_ERROR(processor->Run());
    settings.shown_offset_s = processor->shown_offset_s();
    if (!settings.shown_offset_s) return {};
    processor.reset();  // it holds the file
    ASSIGN_OR_RETURN(processor, Processor::Open(settings, clock, metrics));
    // As Open does with the prices: the SIGHUP that was to say so was not heard meanwhile.
    if (options.Serves()) ReloadCertificates(*server, options.api.tls_cert);
  }
}

int CannotWork(const Error& why, int exit_code) {
  log::Fault("cannot work", {{"reason", why.Text()}});
  return exit_code;
}

}  // namespace

Status CheckSettings(const Options& options, const Clock& clock) {
  // Only before the first start: later the file has prices, and metering never stops for a price list.
  if (std::error_code none;
      options.Processes() && !std::filesystem::exists(options.processor.db_path, none)) {
    if (const auto prices = PriceList::Load(options.processor.prices_path); !prices)
      return Fail(prices.error().In(options.prices_origin));
  }
  RETURN_IF_ERROR(ListenAddress::ParseWithoutTls(options.api.probe_listen, "--probe-listen"));
  if (options.Serves()) {
    ASSIGN_OR_RETURN(const auto listen, ParseListenAddresses(options.api.listen, "--listen"));
    if (const auto access = query_api::Access::Make(listen, AccessOptionsOf(options.api.access), clock);
        !access)
      return Fail(access.error());
    if (options.api.tls_cert.empty()) return {};
    if (const auto tls = query_api::TlsContext::Load({options.api.tls_cert, options.api.tls_key}); !tls)
      return Fail(tls.error());
  }
  return {};
}

int RunService(const Options& options, const Clock& clock) {
  log::Configure(options.log.level, options.log.format);
  for (const auto& warning : options.warnings) log::Warn("configuration", {{"warning", warning.Text()}});
  if (const Status valid = CheckSettings(options, clock); !valid)
    return CannotWork(valid.error(), kUsageError);
  const Status done = options.Processes() ? Process(options, clock) : Serve(options, clock);
  return done ? 0 : CannotWork(done.error(), kCannotWork);
}

}  // namespace keymeter
