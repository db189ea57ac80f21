import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct CIFAR10LayoutTests {
  func error(_ change: (inout CIFARBuilder) -> Void) throws -> DatasetError? {
    try Scratch.run { scratch throws in
      var builder = CIFARBuilder()
      change(&builder)
      return try errorOfSurveying(scratch.write(builder.tar))
    }
  }

  @Test(arguments: ArchiveContainer.tars, ["cifar-10-batches-bin/", "", "./cifar-10-batches-bin/"])
  func surveysTheBinaryLayout(container: ArchiveContainer, folder: String) throws {
    try Scratch.run { scratch throws in
      var builder = CIFARBuilder()
      builder.folder = folder
      let path = try scratch.write(builder.tar, in: container)
      let survey = try DatasetSurvey(file: path)
      #expect(survey.layout == .cifar10Binary)
      #expect(survey.container == container)
      #expect(survey.shape == ImageShape(channels: 3, height: 32, width: 32))
      #expect(survey.classNames.first == "airplane" && survey.classNames.count == 10)
      #expect(survey.count == 120)
      #expect(survey.labels == (0..<120).map { UInt16($0 % 10) })
      #expect(survey.counts(in: .train) == Array(repeating: 10, count: 10))
      #expect(survey.counts(in: .test) == Array(repeating: 2, count: 10))
      #expect(survey.indices(in: .test, label: 3) == [103, 113])
      #expect(survey.digest == HexDigest(of: try scratch.read("archive")))
      #expect(survey.archiveBytes == builder.tar.count)
      #expect(survey.classIndex(named: "cat") == 3)
      #expect(survey.classIndex(named: "7") == 7)
      #expect(survey.classIndex(named: "10") == nil)
      #expect(survey.classIndex(named: "unicorn") == nil)
    }
  }

  @Test func acceptsTheClassNamesAtTheEnd() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      let builder = CIFARBuilder(perBatch: 1)
      for (name, content) in builder.batches.sorted(by: { $0.key > $1.key }) { tar.add(name, content: content) }
      tar.add("batches.meta.txt", content: Array((builder.names + "\r\n\n").utf8))
      let survey = try DatasetSurvey(file: scratch.write(tar.finished))
      #expect(survey.splits.first == .test)
      #expect(survey.classNames.last == "truck")
    }
  }

  @Test func refusesAWrongRecordSize() throws {
    let error = try error { $0.batches["data_batch_3.bin"]?.removeLast() }
    #expect(error?.cause == .recordSize(bytes: 20 * 3073 - 1, record: 3073))
    #expect(error?.member == "cifar-10-batches-bin/data_batch_3.bin")
  }

  @Test func refusesAnEmptyBatch() throws {
    let error = try error { $0.batches["data_batch_3.bin"] = [] }
    #expect(error?.cause == .recordSize(bytes: 0, record: 3073))
  }

  @Test func refusesALabelOutOfRange() throws {
    let error = try error { $0.batches["data_batch_2.bin"]?[5 * 3073] = 10 }
    #expect(error?.cause == .labelOutOfRange(label: 10, classes: 10))
    #expect(error?.member == "cifar-10-batches-bin/data_batch_2.bin")
    #expect(error?.offset == 5 * 3073)
    #expect(error?.isRefusal == true)
  }

  @Test func namesMissingMembers() throws {
    let error = try error { $0.batches["data_batch_4.bin"] = nil }
    #expect(error?.cause == .missingMembers(["data_batch_4.bin"]))
  }

  @Test func refusesABatchThatOccursTwice() throws {
    let error = try error { $0.extra = [("test_batch.bin", [UInt8](repeating: 0, count: 3073))] }
    #expect(error?.cause == .duplicateMember)
  }

  @Test func refusesWrongClassNames() throws {
    for names in ["one\ntwo\n", String(repeating: "same\n", count: 10), "\u{0}"] {
      let error = try error { $0.names = names }
      #expect(error?.code == "bad-class-names")
    }
  }

  @Test func refusesThePickledVersionAndNamesTheBinaryOne() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.add("cifar-10-batches-py/", type: "5", mode: 0o755)
      tar.add("cifar-10-batches-py/data_batch_1", content: [0x80, 2])
      let error = try errorOfSurveying(scratch.write(tar.finished))
      #expect(error?.cause == .pickled)
      #expect("\(try #require(error))".contains("cifar-10-binary.tar.gz"))
    }
  }

  @Test func listsWhatItLookedForInAnUnknownLayout() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.add("notes/readme.txt", content: [1])
      let error = try errorOfSurveying(scratch.write(tar.finished))
      #expect(error?.code == "unknown-layout")
      let text = "\(try #require(error))"
      #expect(text.contains("test_batch"))
      #expect(text.contains("ImageFolder"))
    }
  }
}
