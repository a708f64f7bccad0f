#include "processor/program/api_options.h"

#include <gtest/gtest.h>

namespace keymeter {
namespace {

using processor::Options;

TEST(ApiOptions, HaveTheDefaultsOfTheSettings) {
  const query_api::ApiOptions api = ApiOptionsOf(Options{});
  EXPECT_EQ(api.db_path, "keymeter.db");
  EXPECT_EQ(api.listen, std::vector<std::string>{"127.0.0.1:8787"});
  EXPECT_EQ(api.tls_cert, "");
  EXPECT_EQ(api.tls_key, "");
  EXPECT_EQ(api.probe_listen, "127.0.0.1:8788");
  EXPECT_EQ(api.connections, 4096);
  EXPECT_EQ(api.connections_per_address, 64);
  EXPECT_EQ(api.access_log, query_api::AccessLogMode::kOn);
  EXPECT_EQ(api.max_websockets, 64);
  EXPECT_EQ(api.answer_cache_bytes, std::size_t{32} << 20);
}

TEST(ApiOptions, HaveWhatTheSettingsSay) {
  Options options;
  options.processor.db_path = "x.db";
  options.api = {.listen = {"127.0.0.1:1", "tls://[::1]:2"},
                 .tls_cert = "cert.pem",
                 .tls_key = "key.pem",
                 .probe_listen = "127.0.0.1:2",
                 .access = {.is_open = true,
                            .allowed_hosts = {"a"},
                            .token_file = "tokens",
                            .jwt_secret_file = "secret",
                            .trusted_proxies = {"10.0.0.0/8"},
                            .cors_origins = {"*"},
                            .rate_limit = {.per_second = 5, .burst = 7}},
                 .access_log = processor::AccessLogging::kErrors,
                 .max_connections = 9,
                 .connections_per_address = 3,
                 .max_websockets = 2,
                 .answer_cache_bytes = 4096,
                 .spool_dir = "/spool"};
  const query_api::ApiOptions api = ApiOptionsOf(options);
  EXPECT_EQ(api.db_path, "x.db");
  EXPECT_EQ(api.listen, options.api.listen);
  EXPECT_EQ(api.tls_cert, "cert.pem");
  EXPECT_EQ(api.tls_key, "key.pem");
  EXPECT_EQ(api.probe_listen, "127.0.0.1:2");
  EXPECT_EQ(api.connections, 9);
  EXPECT_EQ(api.connections_per_address, 3);
  EXPECT_EQ(api.max_websockets, 2);
  EXPECT_EQ(api.answer_cache_bytes, 4096U);
  EXPECT_EQ(api.spool_dir, "/spool");
  EXPECT_EQ(api.access_log, query_api::AccessLogMode::kErrors);
  EXPECT_TRUE(api.access.allow_open);
  EXPECT_EQ(api.access.allowed_hosts, options.api.access.allowed_hosts);
  EXPECT_EQ(api.access.token_file, "tokens");
  EXPECT_EQ(api.access.jwt_secret_file, "secret");
  EXPECT_EQ(api.access.trusted_proxies, options.api.access.trusted_proxies);
  EXPECT_EQ(api.access.cors_origins, options.api.access.cors_origins);
  EXPECT_EQ(api.access.rate_limit.per_second, 5);
  EXPECT_EQ(api.access.rate_limit.burst, 7);
}

TEST(ApiOptions, OfACommandThatOnlyMetersHaveProbesAlone) {
  Options options;
  options.command = processor::Command::kProcess;
  EXPECT_TRUE(ApiOptionsOf(options).listen.empty());
  EXPECT_EQ(ApiOptionsOf(options).probe_listen, "127.0.0.1:8788");
}

}  // namespace
}  // namespace keymeter
