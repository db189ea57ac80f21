import Foundations

/// What can be wrong with the world that this library meets: files, definitions and the tensors in them.
package enum NeuralNetError: Error, Hashable, Sendable {
  /// The operating system refused: which call on which path, and its message.
  /// - Parameter errno: the reason as a number; 0 where there is none.
  case fileOperation(path: String, call: String, reason: String, errno: Int32 = 0)
  /// Something else than a regular file, or one that changes while it is read.
  case notRegular(path: String, reason: String)
  /// The file ends before what its header promises.
  case truncated(path: String, expected: Int, found: Int)
  /// The safetensors header breaks a rule of the format.
  case malformedHeader(path: String, reason: String)
  /// A tensor's byte range is inverted, overlaps another, leaves a hole, or does not fit its shape.
  case badOffsets(path: String, tensor: String, begin: Int, end: Int, expected: Int)
  case missingTensor(source: String, tensor: String, expected: [Int])
  case extraTensor(source: String, tensor: String, found: [Int])
  case misshapenTensor(source: String, tensor: String, expected: [Int], found: [Int])
  case wronglyTypedTensor(source: String, tensor: String, expected: String, found: String)
  /// A NaN or an infinity at a flat index.
  case notFinite(source: String, tensor: String, index: Int)
  /// A number below zero, at a flat index, where the meaning excludes it.
  case negative(source: String, tensor: String, index: Int)
  /// A metadata entry that is needed is absent or unreadable.
  case badMetadata(source: String, key: String, reason: String)
  /// A network that cannot be built: an unknown architecture, or sizes that do not fit it.
  case invalidDefinition(architecture: String, reason: String)
  /// Activations that the machine has no memory for.
  case noMemory(bytes: Int, limit: Int)
  /// A saved random state that is not 64 hexadecimal digits, or all zero.
  case invalidRandomState(String)
  /// `DANDYROLL_KERNELS` names no set of kernels of this program.
  case unknownKernels(String)
  /// `DANDYROLL_KERNELS` names a set that this processor, or its operating system, does not run.
  case unavailableKernels(String, available: [String])
}

extension NeuralNetError: CustomStringConvertible {
  package var description: String { line.printable }

  private var line: String {
    switch self {
    case .fileOperation(let path, let call, let reason, _): "\(path): cannot \(call): \(reason)"
    case .notRegular(let path, let reason): "\(path): \(reason)"
    case .truncated(let path, let expected, let found):
      "\(path): truncated: the header promises \(expected) bytes, the file has \(found)"
    case .malformedHeader(let path, let reason): "\(path): malformed safetensors header: \(reason)"
    case .badOffsets(let path, let tensor, let begin, let end, let expected):
      "\(path): tensor \(tensor): bytes \(begin)..<\(end) do not fit (expected \(expected))"
    case .missingTensor(let source, let tensor, let expected):
      "\(source): tensor \(tensor) of shape \(expected) is missing"
    case .extraTensor(let source, let tensor, let found):
      "\(source): tensor \(tensor) of shape \(found) does not belong to the network"
    case .misshapenTensor(let source, let tensor, let expected, let found):
      "\(source): tensor \(tensor): expected shape \(expected), found \(found)"
    case .wronglyTypedTensor(let source, let tensor, let expected, let found):
      "\(source): tensor \(tensor): expected type \(expected), found \(found)"
    case .notFinite(let source, let tensor, let index):
      "\(source): tensor \(tensor): element \(index) is not finite"
    case .negative(let source, let tensor, let index): "\(source): tensor \(tensor): element \(index) is negative"
    case .badMetadata(let source, let key, let reason): "\(source): metadata \(key): \(reason)"
    case .invalidDefinition(let architecture, let reason): "network \(architecture): \(reason)"
    case .noMemory(let bytes, let limit):
      "activations of \(bytes) bytes; this machine has \(limit). Fewer images at once or fewer threads take less"
    case .invalidRandomState(let state): "not a random state: \(state)"
    case .unknownKernels(let name):
      "\(KernelSet.variable): “\(name)” is no set of kernels; it is one of "
        + "\(KernelSet.allCases.map(\.rawValue).joined(separator: ", ")), or unset for the fastest"
    case .unavailableKernels(let name, let available):
      "\(KernelSet.variable): this processor does not run \(name); it runs \(available.joined(separator: ", "))"
    }
  }
}
