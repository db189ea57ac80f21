package import Glibc

/// The regular files of a directory that a stranger may have filled, as one look found them: nothing of them is read, and
/// no link is followed. Anything but files and directories is a fault.
package struct StrangersTree: Sendable {
  /// One file: a name relative to the root, and what tells one state of it from another.
  package struct File: Sendable, Hashable {
    package let name: String
    /// Bytes.
    package let size: Int
    /// Nanoseconds since 1970: the bytes' last change as the file says, and the inode's, which nobody can set.
    package let modified: Int
    package let changed: Int
    package let inode: UInt64
    /// How many names it has anywhere.
    package let links: Int
    package let isExecutable: Bool

    package init(_ name: String, _ status: stat) {
      func nanoseconds(_ time: timespec) -> Int { time.tv_sec &* 1_000_000_000 &+ time.tv_nsec }
      self.name = name
      size = Int(status.st_size)
      modified = nanoseconds(status.st_mtim)
      changed = nanoseconds(status.st_ctim)
      inode = UInt64(status.st_ino)
      links = Int(status.st_nlink)
      isExecutable = status.st_mode & S_IXUSR != 0
    }
  }

  package let root: String
  /// Sorted by the bytes of their names.
  package private(set) var files: [File] = []
  /// Directories below the root, each after the one that it is in.
  package private(set) var directories: [String] = []

  /// More would be more than the manifests of a release can name.
  package static let entryLimit = 250_000

  private static let pieceEntries = 1024

  /// Entries since `piece` was called.
  private var unreported = 0
  private let limit: Int
  private let depth: Int

  /// Looks through a directory that the user has named.
  /// - Parameters:
  ///   - limit: the most files and directories.
  ///   - depth: the most components of a name.
  ///   - piece: called now and then; what it throws ends the look.
  /// - Throws: `TreeFault`.
  package init(
    _ root: String, limit: Int = Self.entryLimit, depth: Int = InputLimits().nameDepth,
    piece: () throws -> Void = {}
  ) throws {
    (self.root, self.limit, self.depth) = (root, limit, depth)
    let descriptor = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TreeFault("", .system(operation: "open", errno: errno)) }
    try look(into: descriptor, "", depth: 1, piece)
    files.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Looks at files of a directory.
  /// - Throws: `TreeFault` for one that is not there or is no file.
  package init(_ root: String, names: [String]) throws(TreeFault) {
    (self.root, limit, depth) = (root, names.count, 1)
    for name in names {
      var status = stat()
      guard lstat("\(root)/\(name)", &status) == 0 else {
        throw TreeFault(name, errno == ENOENT ? .missing : .system(operation: "look at", errno: errno))
      }
      if let kind = TreeFault.kind(status.st_mode) { throw TreeFault(name, .kind(kind)) }
      files.append(File(name, status))
    }
    files.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Bytes of all files.
  package var bytes: Int { files.reduce(0) { $0 + $1.size } }

  /// - Parameters:
  ///   - descriptor: the open directory, which is closed.
  ///   - prefix: its name with a slash, empty for the root.
  private mutating func look(
    into descriptor: Int32, _ prefix: String, depth level: Int, _ piece: () throws -> Void
  ) throws {
    guard let stream = fdopendir(descriptor) else {
      let number = errno
      close(descriptor)
      throw TreeFault(prefix, .system(operation: "list", errno: number))
    }
    defer { closedir(stream) }
    while true {
      errno = 0
      guard let entry = readdir(stream) else { break }
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if bytes == [0x2E] || bytes == [0x2E, 0x2E] { continue }
      guard let text = String(validating: bytes, as: UTF8.self), TreeFault.isListable(text) else {
        throw TreeFault(prefix + String(decoding: bytes, as: UTF8.self), .name)
      }
      let name = prefix + text
      guard files.count + directories.count < limit else { throw TreeFault("", .tooMany(limit: limit)) }
      guard level <= depth else { throw TreeFault(name, .tooDeep(limit: depth)) }
      var status = stat()
      guard fstatat(descriptor, text, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
        throw TreeFault(name, errno == ENOENT ? .missing : .system(operation: "look at", errno: errno))
      }
      if status.st_mode & S_IFMT == S_IFDIR {
        let next = openat(descriptor, text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard next >= 0 else { throw TreeFault(name, .system(operation: "open", errno: errno)) }
        directories.append(name)
        try look(into: next, name + "/", depth: level + 1, piece)
      } else if let kind = TreeFault.kind(status.st_mode) {
        throw TreeFault(name, .kind(kind))
      } else {
        files.append(File(name, status))
      }
      unreported += 1
      if unreported == Self.pieceEntries {
        unreported = 0
        try piece()
      }
    }
    guard errno == 0 else { throw TreeFault(prefix, .system(operation: "list", errno: errno)) }
  }
}

/// Why a directory cannot be taken for a dataset. The text says it without the directory's name.
package struct TreeFault: Error, Sendable, Hashable {
  package enum Rule: Sendable, Hashable {
    /// What it is instead of a file or a directory.
    case kind(String)
    /// A name that is not text, or that no manifest can list.
    case name
    case tooDeep(limit: Int)
    case tooMany(limit: Int)
    /// Gone since it was listed, or never there.
    case missing
    case system(operation: String, errno: Int32)
  }

  /// Relative to the directory; empty for the directory itself.
  package let name: String
  package let rule: Rule

  package init(_ name: String, _ rule: Rule) { (self.name, self.rule) = (name, rule) }

  /// Nil for a regular file.
  static func kind(_ mode: mode_t) -> String? {
    switch mode & S_IFMT {
    case S_IFREG: nil
    case S_IFLNK: "a symbolic link"
    case S_IFDIR: "a directory"
    case S_IFIFO: "a FIFO"
    case S_IFSOCK: "a socket"
    case S_IFCHR, S_IFBLK: "a device"
    default: "something else"
    }
  }

  /// Whether a manifest can list a name: BagIt's have a line a file, without blanks at its end, and `%0A` for a newline.
  static func isListable(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    let isEncoded = bytes.indices.dropLast(2).contains { at in
      bytes[at] == UInt8(ascii: "%") && bytes[at + 1] == UInt8(ascii: "0") && "aAdD".utf8.contains(bytes[at + 2])
    }
    return !isEncoded && !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
      && !name.contains(where: \.isNewline) && name.last?.isWhitespace != true
  }
}

extension TreeFault: CustomStringConvertible {
  package var description: String { name.isEmpty ? "\(rule)" : "\(name): \(rule)" }
}

extension TreeFault.Rule: CustomStringConvertible {
  package var description: String {
    switch self {
    case .kind("a symbolic link"): "a symbolic link, which is not followed: copy the files themselves, cp -rL DIR COPY"
    case .kind(let kind): "\(kind), not a regular file: take it out"
    case .name:
      "no manifest can list this name: it is not UTF-8, has control characters, a line separator, %0A or %0D, or ends in a "
        + "blank; rename it"
    case .tooDeep(let limit): "it lies deeper than \(limit) folders: move it up"
    case .tooMany(let limit):
      "more than \(limit) files and folders, each of which a release would name: pack it as one archive, "
        + "tar -cf NAME.tar -C DIR ., or as shards"
    case .missing: "there is no such file: put it there, or take its name out"
    case .system(let operation, let number): "cannot \(operation) it: \(String(cString: strerror(number)))"
    }
  }
}
