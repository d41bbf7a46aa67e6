#include "elf.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace sluice::testkit {

namespace {

class Image {
 public:
  explicit Image(std::vector<char> bytes) : bytes_(std::move(bytes)) {}
  template <typename T>
  T read(uint64_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T)) throw std::runtime_error("truncated ELF file");
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }
  std::string text(uint64_t offset) const {
    if (offset >= bytes_.size()) throw std::runtime_error("ELF string outside the file");
    const auto* from = bytes_.data() + offset;
    const void* nul = std::memchr(from, 0, bytes_.size() - offset);
    if (!nul) throw std::runtime_error("ELF string without end");
    return {from, static_cast<const char*>(nul)};
  }

 private:
  std::vector<char> bytes_;
};

bool is_export(const Elf64_Sym& symbol) {
  const unsigned bind = ELF64_ST_BIND(symbol.st_info);
  const unsigned type = ELF64_ST_TYPE(symbol.st_info);
  const unsigned visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  const bool global = bind == STB_GLOBAL || bind == STB_WEAK || bind == STB_GNU_UNIQUE;
  const bool named = type != STT_SECTION && type != STT_FILE;
  return global && named && symbol.st_shndx != SHN_UNDEF && (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

}  // namespace

std::vector<std::string> exported_symbols(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open " + file);
  const Image image(std::vector<char>(std::istreambuf_iterator<char>(in), {}));
  const auto header = image.read<Elf64_Ehdr>(0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) throw std::runtime_error("not an ELF file");
  if (header.e_ident[EI_CLASS] != ELFCLASS64) throw std::runtime_error("not a 64-bit ELF file");
  const auto section = [&](uint64_t index) {
    return image.read<Elf64_Shdr>(header.e_shoff + index * header.e_shentsize);
  };
  std::vector<std::string> names;
  for (uint64_t i = 0; i < header.e_shnum; ++i) {
    const Elf64_Shdr symbols = section(i);
    if (symbols.sh_type != SHT_DYNSYM || symbols.sh_entsize < sizeof(Elf64_Sym)) continue;
    const Elf64_Shdr strings = section(symbols.sh_link);
    for (uint64_t at = symbols.sh_entsize; at + symbols.sh_entsize <= symbols.sh_size; at += symbols.sh_entsize) {
      const auto symbol = image.read<Elf64_Sym>(symbols.sh_offset + at);
      if (is_export(symbol)) names.push_back(image.text(strings.sh_offset + symbol.st_name));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace sluice::testkit
