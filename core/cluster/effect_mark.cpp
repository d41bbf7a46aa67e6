#include "core/cluster/effect_mark.hpp"

#include <utility>

namespace sluice::cluster {
namespace {

thread_local EffectMark* mark_of_thread = nullptr;

}  // namespace

EffectMark::EffectMark(std::string k, int64_t r, std::string v)
    : key(std::move(k)), revision(r), value(std::move(v)), outer_(std::exchange(mark_of_thread, this)) {}
EffectMark::~EffectMark() { mark_of_thread = outer_; }
EffectMark* EffectMark::current() { return mark_of_thread; }

}  // namespace sluice::cluster
