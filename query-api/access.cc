#include "query-api/access.h"

#include <algorithm>

namespace keymeter::query_api {

namespace {

/// "localhost:8787" → "localhost"; "[::1]:8787" → "[::1]".
std::string_view HostName(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  if (colon == std::string_view::npos || host.ends_with(']')) return host;
  return host.substr(0, colon);
}

}  // namespace

Result<Access> Access::Make(const ListenAddress& listen, bool allow_open,
                            std::vector<std::string> more_hosts) {
  if (!listen.IsLoopback() && !allow_open)
    return Fail(
        ErrorCode::kInvalid,
        "--listen {}: others can reach this address and no credentials are set up; listen on 127.0.0.1, or "
        "say --no-auth if everybody may read everything",
        listen.ToString());
  Access access;
  access.hosts_ = std::move(more_hosts);
  for (const char* name : {"localhost", "127.0.0.1", "[::1]"}) access.hosts_.emplace_back(name);
  access.hosts_.push_back(listen.host);
  access.allow_open_ = allow_open;
  access.any_host_ = allow_open && listen.IsEverywhere();
  return access;
}

tl::expected<Caller, Response> Access::Check(const Request& request) const {
  if (!allow_open_) {
    for (const char* name : {"X-Forwarded-For", "Forwarded"})
      if (request.FindHeader(name) != nullptr)
        return tl::unexpected(Problem(
            403, fmt::format("this request came through a proxy ({}) and no credentials are set up: ask "
                             "directly on this machine, or start keymeter with --no-auth if everybody "
                             "whom the proxy lets through may read everything",
                             name)));
  }
  if (!any_host_ && !KnowsHost(request))
    return tl::unexpected(
        Problem(403, "the Host header names neither this machine's loopback nor the listen address"));
  return Caller{Role::kAdmin, "", request.peer};
}

bool Access::KnowsHost(const Request& request) const {
  const std::string* host = request.FindHeader("Host");
  if (host == nullptr) return false;
  const std::string_view name = HostName(*host);
  return std::any_of(hosts_.begin(), hosts_.end(),
                     [&](const std::string& known) { return EqualsIgnoringCase(known, name); });
}

}  // namespace keymeter::query_api
