import Archives
import Evidence
import Foundation
import Foundations
import Work

/// The data of an experiment as it was given: one archive, or a directory with MNIST's four files.
struct PaperData {
  /// What it may be: each element is a complete set of files.
  private let editions: [[PaperDataset.File]]
  /// The dataset's, for errors and for a file of its own.
  private let title: String
  private let name: String
  private let path: String
  /// Whether other data than the published is refused.
  private let isChecked: Bool

  init(dataset: PaperDataset, path: String, isChecked: Bool) {
    self.init(
      dataset.editions, title: dataset.title, name: dataset.rawValue, path: path, isChecked: isChecked)
  }

  init(_ editions: [[PaperDataset.File]], title: String, name: String, path: String, isChecked: Bool) {
    self.editions = editions
    self.title = title
    self.name = name
    self.path = path
    self.isChecked = isChecked
  }

  /// - Throws: `WorkError.otherData` if the data is not what the paper's dataset is, or not there.
  func check(onProgress: ProgressReport) throws {
    if isDirectory {
      for file in try loose() {
        guard let name = name(of: file) else {
          throw refusal(
            "\(file.name) is missing",
            isUsable: FileManager.default.fileExists(atPath: "\(path)/\(plainName(of: file))")
          )
        }
        guard isChecked else { continue }
        let found = try Self.measure("\(path)/\(name)", onProgress)
        guard found.bytes == file.bytes && found.digest == file.digest else {
          throw refusal("\(name) has \(found.bytes) bytes, SHA-256 \(found.digest)")
        }
      }
      return
    }
    guard FileManager.default.fileExists(atPath: path) else { throw refusal("there is none", isUsable: false) }
    guard isChecked else { return }
    // A tar of MNIST's files has no digest of its own; its four members are looked at when they are in a directory.
    let editions = editions.filter { $0.count == 1 }
    guard !editions.isEmpty else { throw refusal("a directory with these files is needed", isUsable: isArchive) }
    let found = try Self.measure(path, onProgress)
    guard editions.contains(where: { $0[0].bytes == found.bytes && $0[0].digest == found.digest }) else {
      throw refusal("it has \(found.bytes) bytes, SHA-256 \(found.digest)", isUsable: isArchive)
    }
  }

  /// The archive to work on. MNIST's loose files are put into a tar first.
  /// - Parameter directory: where that goes.
  func archive(in directory: String) throws -> String {
    guard isDirectory else { return path }
    let output = "\(directory)/\(name).tar"
    let writer = try ArchiveWriter(path: output + ".partial", container: .tar)
    for file in try loose() {
      let name = name(of: file) ?? file.name
      let content = try WorkError.reading("\(path)/\(name)") { () throws(FileFault) in
        try StrangersFile("\(path)/\(name)").bytes(limit: FileLimits.tagFile)
      }
      try writer.add(ArchiveMember(name: name, size: content.count, modified: 0), content: content)
    }
    _ = try writer.finish()
    try DurableFile(output + ".partial").rename(to: output)
    return output
  }

  private var isDirectory: Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
  }

  /// The files that a directory has to hold.
  private func loose() throws -> [PaperDataset.File] {
    guard let files = editions.first(where: { $0.count > 1 }) else {
      throw refusal("it is a directory", isUsable: false)
    }
    return files
  }

  /// What a file of the directory is called: other data may have it without compression. Nil if it is not there.
  private func name(of file: PaperDataset.File) -> String? {
    let names = isChecked ? [file.name] : [file.name, plainName(of: file)]
    return names.first { FileManager.default.fileExists(atPath: "\(path)/\($0)") }
  }

  private func plainName(of file: PaperDataset.File) -> String {
    file.name.hasSuffix(".gz") ? String(file.name.dropLast(3)) : file.name
  }

  /// Whether the file has members at all.
  private var isArchive: Bool {
    guard let reader = try? ArchiveReader(path: path, limits: InputLimits()) else { return false }
    return (try? reader.nextMember()) != nil
  }

  /// - Parameter isUsable: whether other data could be taken in its place.
  private func refusal(_ found: String, isUsable: Bool = true) -> WorkError {
    let expected = editions.map { files in
      files.map { "\($0.name), \($0.bytes) bytes, SHA-256 \($0.digest)" }.joined(separator: "; ")
    }
    return .otherData(
      path: path, dataset: title,
      expected: expected.joined(separator: ", or ") + (isChecked && isUsable ? "; --any-data takes it as it is" : ""),
      found: found)
  }

  private static func measure(_ path: String, _ onProgress: ProgressReport) throws -> (bytes: Int, digest: String) {
    var bytes = 0
    let digest = try HexDigest(ofFile: path) {
      bytes = $0.bytesRead
      try onProgress($0)
    }
    return (bytes, digest.description)
  }
}
