package import Archives
import Foundations

extension DrawnDataset {
  /// Writes the dataset in CIFAR-10's binary layout: five training batches of `perBatch` records and a test batch of
  /// `test`. Classes are as equally frequent as the numbers allow, in an order that the seed shuffles.
  ///
  /// The shape must be 3×32×32, the layout's only one.
  package func writeCIFAR10(
    to path: String, container: ArchiveContainer = .tarGzip, perBatch: Int = 1000, test: Int = 1000
  ) throws {
    precondition(shape == CIFAR10Binary.format.shape && perBatch > 0 && test > 0)
    let writer = try ArchiveWriter(path: path, container: container)
    let names = Self.classNames.map { $0 + "\n" }.joined()
    func member(_ name: String, _ size: Int) -> ArchiveMember {
      ArchiveMember(name: "\(CIFAR10Binary.folder)/\(name)", size: size, modified: 0)
    }
    try writer.begin(ArchiveMember(name: CIFAR10Binary.folder, kind: .directory, size: 0, modified: 0))
    try writer.add(member(CIFAR10Binary.classNameFile, names.utf8.count), content: Array(names.utf8))
    var drawn = [Int](repeating: 0, count: Self.classNames.count)
    for (batch, name) in (CIFAR10Binary.trainFiles + [CIFAR10Binary.testFile]).enumerated() {
      let count = name == CIFAR10Binary.testFile ? test : perBatch
      var order = Draws(seed, UInt64(batch))
      let labels = (0..<count).map { $0 % Self.classNames.count }.shuffled(using: &order)
      try writer.begin(member(name, count * CIFAR10Binary.format.bytes))
      for label in labels {
        try writer.write(([UInt8(label)] + pixels(label: label, number: drawn[label])).span)
        drawn[label] += 1
      }
    }
    _ = try writer.finish()
  }

  /// Writes the dataset in MNIST's layout: the labels of each split before its images, gzip files or plain ones. The order
  /// of classes is that of `writeCIFAR10`; the shape must be grey.
  package func writeMNIST(
    to path: String, container: ArchiveContainer = .tar, train: Int, test: Int, compressed: Bool = true
  ) throws {
    precondition(shape.channels == 1 && train > 0 && test > 0)
    let writer = try ArchiveWriter(path: path, container: container)
    let members = MemberWriter(writer, spool: path + ".member")
    let form: MemberForm = compressed ? .gzip : .stored
    func member(_ name: String, _ header: IDXHeader) -> ArchiveMember {
      ArchiveMember(name: "mnist/\(name)\(compressed ? ".gz" : "")", size: header.fileBytes, modified: 0)
    }
    var drawn = [Int](repeating: 0, count: Self.classNames.count)
    for (number, (split, count)) in [(Split.train, train), (.test, test)].enumerated() {
      var order = Draws(seed, UInt64(number))
      let labels = (0..<count).map { $0 % Self.classNames.count }.shuffled(using: &order)
      let labelHeader = IDXHeader(dimensions: [count])
      try members.add(
        member(MNISTIDX.labelFile(split), labelHeader), form, content: labelHeader.encoded + labels.map { UInt8($0) })
      let imageHeader = IDXHeader(dimensions: [count, shape.height, shape.width])
      try members.begin(member(MNISTIDX.imageFile(split), imageHeader), form)
      try members.write(imageHeader.encoded.span)
      for label in labels {
        try members.write(pixels(label: label, number: drawn[label]).span)
        drawn[label] += 1
      }
      try members.end()
    }
    _ = try writer.finish()
  }

  /// Writes the dataset as image files in `train/CLASS/` and, unless `testPerClass` is 0, in a second folder.
  ///
  /// Class indices in the archive follow the names' order, not `classNames`.
  /// - Parameters:
  ///   - heldOut: name of the second folder.
  ///   - jpegQuality: nil makes PNG files; else JPEG files that end in `.JPEG`.
  ///   - greyEvery: of the images of a class one in so many is grey; 0 for none.
  package func writeImageFolder(
    to path: String, container: ArchiveContainer = .tarGzip, trainPerClass: Int, testPerClass: Int,
    heldOut: String = "test", jpegQuality: Int? = nil, greyEvery: Int = 0
  ) throws {
    let writer = try ArchiveWriter(path: path, container: container)
    for (folder, numbers) in [("train", 0..<trainPerClass), (heldOut, trainPerClass..<trainPerClass + testPerClass)] {
      for (label, name) in Self.classNames.enumerated() {
        for number in numbers {
          var pixels = pixels(label: label, number: number)
          var shape = shape
          if greyEvery > 0, number % greyEvery == 0 {
            shape.channels = 1
            pixels.removeLast(pixels.count - shape.bytes)
          }
          let file =
            jpegQuality.map { JPEGImage(planar: pixels, shape: shape).encoded(quality: $0) }
            ?? PNGImage(planar: pixels, shape: shape).encoded()
          let suffix = jpegQuality == nil ? "png" : "JPEG"
          try writer.add(
            ArchiveMember(name: "\(folder)/\(name)/\(number).\(suffix)", size: file.count, modified: 0),
            content: file)
        }
      }
    }
    _ = try writer.finish()
  }
}
