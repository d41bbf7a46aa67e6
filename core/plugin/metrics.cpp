#include "core/plugin/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace sluice::plugin {
namespace {

std::string clean_name(std::string_view name, bool label) {
  std::string out(name);
  for (char& c : out) {
    const bool ok =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c == ':' && !label);
    if (!ok) c = '_';
  }
  if (out.empty() || (out[0] >= '0' && out[0] <= '9')) out.insert(0, 1, '_');
  return out;
}

Metrics::Labels clean_labels(const Metrics::Labels& labels) {
  Metrics::Labels out;
  for (const auto& [name, value] : labels) out.emplace_back(clean_name(name, true), value);
  std::sort(out.begin(), out.end());
  return out;
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[40];
  if (value == std::floor(value) && std::fabs(value) < 9007199254740992.0) {
    std::snprintf(buffer, sizeof buffer, "%.0f", value);
  } else {
    std::snprintf(buffer, sizeof buffer, "%.17g", value);
  }
  return buffer;
}

}  // namespace

Metrics::Family& Metrics::family(std::string_view name) { return families_[clean_name(name, false)]; }

void Metrics::describe(std::string_view name, std::string_view help) {
  const std::lock_guard lock(mutex_);
  family(name).help = help;
}

void Metrics::counter_add(std::string_view name, const Labels& labels, double by) {
  if (!(by >= 0) || std::isinf(by)) return;
  const std::lock_guard lock(mutex_);
  Family& f = family(name);
  if (!f.type) f.type = "counter";
  f.series[clean_labels(labels)] += by;
}

void Metrics::gauge_set(std::string_view name, const Labels& labels, double to) {
  const std::lock_guard lock(mutex_);
  Family& f = family(name);
  if (!f.type) f.type = "gauge";
  f.series[clean_labels(labels)] = to;
}

void Metrics::remove(std::string_view name, const Labels& labels) {
  const Labels wanted = clean_labels(labels);
  const std::string only = name.empty() ? std::string() : clean_name(name, false);
  const std::lock_guard lock(mutex_);
  for (auto& [family_name, f] : families_) {
    if (!only.empty() && family_name != only) continue;
    std::erase_if(f.series, [&](const auto& entry) {
      return std::includes(entry.first.begin(), entry.first.end(), wanted.begin(), wanted.end());
    });
  }
}

double Metrics::value(std::string_view name, const Labels& labels) const {
  const std::lock_guard lock(mutex_);
  const auto f = families_.find(clean_name(name, false));
  if (f == families_.end()) return 0;
  const auto s = f->second.series.find(clean_labels(labels));
  return s == f->second.series.end() ? 0 : s->second;
}

std::string Metrics::render() const {
  std::string out;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, f] : families_) {
    if (f.series.empty()) continue;
    if (!f.help.empty()) {
      out += "# HELP " + name + " ";
      append_escaped(out, f.help, false);
      out += '\n';
    }
    out += "# TYPE " + name + " " + f.type + "\n";
    for (const auto& [labels, value] : f.series) {
      out += name;
      const char* separator = "{";
      for (const auto& [label, text] : labels) {
        out += separator + label + "=\"";
        append_escaped(out, text, true);
        out += '"';
        separator = ",";
      }
      out += labels.empty() ? " " : "} ";
      out += number_text(value) + "\n";
    }
  }
  return out;
}

}  // namespace sluice::plugin
