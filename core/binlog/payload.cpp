#include "core/binlog/payload.hpp"

#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include <algorithm>

#include "core/binlog/binlog_error.hpp"

namespace sluice::binlog {
namespace {

constexpr const char* kWhat = "TRANSACTION_PAYLOAD_EVENT (40)";

}  // namespace

Result<TransactionPayloadEvent> decode_transaction_payload(const EventView& view) {
  enum : uint64_t { kEnd = 0, kSize = 1, kCompression = 2, kUncompressedSize = 3 };
  ByteReader in(view.body);
  TransactionPayloadEvent out;
  uint64_t size = 0;
  uint64_t compression = static_cast<uint64_t>(TransactionPayloadEvent::Compression::kNone);
  bool has_uncompressed_size = false;
  while (in.ok()) {
    const uint64_t field = in.packed();
    if (field == kEnd) break;
    ByteReader value(in.bytes(in.packed()));
    if (field == kSize) size = value.packed();
    if (field == kCompression) compression = value.packed();
    if (field == kUncompressedSize) {
      out.uncompressed_size = value.packed();
      has_uncompressed_size = true;
    }
    if (!value.ok()) in.fail();
  }
  if (!in.ok()) return damaged(kWhat, "its header is cut off");
  if (size != in.left()) {
    return damaged(kWhat,
                   "the payload has " + std::to_string(in.left()) + " bytes, its header says " + std::to_string(size));
  }
  if (compression != 0 && compression != 255) {
    return refused(kWhat,
                   "compression type " + std::to_string(compression) + " is not known, only ZSTD (0) and NONE (255)",
                   "Set binlog_transaction_compression=OFF on the source.");
  }
  out.compression = static_cast<TransactionPayloadEvent::Compression>(compression);
  if (!has_uncompressed_size) {
    if (out.compression != TransactionPayloadEvent::Compression::kNone) {
      return damaged(kWhat, "its header lacks the uncompressed size");
    }
    out.uncompressed_size = size;
  }
  out.payload = in.rest();
  return out;
}

/// Yields the uncompressed bytes in pieces of any size.
class PayloadReader::Source {
 public:
  explicit Source(const TransactionPayloadEvent& event)
      : input_{event.payload.data(), event.payload.size(), 0},
        compressed_(event.compression == TransactionPayloadEvent::Compression::kZstd) {
    if (!compressed_) return;
    stream_.reset(ZSTD_createDStream());
    if (!stream_ || ZSTD_isError(ZSTD_initDStream(stream_.get()))) throw std::bad_alloc();
    // Level 22, the highest that the server offers, has windows of 128 MiB.
    ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, 27);
  }

  /// Fills `out`; false when the stream ends before or is damaged.
  bool read(uint8_t* out, size_t size, std::string& why) {
    if (!compressed_) {
      if (input_.size - input_.pos < size) {
        why = "the payload ends inside an event";
        return false;
      }
      std::copy_n(static_cast<const uint8_t*>(input_.src) + input_.pos, size, out);
      input_.pos += size;
      return true;
    }
    ZSTD_outBuffer buffer{out, size, 0};
    while (buffer.pos < buffer.size) {
      const size_t in_before = input_.pos;
      const size_t out_before = buffer.pos;
      const size_t result = ZSTD_decompressStream(stream_.get(), &buffer, &input_);
      if (ZSTD_isError(result)) {
        why = std::string("zstd: ") + ZSTD_getErrorName(result);
        return false;
      }
      if (input_.pos == in_before && buffer.pos == out_before) {
        why = "the compressed stream ends inside an event";
        return false;
      }
    }
    return true;
  }

  /// True when nothing is left: all input consumed, no output pending.
  bool drained() {
    if (!compressed_) return input_.pos == input_.size;
    uint8_t extra = 0;
    ZSTD_outBuffer buffer{&extra, 1, 0};
    while (true) {
      const size_t in_before = input_.pos;
      const size_t result = ZSTD_decompressStream(stream_.get(), &buffer, &input_);
      if (ZSTD_isError(result) || buffer.pos != 0) return false;
      if (input_.pos == in_before) return input_.pos == input_.size;
    }
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* s) const { ZSTD_freeDStream(s); }
  };
  ZSTD_inBuffer input_;
  bool compressed_;
  std::unique_ptr<ZSTD_DStream, Free> stream_;
};

PayloadReader::PayloadReader(const TransactionPayloadEvent& event, const FormatDescription& format,
                             uint64_t max_event_size)
    : format_(format.without_checksum()),
      uncompressed_size_(event.uncompressed_size),
      max_event_size_(max_event_size),
      source_(std::make_unique<Source>(event)) {}

PayloadReader::~PayloadReader() = default;

bool PayloadReader::fail(const std::string& why) {
  status_ = damaged(kWhat, why + ", after " + std::to_string(done_) + " of " + std::to_string(uncompressed_size_) +
                               " uncompressed bytes");
  return false;
}

bool PayloadReader::next(EventView& out, Arena& arena) {
  if (!status_.ok()) return false;
  if (done_ == uncompressed_size_) {
    if (source_ && !source_->drained()) return fail("there is more data than announced");
    source_.reset();
    return false;
  }
  std::string why;
  uint8_t head[EventHeader::kSize];
  if (uncompressed_size_ - done_ < sizeof head) return fail("no room is left for an event header");
  if (!source_->read(head, sizeof head, why)) return fail(why);
  auto header = parse_event_header(head);
  if (!header) return fail(header.error().raw_cause);
  const uint64_t size = header->event_size;
  if (size > uncompressed_size_ - done_) return fail("an inner event is longer than the rest of the payload");
  if (size > max_event_size_)
    return fail("an inner event of " + std::to_string(size) + " bytes exceeds the limit of " +
                std::to_string(max_event_size_));
  auto* bytes = arena.alloc_array<uint8_t>(static_cast<size_t>(size));
  std::copy_n(head, sizeof head, bytes);
  if (!source_->read(bytes + sizeof head, static_cast<size_t>(size) - sizeof head, why)) return fail(why);
  auto view = parse_event({bytes, static_cast<size_t>(size)}, format_, Verify::kNo);
  if (!view) return fail(view.error().raw_cause);
  if (view->type() == EventType::kTransactionPayload || view->type() == EventType::kFormatDescription) {
    return fail("it contains a " + describe(view->type()));
  }
  done_ += size;
  out = *view;
  return true;
}

}  // namespace sluice::binlog
