#pragma once

#include <string>

#include "processor/check/facts.h"

namespace keymeter::check {

/// Reads the API's certificate and its key (PEM) as HTTPS would. Errors name flag and file.
///
/// Whether the certificate holds now is for the check to judge; by whom it was issued is for its clients.
/// Threads: one.
[[nodiscard]] CertificateFacts GatherCertificate(const std::string& certificate_file,
                                                 const std::string& key_file);

}  // namespace keymeter::check
