#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "query-api/access/access_log.h"
#include "query-api/access/cors.h"
#include "query-api/http/caller.h"
#include "query-api/http/http_types.h"
#include "schema/clock.h"

namespace keymeter::query_api {

/// Adds to each response of the API: the request's id, the headers of CORS, and a line in the access log.
///
/// Not for probes, which have none of these.
/// Threads: any. Lifetime: borrows what it is made of; a body in a file borrows log and clock until
/// it is released. Bounds: none of its own.
class RequestFrame {
 public:
  /// Answers a request that has its id. `who` comes with the connection's address, and is to be completed.
  using AnswerRequest = std::function<Response(const Request& request, Caller& who)>;

  RequestFrame(const Cors& cors, AccessLog& log, const Clock& clock)
      : cors_(cors), log_(log), clock_(clock) {}

  [[nodiscard]] Response Answer(const Request& request, const AnswerRequest& answer) const;

 private:
  const Cors& cors_;
  AccessLog& log_;
  const Clock& clock_;
};

/// The request's `X-Request-Id`, if it has 1 to 64 letters, digits and ._- ; else a new random one. Clients
/// may choose it, since it only serves to find the request in the log.
[[nodiscard]] std::string RequestIdOf(const Request& request);

/// Adds `requestId` to a problem+json body. Other responses stay as they are.
void NameProblem(Response& response, std::string_view request_id);

}  // namespace keymeter::query_api
