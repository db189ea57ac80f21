import Foundation
import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct SurveyStoreTests {
  final class Watch {
    var notes: [String] = []
    var passes = 0
  }

  func survey(
    _ file: String, _ scratch: Scratch, program: String = "1", limits: InputLimits = InputLimits(), _ watch: Watch
  ) throws -> DatasetSurvey {
    (watch.notes, watch.passes) = ([], 0)
    return try SurveyStore(directory: scratch.file("surveys"), program: program).survey(
      of: file, limits: limits, note: { watch.notes.append($0) },
      onProgress: { if $0.over != nil { watch.passes += 1 } })
  }

  /// The one file of a kind in the store.
  func kept(_ ending: String, _ scratch: Scratch) throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.file("surveys"))
    let found = names.filter { $0.hasSuffix(ending) }
    try #require(found.count == 1)
    return "surveys/\(found[0])"
  }

  func expectEqual(_ a: DatasetSurvey, _ b: DatasetSurvey) {
    #expect(a.container == b.container && a.layout == b.layout && a.geometry == b.geometry && a.shape == b.shape)
    #expect(a.classNames == b.classNames && a.labels == b.labels && a.splits == b.splits)
    #expect(a.skipped == b.skipped && a.repeated == b.repeated && a.skippedImages == b.skippedImages)
    #expect(a.fileBytes == b.fileBytes && a.archiveBytes == b.archiveBytes && a.memberCount == b.memberCount)
    #expect(a.digest == b.digest && a.warnings == b.warnings && a.places == b.places)
  }

  @Test(arguments: SampleReaderTests.Form.allCases) func anArchiveIsSurveyedOnce(form: SampleReaderTests.Form) throws {
    try Scratch.run { scratch throws in
      let (path, watch) = (try form.write(in: scratch), Watch())
      let first = try survey(path, scratch, watch)
      // Of a small archive what is looked at for a shard is all of it.
      #expect((1...2).contains(watch.passes) && watch.notes.isEmpty)
      let second = try survey(path, scratch, watch)
      #expect(watch.passes == 0 && watch.notes.isEmpty)
      expectEqual(first, second)
      #expect(second.identity != nil && first.identity == second.identity)
      // Samples are found by it.
      #expect(
        try SampleReaderTests().read(second, [1, first.count - 1]).samples
          == SampleReaderTests().passed(first, [1, first.count - 1]))
    }
  }

  @Test func skippedAndRepeatedImagesAreKept() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      for number in 0..<20 { tar.add("a/\(number).png", content: PNGBuilder.plain(UInt8(number / 2))) }
      tar.add("b/bad.png", content: [1, 2, 3])
      tar.add("b/good.png", content: PNGBuilder.plain(99))
      let (path, watch) = (try scratch.write(tar.finished), Watch())
      scratch.settle("archive")
      var limits = InputLimits()
      limits.badSampleShare = 0.5
      let first = try survey(path, scratch, limits: limits, watch)
      #expect(first.skipped.count == 1 && first.repeated == Array(0..<20))
      // How much may be decoded has no say in it.
      limits.cacheBytes = 7
      expectEqual(first, try survey(path, scratch, limits: limits, watch))
      #expect(watch.passes == 0)
    }
  }

  /// The daemon moves archives; whoever copies one gets another file.
  @Test func theSameBytesElsewhereAreReadForTheirDigestAlone() throws {
    try Scratch.run { scratch throws in
      let (path, watch) = (try SampleReaderTests.Form.folder.write(in: scratch), Watch())
      let first = try survey(path, scratch, watch)
      try FileManager.default.moveItem(atPath: path, toPath: scratch.file("moved"))
      #expect(try survey(scratch.file("moved"), scratch, watch).file == scratch.file("moved"))
      #expect(watch.passes == 0)
      try Data(scratch.read("moved")).write(to: URL(filePath: scratch.file("copy")))
      scratch.settle("copy", secondsAgo: 1000)
      expectEqual(first, try survey(scratch.file("copy"), scratch, watch))
      #expect(watch.passes == 1)
      _ = try survey(scratch.file("copy"), scratch, watch)
      #expect(watch.passes == 0)
      // One whose time cannot be trusted yet is read each time.
      try Data(scratch.read("moved")).write(to: URL(filePath: scratch.file("fresh")))
      for _ in 0..<2 {
        #expect(try survey(scratch.file("fresh"), scratch, watch).identity == nil)
        #expect(watch.passes == 1)
      }
    }
  }

  @Test func otherBytesAreAnotherArchive() throws {
    try Scratch.run { scratch throws in
      let (path, watch) = (try SampleReaderTests.Form.shard.write(in: scratch), Watch())
      let first = try survey(path, scratch, watch)
      var tar = TarBuilder()
      for key in 0..<12 {
        tar.add("\(key).cls", content: Array("\(key % 4)".utf8))
        tar.add("\(key).png", content: PNGBuilder.plain(UInt8(key)))
      }
      _ = try scratch.write(tar.finished)
      scratch.settle("archive", secondsAgo: 100)
      let second = try survey(path, scratch, watch)
      // As long as the first one, so it was read for its digest first.
      #expect(second.digest != first.digest && second.labels[3] == 3 && watch.passes == 2)
    }
  }

  @Test(arguments: ["truncated", "damaged", "emptied", "of-another-version", "of-another-archive", "program", "limits"])
  func aSurveyThatCannotBeUsedIsMadeAgainWithALine(why: String) throws {
    try Scratch.run { scratch throws in
      let (path, watch) = (try SampleReaderTests.Form.cifar.write(in: scratch), Watch())
      let first = try survey(path, scratch, watch)
      let name = try kept(".survey", scratch)
      var bytes = try scratch.read(name)
      var (program, limits) = ("1", InputLimits())
      switch why {
      case "truncated": bytes.removeLast(40)
      case "damaged": bytes[bytes.count - 100] ^= 1
      case "emptied": bytes = []
      case "of-another-version":
        let text = Array("dandyroll-survey/".utf8)
        let place = try #require(
          bytes.indices.first { bytes[$0...].starts(with: text) })
        bytes[place + text.count] = UInt8(ascii: "9")
      case "of-another-archive":
        let other = scratch.file("other")
        try DrawnDataset(seed: 6).writeCIFAR10(to: other, container: .tar, perBatch: 20, test: 20)
        let survey = try DatasetSurvey(file: other)
        bytes = try #require(try SurveyFile.encode(survey, .init(program: program, limits: limits)))
      case "program": program = "2"
      default: limits.memberBytes -= 1
      }
      try Data(bytes).write(to: URL(filePath: scratch.file(name)))
      expectEqual(first, try survey(path, scratch, program: program, limits: limits, watch))
      #expect(watch.passes == 1 && watch.notes.count == 1 && watch.notes[0].contains("surveyed anew"))
      _ = try survey(path, scratch, program: program, limits: limits, watch)
      #expect(watch.passes == 0 && watch.notes.isEmpty)
    }
  }

  /// Whoever can write to the daemon's directory may make up a survey with a right digest.
  @Test func columnsThatDoNotFitAreNotTaken() throws {
    try Scratch.run { scratch throws in
      let path = try SampleReaderTests.Form.tarOfTars.write(in: scratch)
      let survey = try DatasetSurvey(file: path)
      let key = SurveyFile.Key(program: "1", limits: InputLimits())
      let bytes = try #require(try SurveyFile.encode(survey, key))
      func decode(_ change: (inout [UInt8], Int) -> Void) throws -> DatasetSurvey {
        var other = Array(bytes.dropLast(32))
        change(&other, (other.firstIndex(of: UInt8(ascii: "\n")) ?? 0) + 1)
        other += HexDigest(of: other).bytes
        return try SurveyFile.decode(other, of: path, digest: survey.digest, key, identity: nil)
      }
      expectEqual(survey, try decode { _, _ in })
      let (labels, splits) = (2 * survey.count, survey.count)
      let changes: [(inout [UInt8], Int) -> Void] = [
        { bytes, start in bytes[start + 1] = 200 }, { bytes, start in bytes[start + labels] = 3 },
        { bytes, start in bytes[start + labels + splits + 7] = 255 },
        { bytes, start in bytes[start + labels + splits + 16 + 7] = 1 },
        { bytes, start in bytes[start + labels + splits + 24] = 1 },
        { bytes, start in bytes[start + labels + splits + 28] = 99 }, { bytes, _ in bytes.removeLast() },
        { bytes, _ in bytes.append(0) },
      ]
      for change in changes {
        #expect(throws: SurveyFile.Unusable.self) { try decode(change) }
      }
    }
  }

  @Test func aDirectoryThatCannotBeWrittenCostsALineAndNoMore() throws {
    try Scratch.run { scratch throws in
      let (path, watch) = (try SampleReaderTests.Form.folder.write(in: scratch), Watch())
      try Data().write(to: URL(filePath: scratch.file("surveys")))
      #expect(try survey(path, scratch, watch).count == 40)
      #expect(watch.notes.count == 1 && watch.notes[0].contains("is not kept"))
    }
  }

  @Test func anArchiveThatIsRefusedIsRefusedAsEver() throws {
    try Scratch.run { scratch throws in
      let watch = Watch()
      #expect(throws: DatasetError.self) { try survey(scratch.file("missing"), scratch, watch) }
      let path = try scratch.write([])
      #expect(throws: DatasetError(.emptyFile, file: path)) { try survey(path, scratch, watch) }
      #expect(!FileManager.default.fileExists(atPath: scratch.file("surveys")))
    }
  }
}
