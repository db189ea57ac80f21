import Datasets
import Evidence
import Foundations
import Jobs
import Watermarks

/// What keeps a qualification from saying anything, known before a model is trained: data that nothing can be learned
/// from, or too little of it. The outcome is then `inconclusive`, never a pass.
enum QualificationObstacle: Equatable {
  case oneClass(String)
  case tooFewOfClass(String, found: Int, needed: Int)
  case tooFewVerificationImages(found: Int, needed: Int)
  case oneVerificationClass
  case constantImages(Int, of: Int, where: String)
  case tooFewImages(asked: Int, needed: Int)
  /// Decoy carriers that were asked for and that the book has allow no p-value that convicts.
  case tooFewDecoys(Int, leastP: Double, alpha: Double)

  /// The least training samples of a class: the half that some of the innocent learn from then has five.
  static let leastPerClass = 10
  /// The greatest share of images without any structure.
  static let largestConstantShare = 0.5

  /// What the questions cannot show, whoever answers them.
  /// - Parameter key: of the release's marks; nil where there are no decoys.
  static func found(
    in settings: QualificationSettings, key: KeySpace?, claim: Claim
  ) -> [QualificationObstacle] {
    var obstacles: [QualificationObstacle] = []
    let policy = settings.policy
    if settings.images < policy.leastPairs {
      obstacles.append(.tooFewImages(asked: settings.images, needed: policy.leastPairs))
    }
    if let key {
      let decoys = min(settings.decoys, key.mostDecoys)
      let least = 1 / Double(AuditPlan.keys(of: claim, ofSize: key.size, decoys: decoys))
      if least > policy.alpha { obstacles.append(.tooFewDecoys(decoys, leastP: least, alpha: policy.alpha)) }
    }
    return obstacles
  }

  /// What the classes of verification images cannot show: a class of an assignment is asked about by images of others.
  static func found(among labels: Set<Int>, claim: Claim) -> [QualificationObstacle] {
    let isWhole = (0..<claim.columns).allSatisfy { column in
      labels.contains { claim.concerns(label: $0, in: column) }
    }
    return labels.isEmpty || isWhole ? [] : [.oneVerificationClass]
  }

  /// What the labels tell.
  /// - Parameters:
  ///   - training: indices of the samples that innocent models learn from.
  ///   - pool: how many images may be asked about.
  static func found(
    in survey: DatasetSurvey, training: [Int], pool: Int, settings: QualificationSettings
  ) -> [QualificationObstacle] {
    var counts = [Int](repeating: 0, count: survey.classNames.count)
    for index in training { counts[Int(survey.labels[index])] += 1 }
    var obstacles: [QualificationObstacle] = []
    let present = counts.indices.filter { counts[$0] > 0 }
    if let only = present.first, present.count == 1 {
      obstacles.append(.oneClass(survey.classNames[only]))
    } else if let rarest = counts.indices.min(by: { counts[$0] < counts[$1] }), counts[rarest] < leastPerClass {
      obstacles.append(
        .tooFewOfClass(survey.classNames[rarest], found: counts[rarest], needed: leastPerClass))
    }
    if pool < settings.images { obstacles.append(.tooFewVerificationImages(found: pool, needed: settings.images)) }
    return obstacles
  }

  /// What the images tell.
  static func found(in data: SimulatedData) -> [QualificationObstacle] {
    [("training images", data.clean), ("verification images", data.verification)].compactMap { name, samples in
      let constant = (0..<samples.count).count { samples.isConstant($0) }
      return Double(constant) > largestConstantShare * Double(samples.count)
        ? .constantImages(constant, of: samples.count, where: name) : nil
    }
  }
}

extension QualificationObstacle: CustomStringConvertible {
  var description: String {
    switch self {
    case .oneClass(let name): "every training sample is of class \(name): there is nothing to tell apart"
    case .tooFewOfClass(let name, let found, let needed):
      "class \(name) has \(found) training samples, at least \(needed) are needed"
    case .tooFewVerificationImages(let found, let needed):
      "\(found) images of other classes than the target are held out, \(needed) are to be asked about"
    case .oneVerificationClass:
      "all images that are held out are of one class, and each class of the claim is asked about by images of another one"
    case .tooFewImages(let asked, let needed): "\(asked) images are to be asked about, a verdict needs \(needed)"
    case .tooFewDecoys(let decoys, let least, let alpha):
      "\(decoys) decoy carriers allow no p below \(least), and α is \(alpha)"
    case .constantImages(let count, let total, let name):
      "\(count) of \(total) \(name) are of one colour: there is nothing to learn"
    }
  }
}

extension SampleCache {
  /// Whether every channel of an image has one value throughout.
  fileprivate func isConstant(_ position: Int) -> Bool {
    let pixels = pixels(of: position)
    let plane = shape.height * shape.width
    return pixels.indices.allSatisfy { index in
      let offset = index - pixels.startIndex
      return pixels[index] == pixels[pixels.startIndex + offset / plane * plane]
    }
  }
}
