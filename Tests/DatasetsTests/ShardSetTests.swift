import Foundation
import Foundations
import Testing

@testable import Archives
@testable import Datasets

/// Several archives are one dataset.
@Suite struct ShardSetTests {
  /// Keys are the same in every shard.
  static func shard(_ seed: Int, count: Int = 3, label: (Int) -> String = { "\($0 % 2)" }) -> TarBuilder {
    var tar = TarBuilder()
    for number in 0..<count {
      tar.add("\(number).png", content: PNGBuilder.plain(UInt8(seed * 40 + number)))
      tar.add("\(number).cls", content: Array(label(number).utf8), modified: 1_200_000_000 + number)
    }
    return tar
  }

  static func pets(
    _ scratch: Scratch, _ names: [String] = ["pets-000000.tar", "pets-000001.tar", "pets-val-000000.tar"]
  )
    throws -> String
  {
    for (number, name) in names.enumerated() { try scratch.put(shard(number).finished, at: "pets/\(name)") }
    return scratch.file("pets")
  }

  private func error(_ change: (Scratch) throws -> Void) throws -> DatasetError? {
    try Scratch.run { scratch throws in
      let path = try Self.pets(scratch)
      try change(scratch)
      return try errorOfSurveying(path)
    }
  }

  @Test func shardsAreReadOneAfterTheOther() throws {
    try Scratch.run { scratch throws in
      let survey = try DatasetSurvey(file: Self.pets(scratch))
      #expect(survey.container == .shards && survey.layout == .webDataset)
      #expect(survey.labels == [0, 1, 0, 0, 1, 0, 0, 1, 0])
      // A shard's name may say its split.
      #expect(survey.splits == [.train, .train, .train, .train, .train, .train, .validation, .validation, .validation])
      let printed = try scratch.shell("sha256sum pets-* | sha256sum", in: "pets").prefix(64)
      #expect(survey.digest.description == printed)
      #expect(try DatasetSource(path: survey.file, limits: InputLimits()).digest { _ in } == survey.digest)
    }
  }

  @Test(arguments: [ArchiveContainer.tar, .tarGzip, .tarZstd, .tarXz])
  func aReleaseHasTheSameShardsWithTheSameMembers(container: ArchiveContainer) throws {
    try Scratch.run { scratch throws in
      try FileManager.default.createDirectory(atPath: scratch.file("pets"), withIntermediateDirectories: true)
      let ending = container.rawValue
      for number in 0..<3 {
        _ = try scratch.write(Self.shard(number).finished, in: container, as: "pets/00\(number).\(ending)")
      }
      try scratch.put(Array(#"{"shards": 3}"#.utf8), at: "pets/index.json")
      let survey = try DatasetSurvey(file: scratch.file("pets"))
      let result = try ArchiveRewriter(survey, batch: 8, budget: .linf(3)).rewrite(
        to: scratch.file("out"), choose: { $0 == 2 || $0 == 3 }, marker: ArchiveRewriterTests.mark)
      #expect(try scratch.names() == ["out", "pets"])
      let names = ["000.\(ending)", "001.\(ending)", "002.\(ending)", "index.json"]
      #expect(try scratch.files(below: "out") == names && result.files.map(\.name) == names)
      for (shard, name) in names.prefix(3).enumerated() {
        let (before, after) = (try readAll(scratch.file("pets/\(name)")), try readAll(scratch.file("out/\(name)")))
        #expect(before.map(\.member.name) == after.map(\.member.name))
        #expect(before.map(\.member.modified) == after.map(\.member.modified))
        let changed = before.indices.filter { before[$0].content != after[$0].content }
        #expect(changed == [[4], [0], []][shard])
        #expect(try ArchiveReader(path: scratch.file("out/\(name)"), limits: InputLimits()).container == container)
      }
      #expect(try scratch.read("out/index.json") == scratch.read("pets/index.json"))
      let released = try DatasetSurvey(file: scratch.file("out"))
      #expect(released.digest == result.outputDigest && released.container == .shards)
      #expect(result.marked.map(\.member) == ["000/2.png", "001/0.png"])
      let comparison = try ArchiveComparison(original: survey, released: released, marked: [2, 3])
      #expect(comparison.firstDifference == nil && comparison.changed == [2, 3])
    }
  }

  /// ImageNet's archives of the classes, unpacked once; and one archive a split.
  @Test func archivesOfClassesAndOfSplitsAreFoldersOfTheirNames() throws {
    try Scratch.run { scratch throws in
      for synset in 0..<2 {
        try scratch.put(NestedTarTests.inner(synset).finished, at: "train/\(NestedTarTests.synsets[synset]).tar")
      }
      let classes = try DatasetSurvey(file: scratch.file("train"))
      #expect(classes.layout == .imageFolder && classes.labels == [0, 0, 0, 1, 1, 1])
      #expect(classes.classNames == Array(NestedTarTests.synsets.prefix(2)))
      for (split, shade) in [("train", 0), ("val", 100)] {
        var zip = ZipBuilder()
        for (number, name) in ["cats", "dogs"].enumerated() {
          zip.add("\(name)/0.png", content: PNGBuilder.plain(UInt8(shade + number)))
        }
        try scratch.put(zip.finished, at: "splits/\(split).zip")
      }
      let splits = try DatasetSurvey(file: scratch.file("splits"))
      #expect(splits.classNames == ["cats", "dogs"] && splits.counts(in: .validation) == [1, 1])
      _ = try ArchiveRewriter(splits, batch: 8, budget: .linf(3)).rewrite(
        to: scratch.file("out"), choose: { $0 == 0 }, marker: ArchiveRewriterTests.mark)
      #expect(try ArchiveReader(path: scratch.file("out/val.zip"), limits: InputLimits()).container == .zip)
      let released = try DatasetSurvey(file: scratch.file("out"))
      #expect(try ArchiveComparison(original: splits, released: released, marked: [0]).firstDifference == nil)
      // A folder a split, in each its shards.
      try scratch.put(Self.shard(1).finished, at: "nested/train/000000.tar")
      try scratch.put(Self.shard(2).finished, at: "nested/test/000000.tar")
      #expect(
        try DatasetSurvey(file: scratch.file("nested")).splits.map(\.description)
          == ["test", "test", "test", "train", "train", "train"])
    }
  }

  @Test func aListOfShardsIsTheSameSetAsTheirDirectory() throws {
    try Scratch.run { scratch throws in
      let whole = try DatasetSurvey(file: Self.pets(scratch))
      try scratch.put(
        Array("\u{FEFF}./pets-val-000000.tar\r\n\npets-000001.tar\npets-000000.tar".utf8), at: "pets/all.ready")
      let listed = try DatasetSurvey(file: scratch.file("pets/all.ready"))
      #expect(listed.container == .shards && listed.digest == whole.digest && listed.labels == whole.labels)
      #expect(try DatasetSource(path: listed.file, limits: InputLimits()).reading?.hasPrefix("3 called") == true)
    }
  }

  // MARK: - Bad input

  /// Of a list of a line each.
  private func error(ofList lines: String) throws -> DatasetError? {
    try Scratch.run { scratch throws in
      _ = try Self.pets(scratch)
      try scratch.put([1], at: "pets/notes.txt")
      try scratch.put([1], at: "pets/folder.tar/a")
      symlink("pets-000000.tar", scratch.file("pets/link.tar"))
      try scratch.put(Array(lines.utf8), at: "pets/all.ready")
      return try errorOfSurveying(scratch.file("pets/all.ready"))
    }
  }

  @Test func refusesAListOfWhatIsNotThere() throws {
    let missing = try error(ofList: "pets-000000.tar\npets-000009.tar\n")
    #expect(missing?.cause == .tree(.missing) && missing?.member == "pets-000009.tar")
    #expect(try error(ofList: "folder.tar")?.cause == .tree(.kind("a directory")))
    #expect(try error(ofList: "link.tar")?.cause == .tree(.kind("a symbolic link")))
    #expect(try error(ofList: "pets-000000.tar\nnotes.txt")?.cause == .noShard)
    for (line, rule) in [
      ("../x.tar", ReadyList.Fault.Rule.escapes), ("a/../../x.tar", .escapes), ("..", .escapes),
      ("/etc/x.tar", .absolute),
      ("a/x.tar", .folder), ("pets-000000.tar", .twice), ("./pets-000000.tar", .twice), ("a%0A.tar", .name),
      ("..//\u{301}x", .escapes), ("/\u{301}x", .absolute),
    ] {
      let found = try error(ofList: "pets-000000.tar\n\(line)\n")
      #expect(found?.code == "bad-ready-list", "\(line)")
      guard case .readyList(let fault) = found?.cause else { continue }
      #expect(fault.line == 2 && fault.rule == rule, "\(line)")
      #expect(found?.description.contains("line 2, ") == true)
    }
  }

  @Test func aFaultInAShardNamesTheShard() throws {
    var tar = Self.shard(1)
    tar.add("9.png", content: PNGBuilder.plain(9))
    let lonely = try error { try $0.put(tar.finished, at: "pets/pets-000001.tar") }
    #expect(lonely?.cause == .shard(.noLabel("cls")) && lonely?.member == "pets-000001/9.png")
    tar = Self.shard(1)
    tar.add("9.cls", content: Array("1".utf8))
    let empty = try error { try $0.put(tar.finished, at: "pets/pets-000001.tar") }
    #expect(empty?.cause == .shard(.noPicture) && empty?.member == "pets-000001/9.cls")
    tar = Self.shard(1, count: 1)
    tar.add("0.CLS", content: Array("1".utf8))
    let twice = try error { try $0.put(tar.finished, at: "pets/pets-000001.tar") }
    #expect(twice?.cause == .shard(.twice("cls")) && twice?.member == "pets-000001/0.CLS")
    let label = try error { try $0.put(Self.shard(1) { "\($0 * 70_000)" }.finished, at: "pets/pets-000001.tar") }
    #expect(label?.code == "label-out-of-range" && label?.member == "pets-000001/1.cls")
    let names = try error { scratch in
      for shard in 0..<2 {
        var tar = Self.shard(shard)
        tar.add("classnames.txt", content: Array(["cat\ndog\n", "dog\ncat\n"][shard].utf8))
        try scratch.put(tar.finished, at: "pets/pets-00000\(shard).tar")
      }
    }
    #expect(names?.code == "bad-class-names" && names?.member == "pets-000001/classnames.txt")
  }

  @Test func aDamagedShardIsNamed() throws {
    let whole = Self.shard(1).finished
    let cut = try error { try $0.put(Array(whole.dropLast(600)), at: "pets/pets-000001.tar") }
    #expect(cut?.member?.hasPrefix("pets-000001.tar") == true)
    #expect(cut?.code == "missing-end-of-archive" || cut?.code == "truncated-archive")
    let page = try error { try $0.put(Array("<!doctype html><p>Not found".utf8), at: "pets/pets-000001.tar") }
    #expect(page?.cause == .foreignFormat(.webPage, isInside: false) && page?.member == "pets-000001.tar")
    #expect(try error { try $0.put([], at: "pets/pets-000001.tar") }?.cause == .emptyFile)
    var links = TarBuilder()
    links.add("a.png", type: "2", link: "/etc/passwd")
    let link = try error { try $0.put(links.finished, at: "pets/pets-000001.tar") }
    #expect(link?.cause == .memberKind("symbolic link") && link?.member == "pets-000001.tar: a.png")
    var escape = TarBuilder()
    escape.add("../../evil.png", content: [1])
    #expect(try error { try $0.put(escape.finished, at: "pets/pets-000001.tar") }?.cause == .nameEscapes)
  }

  @Test func refusesTwoShardsForOneDirectory() throws {
    let error = try error { _ = try $0.write(Self.shard(5).finished, in: .tarGzip, as: "pets/pets-000000.tgz") }
    #expect(error?.cause == .shardTwice("pets-000000.tar") && error?.member == "pets-000000.tgz")
  }
}
