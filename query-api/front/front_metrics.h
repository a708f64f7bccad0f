#pragma once

#include "query-api/front/front.h"
#include "schema/prometheus_text.h"

namespace keymeter::query_api {

/// The connections of the API's front, for /metrics. Threads: any.
/// Tested by tests/query-api/front/front_test.cc.
inline void WriteFrontMetrics(const FrontCounts& counts, PrometheusText& writer) {
  writer.Gauge("keymeter_api_clients", "Client connections that are open.", static_cast<double>(counts.open));
  writer.Counter("keymeter_api_clients_accepted_total", "Client connections accepted since the start.",
                 static_cast<double>(counts.accepted));
  constexpr std::string_view kHelp =
      "Client connections that we ended: what was due did not come in time, or others needed the room.";
  writer.Counter("keymeter_api_clients_ended_total", kHelp, static_cast<double>(counts.overdue),
                 {{"reason", "overdue"}});
  writer.Counter("keymeter_api_clients_ended_total", kHelp, static_cast<double>(counts.displaced),
                 {{"reason", "displaced"}});
}

}  // namespace keymeter::query_api
