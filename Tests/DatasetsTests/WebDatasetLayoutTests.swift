import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct WebDatasetLayoutTests {
  /// A shard of pictures, each with the class that `label` says, as a member with that extension.
  func shard(
    _ count: Int = 6, ending: String = "cls", picture: String = "png", label: (Int) -> String = { "\($0 % 3)" }
  ) -> TarBuilder {
    var tar = TarBuilder()
    for number in 0..<count {
      // In some samples the class comes first.
      let members = [
        ("set/00\(number).\(picture)", PNGBuilder.plain(UInt8(20 + number))),
        ("set/00\(number).\(ending)", Array(label(number).utf8)),
      ]
      for (name, content) in number % 2 == 0 ? members : members.reversed() { tar.add(name, content: content) }
      tar.add("set/00\(number).caption", content: [UInt8(number)])
    }
    return tar
  }

  func survey(_ tar: TarBuilder, in container: ArchiveContainer = .tar) throws -> DatasetSurvey {
    try Scratch.run { scratch throws in try DatasetSurvey(file: scratch.write(tar.finished, in: container)) }
  }

  func fault(_ tar: TarBuilder) throws -> (DatasetError.Cause?, member: String?) {
    try Scratch.run { scratch throws in
      let error = try errorOfSurveying(scratch.write(tar.finished))
      return (error?.cause, error?.member)
    }
  }

  func plain(_ names: [(String, String)]) -> TarBuilder {
    var tar = TarBuilder()
    for (number, (name, text)) in names.enumerated() {
      tar.add(name, content: ["png", "jpg"].contains(text) ? PNGBuilder.plain(UInt8(number)) : Array(text.utf8))
    }
    return tar
  }

  @Test(arguments: ArchiveContainer.tars) func readsNumbersFromCls(container: ArchiveContainer) throws {
    let survey = try survey(shard(), in: container)
    #expect(survey.layout == .webDataset && survey.container == container)
    #expect(survey.labels == [0, 1, 2, 0, 1, 2] && survey.classNames == ["0", "1", "2"])
    #expect(survey.counts(in: .train) == [2, 2, 2])
  }

  @Test(arguments: [" 2\n", "2", "2\r\n"]) func blanksAroundANumberDoNotCount(text: String) throws {
    #expect(try survey(shard(2) { _ in text }).labels == [2, 2])
  }

  @Test(arguments: ["cls", "label", "class"]) func readsNumbersAndNamesFromJSON(key: String) throws {
    var tar = plain([("0.png", "png"), ("0.json", #"{"\#(key)": 1, "source": "x"}"#), ("1.png", "png")])
    tar.add("1.json", content: Array(#"{"other": [1], "\#(key)": 0}"#.utf8))
    #expect(try survey(tar).labels == [1, 0])
    tar = plain([("0.png", "png"), ("0.json", #"{"\#(key)": "dog"}"#), ("1.png", "png")])
    tar.add("1.json", content: Array(#"{"\#(key)": "cat"}"#.utf8))
    let named = try survey(tar)
    #expect(named.labels == [1, 0] && named.classNames == ["cat", "dog"])
  }

  @Test func readsNumbersFromTxtAndNoCaptions() throws {
    let tar = plain([("0.jpg", "jpg"), ("0.txt", "1"), ("1.jpg", "jpg"), ("1.txt", "0")])
    #expect(try survey(tar).labels == [1, 0])
    let (cause, member) = try fault(
      plain([("0.jpg", "jpg"), ("0.txt", "a cat on a mat"), ("1.jpg", "jpg"), ("1.txt", "x")]))
    #expect(cause.map(isLabelFault) == true && member == "0.txt")
  }

  /// A number in .cls is believed before anything else.
  @Test func captionsBesideNumbersPassThrough() throws {
    let tar = plain([("0.jpg", "jpg"), ("0.txt", "a cat"), ("0.json", "{}"), ("0.cls", "1")])
    #expect(try survey(tar).labels == [1])
  }

  @Test(arguments: [true, false]) func takesTheNamesOfAListWhereverItStands(isFirst: Bool) throws {
    var tar = TarBuilder()
    let list = Array("cat\ndog\nfox\n".utf8)
    if isFirst { tar.add("classnames.txt", content: list) }
    tar.append(plain([("0.png", "png"), ("0.cls", "2"), ("1.png", "png"), ("1.cls", "0")]).bytes)
    if !isFirst { tar.add("classnames.txt", content: list) }
    let survey = try survey(tar)
    #expect(survey.labels == [2, 0] && survey.classNames == ["cat", "dog", "fox"])
    tar.append(plain([("2.png", "png"), ("2.cls", "3")]).bytes)
    let (cause, member) = try fault(tar)
    #expect(cause == .labelOutOfRange(label: 3, classes: 3) && member == "2.cls")
  }

  @Test func namesOfAListMayStandInTheSamples() throws {
    let tar = plain([
      ("classnames.txt", "cat\ndog"), ("0.png", "png"), ("0.txt", "dog"), ("1.png", "png"), ("1.txt", "cat"),
    ])
    #expect(try survey(tar).labels == [1, 0])
    let other = plain([("classnames.txt", "cat\ndog"), ("0.png", "png"), ("0.txt", "fox")])
    #expect(try fault(other).0.map(isLabelFault) == true)
  }

  @Test func foldersCalledLikeSplitsAreSplits() throws {
    let tar = plain([("train/0.png", "png"), ("train/0.cls", "0"), ("val/0.png", "png"), ("val/0.cls", "1")])
    #expect(try survey(tar).splits == [.train, .validation])
  }

  @Test func aReleaseKeepsNamesLabelsAndEverythingElse() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.add("README.txt", content: [65])
      let shape = DrawnDataset(seed: 1).shape
      for number in 0..<4 {
        let pixels = DrawnDataset(seed: 1).pixels(label: number, number: 0)
        tar.add("\(number).jpg", content: JPEGImage(planar: pixels[...], shape: shape).encoded(quality: 90))
        tar.add("\(number).seg.png", content: PNGBuilder.plain(UInt8(number)))
        tar.add("\(number).cls", content: Array("\(number % 2)".utf8))
      }
      let survey = try DatasetSurvey(file: scratch.write(tar.finished))
      #expect(survey.layout == .webDataset && survey.count == 4)
      _ = try ArchiveRewriter(survey, batch: 8, budget: .linf(3)).rewrite(
        to: scratch.file("out"), choose: { $0 == 1 }, marker: ArchiveRewriterTests.mark)
      let (before, after) = (try readAll(scratch.file("archive")), try readAll(scratch.file("out")))
      #expect(before.map(\.member.name) == after.map(\.member.name))
      #expect(
        before.indices.filter { before[$0].content != after[$0].content }.map { before[$0].member.name } == ["1.jpg"])
      // Exactly what was marked, whatever the name says.
      #expect(ImageFormat(head: after[4].content) == .png)
      let released = try DatasetSurvey(file: scratch.file("out"))
      #expect(released.labels == survey.labels && released.layout == .webDataset)
      let comparison = try ArchiveComparison(original: survey, released: released, marked: [1])
      #expect(comparison.firstDifference == nil && comparison.changed == [1] && comparison.sameLabels)
      _ = try ArchiveRewriter(survey, batch: 8, budget: nil, jpeg: .jpeg(quality: 95), rewritesAll: true).rewrite(
        to: scratch.file("all"), choose: { $0 == 1 }, marker: ArchiveRewriterTests.mark)
      let all = try readAll(scratch.file("all"))
      #expect(all.allSatisfy { !$0.member.name.hasSuffix(".jpg") || ImageFormat(head: $0.content) == .jpeg })
    }
  }

  @Test func readsAShardInAZip() throws {
    try Scratch.run { scratch throws in
      var zip = ZipBuilder()
      for number in 0..<3 {
        zip.add("\(number).png", content: PNGBuilder.plain(UInt8(number)))
        zip.add("\(number).cls", content: Array("\(number)".utf8))
      }
      let survey = try DatasetSurvey(file: scratch.write(zip.finished))
      #expect(survey.layout == .webDataset && survey.labels == [0, 1, 2])
    }
  }

  // MARK: - Bad shards

  @Test func refusesAKeyWithoutAPicture() throws {
    let (cause, member) = try fault(
      plain([("0.png", "png"), ("0.cls", "0"), ("1.cls", "1"), ("2.png", "png"), ("2.cls", "0")]))
    #expect(cause == .shard(.noPicture) && member == "1.cls")
    let last = try fault(plain([("0.png", "png"), ("0.cls", "0"), ("1.cls", "1")]))
    #expect(last.0 == .shard(.noPicture))
  }

  @Test func refusesAKeyWithoutALabel() throws {
    let (cause, member) = try fault(plain([("0.png", "png"), ("1.png", "png"), ("1.cls", "1")]))
    #expect(cause == .shard(.noLabel("cls")) && member == "0.png")
    let last = try fault(plain([("0.png", "png"), ("0.cls", "1"), ("1.png", "png"), ("1.json", "{}")]))
    #expect(last.0 == .shard(.noLabel("cls")) && last.member == "1.png")
  }

  /// To WebDataset these are two samples each.
  @Test func refusesAKeyWhoseMembersStandApart() throws {
    let (cause, _) = try fault(
      plain([("0.png", "png"), ("0.cls", "0"), ("1.png", "png"), ("2.png", "png"), ("1.cls", "1")]))
    #expect(cause == .shard(.noLabel("cls")))
  }

  @Test func refusesAnExtensionTwice() throws {
    for names in [
      [("0.png", "png"), ("0.PNG", "png"), ("0.cls", "1")], [("0.cls", "1"), ("0.CLS", "1"), ("0.png", "png")],
    ] {
      let cause = try fault(plain(names)).0
      #expect(cause == .shard(.twice(names[0].0 == "0.png" ? "png" : "cls")))
    }
    #expect(try fault(plain([("0.png", "png"), ("0.jpg", "jpg"), ("0.cls", "1")])).0 == .shard(.secondPicture))
  }

  @Test(arguments: ["-1", "65536", "99999999"]) func refusesALabelOutOfRange(text: String) throws {
    let (cause, member) = try fault(plain([("0.png", "png"), ("0.cls", text)]))
    #expect(cause == .labelOutOfRange(label: Int(text) ?? 0, classes: 65536) && member == "0.cls")
  }

  @Test(arguments: ["", " ", "1\u{0}", "a\u{1B}[31m", "1\n2"]) func refusesAnUnreadableLabel(text: String) throws {
    let (cause, member) = try fault(plain([("0.png", "png"), ("0.cls", text)]))
    #expect(cause.map(isLabelFault) == true && member == "0.cls")
  }

  @Test(arguments: [
    "", "[]", "{}", #"{"cls": null}"#, #"{"cls": 1.5}"#, #"{"cls": [1]}"#, #"{"label": true}"#, #"{"cls": """#,
  ])
  func refusesAnUnreadableJSONLabel(text: String) throws {
    let (cause, member) = try fault(plain([("0.png", "png"), ("0.json", text)]))
    #expect(cause.map(isLabelFault) == true && member == "0.json")
  }

  @Test func refusesNumbersBesideNames() throws {
    let (cause, member) = try fault(plain([("0.png", "png"), ("0.cls", "1"), ("1.png", "png"), ("1.cls", "dog")]))
    #expect(cause.map(isLabelFault) == true && member == "1.cls")
  }

  @Test func refusesALabelOfManyBytes() throws {
    let text = String(repeating: " ", count: 1 << 20) + "1"
    #expect(
      try fault(plain([("0.png", "png"), ("0.cls", text)])).0 == .memberTooLarge(bytes: (1 << 20) + 1, limit: 1 << 20))
  }

  @Test func saysMemberRuleAndWayOut() throws {
    try Scratch.run { scratch throws in
      let path = try scratch.write(plain([("0.png", "png"), ("0.cls", "0"), ("1.cls", "1")]).finished)
      let text = "\(try #require(try errorOfSurveying(path)))"
      #expect(text.hasPrefix("\(path): 1.cls: this key of the WebDataset shard has no picture"))
      #expect(text.contains("--sort=name"))
    }
  }

  // MARK: - What is none

  /// As it was before shards were read.
  @Test func anImageFolderWithCaptionsStaysOne() throws {
    let survey = try survey(
      plain([("cats/0.png", "png"), ("cats/0.txt", "1"), ("dogs/0.png", "png"), ("dogs/0.json", #"{"cls": 1}"#)]))
    #expect(survey.layout == .imageFolder && survey.classNames == ["cats", "dogs"])
  }

  /// A class beside a picture that is not a sample's, or behind many that have none.
  @Test func refusesAnImageFolderWithClassesBesideSomeImages() throws {
    #expect(try fault(plain([("s/0.seg.jpg", "jpg"), ("s/0.cls", "1")])).0 == .webDataset("s/0.cls"))
    var tar = plain((0..<20).map { ("cats/\($0).png", "png") })
    tar.add("cats/20.png", content: PNGBuilder.plain(99))
    tar.add("cats/20.cls", content: [49])
    #expect(try fault(tar).0 == .webDataset("cats/20.cls"))
  }

  private func isLabelFault(_ cause: DatasetError.Cause) -> Bool {
    if case .shard(.label) = cause { true } else { false }
  }
}
