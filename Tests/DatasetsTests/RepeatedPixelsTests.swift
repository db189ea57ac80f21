import Testing

@testable import Datasets

@Suite struct RepeatedPixelsTests {
  func survey(_ build: (inout TarBuilder) -> Void) throws -> DatasetSurvey {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      build(&tar)
      return try DatasetSurvey(file: scratch.write(tar.finished))
    }
  }

  func grey(_ level: UInt8) -> [UInt8] {
    PNGImage(width: 8, height: 8, channels: 1, pixels: [UInt8](repeating: level, count: 64)).encoded()
  }

  @Test func findsEqualPicturesWhateverTheirNameFileClassOrSplit() throws {
    let survey = try survey { tar in
      tar.add("train/a/0.png", content: PNGBuilder.plain(5))
      tar.add("train/a/1.png", content: PNGBuilder.plain(6))
      // The same in one channel, as a JPEG file, in another class, in another split.
      tar.add("train/a/2.png", content: grey(6))
      tar.add("train/a/3.png", content: PNGBuilder.plain(133))
      tar.add("train/b/4.jpg", content: JPEGBuilder.plain([5, 0, 0]))
      tar.add("train/b/5.png", content: PNGBuilder.plain(9))
      tar.add("test/a/6.png", content: PNGBuilder.plain(9))
      tar.add("test/a/7.png", content: PNGBuilder.plain(10))
    }
    #expect(survey.count == 8 && survey.repeated == [1, 2, 3, 4, 5, 6])
  }

  @Test(arguments: [".ipynb_checkpoints/1-checkpoint.png", "a/.1.png", "__MACOSX/a/1.png", "a/@eaDir/1.png/x.jpg"])
  func findsCopiesInFoldersThatAreNoClasses(name: String) throws {
    for isFirst in [true, false] {
      let survey = try survey { tar in
        if isFirst { tar.add(name, content: PNGBuilder.plain(6)) }
        tar.add("a/0.png", content: PNGBuilder.plain(5))
        tar.add("a/1.png", content: PNGBuilder.plain(6))
        if !isFirst { tar.add(name, content: PNGBuilder.plain(6)) }
      }
      #expect(survey.count == 2 && survey.repeated == [1])
    }
  }

  @Test func findsEqualRecordsAndCopiesOfABatch() throws {
    try Scratch.run { scratch throws in
      var cifar = CIFARBuilder(perBatch: 10)
      #expect(try DatasetSurvey(file: scratch.write(cifar.tar)).repeated == [])
      let record = try #require(cifar.batches["data_batch_1.bin"])[3073 * 3..<3073 * 4]
      // Pixels count, not labels.
      cifar.batches["test_batch.bin"]?.replaceSubrange(0..<3073, with: [UInt8(9)] + Array(record.dropFirst()))
      #expect(try DatasetSurvey(file: scratch.write(cifar.tar)).repeated == [3, 50])
      cifar.extra = [("backup/data_batch_2.bin", Array(try #require(cifar.batches["data_batch_2.bin"])))]
      #expect(try DatasetSurvey(file: scratch.write(cifar.tar)).repeated == [3] + Array(10..<20) + [50])
    }
  }

  @Test func findsEqualIDXImagesAndCopiesUnderOtherNames() throws {
    try Scratch.run { scratch throws in
      var idx = IDXBuilder(train: 6, test: 4)
      let images = try #require(idx.files["train-images-idx3-ubyte"])
      #expect(try DatasetSurvey(file: scratch.write(idx.tar)).repeated == [])
      idx.files["t10k-images-idx3-ubyte"]?.replaceSubrange(16..<16 + 784, with: images[16 + 784..<16 + 2 * 784])
      idx.compressed = ["train-images-idx3-ubyte"]
      #expect(try DatasetSurvey(file: scratch.write(idx.tar)).repeated == [1, 6])
      idx.extra = [("train-images.idx3-ubyte", images)]
      #expect(try DatasetSurvey(file: scratch.write(idx.tar)).repeated == [0, 1, 2, 3, 4, 5, 6])
    }
  }
}
