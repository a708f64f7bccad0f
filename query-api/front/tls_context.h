#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "schema/error.h"

namespace keymeter::query_api {

/// Certificate (chain) and key of a TLS listener, both PEM.
struct TlsFiles {
  std::string certificate;
  std::string key;
};

/// What a TLS connection is made from: certificate, key and rules (TLS 1.2 at least, HTTP/1.1 by ALPN).
///
/// Threads: Load and validity any; NewConnection that of the front's loop. Lifetime: connections that were
/// made from it may outlive it (OpenSSL counts). Bounds: idle connections give their buffers back.
class TlsContext {
 public:
  /// Errors (kInvalid) name the flag, the file and what it takes.
  static Result<TlsContext> Load(const TlsFiles& files);

  /// When the certificate holds, epoch milliseconds. Whether it does now is for its clients to judge.
  struct Validity {
    std::int64_t begins_ms = 0;
    std::int64_t ends_ms = 0;
  };
  [[nodiscard]] Validity validity() const;

  /// A new server's side of a connection; null when memory is short.
  [[nodiscard]] SSL* NewConnection() const { return SSL_new(context_.get()); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  explicit TlsContext(SSL_CTX* context) : context_(context) {}

  std::unique_ptr<SSL_CTX, Free> context_;
};

}  // namespace keymeter::query_api
