import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct ImageFolderLayoutTests {
  func survey(limits: InputLimits = InputLimits(), _ build: (inout TarBuilder) -> Void) throws -> DatasetSurvey {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      build(&tar)
      return try DatasetSurvey(file: scratch.write(tar.finished), limits: limits)
    }
  }

  func cause(limits: InputLimits = InputLimits(), _ build: (inout TarBuilder) -> Void) throws -> DatasetError.Cause? {
    do {
      _ = try survey(limits: limits, build)
      return nil
    } catch let error as DatasetError {
      return error.cause
    }
  }

  let png = PNGBuilder.plain(7)

  @Test func surveysClassesAndSplits() throws {
    let survey = try survey { tar in
      tar.add("pets/", type: "5")
      tar.add("pets/classes.txt", content: Array("dog\ncat\n".utf8))
      tar.add("pets/train/dog/1.png", content: png)
      tar.add("pets/train/cat/._1.png", content: [0, 5, 22, 7])
      tar.add("pets/train/cat/1.jpg", content: png)
      tar.add("pets/val/cat/2.PNG", content: png)
      tar.add("pets/test/Ant/3", content: png)
    }
    #expect(survey.layout == .imageFolder)
    #expect(survey.classNames == ["Ant", "cat", "dog"])
    #expect(survey.labels == [2, 1, 1, 0])
    #expect(survey.splits == [.train, .train, .validation, .test])
    #expect(survey.shape == ImageShape(channels: 3, height: 8, width: 8))
    #expect(survey.skipped.isEmpty)
  }

  @Test(arguments: [("Test", Split.test), ("TRAINING", .train), ("valid", .validation), ("testing", .test)])
  func recognisesSplitsInAnyCase(folder: String, split: Split) throws {
    #expect(try survey { $0.add("set/\(folder)/a/1.png", content: png) }.splits == [split])
  }

  @Test func takesEverythingAsTrainingDataWithoutSplits() throws {
    let survey = try survey { tar in
      tar.add("b/1.png", content: png)
      tar.add("a/1.png", content: png)
    }
    #expect(survey.splits == [.train, .train])
    #expect(survey.labels == [1, 0])
  }

  @Test func tellsPNGAndJPEGByTheirContent() throws {
    let survey = try survey { tar in
      tar.add("a/1.JPEG", content: png)
      tar.add("a/2.png", content: JPEGBuilder.plain([5, 0, 0]))
      tar.add("b/3", content: JPEGBuilder.plain([5, 0, 0]))
      tar.add("b/classes.txt", content: Array("b\n".utf8))
    }
    #expect(survey.labels == [0, 0, 1] && survey.skipped.isEmpty)
    #expect(survey.shape == ImageShape(channels: 3, height: 8, width: 8))
  }

  @Test(arguments: [[1, 3, 1], [3, 1, 1], [1, 1, 3]])
  func takesGreyImagesAmongColourOnesAsColourImages(channels: [Int]) throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      for (number, channels) in channels.enumerated() {
        let image = PNGImage(
          width: 8, height: 8, channels: channels, pixels: [UInt8](repeating: UInt8(number), count: 64 * channels))
        tar.add("a/\(number).png", content: image.encoded())
      }
      let survey = try DatasetSurvey(file: scratch.write(tar.finished))
      #expect(survey.shape == ImageShape(channels: 3, height: 8, width: 8))
      let stream = try SampleStream(survey)
      for number in 0..<3 {
        let sample = try #require(try stream.next())
        #expect(sample.pixels == [UInt8](repeating: UInt8(number), count: 192))
      }
    }
  }

  @Test func keepsADatasetOfGreyImagesGrey() throws {
    let survey = try survey { tar in
      tar.add("a/1.jpg", content: JPEGBuilder.plain([5]))
      tar.add("a/2.jpg", content: JPEGBuilder.plain([9]))
    }
    #expect(survey.shape == ImageShape(channels: 1, height: 8, width: 8))
  }

  @Test func skipsAndRecordsBadJPEGsUpToTheShare() throws {
    var limits = InputLimits()
    limits.badSampleShare = 0.5
    let survey = try survey(limits: limits) { tar in
      tar.add("a/0.JPEG", content: JPEGBuilder.plain([5, 0, 0]))
      tar.add("a/1.JPEG", content: Array(JPEGBuilder.plain([5, 0, 0]).dropLast(3)))
      tar.add("a/2.JPEG", content: JPEGBuilder.fourColours())
      tar.add("b/3.JPEG", content: JPEGBuilder.plain([5, 0, 0]))
    }
    #expect(survey.labels == [0, 1])
    #expect(survey.skipped.map(\.member) == ["a/1.JPEG", "a/2.JPEG"])
    #expect(survey.skipped.map(\.reason) == ["\(ImageFault.truncated)", "\(ImageFault.colours(components: 4))"])
  }

  @Test func holdsOutTheTestSplitOrFailingThatTheValidationSplit() throws {
    for (folders, expected) in [
      (["train", "val", "test"], .test), (["train", "val"], .validation), (["train"], nil),
    ] as [([String], Split?)] {
      let survey = try survey { tar in
        for folder in folders { tar.add("\(folder)/a/1.png", content: png) }
      }
      #expect(survey.heldOut == expected)
    }
  }

  @Test func keepsTheShapeOfEachSampleWhereTheyDiffer() throws {
    let survey = try survey { tar in
      tar.add("a/1.png", content: png)
      tar.add("a/2.png", content: png)
      tar.add("a/3.png", content: PNGBuilder.plain(1, width: 9))
      tar.add("b/4.png", content: png)
    }
    #expect(survey.geometry.shape == nil && survey.geometry.channels == 3)
    #expect((0..<4).map { survey.shape(of: $0).width } == [8, 8, 9, 8])
    #expect(survey.shape == ImageShape(channels: 3, height: 8, width: 8))
  }

  @Test func refusesImagesOutOfPlace() throws {
    for name in ["1.png", "train/1.png"] {
      #expect(try cause { $0.add(name, content: png) } == .misplacedImage(ImageFolder.expected))
    }
    for stray in ["x/a/2.png", "2.png", "test/a/2.png"] {
      let cause = try cause { tar in
        tar.add("a/1.png", content: png)
        tar.add(stray, content: png)
      }
      guard case .misplacedImage = cause else {
        Issue.record("\(stray) was not refused")
        continue
      }
    }
  }

  @Test(arguments: ["", "vehicles/", "vehicles/train/", "vehicles/TEST/"])
  func takesAClassThatIsCalledLikeASplitForAClass(folder: String) throws {
    let survey = try survey { tar in
      for name in ["bus", "train", "Val"] { tar.add("\(folder)\(name)/1.png", content: png) }
    }
    #expect(survey.classNames == ["Val", "bus", "train"] && survey.labels == [1, 2, 0])
    #expect(survey.splits == Array(repeating: folder.hasSuffix("TEST/") ? .test : .train, count: 3))
  }

  @Test(arguments: [["train/1.png", "test/2.png"], ["bus/train/1.png", "bus/test/2.png"], ["a/val/1.png"]])
  func refusesSplitsWithoutClasses(names: [String]) throws {
    #expect(
      try cause { tar in names.forEach { tar.add($0, content: png) } } == .misplacedImage(ImageFolder.expected))
  }

  @Test func refusesClassFoldersThatOnlyUnicodeTellsApart() throws {
    let cause = try cause { tar in
      tar.add("caf\u{E9}/1.png", content: png)
      tar.add("cafe\u{301}/2.png", content: png)
    }
    guard case .misplacedImage = cause else {
      Issue.record("two folders became one class")
      return
    }
  }

  @Test func refusesABadImageByDefaultInASmallSet() throws {
    let cause = try cause { tar in
      tar.add("a/1.png", content: png)
      tar.add("a/2.png", content: Array(png.dropLast(20)))
    }
    guard case .tooManyBadSamples(bad: 1, of: 2, _, let first) = cause else {
      Issue.record("expected too many bad samples, got \(String(describing: cause))")
      return
    }
    #expect(first.contains("a/2.png"))
  }

  @Test func skipsAndRecordsBadImagesUpToTheShare() throws {
    var limits = InputLimits()
    limits.badSampleShare = 0.5
    let survey = try survey(limits: limits) { tar in
      tar.add("a/0.png", content: Array("not an image".utf8))
      tar.add("a/1.png", content: png)
      tar.add("b/2.png", content: PNGBuilder.file(1, 1, depth: 16, colour: 3, rows: [[0, 0]]))
      tar.add("b/3.png", content: png)
      tar.add("b/4.png", content: png)
    }
    #expect(survey.labels == [0, 1, 1])
    #expect(survey.skipped.map(\.member) == ["a/0.png", "b/2.png"])
    #expect(survey.skipped.first?.reason == "\(ImageFault.notAnImage)")
    #expect(survey.skipped.last?.reason.contains("corrupt") == true)
  }

  @Test func sortsClassNamesByTheirBytes() throws {
    let survey = try survey { tar in
      for name in ["é", "z", "Z", "10", "9"] { tar.add("\(name)/1.png", content: png) }
    }
    #expect(survey.classNames == ["10", "9", "Z", "z", "é"])
    #expect(survey.labels == [4, 3, 2, 0, 1])
  }
}
