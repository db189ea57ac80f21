import Foundations

extension V2Endpoint {
  /// Tensors of a model's metadata; none where it does not list them.
  /// - Throws: `SuspectError.configuration` for a list that is none.
  static func tensors(_ value: JSONValue?, _ setup: EndpointSetup) throws -> [ModelIdentity.Tensor] {
    guard let list = value?.array else { return [] }
    return try list.map { entry in
      guard let name = entry["name"]?.string, let datatype = entry["datatype"]?.string else {
        throw setup.refuse("url", "its metadata are not those of a v2 model")
      }
      let shape = entry["shape"]?.array?.map { $0.integer ?? -1 } ?? []
      return ModelIdentity.Tensor(name: name, datatype: datatype, shape: shape)
    }
  }

  /// The tensor of that name, or the only one; nil where the metadata list none.
  /// - Throws: `SuspectError.configuration`.
  static func choose(
    _ name: String?, from tensors: [ModelIdentity.Tensor], key: String, _ setup: EndpointSetup
  ) throws -> ModelIdentity.Tensor? {
    if tensors.isEmpty { return nil }
    let names = tensors.map { PrintableText($0.name, limit: 64).description }.joined(separator: ", ")
    guard let name else {
      guard tensors.count == 1 else { throw setup.refuse(key, "the model has several; name one of \(names)") }
      return tensors[0]
    }
    guard let tensor = tensors.first(where: { $0.name == name }) else {
      throw setup.refuse(key, "the model has no tensor “\(name)”, but \(names)")
    }
    return tensor
  }

  /// Class names in `parameters` of the output or of the model: what our own server and others put there.
  static func classNames(_ metadata: JSONValue, output: String?) -> [String]? {
    let tensor = metadata["outputs"]?.array?.first { $0["name"]?.string == output }
    return tensor?["parameters"]?["classes"]?.strings ?? metadata["parameters"]?["classes"]?.strings
  }

  static func kind(of output: ModelIdentity.Tensor?, classes: Int) -> Answer.Kind? {
    guard let output, let last = output.shape.last else { return nil }
    switch output.datatype {
    case "FP16", "FP32", "FP64": return .probabilities
    case "BYTES": return last > 1 ? (last >= classes ? .probabilities : .topK) : nil
    default: return .label
    }
  }

  /// Some servers nest what the specification wants flat.
  static func flat(_ values: [JSONValue]) -> [JSONValue] {
    values.flatMap { value in value.array.map(flat) ?? [value] }
  }

  /// "score:number:name", the entries of Triton's classification extension; the name may be missing.
  static func ranked(_ text: String) -> (score: Double, number: Int, name: String?)? {
    let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, let score = Double(parts[0]), let number = Int(parts[1]) else { return nil }
    return (score, number, parts.count == 3 ? String(parts[2]) : nil)
  }
}
