#include "query-api/front/tls_context.h"

#include <array>
#include <ctime>
#include <memory>
#include <string_view>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "schema/small_file.h"

namespace keymeter::query_api {

namespace {

/// The first cause that OpenSSL noted; the others follow from it.
std::string Cause() {
  std::array<char, 256> text{};
  const unsigned long code = ERR_get_error();
  ERR_error_string_n(code, text.data(), text.size());
  ERR_clear_error();
  const char* const reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : text.data();
}

/// Browsers offer HTTP/2 too. Without a common protocol the connection goes on without ALPN.
int ChooseProtocol(SSL* /*connection*/, const unsigned char** chosen, unsigned char* chosen_size,
                   const unsigned char* offered, unsigned int offered_size, void* /*unused*/) {
  static constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, chosen_size, kHttp11.data(), kHttp11.size(), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

/// Else OpenSSL would ask for it on the terminal.
int NoPassphrase(char* /*text*/, int /*size*/, int /*writes*/, void* /*unused*/) {
  return -1;
}

struct FreeBytes {
  void operator()(BIO* bytes) const { BIO_free(bytes); }
};
using Bytes = std::unique_ptr<BIO, FreeBytes>;

struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, FreeCertificate>;

Result<std::string> Read(std::string_view flag, const std::string& file) {
  constexpr std::size_t kLongestFile = 1 << 20;
  auto text = ReadSmallFile(file, kLongestFile);
  if (!text) return Fail(text.error().In(flag));
  return text;
}

/// The certificate, then those that signed it.
Status UseChain(SSL_CTX* context, const std::string& file) {
  ASSIGN_OR_RETURN(const auto text, Read("--tls-cert", file));
  const Bytes bytes(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const auto unusable = [&](std::string_view what) {
    return Fail(MakeError(ErrorCode::kInvalid, "--tls-cert {}: {}", file, what)
                    .Remedy("it takes a PEM file with the certificate and its chain"));
  };
  const Certificate certificate(PEM_read_bio_X509_AUX(bytes.get(), nullptr, NoPassphrase, nullptr));
  if (!certificate) return unusable("no certificate is in it");
  ERR_clear_error();
  if (SSL_CTX_use_certificate(context, certificate.get()) != 1) return unusable(Cause());
  while (Certificate signer{PEM_read_bio_X509(bytes.get(), nullptr, NoPassphrase, nullptr)}) {
    if (SSL_CTX_add0_chain_cert(context, signer.get()) != 1)
      return unusable(fmt::format("a certificate of its chain cannot be used: {}", Cause()));
    (void)signer.release();  // it is the context's now
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)  // else the end was found
    return unusable(fmt::format("a certificate of its chain cannot be read: {}", Cause()));
  ERR_clear_error();
  return {};
}

Status UseKey(SSL_CTX* context, const TlsFiles& files) {
  ASSIGN_OR_RETURN(const auto text, Read("--tls-key", files.key));
  const Bytes bytes(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(bytes.get(), nullptr, NoPassphrase, nullptr);
  ERR_clear_error();
  if (key == nullptr)
    return Fail(MakeError(ErrorCode::kInvalid, "--tls-key {}: no private key without a passphrase is in it",
                          files.key)
                    .Remedy("it takes a PEM file with the certificate's private key"));
  const bool is_pair = SSL_CTX_use_PrivateKey(context, key) == 1 && SSL_CTX_check_private_key(context) == 1;
  EVP_PKEY_free(key);
  ERR_clear_error();
  if (is_pair) return {};
  return Fail(MakeError(ErrorCode::kInvalid, "--tls-key {}: it is not the key of --tls-cert {}", files.key,
                        files.certificate)
                  .Remedy("name the certificate and the key that were made together"));
}

std::int64_t MillisecondsOf(const ASN1_TIME* time) {
  std::tm broken_down{};
  if (ASN1_TIME_to_tm(time, &broken_down) != 1) return 0;
  return std::int64_t{::timegm(&broken_down)} * 1000;
}

}  // namespace

Result<TlsContext> TlsContext::Load(const TlsFiles& files) {
  ERR_clear_error();
  TlsContext made(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = made.context_.get();
  if (context == nullptr) return Fail(ErrorCode::kUnavailable, "TLS cannot be set up: {}", Cause());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // A client that ends without TLS's own farewell has ended: lengths tell whether all has come.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // No partial writes: libevent counts those wrongly when several of its buffers wait.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Tickets resume sessions; a cache in memory would only grow.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, ChooseProtocol, nullptr);
  RETURN_IF_ERROR(UseChain(context, files.certificate));
  RETURN_IF_ERROR(UseKey(context, files));
  return made;
}

TlsContext::Validity TlsContext::validity() const {
  const X509* const certificate = SSL_CTX_get0_certificate(context_.get());
  return {.begins_ms = MillisecondsOf(X509_get0_notBefore(certificate)),
          .ends_ms = MillisecondsOf(X509_get0_notAfter(certificate))};
}

}  // namespace keymeter::query_api
