#include "query-api/front/inner_pool.h"

#include <algorithm>
#include <utility>

namespace keymeter::query_api {

InnerPool::InnerPool(const EventLoop& loop, std::uint16_t port, std::size_t size, Handover& handover,
                     const Clock& clock, MakeRefusal refuse)
    : clock_(clock), refuse_(std::move(refuse)) {
  const InnerLine::Callbacks callbacks{
      .on_answer = [](Exchange& exchange, Answer answer) { exchange.GiveAnswer(std::move(answer)); },
      .on_broken =
          [this](const std::shared_ptr<Exchange>& exchange) {
            if (exchange) Refuse(*exchange, Problem(502, "the answer was lost on its way: ask again"));
          },
      .on_free = [this] { Serve(); }};
  for (std::size_t i = 0; i < size; ++i) {
    lines_.push_back(std::make_unique<InnerLine>(loop, port, handover, callbacks));
    lines_.back()->Connect();
  }
}

void InnerPool::Ask(std::shared_ptr<Exchange> exchange) {
  waiting_.Push(std::move(exchange), clock_.MonotonicMs());
  Serve();
}

/// The first lines come first: the fewer that take turns, the warmer their threads.
void InnerPool::Serve() {
  for (const auto& line : lines_) {
    if (!line->IsFree()) continue;
    auto exchange = waiting_.Pop();
    if (!exchange) return;
    line->Ask(std::move(exchange));
  }
}

void InnerPool::Tick() {
  for (const auto& line : lines_) line->Connect();
  while (const auto exchange = waiting_.PopSince(clock_.MonotonicMs() - kMostWaitMs)) {
    Response refusal = Unavailable({"more is asked than can be answered: try again in a few seconds"});
    refusal.headers.push_back({"Retry-After", "5"});
    Refuse(*exchange, std::move(refusal));
  }
}

void InnerPool::Refuse(Exchange& exchange, Response refusal) const {
  if (exchange.IsAbandoned()) return;
  exchange.GiveAnswer(
      AnswerOf(refuse_ ? refuse_(exchange.request(), std::move(refusal)) : std::move(refusal)));
}

}  // namespace keymeter::query_api
