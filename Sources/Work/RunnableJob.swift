package import Jobs

/// A kind of job with what its process does, declared beside that work.
package protocol RunnableJob: JobDefinition {
  /// - Throws: `WorkError.stopped` once the context asks for it and a checkpoint is there.
  static func run(_ spec: Spec, _ context: WorkContext) throws -> Result
}
