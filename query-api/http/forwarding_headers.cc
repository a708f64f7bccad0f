#include "query-api/http/forwarding_headers.h"

#include <algorithm>
#include <array>
#include <string>

#include "query-api/http/http_types.h"

namespace keymeter::query_api {

namespace {

constexpr auto kNames = std::to_array<std::string_view>({
    "early-data",
    "forwarded",
    "front-end-https",
    "surrogate-capability",
    "via",
    "x-bluecoat-via",
    "x-cloud-trace-context",
    "x-forwarded",
    "x-request-start",
    "x-rewrite-url",
    "x-scheme",
    "x-url-scheme",
    "x-varnish",
});

constexpr auto kPrefixes = std::to_array<std::string_view>({
    "akamai-",      "cdn-",     "cf-",          "cloudfront-", "fastly-",     "fly-",
    "forwarded-",   "incap-",   "proxy-",       "tailscale-",  "wl-proxy-",   "x-akamai-",
    "x-amz-cf-",    "x-amzn-",  "x-appengine-", "x-arr-",      "x-azure-",    "x-auth-request-",
    "x-cluster-",   "x-envoy-", "x-forwarded-", "x-nf-",       "x-original-", "x-proxy-",
    "x-proxyuser-", "x-real-",  "x-remote-",    "x-ssl-",      "x-vercel-",
});

/// Whoever has no prefix of his own ends so: True-Client-IP, X-Sucuri-ClientIP, Ali-CDN-Real-IP.
constexpr auto kSuffixes = std::to_array<std::string_view>({"-ip", "-clientip", "-client-addr"});

}  // namespace

bool IsForwardingHeader(std::string_view name) {
  std::string lower = LowerCase(name);
  std::replace(lower.begin(), lower.end(), '_', '-');
  const auto begins = [&](std::string_view prefix) { return lower.starts_with(prefix); };
  const auto ends = [&](std::string_view suffix) { return lower.ends_with(suffix); };
  return std::find(kNames.begin(), kNames.end(), lower) != kNames.end() ||
         std::any_of(kPrefixes.begin(), kPrefixes.end(), begins) ||
         std::any_of(kSuffixes.begin(), kSuffixes.end(), ends);
}

}  // namespace keymeter::query_api
