#include "processor/check/certificate_gatherer.h"

#include <ctime>
#include <memory>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "schema/small_file.h"

namespace keymeter::check {

namespace {

constexpr std::size_t kLongestFile = 1 << 20;

struct Free {
  void operator()(BIO* bytes) const { BIO_free(bytes); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bytes = std::unique_ptr<BIO, Free>;
using X509Ptr = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

/// Else OpenSSL asks for the passphrase on the terminal.
int NoPassphrase(char* /*text*/, int /*size*/, int /*is_writing*/, void* /*unused*/) {
  return -1;
}

Bytes BytesOf(const std::string& text) {
  return Bytes(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Result<X509Ptr> ReadCertificate(const std::string& file) {
  const auto text = ReadSmallFile(file, kLongestFile);
  if (!text) return Fail(text.error().In("--tls-cert"));
  X509Ptr certificate(PEM_read_bio_X509(BytesOf(*text).get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  if (certificate) return certificate;
  return Fail(MakeError(ErrorCode::kInvalid, "--tls-cert {}: no certificate is in it", file)
                  .Remedy("it takes a PEM file with the certificate and its chain"));
}

Result<Key> ReadKey(const std::string& file) {
  const auto text = ReadSmallFile(file, kLongestFile);
  if (!text) return Fail(text.error().In("--tls-key"));
  Key key(PEM_read_bio_PrivateKey(BytesOf(*text).get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  if (key) return key;
  return Fail(
      MakeError(ErrorCode::kInvalid, "--tls-key {}: no private key without a passphrase is in it", file)
          .Remedy("it takes a PEM file with the certificate's private key"));
}

std::int64_t MillisecondsOf(const ASN1_TIME* time) {
  std::tm broken_down{};
  if (ASN1_TIME_to_tm(time, &broken_down) != 1) return 0;
  return std::int64_t{::timegm(&broken_down)} * 1000;
}

Result<CertificateFacts> Read(const std::string& certificate_file, const std::string& key_file) {
  ASSIGN_OR_RETURN(const auto certificate, ReadCertificate(certificate_file));
  ASSIGN_OR_RETURN(const auto key, ReadKey(key_file));
  const bool is_pair = X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!is_pair)
    return Fail(MakeError(ErrorCode::kInvalid, "--tls-key {}: it is not the key of --tls-cert {}", key_file,
                          certificate_file)
                    .Remedy("name the certificate and the key that were made together"));
  return CertificateFacts{.begins_ms = MillisecondsOf(X509_get0_notBefore(certificate.get())),
                          .ends_ms = MillisecondsOf(X509_get0_notAfter(certificate.get()))};
}

}  // namespace

CertificateFacts GatherCertificate(const std::string& certificate_file, const std::string& key_file) {
  auto facts = Read(certificate_file, key_file);
  return facts ? *std::move(facts) : CertificateFacts{.invalid = facts.error()};
}

}  // namespace keymeter::check
