#pragma once

#include <optional>

#include "check.hpp"
#include "sluice/host/host.hpp"

namespace sluice::testkit {

/// Makes ordinary calls on an instance of any kind, those that need no server. Fails the check when one goes wrong.
class Exerciser {
 public:
  Exerciser(host::Instance instance, const Subject& subject);
  /// Only functions tagged [any]; from any thread.
  void any_calls(int thread, int round);

 private:
  void filter_calls(int round);
  void store_calls(int thread, int round);

  std::optional<host::Filter> filter_;
  std::optional<host::Store> store_;
  std::optional<host::Sink> sink_;
  std::optional<host::Transport> transport_;
};

inline void exercise(host::Instance instance, const Subject& subject) {
  Exerciser exerciser(std::move(instance), subject);
  for (int round = 0; round < 3; ++round) exerciser.any_calls(0, round);
}

}  // namespace sluice::testkit
