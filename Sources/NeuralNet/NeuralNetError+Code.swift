import Foundation

extension NeuralNetError {
  /// The stable word for the cause (docs/formats, "Failed inputs").
  package var code: String {
    switch self {
    case .fileOperation: "io-error"
    case .notRegular: "not-a-regular-file"
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
    case .noMemory: "no-memory"
    case .invalidRandomState: "invalid-random-state"
    case .unknownKernels: "unknown-kernels"
    case .unavailableKernels: "unavailable-kernels"
    }
  }

  /// Whether the same work may pass later with nothing changed but the world, as on a full disk.
  package var isTransient: Bool {
    guard case .fileOperation(_, _, _, let number) = self else { return false }
    return [EBUSY, ENOSPC, EDQUOT, EIO, ESTALE, EINTR, EAGAIN, ENOMEM, ENFILE, EMFILE].contains(number)
  }

  /// Whether a file or a definition breaks a rule, so that it will always be refused.
  package var isRefusal: Bool {
    switch self {
    case .fileOperation, .noMemory: false
    default: true
    }
  }
}
