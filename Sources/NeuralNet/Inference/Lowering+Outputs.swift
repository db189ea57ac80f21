import Foundations
import Kernels

extension Lowering {
  /// Emits the copies of a program's outputs to where its caller wants them.
  mutating func emitOutputs(
    _ output: InferenceEngine.Output
  ) -> (floats: [OutputSink<Float>], bytes: OutputSink<UInt8>) {
    var floats: [OutputSink<Float>] = []
    let bytes = OutputSink<UInt8>()
    switch output {
    case .floats(let values):
      let exportFloats = table.exportFloats
      for value in values {
        let sink = OutputSink<Float>()
        floats.append(sink)
        let input = buffer(of: value)
        builder.emit("export", reads: [input], writes: []) { bindings in
          let x = bindings.activation(input)
          return Work(units: x.images) { units in
            let present = units.clamped(to: 0..<sink.count)
            if let elements = sink.elements, !present.isEmpty { exportFloats(x, elements, present) }
          }
        }
      }
    case .bytes(let value):
      let exportBytes = table.exportBytes
      let input = buffer(of: value)
      builder.emit("export", reads: [input], writes: []) { bindings in
        let x = bindings.activation(input)
        return Work(units: x.images) { units in
          let present = units.clamped(to: 0..<bytes.count)
          if let elements = bytes.elements, !present.isEmpty { exportBytes(x, elements, present) }
        }
      }
    }
    return (floats, bytes)
  }
}

extension Graph {
  /// C·H·W of a named input.
  func imageCount(_ name: String) -> Int {
    for node in nodes {
      if case .images(name) = node.operation { return node.output.shape.count }
    }
    preconditionFailure("the graph has no images named \(name)")
  }

  /// Images a slice of an inference batch holds: few, so that activations stay in a thread's cache, and no more than
  /// leave a slice for every thread.
  package static func slice(of batch: Int, threads: Int) -> Int {
    precondition(batch > 0 && threads > 0, "a plan has images and threads")
    return max(1, min(8, batch / threads))
  }
}
