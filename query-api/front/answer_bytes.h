#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "query-api/front/answer.h"
#include "schema/error.h"

namespace keymeter::query_api {

/// The bytes of an answer in pieces, as its client takes them: the head with a short body, then a long body
/// from where it is, or a file.
///
/// Pieces and not the whole, because libevent would send a long body or a file in one go, while all other
/// clients wait, and mixes up TLS records when several of its buffers wait at once.
/// Threads: one. Lifetime: holds the body; a piece is valid until the next one. Bounds: one piece.
class AnswerBytes {
 public:
  static constexpr std::size_t kPieceBytes = 65'536;

  AnswerBytes() = default;
  AnswerBytes(Answer&& answer, bool sends_body);

  /// The next piece; empty: all were given. An error: the file cannot be read, or became shorter.
  [[nodiscard]] Result<std::string_view> Next();
  /// So many bytes have left; files count theirs.
  void Taken(std::size_t bytes);
  /// The long body that it keeps in memory, perhaps beside others; null: none.
  [[nodiscard]] const std::string* body() const { return shared_body_.get(); }

 private:
  std::string text_;  ///< the head, with a short body; afterwards the present piece of a file
  std::shared_ptr<const std::string> shared_body_;
  std::shared_ptr<FileBody> file_;
  std::size_t untaken_text_ = 0;
  std::size_t given_ = 0;  ///< of body or file
  bool is_begun_ = false;
};

}  // namespace keymeter::query_api
