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

/// What stands around each answer of the API: an id, what browsers ask of it (CORS), and a line in the access
/// log.
///
/// Threads: any. Lifetime: borrows all that it is made of; answers that are made while they are sent borrow
/// the log and the clock until they are gone.
class RequestFrame {
 public:
  /// Answers a request that has an id, and says who sent it: `who` comes with what the connection tells.
  using AnswerRequest = std::function<Response(const Request& request, Caller& who)>;

  RequestFrame(const Cors& cors, AccessLog& log, const Clock& clock)
      : cors_(cors), log_(log), clock_(clock) {}

  [[nodiscard]] Response Answer(const Request& request, const AnswerRequest& answer) const;

 private:
  const Cors& cors_;
  AccessLog& log_;
  const Clock& clock_;
};

/// The `X-Request-Id` that it was sent with, where that is 1 to 64 of letters, digits, and ._- ; else a new
/// one. Anybody may choose his: it is a word to find his request by, and nothing is decided by it.
[[nodiscard]] std::string RequestIdOf(const Request& request);

/// A problem says which request it is about: `requestId`. Of other answers nothing is changed.
void NameProblem(Response& response, std::string_view request_id);

}  // namespace keymeter::query_api
