#pragma once

#include <string_view>

/// Headers by which proxies tell whom they ask for. Threads: pure function. Bounds: O(length of the name).
namespace keymeter::query_api {

/// Whether a proxy adds a header of that name (any case, `_` for `-` too), and neither browsers nor curl do
/// of themselves: a sign that whoever connects asks for somebody else.
///
/// The list is what RFC 7239 (Forwarded), 9110 (Via), 8586 (CDN-Loop) and 8470 (Early-Data) say, and the
/// manuals of nginx and ingress-nginx, Apache, HAProxy, Envoy, Traefik, Varnish, IIS, WebLogic, oauth2-proxy,
/// AWS, Azure, Google Cloud, Cloudflare, Fastly, Akamai, Imperva, Tailscale, Fly, Vercel and Netlify. Not on
/// it are X-Request-Id and the headers of tracing (traceparent, X-B3-*): clients add them too.
[[nodiscard]] bool IsForwardingHeader(std::string_view name);

}  // namespace keymeter::query_api
