#include "query-api/access/host_names.h"

#include <algorithm>

#include "query-api/access/ip_network.h"
#include "query-api/http/http_types.h"
#include "schema/host_port.h"

namespace keymeter::query_api {

namespace {

std::string CanonicalName(std::string_view name) {
  if (const auto address = IpAddress::Parse(name)) return address->ToString();
  if (name.ends_with('.')) name.remove_suffix(1);
  return LowerCase(name);
}

/// "" for what is no HOST or HOST:PORT. The port may be empty (RFC 3986, section 3.2.3).
std::string CanonicalHost(std::string_view authority) {
  const auto parts = SplitHostPort(authority);
  if (!parts || (parts->port && !parts->port->empty() && !ParsePort(*parts->port))) return "";
  const bool is_ipv6 = parts->host.find(':') != std::string_view::npos;
  if (is_ipv6 != parts->is_bracketed) return "";
  return CanonicalName(parts->host);
}

}  // namespace

void HostNames::Add(std::string_view name) {
  std::string canonical = IpAddress::Parse(name) ? CanonicalName(name) : CanonicalHost(name);
  if (!canonical.empty()) names_.push_back(std::move(canonical));
}

bool HostNames::Contain(std::string_view authority) const {
  return std::find(names_.begin(), names_.end(), CanonicalHost(authority)) != names_.end();
}

}  // namespace keymeter::query_api
