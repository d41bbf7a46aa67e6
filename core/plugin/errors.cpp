#include "core/plugin/errors.hpp"

#include "core/model/error_codes.hpp"
#include "sluice/common/text.hpp"

namespace sluice::plugin {

Error to_error(const sluice_error& record) {
  Error error = make_error(record.number == 0 ? 50000 : record.number, std::string(field_text(record.message)));
  error.native = record.native;
  if (const auto text = field_text(record.error_class); !text.empty()) error.error_class = text;
  if (const auto text = field_text(record.scope); !text.empty()) error.scope = text;
  if (const auto text = field_text(record.level); !text.empty()) error.level = text;
  error.retryable = (record.flags & SLUICE_ERROR_RETRYABLE) != 0;
  error.workaround = field_text(record.workaround);
  if (error.message.empty()) error.message = "the plugin failed without saying why";
  return error;
}

void fill_error(sluice_error* record, const Error& error) noexcept {
  auto out = make_sized<sluice_error>();
  out.number = error.code == 0 ? 50000 : error.code;
  out.native = error.native;
  if (error.retryable) out.flags |= SLUICE_ERROR_RETRYABLE;
  copy_text(out.error_class, error.error_class);
  copy_text(out.scope, error.scope);
  copy_text(out.level, error.level);
  bool fits = false;
  try {
    fits = copy_text(out.message, error.raw_cause.empty() ? error.message : error.message + ": " + error.raw_cause);
  } catch (...) {  // no memory for the longer text: the shorter one must do
    copy_text(out.message, error.message);
  }
  fits = copy_text(out.workaround, error.workaround) && fits;
  if (!fits) out.flags |= SLUICE_ERROR_TRUNCATED;
  write_sized(record, out);
}

sluice_error empty_error() noexcept { return make_sized<sluice_error>(); }

}  // namespace sluice::plugin
