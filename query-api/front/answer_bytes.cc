#include "query-api/front/answer_bytes.h"

#include <algorithm>
#include <utility>

#include "query-api/http/spool_file.h"

namespace keymeter::query_api {

AnswerBytes::AnswerBytes(Answer&& answer, bool sends_body) : text_(std::move(answer.head)) {
  if (sends_body && !answer.shared_body && !answer.file) text_ += answer.body;
  untaken_text_ = text_.size();
  if (!sends_body) return;
  shared_body_ = std::move(answer.shared_body);
  file_ = std::move(answer.file);
}

Result<std::string_view> AnswerBytes::Next() {
  if (!std::exchange(is_begun_, true)) return text_;
  if (shared_body_) {
    const std::string_view piece = std::string_view(*shared_body_).substr(given_, kPieceBytes);
    given_ += piece.size();
    return piece;
  }
  if (!file_ || given_ == file_->bytes) return std::string_view();
  const auto most = std::min<std::uint64_t>(kPieceBytes, file_->bytes - given_);
  ASSIGN_OR_RETURN(text_, ReadAt(file_->file, given_, static_cast<std::size_t>(most)));
  if (text_.empty()) return Fail(ErrorCode::kInternal, "the file of an answer became shorter");
  given_ += text_.size();
  return text_;
}

void AnswerBytes::Taken(std::size_t bytes) {
  const std::size_t of_head = std::min(bytes, untaken_text_);
  untaken_text_ -= of_head;
  if (file_) file_->sent += bytes - of_head;
}

}  // namespace keymeter::query_api
