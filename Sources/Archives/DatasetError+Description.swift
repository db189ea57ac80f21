import Foundations
import Glibc

extension DatasetError: CustomStringConvertible {
  /// One line that names file, member, offset and rule, fit to be shown whatever the archive calls its members.
  package var description: String {
    var place = Self.printable(file)
    if let member { place += ": " + Self.printable(member) }
    if let offset { place += ": byte \(offset)" }
    return "\(place): \(cause)".printable
  }

  /// `text` as it is shown within a line.
  package static func printable(_ text: String) -> String { PrintableText(text, limit: 1024).description }
}

extension DatasetError.Cause: CustomStringConvertible {
  package var description: String {
    switch self {
    case .io(let operation, let errno): "\(operation) failed: \(String(cString: strerror(errno)))"
    case .library(let message): "the archive library failed: \(DatasetError.printable(message))"
    case .emptyFile: "the file is empty"
    case .notRegularFile: "not a regular file"
    case .unknownContainer: "neither a zip archive nor a tar archive, plain or compressed with gzip, zstd or xz"
    case .tree(let rule): "\(rule)"
    case .emptyDirectory: "there is nothing in the directory"
    case .readyList(let fault): DatasetError.printable("\(fault)")
    case .noShard:
      "it is not called like an archive (.tar, .tar.gz, .tar.zst, .tar.xz, .zip): a list names the shards of a dataset, "
        + "what belongs beside them comes with them in a directory"
    case .shardTwice(let other):
      "it stands for the same directory as \(DatasetError.printable(other)): rename one of them"
    case .archiveBesidePictures(let picture):
      "an archive beside pictures (\(DatasetError.printable(picture))) would pass into the release as it is, with what may be "
        + "the same pictures in it: take it out, or unpack it"
    case .foreignFormat(let format, let isInside):
      "\(isInside ? "it holds" : "this is") \(format.name), neither a tar nor a zip archive; \(format.advice)"
    case .notTar: "no tar archive inside, or its first header is damaged"
    case .archiveTooLarge(let bytes, let limit): "the archive has \(bytes) bytes, the limit is \(limit)"
    case .truncated: "the archive ends too early"
    case .corrupt(let message): "the archive is corrupt: \(DatasetError.printable(message))"
    case .trailingData:
      "there are bytes after the end of the archive; if it was joined from several, extract them and pack them as one"
    case .missingEndOfArchive: "the two zero blocks that end a tar archive are missing, so it may be cut short"
    case .missingDirectory:
      "the central directory at the end of the zip archive is missing, so it may be cut short: fetch it again"
    case .splitArchive: "one part of a zip archive that was split; join the parts: zip -s 0 NAME.zip --out WHOLE.zip"
    case .expansion(let limit): "it expands to more than \(limit) times its compressed size"
    case .decoderMemory(let limit): "decompression needs more than \(limit) bytes of memory"
    case .tooManyMembers(let limit): "more than \(limit) members"
    case .nameEmpty: "a member has no name"
    case .nameTooLong(let bytes, let limit): "the member's name has \(bytes) bytes, the limit is \(limit)"
    case .nameTooDeep(let depth, let limit): "the member's name has \(depth) components, the limit is \(limit)"
    case .nameAbsolute: "the member's name is an absolute path"
    case .nameEscapes: "the member's name leaves the archive with '..'"
    case .nameNotText: "the member's name is not UTF-8, or holds control characters"
    case .headerTooLarge(let limit): "the member's headers have more than \(limit) bytes"
    case .memberKind(let kind): "the member is a \(kind); only regular files and directories are read"
    case .memberSparse: "the member is a sparse file; only plain ones are read"
    case .memberTooLarge(let bytes, let limit): "the member has \(bytes) bytes, the limit is \(limit)"
    case .ambiguousHeader(let why):
      "readers of tar would understand this differently: \(DatasetError.printable(why)); "
        + "extract it and pack it again: tar --format=ustar -cf NAME.tar FOLDER"
    case .ambiguousZip(let why):
      "readers of zip would understand this differently: \(DatasetError.printable(why)); \(Self.zipAgain)"
    case .overlappingMembers: "the member shares bytes with another one, as in a zip bomb; \(Self.zipAgain)"
    case .wrongMemberSize(let claimed):
      "the member does not have the \(claimed) bytes that the archive says; \(Self.zipAgain)"
    case .encrypted:
      "the member is encrypted; unpack the archive with its password and zip the folder again without one: "
        + "zip -r NAME.zip FOLDER"
    case .compressionMethod(let name):
      "the member is compressed with \(name), only stored and deflated ones are read; \(Self.zipAgain)"
    case .nameTwice(let first, let second, let name):
      "members \(first) and \(second) of the archive go to the same place, \(DatasetError.printable(name)) being the "
        + "first; extracting keeps the last: extract it and pack it again"
    case .unknownLayout(let lookedFor):
      "no known dataset layout; looked for \(lookedFor.joined(separator: "; "))"
    case .pickled:
      "this is the Python version of CIFAR-10, whose pickles can run code and are never read; "
        + "use the binary version, cifar-10-binary.tar.gz"
    case .missingMembers(let names): "members are missing: \(names.joined(separator: ", "))"
    case .foreignSamples(let format):
      "the archive holds no images that are read; this is \(format.name): \(format.advice)"
    case .shard(let fault): "\(fault)"
    case .webDataset(let other):
      "\(DatasetError.printable(other)) says the image's class, as in a WebDataset shard, where images before it have no "
        + "such file: give each its class, or put the images of each class into a folder of its own"
    case .metadata(let why): "pictures and their classes in metadata.jsonl or metadata.csv: \(why)"
    case .duplicateMember: "the archive has this file of the layout twice"
    case .misplacedImage(let why): "an image out of place: \(why)"
    case .recordSize(let bytes, let record):
      "\(bytes) bytes are not a whole number of \(record)-byte records, at least 1"
    case .labelOutOfRange(let label, let classes): "label \(label) is not below the number of classes, \(classes)"
    case .idxMagic(let magic, let expected):
      "the magic number is \(Self.hex(magic)); an IDX file with these contents has \(Self.hex(expected))"
    case .idxSide(let side, let limit): "a side of the images is \(side) pixels; it must be 1 … \(limit)"
    case .idxCount(let count, let limit): "the header counts \(count) samples; it must be 1 … \(limit)"
    case .idxTooShort(let bytes, let expected): "\(bytes) bytes, where the IDX header promises \(expected)"
    case .idxTooLong(let expected): "there is more than the \(expected) bytes that the IDX header promises"
    case .idxLabels(let labels, let images): "\(labels) labels for \(images) images"
    case .classNames(let why): "the class names are unusable: \(why)"
    case .tooManyClasses(let limit): "more than \(limit) classes"
    case .mixedShapes(let shape, let expected):
      "the image is \(shape) (channels×height×width), those before it are \(expected)"
    case .badImage(let fault): "\(fault)"
    case .tooManyBadSamples(let bad, let of, let share, let first):
      "\(bad) of \(of) samples are unreadable, more than a share of \(share); the first: \(DatasetError.printable(first))"
    case .cacheLimit(let bytes, let limit): "the chosen samples need \(bytes) bytes of cache, the limit is \(limit)"
    case .archiveChanged: "the archive is no longer the one that was surveyed"
    case .nameTaken(let name):
      "as a PNG image it would be \(DatasetError.printable(name)), which another member is; keep the names instead"
    case .overBudget(let sample, let change, let budget):
      "the marker changed sample \(sample) by \(change.overstepped(in: budget)?.text ?? "less than it may")"
    case .fixedLabels(let why): "its samples cannot be given to other classes: \(why)"
    case .emptiedClass(let name):
      "every sample of class “\(DatasetError.printable(name))” would be given to another, and the class be gone; mark fewer"
    }
  }

  private static let zipAgain = "unpack it and zip the folder again: zip -r NAME.zip FOLDER"

  private static func hex(_ number: UInt32) -> String {
    let digits = String(number, radix: 16, uppercase: true)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
  }
}
