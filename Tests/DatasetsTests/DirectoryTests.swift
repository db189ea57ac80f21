import Foundation
import Foundations
import Testing

@testable import Archives
@testable import Datasets

/// A directory of files is a dataset.
@Suite struct DirectoryTests {
  /// Cats and dogs, with what lies beside them; every second one a JPEG.
  static func pets(_ scratch: Scratch, count: Int = 4) throws -> String {
    for number in 0..<count {
      for (label, name) in ["cats", "dogs"].enumerated() {
        let shade = UInt8(20 + 10 * number + label)
        let isJPEG = number % 2 == 1
        let jpeg = JPEGImage(
          planar: [UInt8](repeating: shade, count: 192), shape: .init(channels: 3, height: 8, width: 8))
        try scratch.put(
          isJPEG ? jpeg.encoded(quality: 90) : PNGBuilder.plain(shade),
          at: "pets/\(name)/\(number).\(isJPEG ? "jpg" : "png")")
      }
    }
    try scratch.put(Array("about".utf8), at: "pets/README.txt")
    try scratch.put([], at: "pets/cats/.keep")
    return scratch.file("pets")
  }

  @Test func isReadAsAnArchiveOfItsFilesWouldBe() throws {
    try Scratch.run { scratch throws in
      let path = try Self.pets(scratch)
      let names = try readAll(path).map(\.member.name)
      #expect(names == (try scratch.files(below: "pets")))
      let survey = try DatasetSurvey(file: path)
      #expect(survey.container == .directory && survey.layout == .imageFolder && survey.file == path)
      #expect(survey.classNames == ["cats", "dogs"] && survey.labels == [0, 0, 0, 0, 1, 1, 1, 1])
      #expect(survey.memberCount == names.count)
      let bytes = try names.reduce(0) { $0 + (try scratch.read("pets/\($1)").count) }
      #expect(survey.fileBytes == bytes && survey.archiveBytes == bytes)
    }
  }

  /// Whoever has the files has the digest with tools of his own.
  @Test func theDigestIsThatOfWhatSha256sumPrints() throws {
    try Scratch.run { scratch throws in
      let path = try Self.pets(scratch)
      let command = "find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"
      let printed = try scratch.shell(command, in: "pets").prefix(64)
      #expect(try DatasetSurvey(file: path).digest.description == printed)
      let source = try DatasetSource(path: path, limits: InputLimits())
      #expect(try source.digest { _ in }.description == printed)
    }
  }

  @Test func aReleaseIsADirectoryWithTheSameFiles() throws {
    try Scratch.run { scratch throws in
      let survey = try DatasetSurvey(file: Self.pets(scratch))
      let chosen: Set = [1, 6]
      let result = try ArchiveRewriter(survey, batch: 2, budget: .linf(3)).rewrite(
        to: scratch.file("out"), choose: { chosen.contains($0) }, marker: ArchiveRewriterTests.mark)
      #expect(try scratch.names() == ["out", "pets"])
      let names = try scratch.files(below: "pets")
      // A marked JPEG is a PNG file now.
      let expected = names.map { $0 == "cats/1.jpg" ? "cats/1.png" : $0 }
      #expect(try scratch.files(below: "out") == expected)
      let differing = try names.filter { name in
        guard name != "cats/1.jpg" else { return false }
        return try scratch.read("pets/\(name)") != scratch.read("out/\(name)")
      }
      #expect(differing == ["dogs/2.png"])
      for name in expected {
        let facts = try FileManager.default.attributesOfItem(atPath: scratch.file("out/\(name)"))
        #expect(facts[.modificationDate] as? Date == Date(timeIntervalSince1970: 1_000_000_000))
        #expect((facts[.posixPermissions] as? Int).map { $0 & 0o111 } == 0)
      }
      #expect(result.files.map(\.name).sorted() == expected.sorted())
      #expect(try result.files.allSatisfy { HexDigest(of: try scratch.read("out/\($0.name)")) == $0.digest })
      let released = try DatasetSurvey(file: scratch.file("out"))
      #expect(released.digest == result.outputDigest && released.fileBytes == result.outputBytes)
      let comparison = try ArchiveComparison(original: survey, released: released, marked: chosen)
      #expect(comparison.firstDifference == nil && comparison.changed == chosen && comparison.sameLabels)
      // Times are none of the dataset's.
      try scratch.put(scratch.read("out/README.txt"), at: "again/README.txt")
      try FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: scratch.file("out/README.txt"))
      #expect(try ArchiveComparison(original: survey, released: released, marked: chosen).firstDifference == nil)
    }
  }

  /// “x.jpg” stands before “x.mask.png”, and “x.png” behind it.
  @Test func aPictureThatBecomesAPNGKeepsItsPlace() throws {
    try Scratch.run { scratch throws in
      for (number, name) in ["x.jpg", "x.mask.png", "x-1.png", "w.JPEG"].enumerated() {
        let jpeg = JPEGBuilder.plain([10 * number, 3, 5])
        try scratch.put(name.hasSuffix("png") ? PNGBuilder.plain(UInt8(number)) : jpeg, at: "in/cats/\(name)")
      }
      let survey = try DatasetSurvey(file: scratch.file("in"))
      _ = try ArchiveRewriter(survey, batch: 8, budget: .linf(3)).rewrite(
        to: scratch.file("out"), choose: { _ in true }, marker: ArchiveRewriterTests.mark)
      let order = ["w", "x", "x-1", "x.mask"]
      for name in ["in", "out"] {
        let members = try readAll(scratch.file(name)).map(\.member.name)
        #expect(
          members.map { $0.dropFirst(5).prefix { $0 != "." } + ($0.contains("mask") ? ".mask" : "") }
            == order.map { $0[...] })
      }
      let released = try DatasetSurvey(file: scratch.file("out"))
      let comparison = try ArchiveComparison(original: survey, released: released, marked: [0, 1, 2, 3])
      #expect(comparison.firstDifference == nil && comparison.changed == [0, 1, 2, 3])
    }
  }

  @Test func readsBatchesThatAreUnpacked() throws {
    try Scratch.run { scratch throws in
      let cifar = CIFARBuilder()
      for (name, content) in cifar.batches { try scratch.put(content, at: "cifar/cifar-10-batches-bin/\(name)") }
      try scratch.put(Array(cifar.names.utf8), at: "cifar/cifar-10-batches-bin/batches.meta.txt")
      let survey = try DatasetSurvey(file: scratch.file("cifar"))
      #expect(survey.layout == .cifar10Binary && survey.count == 120)
      let idx = IDXBuilder()
      for (name, content) in idx.files { try scratch.put(IDXBuilder.gzip(content), at: "mnist/raw/\(name).gz") }
      let digits = try DatasetSurvey(file: scratch.file("mnist"))
      #expect(digits.layout == .mnistIDX && digits.count == 50)
      for survey in [survey, digits] {
        let out = scratch.file("out-\(survey.layout.rawValue)")
        _ = try ArchiveRewriter(survey, batch: 4, budget: .linf(3)).rewrite(
          to: out, choose: { $0 == 5 }, marker: ArchiveRewriterTests.mark)
        let comparison = try ArchiveComparison(original: survey, released: DatasetSurvey(file: out), marked: [5])
        #expect(comparison.firstDifference == nil && comparison.changed == [5])
      }
      #expect(try scratch.names() == ["cifar", "mnist", "out-cifar10-binary", "out-mnist-idx"])
    }
  }

  @Test func isCalledByItsOwnName() throws {
    try Scratch.run { scratch throws in
      #expect(DatasetSource.name(ofPath: try Self.pets(scratch) + "/") == "pets")
      #expect(DatasetSource.name(ofPath: scratch.file("pets/cats/..")) == "pets")
      #expect(DatasetSource.name(ofPath: "data/cifar-10-binary.tar.gz") == "cifar-10-binary.tar.gz")
      try scratch.put(Array("a.tar\n".utf8), at: "set.ready")
      #expect(DatasetSource.name(ofPath: scratch.file("set.ready")) == "set")
    }
  }

  // MARK: - Bad input

  private func error(_ limits: InputLimits = InputLimits(), _ change: (Scratch) throws -> Void) throws -> DatasetError?
  {
    try Scratch.run { scratch throws in
      let path = try Self.pets(scratch)
      try change(scratch)
      return try errorOfSurveying(path, limits: limits)
    }
  }

  @Test func refusesWhatIsNoFile() throws {
    let link = try error { symlink("/etc/passwd", $0.file("pets/cats/9.png")) }
    #expect(link?.code == "member-kind" && link?.member == "cats/9.png")
    #expect(link?.description.contains("symbolic link, which is not followed: copy") == true)
    // A link to a directory, too, and one to nowhere.
    #expect(try error { symlink("cats", $0.file("pets/birds")) }?.member == "birds")
    #expect(try error { symlink("nowhere", $0.file("pets/.hidden")) }?.code == "member-kind")
    let fifo = try error { mkfifo($0.file("pets/pipe"), 0o600) }
    #expect(fifo?.description.hasSuffix("pipe: a FIFO, not a regular file: take it out") == true)
    if geteuid() == 0 {
      let device = try error { mknod($0.file("pets/null"), S_IFCHR | 0o600, 259) }
      #expect(device == nil || device?.description.contains("a device, not a regular file") == true)
    }
  }

  @Test func refusesNamesThatAreNoTextOrThatNoManifestCanList() throws {
    for name in [
      [0x63, 0xFF, 0x2E], Array("a\nb".utf8), Array("a%0ab".utf8), Array("blank ".utf8), Array("a\u{2028}".utf8),
    ] {
      let error = try error { scratch in
        let path = Array(scratch.file("pets/").utf8) + name + [0]
        close(
          path.map { CChar(bitPattern: $0) }.withUnsafeBufferPointer { $0.baseAddress.map { creat($0, 0o600) } ?? -1 })
      }
      #expect(error?.code == "member-name-not-text", "\(name)")
    }
  }

  @Test func refusesTreesThatAreTooDeepOrHaveTooMuchInThem() throws {
    var limits = InputLimits()
    limits.nameDepth = 4
    let deep = try error(limits) { try $0.put([1], at: "pets/a/b/c/d/e/f") }
    #expect(deep?.code == "member-too-deep" && deep?.member == "a/b/c/d/e")
    limits = InputLimits()
    limits.members = 12
    #expect(try error(limits) { _ in }?.code == nil)
    let many = try error(limits) { try $0.put([1], at: "pets/more/1") }
    #expect(many?.cause == .tree(.tooMany(limit: 12)))
    // Directories count as well.
    #expect(
      try error(limits) {
        for number in 0..<3 {
          try FileManager.default.createDirectory(
            atPath: $0.file("pets/empty/\(number)"), withIntermediateDirectories: true)
        }
      }?.code == "too-many-members")
    limits = InputLimits()
    limits.archiveBytes = 100
    #expect(try error(limits) { _ in }?.code == "archive-too-large")
  }

  @Test func refusesAnEmptyDirectory() throws {
    try Scratch.run { scratch throws in
      try FileManager.default.createDirectory(
        atPath: scratch.file("a/b"), withIntermediateDirectories: true)
      #expect(try errorOfSurveying(scratch.file("a"))?.cause == .emptyDirectory)
    }
  }

  /// What torchvision leaves beside the pictures that it unpacked.
  @Test func refusesAnArchiveBesidePictures() throws {
    let error = try error { try $0.put([1, 2, 3], at: "pets/ILSVRC2012_img_train.tar") }
    #expect(error?.cause == .archiveBesidePictures("cats/0.png") && error?.member == "ILSVRC2012_img_train.tar")
  }

  @Test func noticesFilesThatChangeOrVanishWhileTheyAreRead() throws {
    for change in ["grows", "shrinks", "vanishes", "becomes a link"] {
      try Scratch.run { scratch throws in
        let path = try Self.pets(scratch)
        let reader = try ArchiveReader(path: path, limits: InputLimits())
        _ = try reader.nextMember()
        let file = scratch.file("pets/dogs/3.jpg")
        switch change {
        case "grows": try Data(scratch.read("pets/dogs/3.jpg") + [0]).write(to: URL(filePath: file))
        case "shrinks": truncate(file, 10)
        default:
          unlink(file)
          if change != "vanishes" { symlink("/etc/passwd", file) }
        }
        var found: DatasetError?
        do { while try reader.nextMember() != nil {} } catch let error as DatasetError { found = error }
        #expect(found?.member == "dogs/3.jpg" && found?.isRefusal == false, "\(change)")
      }
    }
  }

  @Test func noticesThatAFileIsNotTheOneThatWasSurveyed() throws {
    try Scratch.run { scratch throws in
      let survey = try DatasetSurvey(file: Self.pets(scratch))
      try scratch.put(Array("other".utf8), at: "pets/README.txt")
      #expect(throws: DatasetError(.archiveChanged, file: survey.file)) {
        _ = try SampleCache(survey) { _ in true }
      }
    }
  }
}
