import Foundations
import NeuralNet

/// Images whose values lie between bytes: a graph reads them as two planes of bytes, whole steps of 1/255 and 256ths of one.
/// What an optimisation keeps as real numbers is seen to 1/512 of a step.
extension Graph {
  /// Value in [0, 1], (N, C, H, W). Its gradient is that of the images of this name (`TrainingPlan.inputGradient`).
  mutating func fineImages(_ name: String, shape: ImageShape) -> Value {
    let whole = images(name, shape: shape)
    let rest = images(Self.rest(of: name), shape: shape)
    let (scale, shift) = (
      [Float](repeating: 1 / 256, count: shape.channels), [Float](repeating: 0, count: shape.channels)
    )
    return add(whole, affine(rest, scale: scale, shift: shift))
  }

  fileprivate static func rest(of name: String) -> String { "\(name), 256ths" }
}

extension TrainingPlan {
  /// Sets the images of the next steps: N·C·H·W values in 0 … 255, fractions of a step of 1/255 among them.
  func setFineImages(_ name: String, _ values: [Float]) {
    var (whole, rest) = ([UInt8](repeating: 0, count: values.count), [UInt8](repeating: 0, count: values.count))
    for (place, value) in values.enumerated() {
      let parts = Int((min(max(value, 0), 255) * 256).rounded())
      (whole[place], rest[place]) = (UInt8(parts >> 8), UInt8(parts & 255))
    }
    setImages(name, whole.span)
    setImages(Graph.rest(of: name), rest.span)
  }
}
