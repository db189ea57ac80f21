import Archives
import Foundations
import Testing

@testable import Datasets

@Suite struct CompanionTests {
  static let png = PNGBuilder.plain(7)

  @Test(arguments: [
    ".ipynb_checkpoints/0.png", "pets/.ipynb_checkpoints/0.png", "pets/.Trash-1000/files/0.png", "pets/@eaDir/0.jpg",
    "__MACOSX/pets/cats/0.png", "pets/cats/._0.png", "pets/lost+found/0.png", "$RECYCLE.BIN/0.png",
    "$Recycle.Bin/x/0.png",
    "System Volume Information/0.png", "pets/cats/Thumbs.db", "pets/cats/desktop.ini", "pets/cats/.hidden.png",
    ".0.png",
    "pets/#recycle/0.png", "pets/cats/.git/0.png",
  ])
  func keepsHiddenAndSystemFilesAndTakesNoneForASampleOrClass(name: String) throws {
    try Scratch.run { scratch throws in
      for isFirst in [true, false] {
        var tar = TarBuilder()
        // A name like an image, or an image: neither is a sample, nor a bad one.
        if isFirst { tar.add(name, content: Self.png) }
        tar.add("pets/cats/1.png", content: PNGBuilder.plain(1))
        tar.add("pets/dogs/1.png", content: PNGBuilder.plain(2))
        if !isFirst { tar.add(name, content: Array("no image".utf8)) }
        let survey = try DatasetSurvey(file: scratch.write(tar.finished))
        #expect(survey.classNames == ["cats", "dogs"] && survey.labels == [0, 1] && survey.skippedCount == 0)
        _ = try ArchiveRewriter(survey, batch: 8, budget: .linf(3), rewritesAll: true).rewrite(
          to: scratch.file("out"), choose: { $0 == 0 }, marker: ArchiveRewriterTests.mark)
        let (before, after) = (try readAll(scratch.file("archive")), try readAll(scratch.file("out")))
        #expect(before.map(\.member.name) == after.map(\.member.name))
        let place = isFirst ? 0 : 2
        #expect(before[place] == after[place])
      }
    }
  }

  @Test func saysThatAllImagesAreInHiddenFolders() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.add(".data/cats/1.png", content: Self.png)
      let error = try errorOfSurveying(scratch.write(tar.finished))
      #expect(error?.code == "misplaced-image" && error?.member == ".data/cats/1.png")
      #expect(error.map { "\($0)".contains("hidden") } == true)
    }
  }

  @Test func batchesInHiddenFoldersAreNoBatches() throws {
    try Scratch.run { scratch throws in
      var idx = IDXBuilder(train: 3, test: 2)
      idx.extra = [(".ipynb_checkpoints/train-labels-idx1-ubyte", [1, 2, 3])]
      #expect(try DatasetSurvey(file: scratch.write(idx.tar)).count == 5)
    }
  }

  @Test func takesTheCommonestClassWhereNoTargetIsNamed() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      for (name, count) in [("train/a", 1), ("train/d", 3), ("train/c", 3), ("train/b", 2), ("test/b", 9)] {
        for number in 0..<count { tar.add("\(name)/\(number).png", content: Self.png) }
      }
      let survey = try DatasetSurvey(file: scratch.write(tar.finished))
      #expect(survey.commonestClass.map { survey.classNames[$0] } == "c")
    }
  }
}
