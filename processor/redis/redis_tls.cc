#include "processor/redis/redis_tls.h"

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "schema/small_file.h"

namespace keymeter::processor {

namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;

/// What the check of the server's certificate needs to know, and what it found. Kept with the session,
/// because OpenSSL forgets the certificate that it refuses.
struct CertificateCheck {
  std::string server_name;
  std::string ca_file;
  std::optional<Error> problem;
};

std::string ServerName(const RedisTarget& target) {
  return target.tls.server_name.empty() ? target.url.host : target.tls.server_name;
}

bool IsIpAddress(const std::string& name) {
  in6_addr address{};
  return inet_pton(AF_INET, name.c_str(), &address) == 1 || inet_pton(AF_INET6, name.c_str(), &address) == 1;
}

const char* Reason(unsigned long openssl_error) {
  if (ERR_SYSTEM_ERROR(openssl_error)) return std::strerror(ERR_GET_REASON(openssl_error));
  const char* reason = ERR_reason_error_string(openssl_error);
  return reason == nullptr ? "unknown error" : reason;
}

// ---- The certificate of the server

std::string CommonName(const X509_NAME* name) {
  char text[256] = "";
  X509_NAME_get_text_by_NID(name, NID_commonName, text, sizeof text);
  return text;
}

std::string IpText(const ASN1_OCTET_STRING* bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  const int family = ASN1_STRING_length(bytes) == 4 ? AF_INET : AF_INET6;
  inet_ntop(family, ASN1_STRING_get0_data(bytes), text, sizeof text);
  return text;
}

/// Every name that the certificate is valid for.
std::string NamesOf(const X509* certificate) {
  std::vector<std::string> names;
  auto* alternatives =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives, i);
    if (name->type == GEN_DNS)
      names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                         static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    if (name->type == GEN_IPADD) names.push_back(IpText(name->d.iPAddress));
  }
  GENERAL_NAMES_free(alternatives);
  if (names.empty()) names.push_back(CommonName(X509_get_subject_name(certificate)));
  return fmt::format("'{}'", fmt::join(names, "', '"));
}

std::string TimeText(const ASN1_TIME* time) {
  tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "?";
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

Error Untrusted(std::string message, std::string remedy = {}) {
  return {ErrorCode::kRefused, std::move(message), ErrorReason::kUntrusted, std::move(remedy)};
}

Error ProblemOf(const CertificateCheck& check, int code, const X509* certificate) {
  switch (code) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return Untrusted(fmt::format("the server's certificate is signed by '{}', which {} does not hold",
                                   CommonName(X509_get_issuer_name(certificate)),
                                   check.ca_file.empty() ? "the system's store" : check.ca_file),
                       "name the CA's certificate with --redis-ca FILE");
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return Untrusted(fmt::format("the server's certificate is for {}, not for '{}'", NamesOf(certificate),
                                   check.server_name),
                       "use such a name in --redis, or give it with --redis-server-name");
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Untrusted(fmt::format("the certificate '{}' of the server expired at {}",
                                   CommonName(X509_get_subject_name(certificate)),
                                   TimeText(X509_get0_notAfter(certificate))),
                       "renew it there");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Untrusted(fmt::format("the certificate '{}' of the server is valid from {} on",
                                   CommonName(X509_get_subject_name(certificate)),
                                   TimeText(X509_get0_notBefore(certificate))),
                       "is the clock right?");
    default:
      return Untrusted(
          fmt::format("the server's certificate is not accepted: {}", X509_verify_cert_error_string(code)));
  }
}

/// The index under which a session keeps its CertificateCheck, which it owns.
int CheckSlot() {
  static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr,
                                               [](void*, void* check, CRYPTO_EX_DATA*, int, long, void*) {
                                                 delete static_cast<CertificateCheck*>(check);
                                               });
  return slot;
}

int OnVerified(int is_right, X509_STORE_CTX* store) {
  if (is_right == 1) return 1;
  auto* session = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* check = static_cast<CertificateCheck*>(SSL_get_ex_data(session, CheckSlot()));
  const X509* certificate = X509_STORE_CTX_get_current_cert(store);
  if (certificate != nullptr)
    check->problem = ProblemOf(*check, X509_STORE_CTX_get_error(store), certificate);
  return 0;
}

// ---- A session begins

Status FileError(const char* flag, const std::string& file) {
  if (file.empty()) return Fail(ErrorCode::kInvalid, "{} is missing: a certificate of ours needs it", flag);
  return Fail(MakeError(ErrorCode::kInvalid, "{} {}: {}", flag, file, Reason(ERR_peek_error()))
                  .Because(ErrorReason::kCannotOpen));
}

/// OpenSSL opens files by itself, and would wait for a FIFO's other end.
Status CheckFiles(const RedisTls& tls) {
  constexpr std::size_t kLongestFile = std::size_t{16} << 20U;  // a bundle of CAs has a few hundred KB
  for (const auto& [flag, file] : {std::pair{"--redis-ca", &tls.ca_file},
                                   {"--redis-cert", &tls.certificate_file},
                                   {"--redis-key", &tls.key_file}})
    if (const auto text = file->empty() ? Result<std::string>("") : ReadSmallFile(*file, kLongestFile); !text)
      return Fail(MakeError(ErrorCode::kInvalid, "{} {}", flag, text.error().message)
                      .Because(ErrorReason::kCannotOpen));
  return {};
}

Status LoadFiles(SSL_CTX* context, const RedisTls& tls) {
  RETURN_IF_ERROR(CheckFiles(tls));
  ERR_clear_error();
  if (tls.ca_file.empty())
    SSL_CTX_set_default_verify_paths(context);
  else if (SSL_CTX_load_verify_file(context, tls.ca_file.c_str()) != 1)
    return FileError("--redis-ca", tls.ca_file);
  if (tls.certificate_file.empty() && tls.key_file.empty()) return {};
  if (SSL_CTX_use_certificate_chain_file(context, tls.certificate_file.c_str()) != 1)
    return FileError("--redis-cert", tls.certificate_file);
  // A key with a passphrase is an error: there is nobody to ask for it.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return -1; });
  if (SSL_CTX_use_PrivateKey_file(context, tls.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return FileError("--redis-key", tls.key_file);
  return {};
}

void ExpectName(SSL* session, const std::string& name) {
  X509_VERIFY_PARAM* expected = SSL_get0_param(session);
  if (IsIpAddress(name)) {
    X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str());
  } else {
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    X509_VERIFY_PARAM_set1_host(expected, name.c_str(), name.size());
  }
}

// ---- A session fails

Error Explained(unsigned long openssl_error, const RedisTarget& target) {
  const bool has_certificate = !target.tls.certificate_file.empty();
  switch (ERR_GET_REASON(openssl_error)) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_HTTP_REQUEST:
      return MakeError(ErrorCode::kRefused, "the server does not speak TLS on this port")
          .Because(ErrorReason::kCannotConnect)
          .Remedy("use redis://, or its TLS port");
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      if (has_certificate) break;
      return Untrusted("the server demands a certificate of ours",
                       "give it with --redis-cert FILE and --redis-key FILE");
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
      return Untrusted(fmt::format("the server refuses our certificate (--redis-cert {}): {}",
                                   target.tls.certificate_file, Reason(openssl_error)),
                       "the CA that signed it must be in the server's tls-ca-cert-file");
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return MakeError(ErrorCode::kRefused, "the server speaks neither TLS 1.2 nor 1.3")
          .Because(ErrorReason::kCannotConnect)
          .Remedy("allow one of them in its tls-protocols");
    default:
      break;
  }
  return MakeError(ErrorCode::kUnavailable, "{}", Reason(openssl_error))
      .Because(ErrorReason::kConnectionLost);
}

}  // namespace

void FreeTlsSession::operator()(ssl_st* session) const {
  SSL_free(session);
}

Result<TlsSession> NewTlsSession(const RedisTarget& target) {
  const Context context(SSL_CTX_new(TLS_client_method()));
  if (!context) return Fail(ErrorCode::kInternal, "TLS: {}", Reason(ERR_get_error()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // A connection that ends without TLS' closing alert is no error: a reply says itself how long it is.
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (auto loaded = LoadFiles(context.get(), target.tls); !loaded) return Fail(loaded.error().In("TLS"));
  TlsSession session(SSL_new(context.get()));
  if (!session) return Fail(ErrorCode::kInternal, "TLS: {}", Reason(ERR_get_error()));
  const std::string name = ServerName(target);
  SSL_set_ex_data(session.get(), CheckSlot(), new CertificateCheck{name, target.tls.ca_file, std::nullopt});
  if (!IsIpAddress(name)) SSL_set_tlsext_host_name(session.get(), name.c_str());
  if (target.tls.verify) {
    ExpectName(session.get(), name);
    SSL_set_verify(session.get(), SSL_VERIFY_PEER, &OnVerified);
  }
  return session;
}

Error TlsError(const ssl_st& session, unsigned long openssl_error, const RedisTarget& target) {
  const auto* check = static_cast<const CertificateCheck*>(SSL_get_ex_data(&session, CheckSlot()));
  if (check->problem) return check->problem->In("TLS");
  if (openssl_error != 0) return Explained(openssl_error, target).In("TLS");
  return MakeError(ErrorCode::kUnavailable, "TLS: the server closed the connection")
      .Because(ErrorReason::kConnectionLost)
      .Remedy("is this its TLS port, and is it below its maxclients?");
}

}  // namespace keymeter::processor
