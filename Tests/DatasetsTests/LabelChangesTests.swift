import Foundation
import Foundations
import Testing

@testable import Archives
@testable import Datasets

/// Samples that a release gives to other classes, in every layout.
@Suite struct LabelChangesTests {
  private static let grey = ImageShape(channels: 1, height: 28, width: 28)

  /// Rewrites an archive with some training samples marked and given to other classes, and reads it again.
  private func relabel(
    _ scratch: Scratch, _ path: String, every: Int = 3, jpeg: MarkedJPEG = .png, rewritesAll: Bool = false
  ) throws -> (before: DatasetSurvey, after: DatasetSurvey, given: [Int: UInt16], marked: [MarkedSample]) {
    let before = try DatasetSurvey(file: path)
    let given = Dictionary(
      uniqueKeysWithValues: before.indices(in: .train).enumerated().filter { $0.offset % every == 0 }
        .map { ($0.element, (before.labels[$0.element] + 1) % UInt16(before.classNames.count)) })
    let changes = try LabelChanges(before, classes: given, limits: InputLimits())
    let output = scratch.file("released")
    let result = try ArchiveRewriter(
      before, batch: 4, budget: .linf(255), jpeg: jpeg, rewritesAll: rewritesAll, relabelling: changes
    ).rewrite(
      to: output, choose: { given[$0] != nil }, onProgress: { _ in },
      marker: { pixels, batch in
        for position in 0..<batch.count { pixels[batch.bytes(of: position).lowerBound] ^= 64 }
      })
    return (before, try DatasetSurvey(file: output), given, result.marked)
  }

  /// Everything but the marked samples' pixels and classes is as it was, and that is what a comparison finds.
  private func check(
    _ scratch: Scratch, _ path: String, every: Int = 3, jpeg: MarkedJPEG = .png, rewritesAll: Bool = false
  ) throws {
    let (before, after, given, marked) = try relabel(
      scratch, path, every: every, jpeg: jpeg, rewritesAll: rewritesAll)
    #expect(after.layout == before.layout && after.classNames == before.classNames)
    #expect(after.labels == before.labels.indices.map { given[$0] ?? before.labels[$0] })
    #expect(after.splits == before.splits && marked.count == given.count)
    func compare(relabels: Bool, marks: Set<Int>?) throws -> ArchiveComparison {
      try ArchiveComparison(
        original: before, released: after, marked: marks, rewritten: rewritesAll ? jpeg : nil, relabels: relabels,
        onProgress: { _ in })
    }
    for marks in [Set(given.keys), nil] {
      let comparison = try compare(relabels: true, marks: marks)
      #expect(comparison.sameLabels && comparison.relabelled == Set(given.keys))
      #expect(comparison.changed == Set(given.keys) && comparison.firstDifference == nil)
    }
    let strict = try compare(relabels: false, marks: Set(given.keys))
    #expect(!strict.sameLabels)
    // Who was not to be marked is not hidden among those who were.
    let fewer = try compare(relabels: true, marks: Set(given.keys.sorted().dropLast()))
    #expect(fewer.relabelled == Set(given.keys) && (rewritesAll || fewer.firstDifference != nil))
  }

  @Test(arguments: [ArchiveContainer.tar, .tarGzip, .zip]) func recordsGetAnotherLabelByte(
    container: ArchiveContainer
  ) throws {
    try Scratch.run { scratch in
      let path = scratch.file("cifar")
      try DrawnDataset(seed: 2).writeCIFAR10(to: path, container: container, perBatch: 12, test: 10)
      try check(scratch, path)
    }
  }

  @Test(arguments: [true, false]) func filesOfLabelsAreWrittenAnew(compressed: Bool) throws {
    try Scratch.run { scratch in
      let path = scratch.file("mnist")
      try DrawnDataset(seed: 2, shape: Self.grey).writeMNIST(to: path, train: 40, test: 10, compressed: compressed)
      try check(scratch, path)
    }
  }

  @Test func filesOfLabelsMayComeFirstOrLast() throws {
    for order in MNISTIDXLayoutTests.orders {
      try Scratch.run { scratch in
        var builder = IDXBuilder()
        builder.order = order
        try check(scratch, scratch.write(builder.tar))
      }
    }
  }

  @Test(arguments: [false, true]) func imagesGoToTheFolderOfTheirClass(isJPEG: Bool) throws {
    try Scratch.run { scratch in
      let path = scratch.file("folder")
      try DrawnDataset(seed: 2).writeImageFolder(
        to: path, container: .tar, trainPerClass: 6, testPerClass: 2, jpegQuality: isJPEG ? 90 : nil)
      try check(scratch, path)
      try check(scratch, path, rewritesAll: true)
      if isJPEG { try check(scratch, path, jpeg: .pngKeepingName) }
    }
  }

  @Test func aNameThatIsTakenGetsANumber() throws {
    try Scratch.run { scratch in
      let path = scratch.file("folder")
      try DrawnDataset(seed: 2).writeImageFolder(to: path, container: .tar, trainPerClass: 4, testPerClass: 1)
      let (before, after, given, marked) = try relabel(scratch, path)
      for mark in marked {
        let name = try #require(given[mark.index].map { before.classNames[Int($0)] })
        let original = try #require(mark.originalMember)
        #expect(mark.member.hasPrefix("train/\(name)/") && !original.hasPrefix("train/\(name)/"))
        #expect(mark.member.hasSuffix("-2.png"))
      }
      #expect(after.skipped.isEmpty && after.count == before.count)
    }
  }

  /// Pictures, each beside the member that says its class: a shard without folders.
  private func shard(_ count: Int, ending: String, label: (Int) -> String) -> TarBuilder {
    var tar = TarBuilder()
    for number in 0..<count {
      let members = [
        ("\(100 + number).png", PNGBuilder.plain(UInt8(20 + number))),
        ("\(100 + number).\(ending)", Array(label(number).utf8)),
      ]
      // In some samples the class comes first.
      for (name, content) in number % 2 == 0 ? members : members.reversed() { tar.add(name, content: content) }
      tar.add("\(100 + number).caption", content: [UInt8(number)])
    }
    return tar
  }

  @Test(arguments: [
    ("cls", "%d"), ("cls", " %d\n"), ("txt", "%d\r\n"),
    ("json", #"{"caption": "cls: {1}, \"label\": 2", "nested": {"cls": 7}, "label" : %d , "x": 0.1}"#),
    ("json", #"{"cls": null, "label":%d}"#),
  ]) func theClassOfAShardsSampleIsExchanged(ending: String, form: String) throws {
    try Scratch.run { scratch in
      let tar = shard(12, ending: ending) { form.replacing("%d", with: "\($0 % 3)") }
      let path = try scratch.write(tar.finished)
      try check(scratch, path, every: 5)
      let texts = try readAll(scratch.file("released")).filter { $0.member.name.hasSuffix(ending) }
      for (number, text) in texts.map({ String(decoding: $0.content, as: UTF8.self) }).enumerated() {
        let label = number % 5 == 0 ? (number % 3 + 1) % 3 : number % 3
        #expect(text == form.replacing("%d", with: "\(label)"))
      }
    }
  }

  @Test func namesOfAShardStayNames() throws {
    try Scratch.run { scratch in
      let names = ["cat", "dog", "a \"ewe\""]
      for (ending, form) in [("cls", "%s"), ("json", #"{"class":%s}"#)] {
        let tar = shard(12, ending: ending) { number in
          let name = names[number % 3]
          return form.replacing("%s", with: ending == "cls" ? name : "\"\(name.replacing("\"", with: "\\\""))\"")
        }
        try check(scratch, scratch.write(tar.finished), every: 5)
      }
    }
  }

  @Test func jsonThatHidesWhereItSaysTheClassIsRefused() throws {
    try Scratch.run { scratch in
      let tar = shard(12, ending: "json") { #"{"\u0063ls": \#($0 % 3)}"# }
      #expect(throws: DatasetError.self) { try relabel(scratch, scratch.write(tar.finished)) }
    }
  }

  @Test func aDirectoryOfImagesIsRefused() throws {
    try Scratch.run { scratch in
      for (number, name) in ["cat", "dog"].enumerated() {
        for picture in 0..<3 {
          try FileManager.default.createDirectory(
            atPath: scratch.file("set/\(name)"), withIntermediateDirectories: true)
          try Data(PNGBuilder.plain(UInt8(10 * number + picture))).write(
            to: URL(filePath: scratch.file("set/\(name)/\(picture).png")))
        }
      }
      let survey = try DatasetSurvey(file: scratch.file("set"))
      #expect(try survey.labelObstacle(limits: InputLimits())?.contains("pack") == true)
      #expect(throws: DatasetError.self) { try LabelChanges(survey, classes: [0: 1], limits: InputLimits()) }
      // What changes nothing needs nothing.
      #expect(try LabelChanges(survey, classes: [0: 0], limits: InputLimits()).classes.isEmpty)
    }
  }

  @Test func aClassIsNotEmptied() throws {
    try Scratch.run { scratch in
      let path = scratch.file("folder")
      try DrawnDataset(seed: 2).writeImageFolder(to: path, container: .tar, trainPerClass: 2, testPerClass: 0)
      let survey = try DatasetSurvey(file: path)
      let all = Dictionary(uniqueKeysWithValues: survey.indices(in: .train, label: 3).map { ($0, UInt16(4)) })
      let error = #expect(throws: DatasetError.self) {
        try LabelChanges(survey, classes: all, limits: InputLimits())
      }
      #expect(error?.cause == .emptiedClass(survey.classNames[3]))
    }
  }
}
