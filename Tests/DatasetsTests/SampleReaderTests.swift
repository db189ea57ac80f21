import Foundation
import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct SampleReaderTests {
  /// How archives may hold samples, each with at least a dozen.
  enum Form: String, CaseIterable, CustomTestStringConvertible {
    case folder, folderInZip, tarOfTars, cifar, cifarInZip, mnist, mnistOfGzipFiles, shard, longNames, manySizes

    var testDescription: String { rawValue }

    func write(in scratch: Scratch) throws -> String {
      let path = scratch.file("archive")
      let drawn = DrawnDataset(seed: 5)
      let grey = DrawnDataset(seed: 5, shape: ImageShape(channels: 1, height: 28, width: 28))
      switch self {
      case .folder: try drawn.writeImageFolder(to: path, container: .tar, trainPerClass: 3, testPerClass: 1)
      case .folderInZip: try drawn.writeImageFolder(to: path, container: .zip, trainPerClass: 3, testPerClass: 1)
      case .tarOfTars: _ = try scratch.write(NestedTarTests.outer())
      case .cifar: try drawn.writeCIFAR10(to: path, container: .tar, perBatch: 20, test: 20)
      case .cifarInZip: try drawn.writeCIFAR10(to: path, container: .zip, perBatch: 20, test: 20)
      case .mnist: try grey.writeMNIST(to: path, train: 40, test: 20, compressed: false)
      case .mnistOfGzipFiles: try grey.writeMNIST(to: path, train: 40, test: 20)
      case .shard:
        var tar = TarBuilder()
        for key in 0..<12 {
          tar.add("\(key).cls", content: Array("\(key % 3)".utf8))
          tar.add("\(key).png", content: PNGBuilder.plain(UInt8(key)))
        }
        _ = try scratch.write(tar.finished)
      case .longNames:
        // Their names stand in a pax header before them, and a global one says what is of no account.
        var tar = TarBuilder()
        tar.addPax([("comment", "made by hand")], type: "g")
        for number in 0..<12 {
          let name = "class\(number % 2)/\(String(repeating: "n", count: 150))\(number).png"
          tar.addPax([("path", name)])
          tar.add("short\(number)", content: PNGBuilder.plain(UInt8(number)))
        }
        _ = try scratch.write(tar.finished)
      case .manySizes:
        var zip = ZipBuilder()
        for number in 0..<12 {
          let shape = ImageShape(channels: 3, height: 16 + number, width: 20)
          let pixels = [UInt8](repeating: UInt8(number), count: shape.bytes)
          zip.add(
            "class\(number % 2)/\(number).png", content: PNGImage(planar: pixels[...], shape: shape).encoded(),
            deflated: number % 3 == 0)
        }
        _ = try scratch.write(zip.finished)
      }
      scratch.settle("archive")
      return path
    }
  }

  final class Reports {
    var values: [ArchiveProgress] = []
    /// Passes that came to their end.
    var passes: Int { values.count { $0.over != nil } }
  }

  func read(
    _ survey: DatasetSurvey, _ chosen: Set<Int>, limits: InputLimits = InputLimits(), detour: Int = 0
  ) throws -> (samples: [Sample], reports: Reports) {
    let reports = Reports()
    var samples: [Sample] = []
    try SampleReader(survey, limits: limits, detour: detour, onProgress: { reports.values.append($0) })
      .read([.init(chosen) { samples.append($0) }])
    return (samples, reports)
  }

  func passed(_ survey: DatasetSurvey, _ chosen: Set<Int>) throws -> [Sample] {
    var samples: [Sample] = []
    let stream = try SampleStream(survey, choose: { chosen.contains($0) })
    while let sample = try stream.next() { samples.append(sample) }
    return samples
  }

  @Test(arguments: Form.allCases) func samplesFromTheirPlacesAreThoseOfAPass(form: Form) throws {
    try Scratch.run { scratch throws in
      let survey = try DatasetSurvey(file: form.write(in: scratch))
      // A member of records in a zip archive is read whole, for its check sum, and so in another one is too much.
      let first = form == .cifarInZip ? survey.count - 20 : 0
      let chosen: Set = [first, first + 2, (first + survey.count) / 2, survey.count - 1]
      let (samples, reports) = try read(survey, chosen)
      #expect(try samples == passed(survey, chosen) && samples.count == 4)
      #expect(reports.passes == 0 && reports.values.last.map { $0.bytesRead == $0.bytesTotal } == true)
    }
  }

  @Test(arguments: [ArchiveContainer.tarGzip, .tarZstd, .tarXz])
  func ofACompressedArchiveNothingIsReadBehindTheLastChosenSample(container: ArchiveContainer) throws {
    try Scratch.run { scratch throws in
      let path = scratch.file("archive")
      // Noise, so that compressing leaves several blocks of it.
      try DrawnDataset(seed: 5).writeCIFAR10(to: path, container: container, perBatch: 300, test: 300)
      scratch.settle("archive")
      let survey = try DatasetSurvey(file: path)
      let early = try read(survey, [1, 7])
      #expect(try early.samples == passed(survey, [1, 7]))
      #expect(early.reports.passes == 0)
      // Whoever is nearly through makes sure of the rest.
      let late = try read(survey, [1, survey.count - 1])
      #expect(try late.samples == passed(survey, [1, survey.count - 1]) && late.reports.passes == 1)
    }
  }

  @Test func manySamplesAreReadInOnePassForAllWhoWantThem() throws {
    try Scratch.run { scratch throws in
      let survey = try DatasetSurvey(file: Form.folder.write(in: scratch))
      let reports = Reports()
      var (first, second): ([Int], [Int]) = ([], [])
      try SampleReader(survey, limits: InputLimits(), onProgress: { reports.values.append($0) }).read([
        .init(Set(0..<survey.count)) { first.append($0.index) }, .init([3, 5]) { second.append($0.index) },
        .init([]) { _ in },
      ])
      #expect(first == Array(0..<survey.count) && second == [3, 5])
      #expect(reports.passes == 1)
      #expect(try read(survey, []).reports.values.isEmpty)
    }
  }

  /// Its time could stay the same if its bytes changed now.
  @Test func aFileThatHasJustBeenWrittenIsReadToItsEnd() throws {
    try Scratch.run { scratch throws in
      let path = try Form.folder.write(in: scratch)
      try DurableFile(path).replace(with: scratch.read("archive"))
      let survey = try DatasetSurvey(file: path)
      #expect(survey.identity == nil)
      #expect(try read(survey, [4]).reports.passes == 1)
    }
  }

  @Test func aFileWithAnotherTimeIsReadToItsEndAndComparedByItsDigest() throws {
    try Scratch.run { scratch throws in
      let path = try Form.folder.write(in: scratch)
      let survey = try DatasetSurvey(file: path)
      scratch.settle("archive", secondsAgo: 1800)
      #expect(try read(survey, [4]).reports.passes == 1)
      var bytes = try scratch.read("archive")
      // The padding of the last member, which no reader looks at, but for the digest.
      bytes[bytes.count - 1] = 0
      bytes[512 + 10] ^= 1
      _ = try scratch.write(bytes)
      let error = #expect(throws: DatasetError.self) { try read(survey, [survey.count - 1]) }
      #expect(error?.cause == .archiveChanged)
    }
  }

  /// Somebody has changed the file and set its time back, but another member stands at the place now.
  @Test(arguments: [Form.folder, .folderInZip, .tarOfTars, .cifar, .longNames])
  func anotherMemberAtThePlaceIsAnotherArchive(form: Form) throws {
    try Scratch.run { scratch throws in
      let path = try form.write(in: scratch)
      let survey = try DatasetSurvey(file: path)
      let bytes = try scratch.read("archive")
      let member = survey.places.member(of: 3, among: survey.count)
      let name = Array((member.name.split(separator: "/").last ?? "").utf8)
      // A letter of the name wherever it stands, headers' check sums included.
      var other = bytes
      for place in 0...bytes.count - name.count where bytes[place..<place + name.count].elementsEqual(name) {
        other[place] ^= 2
        let block = place / 512 * 512
        guard form != .folderInZip, place - block < 100 else { continue }
        for at in block + 148..<block + 156 { other[at] = 32 }
        let sum = String(other[block..<block + 512].reduce(0) { $0 + Int($1) }, radix: 8)
        let field = Array((String(repeating: "0", count: 6 - sum.count) + sum).utf8) + [0, 32]
        other.replaceSubrange(block + 148..<block + 156, with: field)
      }
      let time = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate]
      let handle = try #require(FileHandle(forWritingAtPath: path))
      try handle.write(contentsOf: Data(other))
      try handle.close()
      try FileManager.default.setAttributes([.modificationDate: try #require(time)], ofItemAtPath: path)
      let error = #expect(throws: DatasetError.self) { try read(survey, [3]) }
      #expect(error?.cause == .archiveChanged && error?.member == member.name)
    }
  }

  @Test func cutsLeaveNothingToBeReadBeyondTheFile() throws {
    try Scratch.run { scratch throws in
      let path = try Form.cifar.write(in: scratch)
      let survey = try DatasetSurvey(file: path)
      let time = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate]
      let handle = try #require(FileHandle(forUpdatingAtPath: path))
      try handle.truncate(atOffset: UInt64(survey.fileBytes - 20 * 3073))
      try handle.truncate(atOffset: UInt64(survey.fileBytes))
      try handle.close()
      try FileManager.default.setAttributes([.modificationDate: try #require(time)], ofItemAtPath: path)
      // Zeros where pixels were are pixels; there is no header any more to say whose.
      #expect(try read(survey, [survey.count - 1]).samples.count == 1)
      try FileHandle(forUpdatingAtPath: path)?.truncate(atOffset: 1000)
      let error = #expect(throws: DatasetError.self) { try read(survey, [survey.count - 1]) }
      #expect(error?.cause == .archiveChanged || error?.cause == .truncated)
    }
  }

  @Test func whatIsReadCanBeStopped() throws {
    try Scratch.run { scratch throws in
      let survey = try DatasetSurvey(file: Form.folder.write(in: scratch))
      struct Enough: Error {}
      #expect(throws: Enough.self) {
        try SampleReader(survey, limits: InputLimits(), detour: 0, onProgress: { _ in throw Enough() })
          .read([.init([0, 1]) { _ in }])
      }
      #expect(throws: Enough.self) {
        try SampleReader(survey, limits: InputLimits(), detour: 0, onProgress: { _ in })
          .read([.init([0, 1]) { _ in throw Enough() }])
      }
    }
  }
}
