import Archives

/// Pictures whose classes stand in tables beside them: `metadata.jsonl` or `metadata.csv`, as the Hugging Face Hub has it.
///
/// A table speaks of the pictures in its folder and below. It is asked only where the pictures are no image folder: where
/// one is out of place, or all are in one folder. A picture keeps its name when it is written anew, as PNG too, because
/// the table names it.
/// - Source: Hugging Face datasets, "ImageFolder" with metadata
enum MetadataFolder: LayoutRules {
  static let lookedFor =
    "file.png with its class in a metadata.jsonl or metadata.csv above it (image folder with metadata)"
  static let headBytes = ImageFormat.headBytes
  static let classCount: Int? = nil
  static let requiredFiles: [String] = []
  static let hasImageFiles = true
  static let renamesImages = false

  static func content(of member: ArchiveMember, head: [UInt8]) throws(RefusedMember) -> MemberContent {
    guard member.kind == .file,
      ImageFormat(head: head) != nil || (member.path.last.map(ImageFormat.isNamedLikeAnImage) ?? false)
    else { return .other }
    return .image(className: nil, member.innermostSplit)
  }
}
