import Foundations
import Jobs

// Every key there is, once: read, shown, compared with the shipped file. A new key is added here and in
// etc/dandyroll.toml.

extension ServiceSettings {
  static let settings: [Setting<ServiceSettings>] = [
    .path("state", \.state),
    .path("inbox", \.inbox),
    .path("outbox", \.outbox),
    .path("vault", \.vault),
    .path("work", \.work),
    .path("failed", \.failed),
    .path("held", \.held),
    .path("originals", \.originals),
    .path("receipts", \.receipts),
    .path("ledger", \.ledger),
    .path("socket", \.socket),
    .string("signing-key", \.signingKey),
    .flag("keep-originals", \.keepOriginals),
    .choice("log-level", \.logLevel),
  ]
}

extension InboxSettings {
  static let settings: [Setting<InboxSettings>] = [
    .duration("settle", \.settle, .milliseconds(50) ... .seconds(3600)),
    .duration("rescan", \.rescan, .milliseconds(100) ... .seconds(3600)),
    .duration("poll", \.poll, .milliseconds(100) ... .seconds(3600)),
  ]
}

extension PageSettings {
  static let settings: [Setting<PageSettings>] = [
    .string("listen", \.listen) { text in
      text.isEmpty || PageAddress(text) != nil
        ? nil : "is neither an IP address with a port, such as 127.0.0.1:8470, nor a path"
    },
    .flag("allow-network", \.allowNetwork),
    .hosts("hosts", \.hosts),
    .duration("refresh", \.refresh, .seconds(1) ... .seconds(3600)),
  ]
}

extension JobSettings {
  static let settings: [Setting<JobSettings>] = [
    .integer("concurrent", \.concurrent, 1...64),
    .integer("threads", \.threads, 0...1024),
    .size("memory", \.memory, 0...(1 << 50)),
    .integer("nice", \.nice, 0...19),
    .duration("silence", \.silence, .milliseconds(100) ... .seconds(86_400)),
    .duration("stop-grace", \.stopGrace, .milliseconds(100) ... .seconds(3600)),
    .integer("crash-retries", \.crashRetries, 0...100),
    .duration("retry-first", \.retryFirst, .milliseconds(10) ... .seconds(3600)),
    .duration("retry-longest", \.retryLongest, .milliseconds(10) ... .seconds(86_400)),
    .size("log-size", \.logBytes, (16 << 10)...(1 << 30)),
    .integer("release-batch", \.releaseBatch, 1...4096),
    .real("free-space", \.freeSpace, 0...100),
  ]
}

extension InputLimits {
  static let settings: [Setting<InputLimits>] = [
    .size("archive", \.archiveBytes, 1...(1 << 50)),
    .integer("expansion", \.expansion, 1...100_000),
    .integer("members", \.members, 1...1_000_000_000),
    .integer("name-length", \.nameBytes, 1...4096),
    .integer("name-depth", \.nameDepth, 1...256),
    .size("member", \.memberBytes, 1...(1 << 40)),
    .size("batch-member", \.batchMemberBytes, 1...(1 << 44)),
    .integer("image-side", \.imageSide, 1...65_535),
    .integer("image-pixels", \.imagePixels, 1...1_000_000_000),
    .real("bad-samples", \.badSampleShare, 0...1),
    .size("cache", \.cacheBytes, (1 << 20)...(1 << 44)),
  ]
}

extension DatasetSettings {
  /// Those of every dataset, and some of these methods.
  static func settings(
    with settings: [any DeclaredSetting], of methods: [MethodDeclaration]
  ) -> [Setting<DatasetSettings>] {
    self.settings + [.method("objective", \.method.objective, among: methods)] + settings.map(Setting.ofMethod)
  }

  static let settings: [Setting<DatasetSettings>] = [
    .string("target", \.target),
    .rate("rate", \.rate),
    .seed("seed", \.seed),
    .flag("keep-names", \.images.keepsNames),
    .jpegQuality("jpeg-quality", \.images.jpegQuality),
    .flag("rewrite-all", \.images.rewritesAll),
    .string("license", \.terms.license, problem: ReleaseTerms.problem(ofText:)),
    .string("url", \.terms.url, problem: ReleaseTerms.problem(ofPage:)),
    .string("creator", \.terms.creator, problem: ReleaseTerms.problem(ofText:)),
    .choice("training-mining", \.terms.trainingMining),
    .flag("qualify", \.qualify),
    .learners("qualify-learners", \.qualification.learners),
    .integer("qualify-seeds", \.qualification.seeds, 1...1000),
    .integer("qualify-epochs", \.qualification.epochs, 1...10_000),
    .integer("qualify-samples", \.qualification.samples, 0...1_000_000_000),
    .integer("qualify-images", \.qualification.images, 10...100_000),
    .integer("qualify-decoys", \.qualification.decoys, 1...1000),
    .real("qualify-alpha", \.qualification.alpha, 1e-6...0.99),
    .real("largest-ba-drop", \.qualification.largestDrop, 0...1),
    .real("least-wsr", \.qualification.leastSuccess, 0...1),
    .real("least-delta-p", \.qualification.leastGain, -1...1),
    .real("least-fine-tuned", \.qualification.leastFineTuned, 0...1),
    .real("largest-innocent-rate", \.qualification.largestInnocentRate, 0...1),
    .integer("panel-models", \.references.models, 1...1000),
    .integer("panel-epochs", \.references.epochs, 1...10_000),
    .integer("panel-samples", \.references.samples, 0...1_000_000_000),
  ]
}

extension DatasetRule {
  static let settings: [Setting<DatasetRule>] = [
    .string("name", \.name) {
      DatasetName.isSafe($0) ? nil : "is not a dataset name: lower-case letters, digits, '.', '_' and '-', at most 64"
    },
    .string("match", \.match) { $0.isEmpty || $0.contains("/") ? "is not a pattern for a file name" : nil },
  ]
}
