import Foundations
import Networks
import NeuralNet
import Testing

@testable import Watermarks

/// PGD, gradient matching and the untargeted source gradient beside PyTorch's autograd (poison_golden.py), on a small
/// network of fixed weights; the derivative of the matching loss beside its double backward.
@Suite struct PoisonGoldenTests {
  private static let shape = ImageShape(channels: 1, height: 8, width: 8)

  private static func drawn(_ count: Int, _ salt: Int) -> [Double] {
    (0..<count).map { Double(($0 * 7919 + salt * 104729 + $0 * $0 % 613) % 1001) / 1000 - 0.5 }
  }

  static func network() throws -> Model {
    let definition = NetworkDefinition(architecture: "cnn", width: 4, depth: 0, input: shape, classes: 3)
    let shapes = try Model(definition, seed: 1).tensors.mapValues(\.shape)
    var tensors: [String: Tensor] = [:]
    for (salt, (name, shape)) in shapes.sorted(by: { $0.key < $1.key }).enumerated() {
      tensors[name] = Tensor(shape: shape, values: drawn(Tensor.count(of: shape), salt).map { Float($0 * 1.2) })
    }
    return try Model(definition, tensors: tensors)
  }

  static func images(_ count: Int, _ salt: Int) -> [Float] {
    (0..<count * shape.count).map { Float(($0 * 37 + salt * 59 + $0 * $0 % 101) % 256) }
  }

  private func isNear(_ value: Double, _ expected: Double, within tolerance: Double) -> Bool {
    abs(value - expected) <= tolerance * abs(expected)
  }

  @Test func theFirstStepsOfPGDArePyTorchs() throws {
    let expected = [
      (1.7316319277011292, 574.0), (1.766968562516498, 1123), (1.8037794609030113, 1684), (1.83945901647036, 2172),
    ]
    let training = try AdversarialTraining(
      PoisonState(images: Self.images(6, 1), labels: [0, 1, 2, 0, 1, 2], shape: Self.shape),
      against: Self.network(), settings: AdversarialSettings(epsilon: 8, step: 1.5, steps: 4), threads: 1)
    let gradients = try LossGradients(Self.network(), batch: 6, threads: 1)
    for (loss, sum) in expected {
      let state = training.state
      let found = gradients.byWeights(state.images(0..<6), state.targets(0..<6, classes: 3)).loss
      #expect(isNear(found, loss, within: 1e-4))
      training.step()
      #expect(isNear(training.state.changes.reduce(0) { $0 + abs(Double($1)) }, sum, within: 1e-4))
    }
  }

  private func wanted(_ gradients: LossGradients) -> WeightGradient {
    gradients.byWeights(Self.images(5, 2), LossGradients.targets(labels: [1, 1, 1, 1, 1], classes: 3)).gradient
  }

  @Test(arguments: [1, 3]) func theDerivativeOfTheMatchingLossIsThatOfDoubleBackward(threads: Int) throws {
    let norm = 0.07647707802613371
    let every16th = [
      -0.004524964270271971, -0.00023077526335644945, -0.0022737575568544657, 0.00034514966420709243,
      0.0013311217641014325, 0.0021283244908934878, -1.7066911780882765e-05, 0.0008242621339640478,
      0.006090730948972455, 0.003925467115229522, 0.002335557593641887, 0.005037775482283673,
      -0.0038430319593604247, 2.0154813249118774e-05, -0.0037919131610010368, -0.002846475966256215,
    ]
    let gradients = try LossGradients(Self.network(), batch: 5, threads: threads)
    let (_, found) = GradientMatching(gradients: gradients).step(
      Self.images(4, 3), LossGradients.targets(labels: [1, 0, 2, 1], classes: 3), toward: wanted(gradients))
    let size = found.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(isNear(size, norm, within: 2e-3), "\(size)")
    for (value, expected) in zip(stride(from: 0, to: found.count, by: 16).map { Double(found[$0]) }, every16th) {
      // Of the largest: what is nearly zero is a difference of large terms.
      #expect(abs(value - expected) < 2e-3 * 0.0061, "\(value) for \(expected)")
    }
  }

  @Test func theFirstStepsOfMatchingArePyTorchs() throws {
    let gradients = try LossGradients(Self.network(), batch: 5, threads: 1)
    let wanted = wanted(gradients)
    var state = PoisonState(images: Self.images(4, 3), labels: [1, 0, 2, 1], shape: Self.shape)
    var first = [Float](repeating: 0, count: state.changes.count)
    var second = first
    let targets = state.targets(0..<4, classes: 3)
    for (number, loss) in [0.18177776934678314, 0.17539609343649587, 0.16294955745360873, 0.15900090266851108]
      .enumerated()
    {
      let step = GradientMatching(gradients: gradients).step(state.images(0..<4), targets, toward: wanted)
      // Only the first is at PyTorch's own changes; what follows a few signs of nearly no gradient may part from.
      #expect(isNear(step.loss, loss, within: number == 0 ? 1e-4 : 1e-2), "\(step.loss) for \(loss)")
      SignedAdam.step(
        &state.changes, &first, &second, state.range(0..<4), gradient: step.gradient, rate: 2, number: number + 1,
        bound: 16, originals: state.originals)
    }
  }

  @Test func theUntargetedSourceGradientIsPyTorchs() throws {
    let gradients = try LossGradients(Self.network(), batch: 5, threads: 1)
    let pixels = Self.images(5, 2)
    let bytes = pixels.map { UInt8($0) }
    let plan = try ClassifierPlan(Self.network(), batch: 5, threads: 1)
    let probabilities = plan.probabilities(bytes.span, count: 5)
    var targets = LossGradients.targets(labels: [0, 1, 2, 0, 1], classes: 3)
    PoisonTraining.addEntropy(&targets, probabilities, classes: 3, weight: 2)
    let found = gradients.byWeights(pixels, targets).gradient
    #expect(isNear(found.norm, 3.872554321511983, within: 1e-4))
    #expect(isNear(-found.dot(wanted(gradients)), 50.83540796652525, within: 1e-4))
  }
}
