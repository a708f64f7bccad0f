#include "query-api/http/shared_body.h"

#include "query-api/http/content_coding.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

const std::string& SharedBody::Gzipped() const {
  const MutexLock lock(mutex_);
  if (!gzipped_) {
    gzipped_ = Gzip(bytes_);
    gzipped_->shrink_to_fit();
    gzipped_bytes_ = gzipped_->capacity();
  }
  return *gzipped_;
}

}  // namespace keymeter::query_api
