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

void append_series(std::string& out, const std::string& name, const Metrics::Labels& labels, double value,
                   const std::string& le = {}) {
  out += name;
  const char* separator = "{";
  const auto label = [&](const std::string& key, const std::string& text) {
    out += separator + key + "=\"";
    append_escaped(out, text, true);
    out += '"';
    separator = ",";
  };
  for (const auto& [key, text] : labels) label(key, text);
  if (!le.empty()) label("le", le);
  out += *separator == '{' ? " " : "} ";
  out += number_text(value) + "\n";
}

void append_histogram(std::string& out, const std::string& name, const Metrics::Labels& labels,
                      const std::vector<double>& bounds, const std::vector<uint64_t>& counts, double sum) {
  uint64_t below = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    below += counts[i];
    append_series(out, name + "_bucket", labels, static_cast<double>(below),
                  i < bounds.size() ? number_text(bounds[i]) : "+Inf");
  }
  append_series(out, name + "_sum", labels, sum);
  append_series(out, name + "_count", labels, static_cast<double>(below));
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

void Metrics::histogram_add(std::string_view name, const Labels& labels, const std::vector<double>& bounds,
                            const std::vector<uint64_t>& counts, double sum) {
  const std::lock_guard lock(mutex_);
  Family& f = family(name);
  if (!f.type) {
    f.type = "histogram";
    f.bounds = bounds;
  }
  if (f.bounds.size() + 1 != counts.size()) return;
  const Labels clean = clean_labels(labels);
  std::vector<uint64_t>& sums = f.counts[clean];
  sums.resize(counts.size(), 0);
  for (size_t i = 0; i < counts.size(); ++i) sums[i] += counts[i];
  f.series[clean] += sum;
}

void Metrics::observe(std::string_view name, const Labels& labels, const std::vector<double>& bounds, double value) {
  std::vector<uint64_t> counts(bounds.size() + 1, 0);
  ++counts[static_cast<size_t>(std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin())];
  histogram_add(name, labels, bounds, counts, value);
}

void Metrics::keep(std::string_view label, const std::set<std::string>& values) {
  const std::string wanted = clean_name(label, true);
  const auto gone = [&](const auto& entry) {
    return std::any_of(entry.first.begin(), entry.first.end(),
                       [&](const auto& pair) { return pair.first == wanted && !values.contains(pair.second); });
  };
  const std::lock_guard lock(mutex_);
  for (auto& [name, f] : families_) {
    std::erase_if(f.series, gone);
    std::erase_if(f.counts, gone);
  }
}

void Metrics::remove(std::string_view name, const Labels& labels) {
  const Labels wanted = clean_labels(labels);
  const std::string only = name.empty() ? std::string() : clean_name(name, false);
  const std::lock_guard lock(mutex_);
  for (auto& [family_name, f] : families_) {
    if (!only.empty() && family_name != only) continue;
    const auto gone = [&](const auto& entry) {
      return std::includes(entry.first.begin(), entry.first.end(), wanted.begin(), wanted.end());
    };
    std::erase_if(f.series, gone);
    std::erase_if(f.counts, gone);
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
      if (f.counts.contains(labels)) {
        append_histogram(out, name, labels, f.bounds, f.counts.at(labels), value);
      } else {
        append_series(out, name, labels, value);
      }
    }
  }
  return out;
}

}  // namespace sluice::plugin
