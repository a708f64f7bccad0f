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

/// A session of a client that is about to shake hands with the target's server: TLS 1.2 or newer, its
/// certificate checked up to the name, unless `tls.verify` is off. The files are read anew each time, so a
/// renewed certificate is taken up with the next connection.
[[nodiscard]] Result<TlsSession> NewTlsSession(const RedisTarget& target);

/// Why a session failed and what to do; `openssl_error` is OpenSSL's, 0 when the connection just ended.
[[nodiscard]] Error TlsError(const ssl_st& session, unsigned long openssl_error, const RedisTarget& target);

}  // namespace keymeter::processor
