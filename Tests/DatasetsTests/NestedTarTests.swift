import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct NestedTarTests {
  static let synsets = ["n01440764", "n01443537", "n02085620"]

  static func inner(_ synset: Int, prefix: String = "", jpeg: Bool = false, count: Int = 3) -> TarBuilder {
    var tar = TarBuilder()
    let drawn = DrawnDataset(seed: 3)
    for number in 0..<count {
      let pixels = drawn.pixels(label: synset, number: number)
      let file =
        jpeg
        ? JPEGImage(planar: pixels, shape: drawn.shape).encoded(quality: 90)
        : PNGImage(planar: pixels[...], shape: drawn.shape).encoded()
      tar.add("\(prefix)\(synsets[synset])_\(number).JPEG", content: file)
    }
    return tar
  }

  /// As ILSVRC2012_img_train.tar is: an archive a class.
  static func outer(jpeg: Bool = false, _ change: (inout TarBuilder) -> Void = { _ in }) -> [UInt8] {
    var tar = TarBuilder()
    for synset in synsets.indices {
      tar.add("\(synsets[synset]).tar", content: inner(synset, jpeg: jpeg).finished, modified: 1_300_000_000 + synset)
    }
    change(&tar)
    return tar.finished
  }

  func error(_ tar: [UInt8]) throws -> DatasetError? {
    try Scratch.run { scratch throws in try errorOfSurveying(scratch.write(tar)) }
  }

  @Test func classesAreTheNamesOfTheInnerArchives() throws {
    try Scratch.run { scratch throws in
      let survey = try DatasetSurvey(file: scratch.write(Self.outer()))
      #expect(survey.container == .tarOfTars && survey.layout == .imageFolder)
      #expect(survey.classNames == Self.synsets && survey.labels == [0, 0, 0, 1, 1, 1, 2, 2, 2])
      #expect(survey.digest == HexDigest(of: try scratch.read("archive")))
    }
  }

  @Test func aReleaseIsATarOfTars() throws {
    try Scratch.run { scratch throws in
      let path = try scratch.write(
        Self.outer(jpeg: true) { tar in
          tar.add("synsets.txt", content: [65])
          tar.add("empty.tar", content: TarBuilder().finished)
        })
      let survey = try DatasetSurvey(file: path)
      _ = try ArchiveRewriter(survey, batch: 8, budget: .linf(3)).rewrite(
        to: scratch.file("out"), choose: { $0 == 1 || $0 == 4 }, marker: ArchiveRewriterTests.mark)
      // Nothing is left beside it.
      #expect(try scratch.names() == ["archive", "out"])
      let (before, after) = (try parseTar(scratch.read("archive")), try parseTar(scratch.read("out")))
      #expect(before.map(\.name) == after.map(\.name))
      #expect(before.map { $0.header[136..<147] } == after.map { $0.header[136..<147] })
      #expect(before[3].content == after[3].content)
      for place in 0..<3 {
        let (old, new) = (parseTar(before[place].content), parseTar(after[place].content))
        // The marked one is a PNG file now.
        let names = old.enumerated().map { $0 == 1 && place < 2 ? ImageFormat.nameAsPNG($1.name) : $1.name }
        #expect(new.map(\.name) == names)
        #expect(old.indices.filter { old[$0].content != new[$0].content } == (place < 2 ? [1] : []))
      }
      #expect(parseTar(after[4].content).isEmpty && after[4].content.count >= 1024)
      let released = try DatasetSurvey(file: scratch.file("out"))
      #expect(released.container == .tarOfTars && released.labels == survey.labels)
      let comparison = try ArchiveComparison(original: survey, released: released, marked: [1, 4])
      #expect(comparison.firstDifference == nil && comparison.changed == [1, 4])
    }
  }

  @Test func readsSplitsAroundAndFoldersWithinTheInnerArchives() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.add("ilsvrc/", type: "5", mode: 0o755)
      tar.add("ilsvrc/train/n1.tar", content: Self.inner(0).finished)
      tar.add("ilsvrc/val/n1.tar", content: Self.inner(1).finished)
      let survey = try DatasetSurvey(file: scratch.write(tar.finished))
      #expect(survey.classNames == ["n1"] && survey.counts(in: .validation) == [3])
      var folders = TarBuilder()
      folders.add("n1.tar", content: Self.inner(0, prefix: "images/").finished)
      #expect(try DatasetSurvey(file: scratch.write(folders.finished)).classNames == ["images"])
    }
  }

  /// Shards of one data set in one archive.
  @Test func readsShards() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      for shard in 0..<2 {
        var inner = TarBuilder()
        for number in 0..<3 {
          inner.add("\(number).png", content: PNGBuilder.plain(UInt8(10 * shard + number)))
          inner.add("\(number).json", content: Array(#"{"label": \#(number % 2)}"#.utf8))
        }
        tar.add("pets-00000\(shard).tar", content: inner.finished)
      }
      let survey = try DatasetSurvey(file: scratch.write(tar.finished))
      #expect(survey.layout == .webDataset && survey.labels == [0, 1, 0, 0, 1, 0])
    }
  }

  /// What macOS leaves beside every file.
  @Test func hiddenFilesBesideTheInnerArchivesPassThrough() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.add("._n01440764.tar", content: [0, 5, 0x16, 7])
      tar.append(Self.outer { $0.add(".thumbs/0.png", content: PNGBuilder.plain(1)) })
      let survey = try DatasetSurvey(file: scratch.write(tar.bytes))
      #expect(survey.container == .tarOfTars && survey.count == 9)
    }
  }

  /// As it was before tars of tars were read, wherever the archive lies.
  @Test(arguments: [true, false]) func anImageFolderWithATarInItStaysOne(isFirst: Bool) throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      if isFirst { tar.add("cats/backup.tar", content: Self.inner(0).finished) }
      tar.add("cats/0.png", content: PNGBuilder.plain(1))
      if !isFirst { tar.add("cats/backup.tar", content: Self.inner(0).finished) }
      let survey = try DatasetSurvey(file: scratch.write(tar.finished))
      #expect(survey.container == .tar && survey.count == 1)
    }
  }

  // MARK: - Bad input

  @Test(arguments: ["../evil", "/etc/passwd", "a/../../../evil"]) func refusesAZipSlipPathInAnInnerArchive(name: String)
    throws
  {
    var inner = TarBuilder()
    inner.add(name, content: [1])
    let error = try error(Self.outer { $0.add("n3.tar", content: inner.finished) })
    #expect(error?.cause == (name.hasPrefix("/") ? .nameAbsolute : .nameEscapes))
    #expect(error?.member == "n3.tar: \(name)")
  }

  @Test func refusesTheSameArchiveOrNameTwice() throws {
    for name in ["n01440764.tar", "./n01440764.tar"] {
      let error = try error(Self.outer { $0.add(name, content: Self.inner(2).finished) })
      #expect(error?.code == "duplicate-member")
    }
    let beside = try error(Self.outer { $0.add("n01440764/n01440764_0.JPEG", content: [1]) })
    #expect(beside?.code == "duplicate-member")
  }

  @Test func refusesATruncatedOrLinkedInnerArchive() throws {
    let whole = Self.inner(0).finished
    let cut = try error(Self.outer { $0.add("n3.tar", content: Array(whole.prefix(whole.count - 1200))) })
    #expect(cut?.code == "truncated-archive" || cut?.code == "missing-end-of-archive")
    #expect(cut?.member?.hasPrefix("n3.tar") == true)
    var linked = TarBuilder()
    linked.add("a.png", type: "2", link: "/etc/passwd")
    #expect(try error(Self.outer { $0.add("n3.tar", content: linked.finished) })?.cause == .memberKind("symbolic link"))
    let trailing = try error(Self.outer { $0.add("n3.tar", content: whole + [UInt8](repeating: 7, count: 512)) })
    #expect(trailing?.cause == .trailingData && trailing?.member == "n3.tar")
  }

  @Test func countsMembersOfAllArchives() throws {
    try Scratch.run { scratch throws in
      var limits = InputLimits()
      limits.members = 11
      #expect(try errorOfSurveying(scratch.write(Self.outer()), limits: limits)?.code == "too-many-members")
      limits.members = 12
      #expect(try errorOfSurveying(scratch.write(Self.outer()), limits: limits) == nil)
    }
  }

  @Test func survivesRandomDamage() throws {
    try Scratch.run { scratch throws in
      let whole = Self.outer()
      var draws = Draws(9, UInt64(whole.count))
      for _ in 0..<150 {
        var bytes = whole
        // Headers, where something is to be understood.
        for _ in 0...draws.below(4) {
          bytes[draws.below(bytes.count / 512) * 512 + draws.below(512)] = UInt8(truncatingIfNeeded: draws.next())
        }
        if draws.below(3) == 0 { bytes.removeLast(draws.below(bytes.count)) }
        // Anything but a crash: a survey, or an error of ours.
        _ = try errorOfSurveying(scratch.write(bytes))
      }
    }
  }
}
