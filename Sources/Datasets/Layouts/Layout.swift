import Archives
import Foundations

/// How samples lie in an archive.
package enum Layout: String, Sendable, CaseIterable {
  case cifar10Binary = "cifar10-binary"
  case cifar100Binary = "cifar100-binary"
  case mnistIDX = "mnist-idx"
  case webDataset = "webdataset"
  case imageFolder = "image-folder"
  case metadataFolder = "metadata-folder"

  /// What a layout is made of; another layout is one more type and one more line here.
  var rules: any LayoutRules.Type {
    switch self {
    case .cifar10Binary: CIFAR10Binary.self
    case .cifar100Binary: CIFAR100Binary.self
    case .mnistIDX: MNISTIDX.self
    case .webDataset: WebDataset.self
    case .imageFolder: ImageFolder.self
    case .metadataFolder: MetadataFolder.self
    }
  }

  /// Whether one member tells it. The others are told by how several stand together, before the first sample is read.
  var isToldByAMember: Bool { self != .webDataset && self != .metadataFolder }

  /// Whether every sample is a file that shows that it was written anew.
  package var hasImageFiles: Bool { rules.hasImageFiles }

  /// What makes it, in a line.
  package var summary: String { rules.lookedFor }
}

/// What one archive member is to a layout.
enum MemberContent: Equatable, Sendable {
  /// Fixed-size records, nothing else.
  case records(RecordFormat, Split)
  /// An IDX file of images, or of the labels of the images of that split.
  case idxImages(Split, MemberForm)
  case idxLabels(Split, MemberForm)
  /// One image file of the class with this name; nil where that stands in another member.
  case image(className: String?, Split)
  /// The names of the classes, one a line, in the order of their indices.
  case classNames
  /// Nothing to the layout; it passes through a release.
  case other
}

/// Records of one member: where the label and the pixels are, in bytes from the record's start.
struct RecordFormat: Equatable, Sendable {
  var bytes: Int
  var labelAt: Int
  var pixelsAt: Int
  var shape: ImageShape

  var pixels: Range<Int> { pixelsAt..<pixelsAt + shape.bytes }
}

/// The rules of one layout: pure functions of a member's name and first bytes, so that every pass over an archive comes
/// to the same result.
protocol LayoutRules {
  /// What makes the layout, for the error that lists what was looked for.
  static var lookedFor: String { get }

  /// Bytes from the start of a member that `content` needs.
  static var headBytes: Int { get }

  /// What a member is.
  static func content(of member: ArchiveMember, head: [UInt8]) throws(RefusedMember) -> MemberContent

  /// The number of classes where the layout fixes it; nil where the folders' names are the classes.
  static var classCount: Int? { get }

  /// The classes' names where the layout fixes them too.
  static var classNames: [String]? { get }

  /// Names that must occur, once each, without their folder.
  static var requiredFiles: [String] { get }

  /// Whether a sample is an image file of its own, and whether one that is written in another format gets its name.
  static var hasImageFiles: Bool { get }
  static var renamesImages: Bool { get }

  /// The name in `requiredFiles` that a file of this name stands for.
  static func requiredFile(_ name: String) -> String?
}

extension LayoutRules {
  static var classNames: [String]? { nil }
  static var hasImageFiles: Bool { false }
  static var renamesImages: Bool { hasImageFiles }

  static func requiredFile(_ name: String) -> String? {
    requiredFiles.contains(name) ? name : nil
  }
}
