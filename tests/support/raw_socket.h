#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "tests/support/wait_for.h"

struct ssl_st;

namespace keymeter::testing {

/// What a client asks of TLS.
struct TlsClient {
  std::string ca_file;             ///< who must have signed the server's certificate
  int version = 0;                 ///< TLS1_1_VERSION, … of <openssl/ssl.h>; 0: the best that both have
  bool has_small_records = false;  ///< of 512 bytes (RFC 6066, 4), as small devices want them
};

/// A connection on this machine for what no HTTP client would send: half a request, or two at once.
/// Throws std::runtime_error when it cannot connect or send.
class RawSocket {
 public:
  explicit RawSocket(int port);  ///< of 127.0.0.1
  /// "127.0.0.1:8787", "[::1]:8787" or "unix:/path". `receive_buffer`: bytes that the kernel takes for it.
  explicit RawSocket(const std::string& address, int receive_buffer = 0);
  /// "tls://127.0.0.1:8787", or an address as above without TLS.
  RawSocket(const std::string& address, const TlsClient& tls);
  ~RawSocket();
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  void Send(std::string_view bytes);
  /// As far as the kernel takes them now; false when the connection is over. Not for TLS.
  bool SendSome(std::string_view bytes);
  void CloseSending();  ///< half of the connection, TLS's half too: answers can still come
  /// What came until `part` was in it, the peer closed, or time was up.
  std::string ReadUntil(std::string_view part, Milliseconds timeout = kPatience);
  /// Appends what comes; false when nothing did in time, or the peer closed the connection.
  [[nodiscard]] bool ReadMore(std::string& out, Milliseconds timeout = kPatience);
  /// True when the peer closed (or reset) the connection in time; what it sent before is dropped.
  [[nodiscard]] bool IsClosedByPeer(Milliseconds timeout = kPatience);
  /// The common name in the certificate of the server; "" without TLS.
  [[nodiscard]] std::string PeerName() const;

 private:
  enum class Read { kBytes, kClosed, kTimeout };
  struct FreeTls {
    void operator()(ssl_st* tls) const;
  };
  Read ReadSome(std::string& out, Milliseconds timeout);
  Read ReadByTls(std::string& out, Milliseconds timeout);
  /// After a call of OpenSSL that did not end: kBytes when it can go on, which this waits for.
  [[nodiscard]] Read MayGoOn(int result, std::chrono::steady_clock::time_point deadline) const;

  int file_;
  std::unique_ptr<ssl_st, FreeTls> tls_;
};

}  // namespace keymeter::testing
