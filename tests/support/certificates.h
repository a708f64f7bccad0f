#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct x509_st;
struct evp_pkey_st;

namespace keymeter::testing {

/// A certificate and its key, as PEM files.
struct CertificateFiles {
  std::string certificate;
  std::string key;
};

/// Whom a certificate is for, and when.
struct CertificateSubject {
  std::string name;                                                ///< the file's name too
  std::string alternatives = "DNS:localhost,IP:127.0.0.1,IP:::1";  ///< as openssl.cnf writes them
  std::int64_t begins_s = -3600;                                   ///< from now
  std::int64_t ends_s = 3600;
};

/// A certificate authority of a test's own. Throws std::runtime_error when OpenSSL fails. Threads: one.
class CertificateAuthority {
 public:
  /// Its files go into `directory`, which must outlive what uses them.
  CertificateAuthority(std::string directory, const std::string& name);

  [[nodiscard]] CertificateFiles Issue(const CertificateSubject& subject) const;
  [[nodiscard]] const std::string& file() const { return files_.certificate; }

 private:
  struct Free {
    void operator()(x509_st* certificate) const;
    void operator()(evp_pkey_st* key) const;
  };
  using Certificate = std::unique_ptr<x509_st, Free>;
  using Key = std::unique_ptr<evp_pkey_st, Free>;

  static Certificate Blank(const CertificateSubject& subject, evp_pkey_st* key);
  [[nodiscard]] CertificateFiles Sign(const Certificate& certificate, const Key& key,
                                      const std::string& name) const;

  std::string directory_;
  Key key_;
  Certificate certificate_;
  CertificateFiles files_;
};

}  // namespace keymeter::testing
