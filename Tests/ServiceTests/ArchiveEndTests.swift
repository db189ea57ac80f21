import Foundation
import Testing

@testable import Inbox
@testable import Service
@testable import ServiceFoundation

/// Containers as their own tools wrote them, whole and cut short at every byte.
@Suite struct ArchiveEndTests {
  enum Sample: String, CaseIterable {
    // `printf 'what a container holds, twice over; what a container holds, twice over'` through each tool.
    case xz = """
      /Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj4ABFACtdADuaCEhp6hKgZw6uoE7yBd/RZ1OGpNKH+QiDfllOSHcsJkBJq1WOpGEcAAAAABpNKWgAAUNGSE1t\
      ZJBCmQ0BAAAAAAFZWg==
      """
    case zstd = "KLUv/SRGZQEARAJ3aGF0IGEgY29udGFpbmVyIGhvbGRzLCB0d2ljZSBvdmVyOyABADyOegKHHi9W"
    case gzip = "H4sIAAAAAAAAAyvPSCxRSFRIzs8rSczMSy1SyMjPSSnWUSgpz0xOVcgvSy2yVignqAYAGk0paEYAAAA="
    case zip = """
      UEsDBBQAAAAIAAAAIVwaTSloKQAAAEYAAAAFAAAAcC50eHQrz0gsUUhUSM7PK0nMzEstUsjIz0kp1lEoKc9MTlXIL0stslYoJ6gGAFBLAQIUAxQAAAAI\
      AAAAIVwaTSloKQAAAEYAAAAFAAAAAAAAAAAAAACAAQAAAABwLnR4dFBLBQYAAAAAAQABADMAAABMAAAAAAA=
      """
    case tar = ""

    var bytes: [UInt8] {
      self == .tar
        ? Array(archive(String(repeating: "x", count: 700)).utf8) : Array(Data(base64Encoded: rawValue) ?? Data())
    }
  }

  /// Whether the end is missing; nil for what is not recognised.
  private func lacksEnd(_ bytes: some Sequence<UInt8>, in root: TemporaryDirectory) throws -> Bool? {
    let path = root.path + "/file"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let file = try DroppedFile(path, stamp: try #require(try FileStamp.of(path)))
    guard let head = ArchiveHead(try file.head(ArchiveHead.bytes)) else { return nil }
    return try ArchiveEnd.isMissing(of: head, in: file) {}
  }

  @Test(arguments: Sample.allCases)
  func aWholeContainerHasItsEndAndNoPieceOfItDoes(sample: Sample) throws {
    let root = try TemporaryDirectory()
    let bytes = sample.bytes
    try #require(bytes.count > 50)
    #expect(try lacksEnd(bytes, in: root) == false)
    // One block of zeros at the end of a tar is enough.
    let whole = sample == .tar ? bytes.count - 512 : bytes.count
    for count in 1..<whole { #expect(try lacksEnd(bytes.prefix(count), in: root) != false, "\(count) bytes") }
  }

  @Test func severalInARowEndWithTheLast() throws {
    let root = try TemporaryDirectory()
    for sample in [Sample.gzip, .zstd, .xz] {
      let bytes = sample.bytes
      #expect(try lacksEnd(bytes + bytes, in: root) == false)
      #expect(try lacksEnd(bytes + bytes.dropLast(), in: root) == true, "\(sample)")
    }
    #expect(try lacksEnd(Sample.gzip.bytes + [UInt8](repeating: 0, count: 512), in: root) == false)
    #expect(try lacksEnd(Sample.xz.bytes + [0, 0, 0, 0], in: root) == false)
  }

  @Test func theEndOfAZipWithinAZipIsNotItsEnd() throws {
    let root = try TemporaryDirectory()
    let inner = Sample.zip.bytes
    // The inner archive stored whole as the first member of one that is still being copied.
    let header: [UInt8] = Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 26)
    #expect(try lacksEnd(header + inner + [1], in: root) == true)
    var end = inner
    end[end.count - 2] = 3
    #expect(try lacksEnd(end + Array("abc".utf8), in: root) == false)
    for count in 0..<3 { #expect(try lacksEnd(end + [UInt8](repeating: 0, count: count), in: root) == true) }
  }

  /// pzstd writes one before each of its frames.
  @Test func aZstandardFileMayBeginWithAFrameToSkip() throws {
    let root = try TemporaryDirectory()
    let skipped: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 9, 9, 9, 9]
    #expect(try lacksEnd(skipped + Sample.zstd.bytes, in: root) == false)
    #expect(try lacksEnd(skipped + Sample.zstd.bytes.dropLast(), in: root) == true)
    #expect(try lacksEnd(skipped.dropLast(), in: root) == true)
  }

  @Test func tarsWithoutAMagicAreTars() throws {
    let root = try TemporaryDirectory()
    var bytes = Sample.tar.bytes
    for index in 257..<265 { bytes[index] = 0 }
    let sum = (0..<512).reduce(0) { $0 + ((148..<156).contains($1) ? 32 : Int(bytes[$1])) }
    bytes.replaceSubrange(148..<154, with: Array(String(format: "%06o", sum).utf8))
    #expect(try lacksEnd(bytes, in: root) == false)
    bytes[0] ^= 1
    #expect(try lacksEnd(bytes, in: root) == nil)
  }

  /// Their jobs say what to do with them.
  @Test func whatDatasetsComeInElseIsRecognised() {
    let zeros = [UInt8](repeating: 0, count: 32_769)
    #expect(ArchiveHead(zeros + Array("CD001".utf8)) == .foreign("ISO"))
    #expect(ArchiveHead(zeros.prefix(16) + [0xDE, 0xC0, 0xEF, 0xBE]) == .foreign("LMDB"))
    #expect(ArchiveHead(Array("PAR1".utf8)) == .foreign("Parquet"))
    #expect(ArchiveHead(zeros) == nil)
  }

  @Test(arguments: [
    "", "x", "just text", "\u{0}\u{0}\u{0}", "PK", "BZ", "{\"a\": 1}", "#!/bin/sh\n", "\u{FEFF}data",
  ])
  func otherFilesAreNotRecognised(text: String) throws {
    #expect(ArchiveHead(Array(text.utf8)) == nil)
  }
}
