#include "query-api/front/worker_backend.h"

#include <exception>
#include <utility>

#include "schema/log.h"
#include "schema/thread_name.h"

namespace keymeter::query_api {

WorkerBackend::WorkerBackend(const EventLoop& loop, AnswerFunction answer, IsInstant is_instant)
    : answer_(std::move(answer)),
      is_instant_(std::move(is_instant)),
      answered_(loop, [this] { Deliver(); }),
      thread_([this] { Run(); }) {}

WorkerBackend::~WorkerBackend() {
  {
    const MutexLock lock(mutex_);
    stops_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void WorkerBackend::Ask(std::shared_ptr<Exchange> exchange) {
  if (is_instant_(exchange->request())) return exchange->GiveAnswer(AnswerTo(exchange->request()));
  {
    const MutexLock lock(mutex_);
    asked_.Push(std::move(exchange));
  }
  changed_.notify_one();
}

void WorkerBackend::Run() {
  NameThread("km-probes");
  for (;;) {
    std::shared_ptr<Exchange> exchange;
    {
      MutexLock lock(mutex_);
      while (!stops_ && !(exchange = asked_.Pop())) changed_.wait(lock);
      if (stops_) return;
    }
    Answer answer = AnswerTo(exchange->request());
    {
      const MutexLock lock(mutex_);
      done_.push_back({std::move(exchange), std::move(answer)});
    }
    answered_.Wake();
  }
}

Answer WorkerBackend::AnswerTo(const Request& request) const {
  try {
    return AnswerOf(answer_(request));
  } catch (const std::exception& failure) {
    log::Fault("request failed", {{"reason", failure.what()}});
  } catch (...) {
    log::Fault("request failed");
  }
  return AnswerOf(Problem(500, "internal error"));
}

void WorkerBackend::Deliver() {
  std::vector<Answered> done;
  {
    const MutexLock lock(mutex_);
    done.swap(done_);
  }
  for (Answered& answered : done) answered.exchange->GiveAnswer(std::move(answered.answer));
}

}  // namespace keymeter::query_api
