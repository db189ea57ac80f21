import Foundations
import Glibc

extension DatasetError {
  /// A stable word for the rule that was broken.
  package var code: String {
    switch cause {
    case .io: "io"
    case .library: "library"
    case .emptyFile: "empty-file"
    case .notRegularFile: "not-a-regular-file"
    case .unknownContainer: "unknown-container"
    case .tree(let rule): Self.code(of: rule)
    case .emptyDirectory: "empty-directory"
    case .readyList: "bad-ready-list"
    case .noShard: "not-a-shard"
    case .shardTwice: "duplicate-member"
    case .archiveBesidePictures: "archive-beside-pictures"
    case .foreignFormat: "foreign-format"
    case .notTar: "not-a-tar-archive"
    case .archiveTooLarge: "archive-too-large"
    case .truncated: "truncated-archive"
    case .corrupt: "corrupt-archive"
    case .trailingData: "trailing-data"
    case .missingEndOfArchive, .missingDirectory: "missing-end-of-archive"
    case .splitArchive: "split-archive"
    case .expansion: "expansion-limit"
    case .decoderMemory: "decoder-memory-limit"
    case .tooManyMembers: "too-many-members"
    case .nameEmpty: "member-name-empty"
    case .nameTooLong: "member-name-too-long"
    case .nameTooDeep: "member-too-deep"
    case .nameAbsolute: "member-absolute"
    case .nameEscapes: "member-escapes"
    case .nameNotText: "member-name-not-text"
    case .headerTooLarge: "member-header-too-large"
    case .memberKind: "member-kind"
    case .memberSparse: "member-sparse"
    case .memberTooLarge: "member-too-large"
    case .ambiguousHeader, .ambiguousZip: "ambiguous-header"
    case .overlappingMembers: "overlapping-members"
    case .wrongMemberSize: "wrong-member-size"
    case .encrypted: "encrypted-member"
    case .compressionMethod: "compression-method"
    case .nameTwice: "duplicate-member"
    case .unknownLayout: "unknown-layout"
    case .pickled: "pickled-archive"
    case .foreignSamples: "foreign-samples"
    case .shard(.noPicture): "shard-without-picture"
    case .shard(.noLabel): "shard-without-label"
    case .shard(.twice), .shard(.secondPicture): "shard-duplicate"
    case .shard(.label): "shard-label"
    case .webDataset: "webdataset"
    case .metadata: "bad-metadata"
    case .missingMembers: "missing-members"
    case .duplicateMember: "duplicate-member"
    case .misplacedImage: "misplaced-image"
    case .recordSize: "wrong-record-size"
    case .labelOutOfRange: "label-out-of-range"
    case .idxMagic: "idx-magic"
    case .idxSide: "idx-image-size"
    case .idxCount: "idx-count"
    case .idxTooShort: "idx-too-short"
    case .idxTooLong: "idx-too-long"
    case .idxLabels: "idx-labels-mismatch"
    case .classNames: "bad-class-names"
    case .tooManyClasses: "too-many-classes"
    case .mixedShapes: "mixed-image-shapes"
    case .badImage: "bad-image"
    case .tooManyBadSamples: "too-many-bad-samples"
    case .cacheLimit: "cache-limit"
    case .archiveChanged: "archive-changed"
    case .nameTaken: "member-name-taken"
    case .overBudget: "epsilon-exceeded"
    case .fixedLabels: "fixed-labels"
    case .emptiedClass: "emptied-class"
    }
  }

  private static func code(of rule: TreeFault.Rule) -> String {
    switch rule {
    case .kind: "member-kind"
    case .name: "member-name-not-text"
    case .tooDeep: "member-too-deep"
    case .tooMany: "too-many-members"
    case .missing: "missing-members"
    case .system: "io"
    }
  }

  /// The limit that was passed, in the unit that `description` names.
  package var limit: Int? {
    switch cause {
    case .archiveTooLarge(_, let limit), .expansion(let limit), .decoderMemory(let limit), .tooManyMembers(let limit),
      .nameTooLong(_, let limit), .nameTooDeep(_, let limit), .headerTooLarge(let limit),
      .memberTooLarge(_, let limit), .tooManyClasses(let limit), .cacheLimit(_, let limit),
      .idxSide(_, let limit), .idxCount(_, let limit), .tree(.tooDeep(let limit)), .tree(.tooMany(let limit)):
      limit
    case .overBudget(_, let change, let budget): change.overstepped(in: budget)?.limit
    case .labelOutOfRange(_, let classes): classes - 1
    case .recordSize(_, let record): record
    case .badImage(.side(let limit)), .badImage(.area(_, let limit)), .badImage(.profile(let limit)): limit
    default: nil
    }
  }

  /// Whether the same call may pass later: disk full, a device in the way.
  package var isTransient: Bool {
    guard case .io(_, let errno) = cause else { return false }
    return [EBUSY, ENOSPC, EDQUOT, EIO, ESTALE, EINTR, EAGAIN, ENOMEM, ENFILE, EMFILE].contains(errno)
  }

  /// Whether the input breaks a rule, so that the same input will always be refused.
  package var isRefusal: Bool {
    switch cause {
    case .io, .library, .cacheLimit, .archiveChanged, .overBudget: false
    default: true
    }
  }
}
