import Archives
import Foundations

/// MNIST's four IDX files, in any folder and any order, plain or as gzip files with `.gz` after their name.
///
/// Other datasets in the same form (Fashion-MNIST, KMNIST) have the same names: images of any one size, ten classes.
/// Other files pass through.
/// - Source: http://yann.lecun.com/exdb/mnist/, "File formats for the MNIST database".
enum MNISTIDX: LayoutRules {
  static let lookedFor = "{train,t10k}-{images-idx3,labels-idx1}-ubyte[.gz] (MNIST, IDX files)"
  static let headBytes = 0
  static let classCount: Int? = 10
  static let classNames: [String]? = (0..<10).map(String.init)

  static func imageFile(_ split: Split) -> String { prefix(split) + "-images-idx3-ubyte" }
  static func labelFile(_ split: Split) -> String { prefix(split) + "-labels-idx1-ubyte" }

  static var requiredFiles: [String] { [Split.train, .test].flatMap { [imageFile($0), labelFile($0)] } }

  static func requiredFile(_ name: String) -> String? {
    requiredFiles.first { name == $0 || name == $0 + ".gz" }
  }

  static func content(of member: ArchiveMember, head: [UInt8]) throws(RefusedMember) -> MemberContent {
    guard member.kind == .file, let file = member.path.last.map(String.init), let required = requiredFile(file) else {
      return .other
    }
    let form: MemberForm = file == required ? .stored : .gzip
    for split in [Split.train, .test] {
      if required == imageFile(split) { return .idxImages(split, form) }
      if required == labelFile(split) { return .idxLabels(split, form) }
    }
    return .other
  }

  private static func prefix(_ split: Split) -> String {
    switch split {
    case .train: "train"
    case .validation: "validation"
    case .test: "t10k"
    }
  }
}

/// What an IDX file of unsigned bytes says at its start: a magic number, then the length of each dimension, all of four
/// bytes, most significant first.
struct IDXHeader: Equatable {
  /// The first is the number of samples.
  var dimensions: [Int]

  static func bytes(dimensions: Int) -> Int { 4 + 4 * dimensions }

  /// 0x08: unsigned bytes.
  static func magic(dimensions: Int) -> UInt32 { 0x0800 | UInt32(dimensions) }

  init(dimensions: [Int]) { self.dimensions = dimensions }

  /// - Throws: the rule that the header breaks and the offset of the field that does.
  init(_ bytes: [UInt8], dimensions count: Int, limits: InputLimits) throws(IDXFault) {
    let fields = (0...count).map { field in bytes[4 * field..<4 * field + 4].reduce(0) { $0 << 8 | UInt32($1) } }
    guard fields[0] == Self.magic(dimensions: count) else {
      throw IDXFault(cause: .idxMagic(fields[0], expected: Self.magic(dimensions: count)), offset: 0)
    }
    dimensions = fields.dropFirst().map(Int.init)
    for (place, side) in dimensions.enumerated().dropFirst() where side < 1 || side > limits.imageSide {
      throw IDXFault(cause: .idxSide(side, limit: limits.imageSide), offset: 4 + 4 * place)
    }
    guard sampleBytes <= limits.imagePixels else {
      throw IDXFault(cause: .badImage(.area(sampleBytes, limit: limits.imagePixels)), offset: 8)
    }
    guard samples >= 1, samples <= limits.members else {
      throw IDXFault(cause: .idxCount(samples, limit: limits.members), offset: 4)
    }
    guard fileBytes <= limits.batchMemberBytes else {
      throw IDXFault(cause: .memberTooLarge(bytes: fileBytes, limit: limits.batchMemberBytes), offset: 4)
    }
  }

  var samples: Int { dimensions[0] }

  /// Bytes of one sample. Sides are at most `InputLimits.imageSide`, so nothing overflows.
  var sampleBytes: Int { dimensions.dropFirst().reduce(1, *) }

  /// What follows the header of a file of images.
  var pictures: RecordFormat {
    let shape = ImageShape(channels: 1, height: dimensions[1], width: dimensions[2])
    return RecordFormat(bytes: shape.bytes, labelAt: 0, pixelsAt: 0, shape: shape)
  }

  /// Bytes of the whole file, header included.
  var fileBytes: Int { Self.bytes(dimensions: dimensions.count) + samples * sampleBytes }

  /// The header as it stands in a file.
  var encoded: [UInt8] {
    ([Self.magic(dimensions: dimensions.count)] + dimensions.map { UInt32($0) }).flatMap { field in
      [24, 16, 8, 0].map { UInt8(field >> $0 & 255) }
    }
  }
}

/// A rule that an IDX header breaks, and where.
struct IDXFault: Error {
  var cause: DatasetError.Cause
  var offset: Int
}
