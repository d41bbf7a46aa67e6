#pragma once

#include <string>

#include "core/cluster/state.hpp"

namespace sluice::cluster {

// The reverse of the encode_ functions of state.hpp.
Result<model::Source> decode_source(const std::string& text, const plugin::SecretBox* secrets);
Result<model::Task> decode_task(const std::string& text, const plugin::SecretBox* secrets);
Result<RemovalRecord> decode_removal(const std::string& text, const plugin::SecretBox* secrets);
Result<TransferRecord> decode_transfer(const std::string& text);
Result<StageRecord> decode_stage(const std::string& text);
Result<ObservedRecord> decode_observed(const std::string& text);
Result<std::string> decode_text(const std::string& text);

}  // namespace sluice::cluster
