#include "tests/support/certificates.h"

#include <cstdio>
#include <stdexcept>
#include <utility>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace keymeter::testing {

namespace {

void Require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

File OpenForWriting(const std::string& path) {
  File file(std::fopen(path.c_str(), "w"));
  Require(file != nullptr, path.c_str());
  return file;
}

void AddExtension(X509* certificate, int id, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_nconf_nid(nullptr, nullptr, id, value.c_str());
  Require(extension != nullptr, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

void CertificateAuthority::Free::operator()(x509_st* certificate) const {
  X509_free(certificate);
}
void CertificateAuthority::Free::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

CertificateAuthority::CertificateAuthority(std::string directory, const std::string& name)
    : directory_(std::move(directory)), key_(EVP_EC_gen("P-256")) {
  Require(key_ != nullptr, "make a key");
  certificate_ = Blank({.name = name}, key_.get());
  AddExtension(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  files_ = Sign(certificate_, key_, name);
}

CertificateFiles CertificateAuthority::Issue(const CertificateSubject& subject) const {
  const Key key(EVP_EC_gen("P-256"));
  Require(key != nullptr, "make a key");
  const Certificate certificate = Blank(subject, key.get());
  if (!subject.alternatives.empty())
    AddExtension(certificate.get(), NID_subject_alt_name, subject.alternatives);
  return Sign(certificate, key, subject.name);
}

CertificateAuthority::Certificate CertificateAuthority::Blank(const CertificateSubject& subject,
                                                              evp_pkey_st* key) {
  static long serial = 0;
  Certificate certificate(X509_new());
  Require(certificate != nullptr, "make a certificate");
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), subject.begins_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), subject.ends_s);
  X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(subject.name.c_str()), -1, -1, 0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

CertificateFiles CertificateAuthority::Sign(const Certificate& certificate, const Key& key,
                                            const std::string& name) const {
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
  Require(X509_sign(certificate.get(), key_.get(), EVP_sha256()) > 0, "sign");
  CertificateFiles files{directory_ + "/" + name + ".crt", directory_ + "/" + name + ".key"};
  Require(PEM_write_X509(OpenForWriting(files.certificate).get(), certificate.get()) == 1, "write");
  Require(PEM_write_PrivateKey(OpenForWriting(files.key).get(), key.get(), nullptr, nullptr, 0, nullptr,
                               nullptr) == 1,
          "write");
  return files;
}

}  // namespace keymeter::testing
