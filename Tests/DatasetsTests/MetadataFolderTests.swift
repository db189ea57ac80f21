import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct MetadataFolderTests {
  /// Pictures of one folder, and a table of their classes beside them.
  func folder(_ table: (name: String, text: String), _ pictures: [String], isFirst: Bool = false) -> TarBuilder {
    var tar = TarBuilder()
    if isFirst { tar.add(table.name, content: Array(table.text.utf8)) }
    for (number, name) in pictures.enumerated() { tar.add(name, content: PNGBuilder.plain(UInt8(20 + number))) }
    if !isFirst { tar.add(table.name, content: Array(table.text.utf8)) }
    return tar
  }

  func survey(_ tar: TarBuilder) throws -> DatasetSurvey {
    try Scratch.run { scratch throws in try DatasetSurvey(file: scratch.write(tar.finished)) }
  }

  func fault(_ table: String, of name: String = "pets/metadata.jsonl") throws -> (why: String, member: String?) {
    try Scratch.run { scratch throws in
      let tar = folder((name, table), ["pets/0.png", "pets/1.png"])
      let error = try #require(try errorOfSurveying(scratch.write(tar.finished)))
      guard case .metadata(let why) = error.cause else { throw error }
      return (why, error.member)
    }
  }

  static let pictures = ["pets/0.png", "pets/1.jpg", "pets/2.png"]

  @Test(arguments: [true, false]) func readsLines(isFirst: Bool) throws {
    let text = """
      {"file_name": "0.png", "label": 2, "text": "a cat"}
      {"file_name": "./1.jpg", "label": 0}

      {"file_name": "2.png", "label": 2}
      {"file_name": "gone.png", "label": 1}
      """
    let survey = try survey(folder(("pets/metadata.jsonl", text), Self.pictures, isFirst: isFirst))
    #expect(survey.layout == .metadataFolder)
    #expect(survey.labels == [2, 0, 2] && survey.classNames == ["0", "1", "2"])
  }

  @Test(arguments: ["label", "class", "category", "cls"]) func readsATable(column: String) throws {
    let text = "text,file_name,\(column)\r\n\"a, \"\"b\"\"\",0.png,dog\r\n,1.jpg,cat\r\n\"two\nlines\",2.png,dog\r\n"
    let survey = try survey(folder(("pets/metadata.csv", text), Self.pictures))
    #expect(survey.labels == [1, 0, 1] && survey.classNames == ["cat", "dog"])
  }

  @Test func eachSplitHasItsTableAndPicturesLieAnywhereBelow() throws {
    var tar = folder(
      (
        "d/train/metadata.jsonl",
        "{\"file_name\":\"0.png\",\"label\":\"a\"}\n{\"file_name\":\"deep/1.png\",\"label\":\"b\"}"
      ),
      ["d/train/0.png", "d/train/deep/1.png"])
    tar.append(
      folder(("d/test/metadata.csv", "file_name,label\n0.png,b"), ["d/test/0.png"]).bytes)
    let survey = try survey(tar)
    #expect(survey.splits == [.train, .train, .test])
    #expect(survey.labels == [0, 1, 1] && survey.classNames == ["a", "b"])
  }

  /// Whose classes are folders is an image folder, as before, whatever its tables say.
  @Test func foldersOfClassesAreBelievedFirst() throws {
    let tar = folder(("metadata.csv", "file_name,label\na/0.png,x\nb/1.png,y"), ["a/0.png", "b/1.png"])
    let survey = try survey(tar)
    #expect(survey.layout == .imageFolder && survey.classNames == ["a", "b"])
  }

  @Test(arguments: ["{\"file_name\":\"0.png\",\"text\":\"a\"}", ""]) func captionsAreNoClasses(text: String) throws {
    #expect(try survey(folder(("pets/metadata.jsonl", text), ["pets/0.png"])).layout == .imageFolder)
  }

  @Test func namesTheRowThatIsWrong() throws {
    let good = "{\"file_name\":\"0.png\",\"label\":1}\n"
    #expect(try fault(good).why.contains("no row"))
    #expect(try fault(good).member == "pets/1.png")
    let wrong = [
      "{": "line 2", "[1]": "line 2", "{\"file_name\":\"1.png\"}": "line 2",
      "{\"file_name\":\"../1.png\",\"label\":1}": "no name of a file",
      "{\"file_name\":\"/1.png\",\"label\":1}": "no name",
      "{\"file_name\":\"\",\"label\":1}": "no name", "{\"file_name\":\"1.png\",\"label\":\"\"}": "whole number",
      "{\"file_name\":\"1.png\",\"label\":[1]}": "line 2",
      "{\"file_name\":\"1.png\",\"label\":\"\\u0007\"}": "whole number",
      "{\"file_name\":\"0.png\",\"label\":2}": "another class",
    ]
    for (line, said) in wrong {
      let found = try fault(good + line)
      #expect(found.why.contains(said) && found.member == "pets/metadata.jsonl", "\(line)")
    }
    #expect(try fault("name,label\n0.png,1", of: "pets/metadata.csv").why.contains("file_name"))
    #expect(try fault("file_name,label\n0.png,\n", of: "pets/metadata.csv").why.contains("row 1"))
    #expect(try fault("file_name,label\n\"0.png,1", of: "pets/metadata.csv").why.contains("row 1"))
  }

  @Test func aReleaseKeepsNamesAndTables() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      let shape = DrawnDataset(seed: 1).shape
      for number in 0..<4 {
        let pixels = DrawnDataset(seed: 1).pixels(label: number, number: 0)
        tar.add("pets/\(number).jpg", content: JPEGImage(planar: pixels[...], shape: shape).encoded(quality: 90))
      }
      tar.add("pets/metadata.csv", content: Array("file_name,label\n0.jpg,a\n1.jpg,b\n2.jpg,a\n3.jpg,b".utf8))
      let survey = try DatasetSurvey(file: scratch.write(tar.finished))
      _ = try ArchiveRewriter(survey, batch: 8, budget: .linf(3)).rewrite(
        to: scratch.file("out"), choose: { $0 == 1 }, marker: ArchiveRewriterTests.mark)
      let (before, after) = (try readAll(scratch.file("archive")), try readAll(scratch.file("out")))
      #expect(before.map(\.member.name) == after.map(\.member.name))
      #expect(before.indices.filter { before[$0].content != after[$0].content } == [1])
      let released = try DatasetSurvey(file: scratch.file("out"))
      #expect(released.labels == [0, 1, 0, 1] && released.layout == .metadataFolder)
      let comparison = try ArchiveComparison(original: survey, released: released, marked: [1])
      #expect(comparison.firstDifference == nil && comparison.changed == [1] && comparison.sameLabels)
    }
  }
}
