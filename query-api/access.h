#pragma once

#include <string>
#include <vector>

#include "query-api/caller.h"
#include "query-api/http_types.h"
#include "query-api/listen_address.h"

namespace keymeter::query_api {

/// Who gets in as long as no credentials are set up: whoever talks to us directly on this machine, as admin.
///
/// A request that a proxy forwarded is refused, so that a proxy in front cannot publish an open API by
/// accident; so is one whose `Host` is not ours, so that a web page cannot reach us by DNS rebinding.
/// `allow_open` is the operator's word that everybody may read: then forwarded requests pass, and on
/// 0.0.0.0 any `Host`.
/// Threads: const, any.
class Access {
 public:
  /// Refuses an address that others can reach, unless `allow_open`.
  static Result<Access> Make(const ListenAddress& listen, bool allow_open,
                             std::vector<std::string> more_hosts = {});

  /// Who it is, or the refusal (403).
  [[nodiscard]] tl::expected<Caller, Response> Check(const Request& request) const;

 private:
  Access() = default;
  [[nodiscard]] bool KnowsHost(const Request& request) const;

  std::vector<std::string> hosts_;
  bool allow_open_ = false;
  bool any_host_ = false;
};

}  // namespace keymeter::query_api
