import Testing

@testable import Archives
@testable import Datasets

@Suite struct ForeignFormatTests {
  func bytes(_ head: [UInt8]) -> [UInt8] { head + [UInt8](repeating: 0x55, count: 2000) }

  static let heads: [(ForeignFormat, [UInt8])] = [
    (.splitZip, Array("PK\u{7}\u{8}".utf8)), (.sevenZip, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
    (.rar, Array("Rar!\u{1A}\u{7}\u{1}\u{0}".utf8)), (.bzip2, Array("BZh91AY&SY".utf8)), (.lz4, [4, 0x22, 0x4D, 0x18]),
    (.compress, [0x1F, 0x9D, 0x90]), (.parquet, Array("PAR1".utf8)), (.hdf5, [0x89] + Array("HDF\r\n\u{1A}\n".utf8)),
    (.pickle, [0x80, 4, 0x95]), (.pickle, [0x80, 2, 0x7D]), (.numpy, [0x93] + Array("NUMPY\u{1}\u{0}".utf8)),
    (.arrow, Array("ARROW1\u{0}\u{0}".utf8)), (.sqlite, Array("SQLite format 3\u{0}".utf8)), (.idx, [0, 0, 8, 3]),
    (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]), (.cpio, Array("070701".utf8)),
    (.gitLFSPointer, Array("version https://git-lfs.github.com/spec/v1\n".utf8)),
    (.iso, [UInt8](repeating: 0, count: 32_769) + Array("CD001".utf8)), (.recordIO, [0x0A, 0x23, 0xD7, 0xCE, 0, 0]),
    (.lmdb, [UInt8](repeating: 0, count: 16) + [0xDE, 0xC0, 0xEF, 0xBE, 1, 0, 0, 0]),
    // A record of 0x5F bytes.
    (.tfRecord, [0x5F, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x3F, 0x28, 0x86]),
    (.arrow, [0xFF, 0xFF, 0xFF, 0xFF, 0x10, 1, 0, 0]),
    (.webP, Array("RIFF1234WEBPVP8 ".utf8)), (.tiff, [0x49, 0x49, 0x2A, 0]),
    (.webPage, Array("\n <!DOCTYPE html><html>".utf8)), (.matlab, Array("MATLAB 5.0 MAT-file".utf8)),
  ]

  @Test(arguments: ForeignFormatTests.heads) func namesWhatWasDroppedInPlaceOfATar(format: ForeignFormat, head: [UInt8])
    throws
  {
    try Scratch.run { scratch throws in
      let error = try #require(try errorOfSurveying(scratch.write(bytes(head))))
      #expect(error.cause == .foreignFormat(format, isInside: false) && error.isRefusal)
      #expect("\(error)".contains(format.name) && "\(error)".contains(format.advice))
    }
  }

  @Test(arguments: [ArchiveContainer.tarGzip, .tarZstd, .tarXz]) func namesWhatIsInsideCompression(
    container: ArchiveContainer
  ) throws {
    try Scratch.run { scratch throws in
      for (format, head) in [Self.heads[8], Self.heads[13]] {
        let error = try errorOfSurveying(scratch.write(bytes(head), in: container))
        #expect(error?.cause == .foreignFormat(format, isInside: true))
      }
    }
  }

  @Test func tellsNumPyAndPyTorchFromOtherZipArchives() {
    func zip(_ name: String) -> [UInt8] {
      Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 22) + [UInt8(name.utf8.count), 0, 0, 0]
        + Array(name.utf8)
    }
    #expect(ForeignFormat(head: zip("x_train.npy")) == .numpyArchive)
    #expect(ForeignFormat(head: zip("archive/data.pkl")) == .torch)
    #expect(ForeignFormat(head: zip("pets/cats/0.png")) == .zip)
  }

  @Test func namesSamplesInFilesThatAreNotRead() throws {
    try Scratch.run { scratch throws in
      for (name, content, expected) in [
        ("cifar-100-python/train", bytes([0x80, 2, 0x7D]), ForeignFormat.pickle),
        ("data/train.parquet", bytes(Array("PAR1".utf8)), .parquet),
        ("set/cats.tar", CIFARBuilder(perBatch: 1).tar, .tar),
      ] as [(String, [UInt8], ForeignFormat)] {
        var tar = TarBuilder()
        tar.add("readme.txt", content: [65])
        tar.add(name, content: content)
        let error = try errorOfSurveying(scratch.write(tar.finished))
        #expect(error?.cause == .foreignSamples(expected) && error?.member == name)
      }
    }
  }

  @Test func readsATarFromBeforeThereWasAMagic() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.add("a/1.png", type: "\u{0}", content: PNGBuilder.plain(1), magic: "")
      tar.add("b/1.png", type: "0", content: PNGBuilder.plain(2), magic: "")
      #expect(try DatasetSurvey(file: scratch.write(tar.finished)).count == 2)
      var damaged = tar.finished
      damaged[3] ^= 1
      #expect(try errorOfSurveying(scratch.write(damaged))?.cause == .unknownContainer)
    }
  }

  @Test func readsAZstdFileThatStartsWithSkippableFrames() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.add("a/1.png", content: PNGBuilder.plain(1))
      let stream = tar.finished
      let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 9, 9, 9, 9]
      let empty: [UInt8] = [0x5F, 0x2A, 0x4D, 0x18, 0, 0, 0, 0]
      _ = try scratch.write(Array(stream[..<900]), in: .tarZstd, as: "1")
      _ = try scratch.write(Array(stream[900...]), in: .tarZstd, as: "2")
      // As pzstd writes it: one frame that is passed over before each that is not.
      let file = try skippable + scratch.read("1") + skippable + scratch.read("2")
      #expect(try readAll(scratch.write(file)).map(\.member.name) == ["a/1.png"])
      let long: [UInt8] = [0x51, 0x2A, 0x4D, 0x18, 0, 0, 9, 0] + [UInt8](repeating: 7, count: 9 << 16)
      #expect(try readAll(scratch.write(empty + long + empty + file + empty)).count == 1)
      #expect(try causeOfReading(scratch.write(skippable.dropLast())) == .truncated)
      // What lz4 writes may start in the same way.
      #expect(
        try causeOfReading(scratch.write(skippable + bytes([4, 0x22, 0x4D, 0x18])))
          == .foreignFormat(.lz4, isInside: true))
    }
  }

  @Test func refusesAWindowAboveTheLimitBehindASkippableFrame() throws {
    try Scratch.run { scratch throws in
      let bytes: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0, 0x28, 0xB5, 0x2F, 0xFD, 0x00, 21 << 3]
      #expect(
        try causeOfReading(scratch.write(bytes + [UInt8](repeating: 0, count: 600))) == .decoderMemory(limit: 128 << 20)
      )
    }
  }
}
