#include "processor/program/api_options.h"

namespace keymeter {

namespace {

query_api::AccessLogMode ModeOf(processor::AccessLogging logging) {
  switch (logging) {
    case processor::AccessLogging::kAll:
      return query_api::AccessLogMode::kOn;
    case processor::AccessLogging::kErrors:
      return query_api::AccessLogMode::kErrors;
    case processor::AccessLogging::kNone:
      break;
  }
  return query_api::AccessLogMode::kOff;
}

}  // namespace

query_api::AccessOptions AccessOptionsOf(const processor::AccessSettings& settings) {
  return {.allow_open = settings.is_open,
          .allowed_hosts = settings.allowed_hosts,
          .token_file = settings.token_file,
          .jwt_secret_file = settings.jwt_secret_file,
          .trusted_proxies = settings.trusted_proxies,
          .cors_origins = settings.cors_origins,
          .rate_limit = {.per_second = settings.rate_limit.per_second, .burst = settings.rate_limit.burst}};
}

query_api::ApiOptions ApiOptionsOf(const processor::Options& options) {
  const processor::ApiSettings& api = options.api;
  return {.db_path = options.processor.db_path,
          .listen = options.Serves() ? api.listen : std::vector<std::string>(),
          .tls_cert = api.tls_cert,
          .tls_key = api.tls_key,
          .probe_listen = api.probe_listen,
          .connections = api.max_connections,
          .connections_per_address = api.connections_per_address,
          .access = AccessOptionsOf(api.access),
          .access_log = ModeOf(api.access_log),
          .max_websockets = api.max_websockets,
          .answer_cache_bytes = static_cast<std::size_t>(api.answer_cache_bytes),
          .spool_dir = api.spool_dir};
}

}  // namespace keymeter
