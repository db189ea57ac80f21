import Foundations

/// One member of an archive, as its header describes it.
package struct ArchiveMember: Sendable, Equatable {
  package enum Kind: Sendable {
    case file
    case directory
  }

  /// The name exactly as stored: relative, without `..`, in UTF-8.
  package var name: String
  package var kind: Kind
  /// Bytes of content; 0 for a directory.
  package var size: Int
  /// Whole seconds since 1970.
  package var modified: Int
  package var isExecutable: Bool
  /// What a zip archive says of it besides.
  var zip: ZipAttributes?
  /// The archive in the archive that it is in, or that it is the directory of.
  package var archive: String?
  /// The same for an archive in a directory.
  package var shard: Shard?

  /// An archive among several that are one dataset.
  package struct Shard: Sendable, Equatable {
    /// Its file's, below the directory.
    package let name: String
    package let container: ArchiveContainer

    /// The directory that it stands for, with a slash at its end.
    package var folder: String { (ArchiveName.stem(of: name) ?? name) + "/" }
  }

  /// Components of its name that say which archive it is in.
  package var archiveDepth: Int {
    archive != nil ? 1 : shard.map { $0.name.split(separator: "/").count } ?? 0
  }

  package init(name: String, kind: Kind = .file, size: Int, modified: Int, isExecutable: Bool = false) {
    self.name = name
    self.kind = kind
    self.size = size
    self.modified = modified
    self.isExecutable = isExecutable
  }

  /// The name's components, without "." and empty ones.
  package var path: [Substring] {
    name.split(separator: "/").filter { $0 != "." }
  }
}

extension ArchiveMember {
  /// The rule that a name breaks, if any. `bytes` is the name as stored.
  static func fault(inName bytes: [UInt8], limits: InputLimits) -> DatasetError.Cause? {
    guard !bytes.isEmpty else { return .nameEmpty }
    guard bytes.count <= limits.nameBytes else { return .nameTooLong(bytes: bytes.count, limit: limits.nameBytes) }
    guard let name = String(validating: bytes, as: UTF8.self),
      !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { return .nameNotText }
    guard bytes[0] != UInt8(ascii: "/") else { return .nameAbsolute }
    // Bytes, not characters: a slash with a combining mark behind it is a slash.
    let components = bytes.split(separator: UInt8(ascii: "/"))
    guard !components.contains(where: { $0.elementsEqual("..".utf8) }) else { return .nameEscapes }
    let depth = components.count { !$0.elementsEqual(".".utf8) }
    guard depth <= limits.nameDepth else { return .nameTooDeep(depth: depth, limit: limits.nameDepth) }
    return nil
  }
}

extension ArchiveMember {
  /// Whether it is none of the dataset's: hidden, or left by an operating system, a file server or a notebook, as is
  /// everything in such a folder. Companions pass through a release and are never samples or classes.
  package var isCompanion: Bool { path.contains(where: Self.isCompanion) }

  private static func isCompanion(_ component: Substring) -> Bool {
    // ".ipynb_checkpoints", ".Trash-1000", ".DS_Store", ".git", "._NAME" of macOS, …
    component.hasPrefix(".") || companions.contains(component.lowercased())
  }

  /// macOS; Synology and QNAP; Linux; Windows; Python. Names that differ in case are the same where they come from.
  private static let companions: Set<String> = [
    "__macosx", "@eadir", "@tmp", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "lost+found",
    "$recycle.bin", "recycler", "system volume information", "thumbs.db", "ehthumbs.db", "desktop.ini", "__pycache__",
  ]
}

extension ArchiveMember {
  /// The name of the place where it comes to lie: without ".", empty components, and a slash at the end.
  package var place: String { path.joined(separator: "/") }
}
