#include "query-api/http/kept_body.h"

#include "query-api/http/content_coding.h"

namespace keymeter::query_api {

const std::string& KeptBody::Gzipped() const {
  const std::lock_guard lock(mutex_);
  if (!gzipped_) {
    gzipped_ = Gzip(bytes_);
    gzipped_->shrink_to_fit();
    gzipped_bytes_ = gzipped_->capacity();
  }
  return *gzipped_;
}

}  // namespace keymeter::query_api
