import Archives

/// A folder of images a class: `[prefix/][split/]class/file`.
///
/// What is an image is told by its first bytes. A file named like an image that does not start like one is a bad
/// sample; files that neither look like images nor are named so pass through. The class is the innermost folder, whatever
/// it is called; its index is its place among all class names sorted by their UTF-8 bytes. The folder around the class is
/// the split when it is called train, training, val, valid, validation, test or testing, in any case; without one
/// everything is training data. All images of an archive lie equally deep, with or without splits, so that a stray image
/// cannot become a class; if all classes were called like splits, they are splits without classes.
enum ImageFolder: LayoutRules {
  static let lookedFor =
    "[split/]class/file.png with split one of train, val, test (ImageFolder of PNG and JPEG images)"
  static let headBytes = ImageFormat.headBytes
  static let classCount: Int? = nil
  static let requiredFiles: [String] = []
  static let hasImageFiles = true
  /// What one sample's label is stored in.
  static let classLimit = 1 << 16

  static func content(of member: ArchiveMember, head: [UInt8]) throws(RefusedMember) -> MemberContent {
    guard member.kind == .file else { return .other }
    let path = member.path
    guard ImageFormat(head: head) != nil || (path.last.map(ImageFormat.isNamedLikeAnImage) ?? false) else {
      return .other
    }
    guard path.count >= 2 else { throw RefusedMember(cause: .misplacedImage(expected)) }
    return .image(className: String(path[path.count - 2]), split(of: member) ?? .train)
  }

  static let expected = "expected [split/]class/file, the images of each class in a folder of its own"

  static func isNamedLikeASplit(_ folder: String) -> Bool { split(folder[...]) != nil }

  /// Whether the folder around the class names a split, or the shard that the class is in.
  static func hasSplit(_ member: ArchiveMember) -> Bool { split(of: member) != nil }

  private static func split(of member: ArchiveMember) -> Split? {
    let path = member.path
    if path.count >= 3, let split = split(path[path.count - 3]) { return split }
    return path.count >= member.archiveDepth + 2 ? member.shardSplit : nil
  }

  static func split(_ folder: Substring) -> Split? {
    switch folder.lowercased() {
    case "train", "training": .train
    case "val", "valid", "validation": .validation
    case "test", "testing": .test
    default: nil
    }
  }
}
