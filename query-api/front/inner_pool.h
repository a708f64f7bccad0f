#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "query-api/front/answer.h"
#include "query-api/front/exchange_queue.h"
#include "query-api/front/handover.h"
#include "query-api/front/inner_line.h"
#include "schema/clock.h"
#include "schema/event_loop.h"

namespace keymeter::query_api {

/// The API's backend: asks the inner server over kept connections, one request at a time on each. Requests
/// wait their turn, first come first served, and for kMostWaitMs at most (503).
///
/// A connection that breaks, or on which anything but one well-framed answer comes, is a 502 to the one
/// client whose question it had, and a new connection takes its place. Threads: that of the loop; before it
/// runs, any one. Lifetime: borrows all it is given. Bounds: `size` connections; as many waiting requests as
/// the front has clients.
/// Tested by tests/query-api/front/inner_server_test.cc.
class InnerPool final : public Backend {
 public:
  static constexpr std::int64_t kMostWaitMs = 5000;

  InnerPool(const EventLoop& loop, std::uint16_t port, std::size_t size, Handover& handover,
            const Clock& clock, MakeRefusal refuse);

  void Ask(std::shared_ptr<Exchange> exchange) override;
  void Tick() override;

 private:
  void Serve();
  void Refuse(Exchange& exchange, Response refusal) const;

  const Clock& clock_;
  const MakeRefusal refuse_;
  ExchangeQueue waiting_;
  std::vector<std::unique_ptr<InnerLine>> lines_;
};

}  // namespace keymeter::query_api
