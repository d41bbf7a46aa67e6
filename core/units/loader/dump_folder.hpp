#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/model/error.hpp"
#include "core/units/checkpoints.hpp"

namespace sluice::units::loader {

struct DataFile {
  std::string name;  ///< within the folder
  uint64_t size = 0;
  size_t table = 0;  ///< index into DumpFolder::tables
};

struct DumpedTable {
  std::string schema;
  std::string table;
  std::string schema_file;  ///< "schema.table-schema.sql"; "" = there is none
  uint64_t bytes = 0;       ///< of its data files
};

/// What lies in the folder of a dump, by the names of its files. Names are the source's, decoded.
struct DumpFolder {
  std::string path;
  std::map<std::string, std::string> schemas;  ///< name -> its -schema-create.sql
  std::vector<DumpedTable> tables;             ///< by schema and name
  std::vector<DataFile> files;                 ///< by name
  std::vector<std::string> left_out;           ///< files of views, triggers, routines and sequences
  std::vector<std::string> unreadable;         ///< compressed files, CSV and the like
  bool complete = false;                       ///< has `metadata`, which is written last
};

/// A file of a folder.
struct FileEntry {
  std::string name;
  uint64_t size = 0;
};

/// Sorts the files of a folder by what their names say: those of mode dump, Dumpling and mydumper. Pure. 34019 for
/// names that are not UTF-8.
Result<DumpFolder> sort_files(std::vector<FileEntry> entries);
/// The same of a folder on the disk. 34019 when it is absent, unreadable or empty.
Result<DumpFolder> read_folder(const std::string& path);
/// Log, Pos and GTID of the first SHOW MASTER STATUS block of a `metadata` file; empty when it has none.
BinlogLocation location_in(const std::string& metadata);
/// "a%2Eb" -> "a.b"
std::string decoded_name(std::string_view part);

}  // namespace sluice::units::loader
