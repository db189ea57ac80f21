import Foundation
import Testing

@testable import NeuralNet

/// The numbers that the tests and the scripts beside the golden files draw alike instead of storing them.
enum GoldenNumbers {
  static let seed: UInt64 = 20_261_121
  /// Every so many elements of a large tensor are kept.
  static let stride = 37

  /// SplitMix64 started at seed + FNV-1a(name), in [0, 1).
  static func uniform(_ name: String, _ count: Int) -> [Float] {
    var state: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
    state &+= seed
    return (0..<count).map { _ in
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return Float((z ^ (z >> 31)) >> 40) * 0x1p-24
    }
  }

  static func images(_ name: String, _ count: Int) -> [UInt8] { uniform(name, count).map { UInt8($0 * 256) } }

  /// The tensor that both sides start from.
  /// - Parameter prefix: before its name, in what it is drawn by.
  static func start(_ declaration: ParameterDeclaration, _ prefix: String = "") -> Tensor {
    let shape = declaration.shape
    if declaration.name.hasSuffix("running_mean") { return Tensor(shape: shape, repeating: 0) }
    if declaration.name.hasSuffix("running_var") { return Tensor(shape: shape, repeating: 1) }
    let centred = uniform(prefix + declaration.name, Tensor.count(of: shape)).map { 2 * $0 - 1 }
    if shape.count > 1 {
      let fanIn = Double(Tensor.count(of: Array(shape.dropFirst())))
      let exponent = -(log2(fanIn) / 2 - 0.5).rounded(.toNearestOrEven)
      return Tensor(shape: shape, values: centred.map { $0 * Float(pow(2, exponent)) })
    }
    if declaration.name.hasSuffix("bias") { return Tensor(shape: shape, values: centred.map { $0 * 0.25 }) }
    return Tensor(shape: shape, values: centred.map { 1 + $0 * 0.5 })
  }

  /// A golden file, or another file beside it.
  static func url(_ name: String, _ suffix: String) throws -> URL {
    try #require(Bundle.module.url(forResource: name, withExtension: suffix, subdirectory: "Goldens"))
  }
}
