#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "query-api/front/answer.h"
#include "query-api/front/handover.h"
#include "query-api/front/stream.h"
#include "schema/event_loop.h"

namespace keymeter::query_api {

/// One kept connection to the inner server: a request written anew, its answer read by its own framing.
///
/// Its port is known to Handover before the first byte. Threads: that of the loop. Lifetime: by InnerPool.
/// Bounds: one answer of kMaxAnswerHeadBytes and kMostInlineBody.
class InnerLine {
 public:
  struct Callbacks {
    std::function<void(Exchange&, Answer)> on_answer;
    /// The connection is gone, with the question that it had, if any.
    std::function<void(std::shared_ptr<Exchange>)> on_broken;
    std::function<void()> on_free;  ///< it can be asked
  };

  InnerLine(const EventLoop& loop, std::uint16_t server_port, Handover& handover, Callbacks callbacks);
  ~InnerLine();
  InnerLine(const InnerLine&) = delete;
  InnerLine& operator=(const InnerLine&) = delete;

  /// Connects, if it is not connected.
  void Connect();
  [[nodiscard]] bool IsFree() const { return is_greeted_ && !exchange_; }
  void Ask(std::shared_ptr<Exchange> exchange);

  /// For libevent's callbacks only.
  void OnReadable();
  void OnEvent(short what);
  void Break(std::string_view why);

 private:
  void Write();
  void Close();

  const EventLoop& loop_;
  const std::uint16_t server_port_;
  Handover& handover_;
  const Callbacks callbacks_;
  Stream stream_;
  std::uint16_t port_ = 0;  ///< our side's
  bool is_greeted_ = false;
  std::shared_ptr<Exchange> exchange_;
  std::string bytes_;  ///< of the request that is asked; kept for its memory
};

}  // namespace keymeter::query_api
