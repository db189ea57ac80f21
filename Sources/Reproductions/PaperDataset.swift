/// The datasets of SSCL-BW's evaluation.
/// - Source: SSCL-BW §IV-A
package enum PaperDataset: String, Codable, Sendable, CaseIterable {
  case mnist
  case cifar10
  /// The paper's Sub-ImageNet has 50 classes of ImageNet at 64×64; classes of Tiny-ImageNet at the same size stand for it.
  case tinyImageNet = "tiny-imagenet"

  /// A file as it is published, or as it is passed around.
  struct File {
    let name: String
    let bytes: Int
    /// SHA-256, lower-case hexadecimal.
    let digest: String
  }

  /// What the data may be: each element is a complete set of files.
  var editions: [[File]] {
    switch self {
    case .mnist:
      [
        [
          File(
            name: "train-images-idx3-ubyte.gz", bytes: 9_912_422,
            digest: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
          File(
            name: "train-labels-idx1-ubyte.gz", bytes: 28_881,
            digest: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
          File(
            name: "t10k-images-idx3-ubyte.gz", bytes: 1_648_877,
            digest: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
          File(
            name: "t10k-labels-idx1-ubyte.gz", bytes: 4_542,
            digest: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ]
      ]
    case .cifar10:
      [
        // As the authors publish it, and a copy whose test batch holds 20 images that were decoded from JPEG.
        [
          File(
            name: "cifar-10-binary.tar.gz", bytes: 170_052_171,
            digest: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")
        ],
        [
          File(
            name: "cifar-10-binary.tar.gz", bytes: 169_566_476,
            digest: "3aca2d6ade7df25b679b9991e759e7504b408477677a3b92302ce633bf2d1be4")
        ],
      ]
    case .tinyImageNet:
      [
        [
          File(
            name: "tiny-imagenet-20.tar.gz", bytes: 14_919_266,
            digest: "f0e350471d95b24569f2c4e61027e8c487a3bf17f70d3646daab466a70171c76")
        ]
      ]
    }
  }

  /// The target class, by index: the paper's t = 1.
  var target: String { "1" }

  /// As tables and errors name it.
  var title: String {
    switch self {
    case .mnist: "MNIST"
    case .cifar10: "CIFAR-10"
    case .tinyImageNet: "Tiny-ImageNet"
    }
  }
}
