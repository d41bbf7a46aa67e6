#include "core/binlog/binlog_error.hpp"

namespace sluice::binlog {
namespace {

constexpr int32_t kCannotReadBinlog = 36069;
constexpr int32_t kStatementFormat = 36014;
constexpr int32_t kImageNotFull = 11126;

}  // namespace

Error damaged(const std::string& what, const std::string& why) {
  return make_error(kCannotReadBinlog, "cannot decode " + what, why,
                    "Check the binlog on the source with mysqlbinlog --verify-binlog-checksum; if the file is "
                    "damaged, start the task from a later position after repairing the data.");
}

Error refused(const std::string& what, const std::string& why, const std::string& remedy) {
  return make_error(kCannotReadBinlog, "cannot replicate " + what, why, remedy);
}

Error statement_format(const std::string& what) {
  return make_error(kStatementFormat, "the binlog holds statement-format data: " + what,
                    "only row-format changes can be replicated without loss",
                    "Set binlog_format=ROW on the source for every session, then restart the task after the event.");
}

Error image_not_full(const std::string& what, const std::string& why) {
  return make_error(kImageNotFull, what, why,
                    "Set binlog_row_image=FULL and binlog_row_value_options='' on the source, globally and in the "
                    "sessions that write.");
}

}  // namespace sluice::binlog
