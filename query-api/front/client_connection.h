#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "query-api/front/answer_bytes.h"
#include "query-api/front/connection_context.h"
#include "query-api/front/request_head.h"
#include "query-api/front/stream.h"

namespace keymeter::query_api {

/// One client: its requests in, their answers out, one after the other; after a 101, the bytes of a session.
///
/// Where it stands is its Phase. Not for what a request means (Backend) or when time is over
/// (ConnectionLimits). Threads: that of the loop. Lifetime: by Front; ends by ConnectionContext::end. Bounds:
/// a head's bytes in the buffer (what comes early stays in the kernel), one answer.
/// Tested by tests/query-api/front/front_test.cc.
class ClientConnection final : public LimitedConnection {
 public:
  ClientConnection(Stream stream, std::string peer, std::string counts_for, ConnectionContext& context);
  ~ClientConnection();
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  /// Its phase has taken too long.
  void TimeIsOver();
  /// Of an upgraded one: applies its time limits, and sends what there is.
  void TickSession();
  void PumpSession();
  /// The server stops.
  void StopSession();

  /// Runs a step from a callback of libevent's, whose frames nothing may be thrown through: the connection
  /// ends instead.
  template <typename Step>
  void Guarded(Step step) {
    try {
      step();
    } catch (const std::exception& failure) {
      OnFailure(failure.what());
    }
  }

  /// For libevent's callbacks only.
  void OnReadable();
  void OnWritten();
  void OnEvent(short what);
  void OnTaken(std::size_t bytes);

 private:
  void Advance();
  /// Takes one request from the buffer; false: there is no whole one, or it cannot be answered yet.
  bool TakeRequest();
  void Ask(RequestHead head);
  void Refuse(Request request, Response refusal);
  void Send(Answer answer, bool sends_body);
  void SendPieces();
  void FinishAnswer();
  void BeginFarewell();
  void CloseSendingSide();
  void BeginSession(const StartSession& start);
  void ReceiveFarewell();
  void ReceiveSession();
  void End();
  void OnFailure(std::string_view what);
  [[nodiscard]] std::string_view Received(std::size_t most);

  ConnectionContext& context_;
  Stream stream_;
  const std::string peer_;
  std::shared_ptr<Exchange> exchange_;  ///< whose answer is waited for
  std::unique_ptr<UpgradedSession> session_;
  AnswerBytes answer_;           ///< that is being sent
  StartSession start_session_;   ///< once the 101 was sent
  std::size_t piece_taken_ = 0;  ///< of the answer since its time began anew
  std::int64_t sending_since_ms_ = 0;
  std::size_t farewell_bytes_ = 0;
  bool names_keep_alive_ = false;
  bool closes_ = false;            ///< after the answer
  bool client_has_ended_ = false;  ///< the client has closed its sending side
  bool is_advancing_ = false;
  bool is_ended_ = false;
};

}  // namespace keymeter::query_api
