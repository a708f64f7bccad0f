#pragma once

#include <memory>

#include "processor/redis/redis_target.h"
#include "schema/error.h"

struct ssl_st;

namespace keymeter::processor {

struct FreeTlsSession {
  void operator()(ssl_st* session) const;
};
/// OpenSSL's SSL.
using TlsSession = std::unique_ptr<ssl_st, FreeTlsSession>;

/// A client's session, ready for the handshake with the target's server: TLS 1.2 or newer; the server's
/// certificate is verified, its name too, unless `tls.verify` is off. The files are read each time, so the
/// next connection uses a renewed certificate.
///
/// Tested by tests/integration/transport_test.cc, as is TlsError.
[[nodiscard]] Result<TlsSession> NewTlsSession(const RedisTarget& target);

/// Why a session failed and what to do. `openssl_error`: OpenSSL's code; 0: the connection just ended.
[[nodiscard]] Error TlsError(const ssl_st& session, unsigned long openssl_error, const RedisTarget& target);

}  // namespace keymeter::processor
