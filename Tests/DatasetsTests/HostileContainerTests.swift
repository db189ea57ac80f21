import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct HostileContainerTests {
  static let tar: [UInt8] = {
    var tar = TarBuilder()
    // Does not compress, so that a cut or a flipped bit hits content.
    var draws = Draws(1)
    tar.add("set/one", content: (0..<100_000).map { _ in UInt8(truncatingIfNeeded: draws.next()) })
    tar.add("set/two", content: (0..<1000).map { _ in UInt8(truncatingIfNeeded: draws.next()) })
    return tar.finished
  }()

  @Test func refusesAnEmptyFile() throws {
    try Scratch.run { scratch throws in
      #expect(try causeOfReading(scratch.write([])) == .emptyFile)
    }
  }

  @Test func refusesGarbage() throws {
    try Scratch.run { scratch throws in
      var draws = Draws(2)
      let garbage = [0] + (0..<5000).map { _ in UInt8(truncatingIfNeeded: draws.next()) }
      #expect(try causeOfReading(scratch.write(garbage)) == .unknownContainer)
    }
  }

  @Test func refusesADevice() throws {
    #expect(try causeOfReading("/dev/zero") == .notRegularFile)
  }

  @Test func namesAFileThatIsNotThere() throws {
    try Scratch.run { scratch throws in
      let error = #expect(throws: DatasetError.self) { try readAll(scratch.file("none")) }
      #expect(error?.code == "io")
      #expect(error?.isRefusal == false)
      #expect(error?.file == scratch.file("none"))
    }
  }

  @Test(arguments: [ArchiveContainer.tarGzip, .tarZstd, .tarXz])
  func refusesGarbageInsideCompression(container: ArchiveContainer) throws {
    try Scratch.run { scratch throws in
      var draws = Draws(3)
      let garbage = (0..<5000).map { _ in UInt8(truncatingIfNeeded: draws.next() | 1) }
      #expect(try causeOfReading(scratch.write(garbage, in: container)) == .notTar)
    }
  }

  @Test(arguments: [ArchiveContainer.tarGzip, .tarZstd, .tarXz])
  func refusesAnEmptyCompressedStream(container: ArchiveContainer) throws {
    try Scratch.run { scratch throws in
      let cause = try causeOfReading(scratch.write([], in: container))
      #expect(cause == .notTar || cause == .truncated)
    }
  }

  @Test(arguments: ArchiveContainer.tars, [0.02, 0.3, 0.7, 0.999])
  func refusesATruncatedArchive(container: ArchiveContainer, share: Double) throws {
    try Scratch.run { scratch throws in
      _ = try scratch.write(Self.tar, in: container)
      let whole = try scratch.read("archive")
      let cut = try scratch.write(Array(whole[..<Int(Double(whole.count) * share)]), as: "cut")
      let cause = try causeOfReading(cut)
      // A plain tar cut inside its zero blocks lacks its end; everything else is cut inside something.
      #expect(cause == .truncated || (container == .tar && cause == .missingEndOfArchive))
    }
  }

  @Test(arguments: [ArchiveContainer.tarGzip, .tarZstd, .tarXz])
  func refusesAnArchiveThatLacksItsLastByte(container: ArchiveContainer) throws {
    try Scratch.run { scratch throws in
      _ = try scratch.write(Self.tar, in: container)
      let cut = try scratch.write(scratch.read("archive").dropLast(), as: "cut")
      // zstd frames that libarchive writes have no check sum, so the last byte belongs to the last block.
      #expect(try causeOfReading(cut) == .truncated)
    }
  }

  @Test func refusesATarThatEndsAtAMember() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.add("f", content: [1])
      #expect(try causeOfReading(scratch.write(tar.bytes)) == .missingEndOfArchive)
      #expect(
        try causeOfReading(scratch.write(tar.bytes + [UInt8](repeating: 0, count: 512))) == .missingEndOfArchive)
      #expect(try causeOfReading(scratch.write(tar.finished)) == nil)
    }
  }

  @Test func refusesAWrongGzipCheckSum() throws {
    try Scratch.run { scratch throws in
      _ = try scratch.write(Self.tar, in: .tarGzip)
      var bytes = try scratch.read("archive")
      bytes[bytes.count - 6] ^= 1
      guard case .corrupt = try causeOfReading(scratch.write(bytes)) else {
        Issue.record("the CRC was not checked")
        return
      }
    }
  }

  @Test func refusesAWrongGzipLength() throws {
    try Scratch.run { scratch throws in
      _ = try scratch.write(Self.tar, in: .tarGzip)
      var bytes = try scratch.read("archive")
      bytes[bytes.count - 2] ^= 1
      guard case .corrupt = try causeOfReading(scratch.write(bytes)) else {
        Issue.record("the length was not checked")
        return
      }
    }
  }

  @Test(arguments: [ArchiveContainer.tarGzip, .tarXz])
  func refusesAFlippedBit(container: ArchiveContainer) throws {
    try Scratch.run { scratch throws in
      _ = try scratch.write(Self.tar, in: container)
      var bytes = try scratch.read("archive")
      bytes[bytes.count / 2] ^= 0x10
      guard case .corrupt = try causeOfReading(scratch.write(bytes)) else {
        Issue.record("the check sum was not checked")
        return
      }
    }
  }

  @Test func refusesADamagedTarHeader() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.add("f", content: [1])
      tar.add("g", content: [2])
      var bytes = tar.finished
      bytes[1024 + 130] ^= 1
      guard case .corrupt = try causeOfReading(scratch.write(bytes)) else {
        Issue.record("the header's check sum was not checked")
        return
      }
    }
  }

  @Test(arguments: ArchiveContainer.tars)
  func refusesBytesAfterTheEnd(container: ArchiveContainer) throws {
    try Scratch.run { scratch throws in
      _ = try scratch.write(Self.tar, in: container)
      let bytes = try scratch.read("archive") + Array("more".utf8)
      #expect(try causeOfReading(scratch.write(bytes)) != nil)
      let inside = try scratch.write(Self.tar + [0, 0, 5], in: container, as: "inside")
      #expect(try causeOfReading(inside) == .trailingData)
    }
  }

  @Test(arguments: [ArchiveContainer.tarGzip, .zip]) func refusesADecompressionBomb(container: ArchiveContainer) throws
  {
    try Scratch.run { scratch throws in
      // 100 MiB of zeros: 1:1000 deflated, and past the 64 MiB before which the ratio is not judged.
      let writer = try ArchiveWriter(path: scratch.file("bomb"), container: container)
      let zeros = [UInt8](repeating: 0, count: 10 << 20)
      for number in 0..<10 {
        try writer.add(ArchiveMember(name: "\(number)", size: zeros.count, modified: 0), content: zeros)
      }
      _ = try writer.finish()
      #expect(try causeOfReading(scratch.file("bomb")) == .expansion(limit: 200))
      var generous = InputLimits()
      generous.expansion = 5000
      #expect(try causeOfReading(scratch.file("bomb"), limits: generous) == nil)
    }
  }

  @Test func refusesAnOversizedArchive() throws {
    try Scratch.run { scratch throws in
      var limits = InputLimits()
      limits.archiveBytes = 100
      let path = try scratch.write(Self.tar)
      #expect(
        try causeOfReading(path, limits: limits) == .archiveTooLarge(bytes: Self.tar.count, limit: 100))
    }
  }

  @Test func refusesAnXzDictionaryAboveTheMemoryLimit() throws {
    try Scratch.run { scratch throws in
      _ = try scratch.write(Self.tar, in: .tarXz)
      var bytes = try scratch.read("archive")
      // The block header starts at 12: size, flags, filter id 0x21, size 1, dictionary code. Code 38 is 2 GiB.
      let length = (Int(bytes[12]) + 1) * 4
      try #require(bytes[14] == 0x21 && bytes[15] == 1)
      bytes[16] = 38
      let crc = PNGBuilder.crc32(Array(bytes[12..<12 + length - 4]))
      for byte in 0..<4 { bytes[12 + length - 4 + byte] = UInt8(truncatingIfNeeded: crc >> UInt32(8 * byte)) }
      #expect(try causeOfReading(scratch.write(bytes)) == .decoderMemory(limit: 128 << 20))
    }
  }

  @Test func refusesAZstdWindowAboveTheMemoryLimit() throws {
    try Scratch.run { scratch throws in
      // Magic, a descriptor without a content size, a window of 2^31 bytes.
      let bytes: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 21 << 3] + [UInt8](repeating: 0, count: 600)
      #expect(try causeOfReading(scratch.write(bytes)) == .decoderMemory(limit: 128 << 20))
    }
  }

  @Test func stopsWhenTheReportThrows() throws {
    struct Stop: Error {}
    try Scratch.run { scratch throws in
      let path = try scratch.write(Self.tar)
      #expect(throws: Stop.self) {
        let reader = try ArchiveReader(path: path, limits: InputLimits()) { _ in throw Stop() }
        while try reader.nextMember() != nil {}
      }
    }
  }

  @Test(arguments: ArchiveContainer.tars)
  func survivesRandomDamage(container: ArchiveContainer) throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.addPax([("path", "set/a/long"), ("mtime", "12.5")])
      tar.add("x", content: PNGBuilder.plain(5))
      tar.add("set/b/2.png", content: PNGBuilder.plain(6))
      _ = try scratch.write(tar.finished, in: container)
      let whole = try scratch.read("archive")
      var draws = Draws(4, UInt64(whole.count))
      for _ in 0..<300 {
        var bytes = whole
        for _ in 0...draws.below(4) { bytes[draws.below(bytes.count)] = UInt8(truncatingIfNeeded: draws.next()) }
        if draws.below(3) == 0 { bytes.removeLast(draws.below(bytes.count)) }
        // Anything but a crash: a survey, or an error of ours.
        _ = try errorOfSurveying(scratch.write(bytes))
      }
    }
  }
}
