import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct HostileIDXTests {
  static let (images, labels) = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")

  func error(limits: InputLimits = InputLimits(), _ change: (inout IDXBuilder) -> Void) throws -> DatasetError? {
    try Scratch.run { scratch throws in
      var builder = IDXBuilder()
      change(&builder)
      return try errorOfSurveying(scratch.write(builder.tar), limits: limits)
    }
  }

  /// The error for a gzip member with this content in place of the training images.
  func errorOfGzip(_ content: [UInt8], limits: InputLimits = InputLimits()) throws -> DatasetError? {
    try Scratch.run { scratch throws in
      var builder = IDXBuilder()
      builder.files[Self.images] = nil
      builder.extra = [(Self.images + ".gz", content)]
      return try errorOfSurveying(scratch.write(builder.tar), limits: limits)
    }
  }

  @Test(arguments: [[], [images]] as [Set<String>])
  func refusesATruncatedFile(compressed: Set<String>) throws {
    let error = try error {
      $0.compressed = compressed
      $0.files[Self.images]?.removeLast()
    }
    #expect(error?.cause == .idxTooShort(bytes: 16 + 30 * 784 - 1, expected: 16 + 30 * 784))
    #expect(error?.member == "mnist/raw/" + Self.images + (compressed.isEmpty ? "" : ".gz"))
    #expect(error?.offset == 16 + 30 * 784 - 1)
    #expect(error?.isRefusal == true)
  }

  @Test(arguments: [[], [labels]] as [Set<String>])
  func refusesBytesBeyondTheLastSample(compressed: Set<String>) throws {
    let error = try error {
      $0.compressed = compressed
      $0.files[Self.labels]?.append(1)
    }
    #expect(error?.cause == .idxTooLong(expected: 38))
    #expect(error?.offset == 38)
  }

  @Test(arguments: [0, 3, 15]) func refusesAFileWithoutAWholeHeader(count: Int) throws {
    let error = try error { $0.files[Self.images] = Array(($0.files[Self.images] ?? []).prefix(count)) }
    #expect(error?.cause == .idxTooShort(bytes: count, expected: 16))
  }

  @Test func refusesTheWrongMagicNumber() throws {
    let swapped = try error { $0.files[Self.labels]?[3] = 3 }
    #expect(swapped?.cause == .idxMagic(0x803, expected: 0x801))
    #expect(swapped?.offset == 0)
    #expect(try #require(swapped).description.contains("0x00000803"))
    let floats = try error { $0.files[Self.images]?[2] = 0x0D }
    #expect(floats?.cause == .idxMagic(0xD03, expected: 0x803))
  }

  @Test func refusesImagesWithoutPixelsOrHuge() throws {
    for (side, cause) in [
      (0, .idxSide(0, limit: 8192)), (0xFFFF_FFFF, .idxSide(0xFFFF_FFFF, limit: 8192)),
    ] as [(UInt32, DatasetError.Cause)] {
      let error = try error { $0.files[Self.images] = IDXBuilder.header(0x803, [30, 28, side]) }
      #expect(error?.cause == cause)
      #expect(error?.offset == 12)
    }
    let large = try error { $0.files[Self.images] = IDXBuilder.header(0x803, [30, 8000, 8000]) }
    #expect(large?.cause == .badImage(.area(64_000_000, limit: 33_000_000)))
  }

  @Test func refusesNoSamplesAndTooMany() throws {
    let none = try error { $0.files[Self.images] = IDXBuilder.header(0x803, [0, 28, 28]) }
    #expect(none?.cause == .idxCount(0, limit: 20_000_000))
    let many = try error { $0.files[Self.labels] = IDXBuilder.header(0x801, [0xFFFF_FFFF]) }
    #expect(many?.cause == .idxCount(0xFFFF_FFFF, limit: 20_000_000))
    #expect(many?.offset == 4)
    let large = try error { $0.files[Self.images] = IDXBuilder.header(0x803, [10_000_000, 28, 28]) }
    #expect(large?.cause == .memberTooLarge(bytes: 16 + 7_840_000_000, limit: 4 << 30))
  }

  @Test func refusesALabelOutOfRange() throws {
    let error = try error { $0.files[Self.labels]?[8 + 21] = 10 }
    #expect(error?.cause == .labelOutOfRange(label: 10, classes: 10))
    #expect(error?.member == "mnist/raw/" + Self.labels)
    #expect(error?.offset == 8 + 21)
  }

  @Test func refusesAnotherNumberOfLabels() throws {
    let error = try error { $0.files[Self.labels] = IDXBuilder.header(0x801, [3]) + [1, 2, 3] }
    #expect(error?.cause == .idxLabels(3, images: 30))
    #expect(error?.member == "mnist/raw/" + Self.labels)
  }

  @Test func refusesTestImagesOfAnotherSize() throws {
    let name = "t10k-images-idx3-ubyte"
    let error = try error { $0.files[name] = IDXBuilder(height: 28, width: 27).files[name] }
    #expect(
      error?.cause
        == .mixedShapes(
          ImageShape(channels: 1, height: 28, width: 27), expected: ImageShape(channels: 1, height: 28, width: 28)))
  }

  @Test func namesMissingFiles() throws {
    #expect(try error { $0.files[Self.labels] = nil }?.cause == .missingMembers([Self.labels]))
  }

  @Test func refusesAFileThatOccursTwiceAlsoAsGzip() throws {
    for suffix in ["", ".gz"] {
      let error = try error { $0.extra = [(Self.labels + suffix, Self.content(suffix, $0.files[Self.labels] ?? []))] }
      #expect(error?.cause == .duplicateMember)
    }
  }

  private static func content(_ suffix: String, _ plain: [UInt8]) -> [UInt8] {
    suffix.isEmpty ? plain : IDXBuilder.gzip(plain)
  }

  @Test func refusesAGzipBombInAMember() throws {
    try Scratch.run { scratch throws in
      // 70 MiB of zeros behind a header that promises them: about 1000 to 1.
      let bomb = IDXBuilder.header(0x803, [70, 1024, 1024]) + [UInt8](repeating: 0, count: 70 << 20)
      _ = try scratch.write(bomb, in: .tarGzip, as: "bomb.gz")
      let error = try errorOfGzip(scratch.read("bomb.gz"))
      #expect(error?.cause == .expansion(limit: 200))
      #expect(error?.member == "mnist/raw/" + Self.images + ".gz")
      // And behind one that does not.
      let small = IDXBuilder.header(0x803, [1, 28, 28]) + [UInt8](repeating: 0, count: 70 << 20)
      _ = try scratch.write(small, in: .tarGzip, as: "small.gz")
      #expect(try errorOfGzip(scratch.read("small.gz"))?.cause == .idxTooLong(expected: 800))
    }
  }

  @Test func refusesDamagedGzipMembers() throws {
    let content = try #require(IDXBuilder().files[Self.images])
    let whole = IDXBuilder.gzip(content)
    for count in [0, 5, 1000, whole.count - 1] {
      let error = try errorOfGzip(Array(whole.prefix(count)))
      #expect(error?.cause == .truncated, "\(count) bytes")
      #expect(error?.member == "mnist/raw/" + Self.images + ".gz")
    }
    #expect(try errorOfGzip(IDXBuilder.gzip(content, crc: 1))?.code == "corrupt-archive")
    #expect(try errorOfGzip(whole + [1])?.cause == .trailingData)
    #expect(try errorOfGzip(content)?.code == "corrupt-archive")
    #expect(try errorOfGzip(whole + [0, 0]) == nil)
  }

  @Test func refusesGzipInsideGzip() throws {
    let content = try #require(IDXBuilder().files[Self.images])
    #expect(try errorOfGzip(IDXBuilder.gzip(IDXBuilder.gzip(content)))?.code == "idx-magic")
  }
}
