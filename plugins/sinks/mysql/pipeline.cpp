#include "pipeline.hpp"

#include <algorithm>

namespace sluice::mysql {
namespace {

using plugin::Failure;

/// A packet holds a command byte and some slack for what servers add to their count.
constexpr uint64_t kSlack = 512;
constexpr uint64_t kUsefulPacket = 1024 * 1024;

const char* verb(StepKind kind) {
  switch (kind) {
    case StepKind::kMark: return "store a mark";
    case StepKind::kInsert: return "insert into ";
    case StepKind::kUpdate: return "update ";
    case StepKind::kDelete: return "delete from ";
    default: return "control the transaction";
  }
}

std::string describe(const Step& step) {
  std::string text = verb(step.kind);
  if (step.table) text += step.table->name;
  return text;
}

}  // namespace

Pipeline::Pipeline(Connection& connection, uint64_t packet_limit) : connection_(connection) {
  const uint64_t packet = connection.max_packet();
  hard_limit_ = packet > 2 * kSlack ? packet - kSlack : packet;
  soft_limit_ = std::min<uint64_t>(hard_limit_, packet_limit != 0 ? packet_limit : kUsefulPacket);
}

void Pipeline::statement(const Step& step, std::string_view sql) {
  statement_with(step, [sql](std::string& out) { out += sql; });
}

size_t Pipeline::begin() {
  const size_t at = buffer_.size();
  if (at > 0) buffer_ += ';';
  return at;
}

void Pipeline::finish(size_t at, const Step& step) {
  if (buffer_.size() > soft_limit_ && at > 0) {
    const std::string last = buffer_.substr(at + 1);
    buffer_.resize(at);
    flush();
    buffer_ = last;
  }
  if (buffer_.size() > hard_limit_) refuse_large(step, buffer_.size());
  steps_.push_back(step);
}

bool Pipeline::continues(const Step& step, const ListShape& shape) const {
  return list_open_ && list_step_.kind == step.kind && list_step_.table == step.table &&
         list_.prefix.data() == shape.prefix.data() && list_step_.rows < shape.max_rows;
}

void Pipeline::open_list(const Step& step, const ListShape& shape) {
  close_list();
  list_at_ = begin();
  buffer_ += shape.prefix;
  list_ = shape;
  list_step_ = step;
  list_step_.rows = 0;
  list_open_ = true;
}

void Pipeline::finish_item(size_t at) {
  const size_t needed = buffer_.size() + list_.suffix.size();
  if (needed > soft_limit_ && (list_step_.rows > 0 || list_at_ > 0)) {
    const std::string item = buffer_.substr(at);
    if (list_step_.rows > 0) {
      buffer_.resize(at - list_.separator.size());
      close_list();
    } else {
      buffer_.resize(list_at_);
      list_open_ = false;
    }
    flush();
    const Step step = list_step_;
    open_list(step, list_);
    buffer_ += item;
  }
  if (buffer_.size() + list_.suffix.size() > hard_limit_) {
    refuse_large(list_step_, buffer_.size());
  }
  ++list_step_.rows;
}

void Pipeline::close_list() {
  if (!list_open_) return;
  list_open_ = false;
  buffer_ += list_.suffix;
  steps_.push_back(list_step_);
}

void Pipeline::refuse_large(const Step& step, size_t size) const {
  throw Failure(10006, "database", "downstream", "high",
                describe(step) + ": one row needs a statement of " + std::to_string(size) +
                    " bytes, the target's max_allowed_packet is " + std::to_string(connection_.max_packet()))
      .native(1153)
      .workaround("raise max_allowed_packet at the target, then resume the task");
}

void Pipeline::check(const Step& step, uint64_t matched) {
  if (step.must_match && matched < std::max<uint64_t>(step.rows, 1)) {
    throw Failure(10006, "database", "downstream", "high",
                  "another writer has moved the mark of this one; nothing of this batch was applied")
        .fenced();
  }
  if (step.kind == StepKind::kUpdate || step.kind == StepKind::kDelete) {
    unmatched_ += step.rows > matched ? step.rows - matched : 0;
  }
}

void Pipeline::flush() {
  close_list();
  if (buffer_.empty()) return;
  const std::string sql = std::exchange(buffer_, {});
  const std::vector<Step> steps = std::exchange(steps_, {});
  connection_.execute_many(
      sql,
      [&](size_t i, uint64_t matched) {
        if (i < steps.size()) check(steps[i], matched);
      },
      [&](size_t i) { return i < steps.size() ? describe(steps[i]) : std::string("finish a batch"); });
  buffer_.reserve(std::min(soft_limit_, sql.capacity()));
}

}  // namespace sluice::mysql
