import Jobs

/// Where everything of a job lies (FORMATS.md, "Directories").
struct JobPlaces: Sendable {
  let settings: ServiceSettings

  func work(_ job: Int64) -> String { "\(settings.work)/\(job)" }
  func spec(_ job: Int64) -> String { work(job) + "/SPEC.json" }
  func checkpoints(_ job: Int64) -> String { work(job) + "/checkpoints" }
  func input(_ job: Int64, name: String) -> String { work(job) + "/input/" + name }
  func failed(_ job: Int64) -> String { "\(settings.failed)/\(job)" }
  var stagings: String { settings.outbox + "/.staging" }
  func staging(_ job: Int64) -> String { "\(stagings)/\(job)" }
  var generators: String { settings.vault + "/generators" }
  func generator(_ job: Int64, dataset: String) -> String { "\(generators)/\(dataset)-\(job).safetensors" }

  /// A failed job's input, beside its reason.
  func rejected(_ job: Int64, name: String) -> String {
    let taken = ["REASON.json", "REASON.txt", "job.log", "job.log.1"]
    return failed(job) + "/" + (taken.contains(name) ? "input-" + name : name)
  }

  /// A released archive. The digest keeps different files of one name apart.
  func original(dataset: String, digest: String, name: String) -> String {
    "\(settings.originals)/\(dataset)/\(digest.prefix(12))-\(name)"
  }

  /// The highest number among the releases of a dataset that lie in the outbox or the vault, complete or not; 0 for
  /// none. Blocks.
  func highestRelease(of dataset: String) throws(ServiceError) -> Int {
    let prefix = "release-\(dataset)-"
    var highest = 0
    for directory in [settings.outbox, settings.vault] {
      for name in try Directory.names(in: directory) where name.hasPrefix(prefix) {
        if let number = Int(name.dropFirst(prefix.count).prefix { $0 != "." }) { highest = max(highest, number) }
      }
    }
    return highest
  }

  /// Whether `path` is still where its owner dropped it.
  func isOutside(_ path: String) -> Bool {
    ![settings.work, settings.failed, settings.originals].contains { ServiceSettings.isInside(path, $0) }
  }
}
