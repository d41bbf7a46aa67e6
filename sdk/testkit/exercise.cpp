#include "exercise.hpp"

#include "filter_inputs.hpp"
#include "library.hpp"

namespace sluice::testkit {

Exerciser::Exerciser(host::Instance instance, const Subject& subject) {
  if (subject.kind == "filter")
    filter_ = as<host::Filter>(std::move(instance));
  else if (subject.kind == "store")
    store_ = as<host::Store>(std::move(instance));
  else if (subject.kind == "sink")
    sink_ = as<host::Sink>(std::move(instance));
  else
    transport_ = as<host::Transport>(std::move(instance));
}

void Exerciser::filter_calls(int round) {
  for (const FilterInput& input : filter_inputs()) {
    (void)ask(*filter_, input, round % 2 == 0);
  }
}

void Exerciser::store_calls(int thread, int round) {
  auto error = make_sized<sluice_error>();
  const std::string key = "/check/" + std::to_string(thread);
  const std::string value = std::to_string(round);
  sluice_store_op put{};
  put.op = SLUICE_OP_PUT;
  put.key = to_bytes(key);
  put.value = to_bytes(value);
  auto txn = make_sized<sluice_txn>();
  txn.then_ops = &put;
  txn.then_count = 1;
  bool succeeded = false;
  int64_t revision = 0;
  if (store_->txn(txn, succeeded, revision, error) != SLUICE_OK) fail("txn: " + said(error));
  std::string found;
  if (store_->range(
          key, true, revision, [&](const sluice_kv& kv) { found = view(kv.value); }, error) != SLUICE_OK) {
    fail("range: " + said(error));
  }
  expect(found == value, "a key read right after it was written has the value `" + found + "`, not `" + value + "`");
  // Must fail, with a record: the host half verifies it in the error-record check.
  (void)store_->lease_keep_alive(INT64_MAX - 7, error);
}

void Exerciser::any_calls(int thread, int round) {
  if (filter_) return filter_calls(round);
  if (store_) return store_calls(thread, round);
  const host::Instance& instance = sink_ ? sink_->instance() : transport_->instance();
  const char* own = sink_ ? SLUICE_SINK_INTERFACE : SLUICE_TRANSPORT_INTERFACE;
  for (int i = 0; i < 50; ++i) {
    expect(instance.raw()->get_interface(instance.self(), own) != nullptr, "get_interface gives null");
    expect(!instance.raw()->get_interface(instance.self(), "sluice.nothing/1"), "get_interface gives an unknown table");
  }
}

}  // namespace sluice::testkit
