#pragma once

#include <functional>

#include "query-api/front/answer.h"
#include "query-api/front/connection_limits.h"
#include "schema/clock.h"

namespace keymeter::query_api {

class ClientConnection;

/// What the connections of a front share. Threads: that of the loop.
struct ConnectionContext {
  ConnectionLimits& limits;
  Backend& backend;
  const Clock& clock;
  const bool& is_stopping;  ///< after its answer a connection ends
  /// Sent instead of a refusal that no backend sees, so that it is counted and logged like any other answer.
  const MakeRefusal& frame_refusal;
  /// Destroys the connection, later: it may be in the middle of a call.
  std::function<void(ClientConnection&)> end;
};

}  // namespace keymeter::query_api
