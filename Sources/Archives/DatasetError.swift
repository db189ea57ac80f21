package import Foundations

/// Why an archive, an image or a sample could not be read or written, and where.
package struct DatasetError: Error, Equatable, Sendable {
  package var cause: Cause
  /// Path of the file that was read or written.
  package var file: String
  /// Name of the archive member.
  package var member: String?
  /// Byte offset inside `member`, or inside `file` when there is no member.
  package var offset: Int?

  package init(_ cause: Cause, file: String, member: String? = nil, offset: Int? = nil) {
    self.cause = cause
    self.file = file
    self.member = member
    self.offset = offset
  }
}

extension DatasetError {
  /// One case a rule; sizes are in bytes unless they say otherwise.
  package enum Cause: Equatable, Sendable {
    // The world
    case io(operation: String, errno: Int32)
    case library(String)

    // The container
    case emptyFile
    case notRegularFile
    case unknownContainer
    /// Something in a directory that is not read, or too much of it.
    case tree(TreeFault.Rule)
    case emptyDirectory
    case readyList(ReadyList.Fault)
    /// A file in a list of shards that is not called like an archive.
    case noShard
    /// The name of another shard that stands for the same directory.
    case shardTwice(String)
    /// The name of a picture.
    case archiveBesidePictures(String)
    /// A file of another kind, dropped as it is or inside a container.
    case foreignFormat(ForeignFormat, isInside: Bool)
    case notTar
    case archiveTooLarge(bytes: Int, limit: Int)
    case truncated
    case corrupt(String)
    case trailingData
    case missingEndOfArchive
    /// A zip archive without its end.
    case missingDirectory
    case splitArchive
    case expansion(limit: Int)
    case decoderMemory(limit: Int)

    // Its members
    case tooManyMembers(limit: Int)
    case nameEmpty
    case nameTooLong(bytes: Int, limit: Int)
    case nameTooDeep(depth: Int, limit: Int)
    case nameAbsolute
    case nameEscapes
    case nameNotText
    case headerTooLarge(limit: Int)
    case memberKind(String)
    case memberSparse
    case memberTooLarge(bytes: Int, limit: Int)
    /// Headers that readers of tar, or of zip, understand in different ways, and how.
    case ambiguousHeader(String)
    case ambiguousZip(String)
    case overlappingMembers
    case wrongMemberSize(claimed: Int)
    case encrypted
    case compressionMethod(String)
    /// Two members that extraction puts in one place: their numbers from 1, and the first one's name.
    case nameTwice(first: Int, second: Int, name: String)

    // The layout
    case unknownLayout(lookedFor: [String])
    case pickled
    /// Samples in files that are not read, such as pickles and arrays.
    case foreignSamples(ForeignFormat)
    case shard(ShardFault)
    /// An image and its class side by side where images before it have none, and the name of the second.
    case webDataset(String)
    /// A table of pictures and their classes, or a picture that none names.
    case metadata(String)
    case missingMembers([String])
    case duplicateMember
    case misplacedImage(String)
    case recordSize(bytes: Int, record: Int)
    case labelOutOfRange(label: Int, classes: Int)
    case idxMagic(UInt32, expected: UInt32)
    /// Rows or columns of an image, pixels.
    case idxSide(Int, limit: Int)
    case idxCount(Int, limit: Int)
    case idxTooShort(bytes: Int, expected: Int)
    case idxTooLong(expected: Int)
    case idxLabels(Int, images: Int)
    case classNames(String)
    case tooManyClasses(limit: Int)
    case mixedShapes(ImageShape, expected: ImageShape)
    case badImage(ImageFault)
    case tooManyBadSamples(bad: Int, of: Int, share: Double, first: String)

    // Use
    case cacheLimit(bytes: Int, limit: Int)
    case archiveChanged
    /// The name that a marked image would get and another member has.
    case nameTaken(String)
    case overBudget(sample: Int, SampleChange, ChangeBudget)
    /// Samples cannot be given to other classes, and why.
    case fixedLabels(String)
    /// A class whose samples would all be given to others.
    case emptiedClass(String)
  }
}

/// A member that makes the whole archive unusable.
package struct RefusedMember: Error {
  package var cause: DatasetError.Cause

  package init(cause: DatasetError.Cause) { self.cause = cause }
}
