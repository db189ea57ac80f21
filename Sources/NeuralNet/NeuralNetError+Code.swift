extension NeuralNetError {
  /// The stable word for the cause (FORMATS.md, "Failed inputs").
  package var code: String {
    switch self {
    case .fileOperation: "io-error"
    case .truncated: "truncated-network"
    case .malformedHeader: "malformed-network-header"
    case .badOffsets: "bad-tensor-offsets"
    case .missingTensor: "missing-tensor"
    case .extraTensor: "extra-tensor"
    case .misshapenTensor: "misshapen-tensor"
    case .wronglyTypedTensor: "wrongly-typed-tensor"
    case .notFinite: "tensor-not-finite"
    case .negative: "tensor-negative"
    case .badMetadata: "bad-network-metadata"
    case .invalidDefinition: "invalid-network"
    case .invalidRandomState: "invalid-random-state"
    case .unknownKernels: "unknown-kernels"
    case .unavailableKernels: "unavailable-kernels"
    }
  }

  /// Whether the same work may pass later: a file that could not be written to its end, as on a full disk.
  package var isTransient: Bool {
    guard case .fileOperation(_, let call, _) = self else { return false }
    return call == "write" || call == "fsync"
  }

  /// Whether a file or a definition breaks a rule, so that it will always be refused.
  package var isRefusal: Bool {
    if case .fileOperation = self { return false }
    return true
  }
}
